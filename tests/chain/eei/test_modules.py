"""Modules that cannot run: malformed, with features that are off, without interface."""

import pytest
import wasmtime

from chain.eei import TRAP_CODES, ScriptRuntime
from chain.eei.engine import build_engine, compile_module
from chain.errors import InvalidScript, ScriptFault
from tests.helpers.wat import KEEP, PRE_STATE, build_script, compile_wat, run, run_body

SAVE = "eth2.savePostStateRoot i32"


@pytest.mark.parametrize(
    "code",
    [
        b"",
        b"\0asm",
        b"\0asm\1\0\0",
        b"\0asm\x0d\0\1\0",
        b"\0asm\2\0\0\0",
        b"not wasm at all",
        # wasmtime would compile the text format.
        b'(module (memory (export "memory") 1) (func (export "main")))',
        build_script("")[:-1],
        build_script("") + b"\0",
        # The operand types are wrong: only the engine sees that.
        bytes.fromhex("0061736d01000000010401600000030201000a0601040041000b"),
    ],
)
def test_bytes_that_are_no_module_are_an_invalid_module(code: bytes) -> None:
    result = run(code)

    assert result.outcome == "trapped:invalid_module"
    assert (result.post_state_root, result.fuel_used) == (PRE_STATE, 0)
    assert result.detail.startswith("The code is not a module that the engine accepts: ")
    assert ": reason" not in result.detail


def test_compile_module_text_format_is_refused() -> None:
    with pytest.raises(ScriptFault) as caught:
        compile_module(build_engine(), b"(module)")

    assert caught.value.code == "invalid_module"


MEMORY_AND_MAIN = '(memory (export "memory") 1) (func (export "main") {})'
FEATURES_OFF = [
    '(memory 1) (memory 1) (func (export "main"))',
    '(memory (export "memory") i64 1) (func (export "main"))',
    '(memory (export "memory") 1 1 shared) (func (export "main"))',
    '(memory (export "memory") 1) (tag) (func (export "main"))',
    '(memory (export "memory") 1) (type (struct)) (func (export "main"))',
    MEMORY_AND_MAIN.format("(return_call 0)"),
    MEMORY_AND_MAIN.format("(drop (i32x4.relaxed_trunc_f32x4_s (v128.const i64x2 0 0)))"),
    MEMORY_AND_MAIN.format("(drop (i32.atomic.load (i32.const 0)))"),
    MEMORY_AND_MAIN.format("(drop (ref.as_non_null (ref.null func)))"),
]


@pytest.mark.parametrize("text", FEATURES_OFF)
def test_module_with_a_feature_that_is_off_is_an_invalid_module(text: str) -> None:
    assert run(compile_wat(f"(module {text})")).outcome == "trapped:invalid_module"


@pytest.mark.parametrize("text", FEATURES_OFF)
def test_validate_types_refuses_features_that_are_off(text: str) -> None:
    with pytest.raises(InvalidScript) as caught:
        ScriptRuntime(KEEP).validate_types(compile_wat(f"(module {text})"))

    assert caught.value.code == "type_check"


@pytest.mark.parametrize(
    "body",
    [
        "(memory.copy (i32.const 0) (i32.const 1) (i32.const 2))",
        "(drop (ref.null extern))",
        "(drop (i32x4.add (v128.const i64x2 0 0) (v128.const i64x2 0 0)))",
        "(drop (i32.extend8_s (i32.const 1)))",
        "(drop (i32.trunc_sat_f32_s (f32.const nan)))",
    ],
)
def test_module_with_a_feature_that_is_on_runs(body: str) -> None:
    assert run(build_script(body)).outcome == "returned"


def test_nan_is_canonical() -> None:
    body = """(f64.store (i32.const 0) (f64.sub (f64.const inf) (f64.const inf)))
        (f64.store (i32.const 8) (f64.add (f64.const nan:0x8000000000001) (f64.const 1)))
        (call $savePostStateRoot (i32.const 0))"""

    assert run_body(body, SAVE).post_state_root == bytes.fromhex("000000000000f87f") * 2 + bytes(16)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ('(memory (export "memory") 1)', "missing_export"),
        ('(func (export "main"))', "missing_export"),
        ("", "missing_export"),
        ('(memory (export "memory") 1) (global (export "main") i32 (i32.const 0))', "export_kind"),
        ('(func (export "main")) (func (export "memory"))', "export_kind"),
        ('(memory (export "memory") 1) (func (export "main") (param i32))', "main_signature"),
    ],
)
def test_module_without_the_exports_of_a_script_never_runs(text: str, outcome: str) -> None:
    result = run(compile_wat(f"(module {text})"))

    assert (result.outcome, result.fuel_used) == (f"trapped:{outcome}", 0)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ('(import "eth2" "unheardOf" (func))', "unknown eth2.unheardOf"),
        ('(import "bignum" "bignum_add256" (func))', "unknown bignum.bignum_add256"),
        (
            '(import "eth2" "useTicks" (func (param i64)))',
            "function eth2.useTicks; imported (i64) -> (); offered (i32) -> ()",
        ),
        (
            '(import "eth2" "useTicks" (func (param i32) (result i32)))',
            "function eth2.useTicks; imported (i32) -> (i32); offered (i32) -> ()",
        ),
        (
            '(import "eth2" "useTicks" (global i32))',
            "imported global eth2.useTicks; offered function",
        ),
        ('(import "env" "table" (table 1 funcref))', "unknown env.table"),
        (
            '(import "env" "abort" (func (param v128)))',
            "function env.abort; imported (v128) -> (); offered any numbers",
        ),
    ],
)
def test_import_that_is_not_offered_is_a_link_error(text: str, detail: str) -> None:
    result = run(build_script("", imports=text))

    assert result.outcome == "trapped:link_error"
    assert result.detail == f"{TRAP_CODES['link_error'][:-1]}: {detail}."


def test_import_with_a_hostile_name_makes_a_short_printable_detail() -> None:
    name = "\\1b]0;title\\07" + "x" * 50_000

    result = run(build_script("", imports=f'(import "eth2" "{name}" (func))'))

    assert result.outcome == "trapped:link_error"
    assert len(result.detail) < 1_000
    assert result.detail.isprintable()


def test_validate_types_accepts_what_the_engine_accepts() -> None:
    ScriptRuntime(KEEP).validate_types(build_script("(drop (i32.const 1))"))


def test_validate_types_wrong_operand_is_refused_with_its_offset() -> None:
    code = bytes(wasmtime.wat2wasm("(module (func (drop (i32.add (i32.const 1) (i32.const 2)))))"))
    spoiled = code.replace(b"\x41\x01\x41\x02", b"\x41\x01\x42\x02")

    with pytest.raises(InvalidScript) as caught:
        ScriptRuntime(KEEP).validate_types(spoiled)

    assert caught.value.code == "type_check"
    assert caught.value.offset == spoiled.index(b"\x6a")
    assert "type mismatch" in caught.value.detail


@pytest.mark.parametrize("code", [b"", b"\0asm", b"(module)"])
def test_validate_types_bytes_that_are_no_module_are_refused(code: bytes) -> None:
    with pytest.raises(InvalidScript) as caught:
        ScriptRuntime(KEEP).validate_types(code)

    assert caught.value.code == "type_check"
