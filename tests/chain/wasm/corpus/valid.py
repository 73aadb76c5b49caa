"""Modules that a profile accepts, as text."""

from collections.abc import Mapping
from typing import Final

_MAIN: Final = '(memory (export "memory") 1) (func (export "main"))'

SCOUT_SOURCES: Final[Mapping[str, str]] = {
    "smallest": f"(module {_MAIN})",
    "main with a result": """
        (module (memory (export "memory") 1) (func (export "main") (result i32) i32.const 0))""",
    "more exports": f'(module {_MAIN} (func (export "also") (param i32)))',
    "floats": f"""
        (module {_MAIN} (global f32 (f32.const 1.5))
          (func (param f64) (result f64) local.get 0 f64.sqrt))""",
    "host functions": f"""
        (module
          (import "eth2" "useTicks" (func (param i32)))
          (import "eth2" "blockDataSize" (func (result i32)))
          (import "env" "abort" (func (param i32 i32 i32 i32)))
          {_MAIN})""",
    "start": f"(module {_MAIN} (func $start nop) (start $start))",
    "start that refers to abort": f"""
        (module
          (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
          (import "eth2" "touch" (func $touch))
          {_MAIN}
          (func $user call $touch)
          (func $start
            i32.const 0 i32.const 0 i32.const 0 i32.const 0 call $abort
            call $start)
          (start $start))""",
    "start whose indirect calls stay inside": f"""
        (module
          (import "eth2" "touch" (func $touch))
          (type $number (func (result i32)))
          {_MAIN}
          (table 2 funcref)
          (elem (i32.const 0) $touch $one)
          (func $one (result i32) i32.const 1)
          (func $start i32.const 1 call_indirect (type $number) drop)
          (start $start))""",
    "several values": f"""
        (module {_MAIN}
          (func (param i32) (result i32 i64)
            local.get 0
            (block (param i32) (result i32 i64) i64.const 1)))""",
    "references": f"""
        (module {_MAIN}
          (table $functions 1 funcref)
          (table $objects 2 4 externref)
          (elem declare func $declared)
          (elem (table $functions) (i32.const 0) funcref (ref.func $declared) (ref.null func))
          (func $declared)
          (func (param externref) (result funcref)
            (table.set $objects (i32.const 0) (local.get 0))
            (select (result funcref) (ref.func $declared) (ref.null func) (i32.const 1))))""",
    "bulk memory": f"""
        (module {_MAIN}
          (data $passive "abc")
          (func
            (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 3))
            (data.drop $passive)
            (memory.copy (i32.const 8) (i32.const 0) (i32.const 3))))""",
    "vectors": f"""
        (module {_MAIN}
          (func (param v128) (result v128)
            local.get 0
            local.get 0
            v128.const f32x4 1 2 3 4
            i8x16.shuffle 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31
            f32x4.add))""",
    "constants": f"""
        (module {_MAIN}
          (global i64 (i64.add (i64.const 2) (i64.mul (i64.const 3) (i64.const 4))))
          (global funcref (ref.func 0))
          (global v128 (v128.const i64x2 1 2)))""",
    "exported variable": f'(module {_MAIN} (global (export "g") (mut i32) (i32.const 0)))',
    "names": f"(module $script {_MAIN} (func $user (param $input i32)))",
    "nested control": f"""
        (module {_MAIN}
          (func (param i32) (result i32)
            (block (result i32)
              (loop (result i32)
                (if (result i32) (local.get 0)
                  (then (br 2 (i32.const 1)))
                  (else (br_table 0 2 3 2 (i32.const 2) (local.get 0))))))))""",
}

STRICT_SOURCES: Final[Mapping[str, str]] = {
    "smallest": SCOUT_SOURCES["smallest"],
    "contract": """
        (module
          (import "eth2" "useTicks" (func $ticks (param i32)))
          (import "eth2" "blockDataSize" (func $size (result i32)))
          (memory (export "memory") 2 16)
          (table 2 2 funcref)
          (elem (i32.const 0) $step $step)
          (global $sum (mut i64) (i64.const 0))
          (data (i32.const 16) "\\43\\92\\7d\\7c")
          (func $step (param $by i64) (result i64)
            (local $result i64)
            (local.set $result (i64.add (global.get $sum) (local.get $by)))
            (local.get $result))
          (func (export "main")
            (call $ticks (call $size))
            (block $done
              (loop $again
                (br_if $done (i32.eqz (memory.size)))
                (global.set $sum
                  (call_indirect (param i64) (result i64)
                    (i64.load32_u offset=16 align=2 (i32.const 0x7d7c)) (i32.const 1)))
                (br $again)))))""",
}
