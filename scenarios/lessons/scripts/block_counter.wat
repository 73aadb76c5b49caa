;; block_counter counts its blocks, whatever they bring.
(module
  (import "eth2" "loadPreStateRoot" (func $loadPreStateRoot (param i32)))
  (import "eth2" "savePostStateRoot" (func $savePostStateRoot (param i32)))
  (memory (export "memory") 1)

  (func (export "main")
    (call $loadPreStateRoot (i32.const 0))

    ;; number = number + 1
    (i64.store (i32.const 0)
      (i64.add
        (i64.load (i32.const 0))
        (i64.const 1)))

    (call $savePostStateRoot (i32.const 0))))
