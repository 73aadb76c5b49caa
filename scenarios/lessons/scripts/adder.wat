;; adder keeps one number. Every block brings one byte, and the script adds it.
(module
  ;; What the script may ask of its host, the program that runs it.
  (import "eth2" "blockDataSize" (func $blockDataSize (result i32)))
  (import "eth2" "blockDataCopy" (func $blockDataCopy (param i32 i32 i32)))
  (import "eth2" "loadPreStateRoot" (func $loadPreStateRoot (param i32)))
  (import "eth2" "savePostStateRoot" (func $savePostStateRoot (param i32)))

  ;; One page of memory. Addresses 0 to 31: the state. Address 32: the byte.
  (memory (export "memory") 1)

  (func (export "main")
    ;; Anything but one byte of data: stop at once.
    (if (i32.ne (call $blockDataSize) (i32.const 1))
      (then unreachable))

    ;; Fetch the state as it was, and the byte.
    (call $loadPreStateRoot (i32.const 0))
    (call $blockDataCopy (i32.const 32) (i32.const 0) (i32.const 1))

    ;; number = number + byte
    (i64.store (i32.const 0)
      (i64.add
        (i64.load (i32.const 0))
        (i64.load8_u (i32.const 32))))

    ;; Hand over the state as it is now.
    (call $savePostStateRoot (i32.const 0))))
