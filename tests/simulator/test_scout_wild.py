"""Scripts as toolchains make them, and scripts that are none, under the scout command.

The modules have the shapes that AssemblyScript, clang and rustc produced for Phase 2 scripts:
what they export, import without calling, and do before ``main``.
"""

import struct
from pathlib import Path

import pytest

from tests.helpers.scout import KEEP, ZERO, build_main, build_text, run_text
from tests.helpers.wasm_modules import build_wat

STATE = bytes(range(32))

ASSEMBLYSCRIPT = """
(module
  (type $any (func))
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (import "env" "eth2_loadPreStateRoot" (func $load (param i32)))
  (import "env" "eth2_blockDataSize" (func $size (result i32)))
  (import "env" "eth2_blockDataCopy" (func $copy (param i32 i32 i32)))
  (import "env" "eth2_savePostStateRoot" (func $save (param i32)))
  (import "env" "eth2_pushNewDeposit" (func $push (param i32 i32)))
  (import "env" "debug_print32" (func $print (param i32)))
  (import "env" "debug_printMemHex" (func $hex (param i32 i32)))
  (import "env" "bignum_add256" (func $add (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\\1c\\00\\00\\00\\01\\00\\00\\00~\\00l\\00i\\00b\\00")
  (table (export "table") 1 funcref)
  (elem (i32.const 0) $null)
  (global $started (mut i32) (i32.const 0))
  (global $top (mut i32) (i32.const 0))
  (global (export "__rtti_base") i32 (i32.const 1464))
  (func $null)
  (func $alloc (export "__alloc") (param $size i32) (param $id i32) (result i32)
    (local $at i32)
    (if (i32.gt_u (local.get $size) (i32.const 1073741808)) (then unreachable))
    (local.set $at (global.get $top))
    (global.set $top (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
      (then (if (i32.lt_s (memory.grow (i32.const 1)) (i32.const 0)) (then unreachable))))
    (local.get $at))
  (func (export "__retain") (param $at i32) (result i32) (local.get $at))
  (func (export "__release") (param i32))
  (func (export "__collect"))
  (func $start
    (if (global.get $started)
      (then (call $abort (i32.const 32) (i32.const 16) (i32.const 7) (i32.const 3))))
    (global.set $started (i32.const 1))
    (global.set $top (i32.const 65500)))
  (func (export "main") (result i32)
    (local $at i32)
    (local.set $at (call $alloc (i32.const 32) (i32.const 3)))
    (call $load (local.get $at))
    (i32.store (local.get $at) (global.get $started))
    (call $save (local.get $at))
    (i32.const 7))
  (start $start))
"""
"""A start function that sets up an allocator; its first block crosses into a new page."""

CLANG = """
(module
  (import "env" "eth2_blockDataCopy" (func $copy (param i32 i32 i32)))
  (import "env" "eth2_blockDataSize" (func $size (result i32)))
  (import "env" "eth2_savePostStateRoot" (func $save (param i32)))
  (import "env" "eth2_loadPreStateRoot" (func (param i32)))
  (import "env" "eth2_useTicks" (func (param i32)))
  (import "env" "eth2_debugPrintMem" (func (param i32 i32)))
  (import "env" "debug_startTimer" (func))
  (import "env" "debug_endTimer" (func))
  (import "env" "debug_print64" (func (param i64)))
  (table 1 1 funcref)
  (memory 2)
  (global $stack (mut i32) (i32.const 66576))
  (global $heap i32 (i32.const 66576))
  (global $end i32 (i32.const 1040))
  (data (i32.const 1024) "scale\\00")
  (func $__wasm_call_ctors)
  (func $main (result i32)
    (local $at i32)
    (call $copy (i32.const 1040) (i32.sub (call $size) (i32.const 28)) (i32.const 28))
    (i32.store (i32.const 1068)
      (i32.trunc_f64_u (f64.mul (f64.convert_i32_u (call $size)) (f64.const 0.5))))
    (call $save (i32.const 1040))
    (i32.const 0))
  (export "memory" (memory 0))
  (export "__wasm_call_ctors" (func $__wasm_call_ctors))
  (export "__heap_base" (global $heap))
  (export "__data_end" (global $end))
  (export "__stack_pointer" (global $stack))
  (export "main" (func $main)))
"""
"""Floats, a mutable exported global, and an int main: the last 28 bytes, half the size."""

