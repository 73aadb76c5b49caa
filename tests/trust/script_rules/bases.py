"""Twenty small modules with every kind of section and every family of instructions.

They are damaged byte by byte, so each is as small as what it shows allows, and has no names.
"""

from functools import cache
from typing import Final

from tests.helpers.wasm_modules import build_wat

_MAIN: Final = '(memory (export "memory") 1) (func (export "main"))'

SOURCES: Final = {
    "smallest script": f"(module {_MAIN})",
    "host functions": """
        (module (import "eth2" "useTicks" (func (param i32)))
          (import "eth2" "blockDataSize" (func (result i32)))
          (memory (export "memory") 1 2)
          (func (export "main") (call 0 (call 1))))""",
    "imports of all kinds": """
        (module (import "a" "f" (func (param i64) (result f32)))
          (import "a" "t" (table 1 9 funcref)) (import "a" "m" (memory 1 2))
          (import "a" "g" (global i32)) (import "" "h" (global (mut i64)))
          (global i32 (global.get 0)) (data (global.get 0) "x")
          (export "f" (func 0)) (export "t" (table 0)) (export "m" (memory 0))
          (export "g" (global 0)))""",
    "globals": """
        (module (global i32 (i32.const -5)) (global (mut i64) (i64.const 0x7fffffffffffffff))
          (global f32 (f32.const 1.5)) (global f64 (f64.const -2)) (global v128
          (v128.const i64x2 1 2)) (global funcref (ref.null func))
          (func (drop (global.get 0)) (global.set 1 (global.get 1))))""",
    "extended constants": """
        (module (import "e" "g" (global i32)) (memory 1)
          (global i32 (i32.add (i32.mul (global.get 0) (i32.const 3)) (i32.const 7)))
          (global i64 (i64.sub (i64.const 9) (i64.const 2)))
          (data (i32.sub (i32.const 70) (global.get 0)) "abc"))""",
    "tables and elements": """
        (module (table 4 8 funcref) (table 2 externref)
          (elem (i32.const 1) func 0 0) (elem func 0) (elem declare func 0)
          (elem (table 0) (i32.const 0) funcref (ref.func 0) (ref.null func))
          (elem externref (ref.null extern)) (func))""",
    "table instructions": """
        (module (table 4 funcref) (table 2 externref) (elem func 0)
          (func (param externref)
            (table.set 1 (i32.const 0) (local.get 0)) (drop (table.get 0 (i32.const 1)))
            (table.init 0 0 (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop 0)
            (table.copy 0 0 (i32.const 0) (i32.const 1) (i32.const 1))
            (drop (table.grow 1 (local.get 0) (i32.const 1))) (drop (table.size 1))
            (table.fill 1 (i32.const 0) (local.get 0) (i32.const 1))))""",
    "data": """
        (module (memory 1) (data (i32.const 8) "hello") (data "passive") (data (i32.const 300) "")
          (func (memory.init 1 (i32.const 0) (i32.const 1) (i32.const 2)) (data.drop 1)
            (memory.copy (i32.const 9) (i32.const 8) (i32.const 3))
            (memory.fill (i32.const 9) (i32.const 0) (i32.const 3))))""",
    "memory accesses": """
        (module (memory 1) (func (local i32 i64)
          (local.set 0 (i32.load offset=300 (i32.const 4))) (i32.store8 (local.get 0) (local.get 0))
          (local.set 1 (i64.load32_u align=1 (local.get 0)))
          (i64.store offset=70000 align=2 (local.get 0) (local.get 1))
          (drop (i64.load16_s (memory.grow (memory.size))))))""",
    "integers": """
        (module (func (param i32 i64) (result i64)
          (i64.add (i64.extend_i32_u (i32.rotl (i32.div_s (local.get 0) (i32.const 100000))
            (i32.ctz (i32.wrap_i64 (local.get 1)))))
            (i64.shr_u (i64.extend16_s (local.get 1)) (i64.const -300000000000)))
          (drop (i32.extend8_s (i32.lt_u (local.get 0) (i32.eqz (local.get 0)))))))""",
    "floats": """
        (module (func (param f32 f64) (result f64)
          (f64.mul (f64.promote_f32 (f32.sqrt (local.get 0)))
            (f64.min (f64.const 1e300) (f64.convert_i64_u (i64.trunc_sat_f32_s (local.get 0)))))
          (drop (i32.trunc_f64_s (f64.copysign (local.get 1) (f64.reinterpret_i64
            (i64.const 1)))))))""",
    "blocks": """
        (module (func (param i32) (result i32)
          (block (loop (br_if 1 (i32.eqz (local.get 0)))
            (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br 0)))
          (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))
          (if (local.get 0) (then (return (i32.const 3)))) nop))""",
    "branch tables": """
        (module (func (param i32)
          (block (block (block (br_table 0 1 2 3 1 (local.get 0))) (br 1)) unreachable)
          (block (result i64) (br_table 0 0 0 (i64.const 1) (local.get 0))) drop))""",
    "several values": """
        (module (type (func (param i32) (result i32 i64))) (func (type 0)
            (local.get 0) (block (param i32) (result i32 i64) (i64.const 1))
            (loop (param i32 i64) (result i32 i64) (br_if 0 (i32.const 0))))
          (func (call 0 (i32.const 1)) drop drop) (func) (func (param i32)))""",
    "calls": """
        (module (type (func (param i32) (result i32))) (table 2 funcref) (elem (i32.const 0) 0 1)
          (func (type 0) (call 1 (local.get 0)))
          (func (type 0) (call_indirect (type 0) (local.get 0) (i32.const 0)))
          (func (drop (call 0 (i32.const 5)))) (start 2))""",
    "references": """
        (module (table 1 funcref) (export "f" (func 0)) (elem declare func 1)
          (func (param externref) (result i32) (ref.is_null (local.get 0)))
          (func (result funcref)
            (select (result funcref) (ref.func 1) (ref.func 0) (ref.is_null (ref.null func))))
          (func (drop (select (i32.const 1) (i32.const 2) (i32.const 0)))))""",
    "vectors": """
        (module (memory 1) (func (param v128) (result v128)
          (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (local.get 0)
            (v128.const i32x4 1 -1 3 4))
          (drop (i16x8.extract_lane_u 7 (i32x4.replace_lane 2 (local.get 0) (i32.const 5))))
          (v128.store offset=16 (i32.const 0) (v128.load8_splat (i32.const 3)))))""",
    "vector arithmetic": """
        (module (memory 1) (func (param v128 v128) (result v128)
          (v128.bitselect (i64x2.mul (local.get 0) (local.get 1))
            (f32x4.add (local.get 0) (f64x2.sqrt (local.get 1)))
            (i16x8.shl (i8x16.narrow_i16x8_s (local.get 0) (local.get 1)) (i32.const 3)))
          (drop (v128.load64_lane offset=8 1 (i32.const 0) (local.get 0)))
          (drop (i8x16.bitmask (local.get 1)))))""",
    "locals": """
        (module (func (param i32 i64) (local i32 i32 i32 f32 f64 f64 v128 externref funcref)
          (local.set 4 (local.tee 2 (local.get 0))) (local.set 6 (local.get 7))
          (local.set 10 (ref.null func))) (func (local i32)))""",
    "custom sections": f"""
        (module (@custom "before" (before first) "\\00\\01") {_MAIN}
          (@custom "wasm-interface-type" "") (table 1 funcref)
          (@custom "name" (after last) "\\00\\02\\01a"))""",
}


@cache
def list_bases() -> tuple[bytes, ...]:
    """Return the modules."""
    return tuple(build_wat(source) for source in SOURCES.values())