RUST = """
(module
  (type $thunk (func (param i32) (result i64)))
  (import "env" "eth2_loadPreStateRoot" (func $load (param i32)))
  (import "env" "eth2_savePostStateRoot" (func $save (param i32)))
  (import "env" "eth2_blockDataSize" (func $size (result i32)))
  (import "env" "eth2_blockDataCopy" (func $copy (param i32 i32 i32)))
  (import "env" "eth2_pushNewDeposit" (func $push (param i32 i32)))
  (import "env" "debug_log" (func $log (param i32 i32)))
  (table 3 3 funcref)
  (memory 17)
  (global $stack (mut i32) (i32.const 1048576))
  (global $end i32 (i32.const 1048592))
  (elem (i32.const 1) $drop $id)
  (data (i32.const 1048576) "capacity overflow")
  (func $drop (param i32))
  (func $id (param i32) (result i64) (i64.const 42))
  (func $panic (call $log (i32.const 1048576) (i32.const 17)) unreachable)
  (func $main
    (local $frame i32)
    (global.set $stack
      (local.tee $frame (i32.sub (global.get $stack) (i32.const 48))))
    (call $load (local.get $frame))
    (if (i32.eqz (call $size)) (then (call $panic)))
    (i64.store (local.get $frame)
      (call_indirect (type $thunk) (i32.const 0) (i32.const 2)))
    (call $save (local.get $frame))
    (global.set $stack (i32.add (local.get $frame) (i32.const 48))))
  (export "memory" (memory 0))
  (export "main" (func $main))
  (export "__data_end" (global $end))
  (export "__heap_base" (global $end)))
"""
"""A shadow stack below one MiB, an indirect call, a panic that logs and traps."""


def test_scout_assemblyscript_module_starts_allocates_and_returns_a_value(tmp_path: Path) -> None:
    text = build_text(pre=(STATE,), blocks=((0, b""), (0, b"")), post=(b"\1\0\0\0" + STATE[4:],))
    result = run_text(tmp_path, text, script=build_wat(ASSEMBLYSCRIPT))
    assert result.passed, result


def test_scout_clang_module_with_70_kilobytes_of_data(tmp_path: Path) -> None:
    data = bytes(number * 7 % 251 for number in range(70_000))
    expected = data[-28:] + struct.pack("<I", 35_000)
    text = build_text(blocks=((0, data),), post=(expected,))
    result = run_text(tmp_path, text, script=build_wat(CLANG))
    assert result.passed, result


def test_scout_rust_module_calls_indirectly(tmp_path: Path) -> None:
    expected = struct.pack("<Q", 42) + STATE[8:]
    text = build_text(pre=(STATE,), blocks=((0, b"x"),), post=(expected,))
    result = run_text(tmp_path, text, script=build_wat(RUST))
    assert result.passed, result


def test_scout_rust_panic_is_a_trap_with_its_place(tmp_path: Path) -> None:
    text = build_text(pre=(STATE,), blocks=((0, b""),), post=(STATE,))
    (line,) = run_text(tmp_path, text, script=build_wat(RUST)).differences
    assert line.startswith("shard_blocks[0] (env 0, script.wasm): trapped:unreachable: ")


@pytest.mark.parametrize("result", ["i32", "i64", "f32", "f64", "i32 i64", "funcref", "v128"])
def test_scout_result_of_main_is_ignored_whatever_its_type(tmp_path: Path, result: str) -> None:
    values = {
        "funcref": "(ref.null func)",
        "v128": "(v128.const i64x2 1 2)",
        "i32 i64": "(i32.const 1) (i64.const 2)",
    }
    script = build_wat(
        f"""(module (import "eth2" "savePostStateRoot" (func $save (param i32)))
          (memory (export "memory") 1)
          (func (export "main") (result {result})
            (call $save (i32.const 0)) {values.get(result, f"({result}.const 1)")}))"""
    )
    assert run_text(tmp_path, build_text(blocks=((0, b""),)), script=script).passed


@pytest.mark.parametrize(
    "declarations",
    [
        pytest.param(
            """(global $calls i32 (i32.const 0)) (start $start)
            (func $start (if (global.get $calls) (then (call $save (i32.const 0)))))""",
            id="a start function that could call the host and does not",
        ),
        pytest.param(
            """(type $f (func (param i32))) (table 2 funcref) (elem (i32.const 0) $save $mine)
            (func $mine (param i32)) (start $start)
            (func $start (call_indirect (type $f) (i32.const 7) (i32.const 1)))""",
            id="a start function with an indirect call of a host function's type",
        ),
        pytest.param(
            '(@custom "producers" "anything") (@custom "name" (after data) "\\ff\\ff")',
            id="custom sections that hold garbage",
        ),
        pytest.param(
            '(func $callback (export "callback") (call $save (i32.const 0)))',
            id="an export that calls the host",
        ),
    ],
)
def test_scout_what_the_profile_might_forbid_but_the_protocol_runs_passes(
    tmp_path: Path, declarations: str
) -> None:
    script = build_main("(call $load (i32.const 0)) (call $save (i32.const 0))", declarations)
    text = build_text(pre=(STATE,), blocks=((0, b""),), post=(STATE,))
    result = run_text(tmp_path, text, script=script)
    assert result.passed, result


def test_scout_memory_of_half_a_gibibyte_is_allowed(tmp_path: Path) -> None:
    script = build_wat(
        """(module (import "eth2" "savePostStateRoot" (func $save (param i32)))
          (memory (export "memory") 8192 65536)
          (func (export "main") (call $save (i32.const 536870880))))"""
    )
    assert run_text(tmp_path, build_text(blocks=((0, b""),)), script=script).passed


LIBRARY = """
(module
  (memory (export "memory") 1)
  (func (export "double") (param i32) (result i32) (i32.add (local.get 0) (local.get 0))))
"""
USER = """
(module
  (import "maths" "double" (func $double (param i32) (result i32)))
  (import "eth2" "savePostStateRoot" (func $save (param i32)))
  (memory (export "memory") 1)
  (func (export "main")
    (i32.store (i32.const 0) (call $double (i32.const 21)))
    (call $save (i32.const 0))))
"""


def test_scout_libraries_are_linked_under_their_name(tmp_path: Path) -> None:
    text = build_text(
        blocks=((0, b""),),
        post=(b"\x2a".ljust(32, b"\0"),),
        libraries={"maths": "library.wasm"},
    )
    result = run_text(tmp_path, text, script=build_wat(USER), library=build_wat(LIBRARY))
    assert result.passed, result


def test_scout_library_that_is_no_module_is_named(tmp_path: Path) -> None:
    text = build_text(blocks=((0, b""),), libraries={"maths": "library.wasm"})
    (line,) = run_text(tmp_path, text, script=build_wat(USER), library=b"\0asm").differences
    assert line.startswith("shard_blocks[0] (env 0, script.wasm): trapped:invalid_module: ")
    assert "library maths: " in line
    assert line.endswith("byte 4)")


def test_scout_import_that_no_library_has_is_a_link_error(tmp_path: Path) -> None:
    text = build_text(blocks=((0, b""),), libraries={"math": "library.wasm"})
    result = run_text(tmp_path, text, script=build_wat(USER), library=build_wat(LIBRARY))
    (line,) = result.differences
    assert ": trapped:link_error: " in line
    assert "maths.double" in line


MEMORY = '(memory (export "memory") 1)'
MAIN = '(func (export "main"))'
BROKEN = {
    "unknown import": (
        f'(module (import "env" "eth2_saveReturnData" (func (param i32 i32))) {MEMORY} {MAIN})',
        "link_error",
        "the host offers no env.eth2_saveReturnData (rule unknown_import, byte ",
    ),
    "import with another signature": (
        f'(module (import "eth2" "blockDataSize" (func (result i64))) {MEMORY} {MAIN})',
        "link_error",
        (
            "eth2.blockDataSize is imported as () -> (i64), it is () -> (i32) "
            "(rule import_signature, byte "
        ),
    ),
    "imported memory": (
        f'(module (import "env" "memory" (memory 1)) (export "memory" (memory 0)) {MAIN})',
        "link_error",
        "env.memory is a memory (rule import_kind, byte ",
    ),
    "no main": (f"(module {MEMORY})", "missing_export", "main is not exported (rule "),
    "no memory": (f"(module {MAIN})", "missing_export", "memory is not exported (rule "),
    "main with a parameter": (
        f'(module {MEMORY} (func (export "main") (param i32)))',
        "main_signature",
        "main takes (i32) -> () (rule main_signature, byte ",
    ),
    "main is a global": (
        f'(module {MEMORY} (global (export "main") i32 (i32.const 0)))',
        "export_kind",
        "main is a global, a function is expected (rule export_kind, byte ",
    ),
    "start function that calls the host": (
        f"""(module (import "eth2" "savePostStateRoot" (func $save (param i32))) {MEMORY} {MAIN}
          (func $start (call $save (i32.const 0))) (start $start))""",
        "host_call_in_start",
        "the start function may call eth2.savePostStateRoot (rule start_calls_host, byte ",
    ),
}


@pytest.mark.parametrize(("source", "code", "reason"), BROKEN.values(), ids=BROKEN)
def test_scout_broken_script_names_rule_and_offset(
    tmp_path: Path, source: str, code: str, reason: str
) -> None:
    text = build_text(blocks=((0, b""),))
    result = run_text(tmp_path, text, script=build_wat(source))
    (line,) = result.differences
    start = f"shard_blocks[0] (env 0, script.wasm): trapped:{code}: {reason}"
    assert line.startswith(start)
    assert line.endswith(")")
    assert line.removeprefix(start).removesuffix(")").split()[-1].isdigit()
    assert not result.error


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (b"", "(rule unexpected_end, byte 0)"),
        (b"(module)", "(rule magic, byte 0)"),
        (KEEP[:-3], "(rule "),
        (KEEP[:4] + b"\2" + KEEP[5:], "(rule version, byte 4)"),
    ],
    ids=["empty", "text format", "cut short", "version 2"],
)
def test_scout_script_that_is_no_module_fails_with_a_rule(
    tmp_path: Path, code: bytes, reason: str
) -> None:
    (line,) = run_text(tmp_path, build_text(blocks=((0, b""),)), script=code).differences
    assert ": trapped:invalid_module: " in line
    assert reason in line


def test_scout_operand_of_the_wrong_type_is_a_type_check(tmp_path: Path) -> None:
    # i32.const 0 becomes i64.const 0 (41 00 to 42 00): well-formed, but no operand for load.
    code = KEEP.replace(b"\x41\x00", b"\x42\x00", 1)
    assert code != KEEP
    (line,) = run_text(tmp_path, build_text(blocks=((0, b""),)), script=code).differences
    assert ": trapped:invalid_module: " in line
    assert f"(rule type_check, byte {KEEP.index(bytes([0x41, 0]) + bytes([0x10])) + 2})" in line


def test_scout_broken_script_that_no_block_calls_does_not_matter(tmp_path: Path) -> None:
    text = build_text(("keep.wasm", "bad.wasm"), (STATE,), ((0, b""),), (STATE,))
    assert run_text(tmp_path, text, keep=KEEP, bad=b"garbage").passed


def test_scout_abort_with_any_signature_traps(tmp_path: Path) -> None:
    script = build_wat(
        f"""(module (import "env" "abort" (func $abort (param i64 f64))) {MEMORY}
          (func (export "main") (call $abort (i64.const 1) (f64.const 2))))"""
    )
    (line,) = run_text(tmp_path, build_text(blocks=((0, b""),)), script=script).differences
    assert ": trapped:abort: " in line


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("(call $copy (i32.const 0) (i32.const 2) (i32.const 2))", "block_data_out_of_bounds"),
        ("(call $load (i32.const -1))", "memory_out_of_bounds"),
        ("(call $save (i32.const 262113))", "memory_out_of_bounds"),
        ("(call $push (i32.const 0) (i32.const 192))", "malformed_deposit"),
        ("(drop (i32.load (i32.const -4)))", "memory_out_of_bounds"),
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", "integer_division_by_zero"),
    ],
)
def test_scout_protocol_traps_are_named(tmp_path: Path, body: str, outcome: str) -> None:
    text = build_text(pre=(ZERO,), blocks=((0, b"abc"),))
    (line,) = run_text(tmp_path, text, script=build_main(body)).differences
    assert f": trapped:{outcome}: " in line
