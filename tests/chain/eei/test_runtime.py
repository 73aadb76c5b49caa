"""Executions as a whole: outcomes, modules that cannot run, start functions, traces."""

import gc
import weakref
from dataclasses import replace

import pytest
import wasmtime

from chain.config import ExecutionLimits
from chain.eei import LIMIT_OUTCOMES, TRAP_CODES, ScriptCall, ScriptRuntime
from chain.eei.frame import MAX_TRACED_CALLS
from chain.errors import InvalidScript
from chain.types import Fuel
from tests.helpers.wat import (
    KEEP,
    PRE_STATE,
    build_script,
    compile_wat,
    declare_names,
    run,
    run_body,
    store_bytes,
)

SAVE = "eth2.savePostStateRoot i32"


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("unreachable", "unreachable"),
        ("memory_out_of_bounds", "(i32.store (i32.const 65533) (i32.const 1))"),
        ("memory_out_of_bounds", "(memory.fill (i32.const 0) (i32.const 1) (i32.const 65537))"),
        ("table_out_of_bounds", "(drop (table.get $t (i32.const 9)))"),
        ("table_out_of_bounds", "(call_indirect $t (type $unit) (i32.const 9))"),
        ("indirect_call_to_null", "(call_indirect $t (type $unit) (i32.const 0))"),
        ("bad_signature", "(call_indirect $t (type $unit) (i32.const 1))"),
        (
            "integer_overflow",
            "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
        ),
        ("integer_overflow", "(drop (i32.trunc_f32_s (f32.const 1e30)))"),
        ("integer_division_by_zero", "(drop (i64.rem_u (i64.const 1) (i64.const 0)))"),
        ("bad_conversion_to_integer", "(drop (i32.trunc_f64_s (f64.const nan)))"),
    ],
)
def test_trap_of_the_engine_has_a_name_and_no_effect(code: str, body: str) -> None:
    extra = """(type $unit (func)) (func $other (param i32))
        (table $t 2 funcref) (elem (table $t) (i32.const 1) func $other)"""
    pushes = "(call $pushNewDeposit (i32.const 0) (i32.const 184))"

    result = run_body(
        f"{pushes} (call $savePostStateRoot (i32.const 0)) {body}",
        SAVE,
        "eth2.pushNewDeposit i32 i32",
        extra=extra,
    )

    assert result.outcome == f"trapped:{code}"
    assert (result.post_state_root, result.deposits) == (PRE_STATE, ())
    assert result.detail.startswith(TRAP_CODES[code][:-1])


def test_trap_detail_names_function_and_byte() -> None:
    code = build_script("(call $inner)", extra="(func $inner unreachable)")

    result = run(code)

    offset = code.rindex(b"\x03\x00\x00\x0b") + 2
    assert result.detail == f"The script executed `unreachable`: function 0; offset {offset}."


def test_host_fault_detail_names_the_function_and_the_values() -> None:
    result = run_body("(call $savePostStateRoot (i32.const -1))", SAVE)

    assert result.detail == (
        "An access, or a range given to the host, is outside memory: pointer 4294967295; "
        "length 32; memory 65536; host function eth2.savePostStateRoot."
    )


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
    assert result.detail.startswith("The code is not a module that the engine accepts: reason ")


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


@pytest.mark.parametrize(
    ("result", "value"),
    [
        ("i32", "(i32.const 7)"),
        ("i64 f32 f64", "(i64.const 7) (f32.const 1) (f64.const 1)"),
        ("v128", "(v128.const i64x2 1 2)"),
        ("funcref", "(ref.func $other)"),
        ("externref", "(ref.null extern)"),
    ],
)
def test_result_of_main_is_ignored(result: str, value: str) -> None:
    script = build_script(
        value, main=f"(result {result})", extra="(func $other) (elem declare func $other)"
    )

    assert run(script).outcome == "returned"


def test_main_that_is_a_host_function_itself_runs() -> None:
    script = compile_wat("""(module
        (import "debug" "startTimer" (func $timer))
        (memory (export "memory") 1)
        (export "main" (func $timer)))""")

    result = run(script)

    assert (result.outcome, result.debug) == ("returned", ("startTimer",))


def test_import_that_is_never_called_does_nothing() -> None:
    result = run_body("", SAVE, "eth2.useTicks i32", "bls.verify i32 i32 i32 i32 -> i32")

    assert (result.outcome, result.host_call_count, result.fuel_used) == ("returned", 0, 1)


START = "(start $start) (global $g (mut i32) (i32.const 1)) (func $start {body})"


def test_start_function_that_calls_no_host_function_runs_first() -> None:
    body = "(i32.store8 (i32.const 0) (global.get $g)) (call $savePostStateRoot (i32.const 0))"

    result = run_body(body, SAVE, extra=START.format(body="(global.set $g (i32.const 9))"))

    assert (result.outcome, result.post_state_root) == ("returned", b"\x09" + bytes(31))


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("(call $savePostStateRoot (i32.const 0))", "trapped:host_call_in_start"),
        ("(call $useTicks (i32.const 1))", "trapped:host_call_in_start"),
        ("(call $abort)", "trapped:abort"),
        ("unreachable", "trapped:unreachable"),
        ("(loop $again (br $again))", "out_of_fuel"),
        ("(call $start)", "stack_overflow"),
    ],
)
def test_start_function_that_fails_ends_the_script(body: str, outcome: str) -> None:
    signatures = (SAVE, "eth2.useTicks i32", "env.abort")

    result = run_body("", *signatures, extra=START.format(body=body))

    assert result.outcome == outcome


def test_data_segment_outside_memory_is_out_of_bounds() -> None:
    result = run(build_script("", extra=store_bytes(b"ab", 65_535)))

    assert result.outcome == "trapped:memory_out_of_bounds"


def test_fuel_used_counts_instructions_and_host_calls() -> None:
    # Function entry, constant, call: 1 + 1 + 1; the host call costs 1,000.
    assert run(build_script("")).fuel_used == 1
    assert run_body("(call $useTicks (i32.const 0))", "eth2.useTicks i32").fuel_used == 1_003


@pytest.mark.parametrize(("fuel", "outcome"), [(1_003, "returned"), (1_002, "out_of_fuel")])
def test_fuel_budget_is_exact(fuel: int, outcome: str) -> None:
    script = build_script(
        "(call $useTicks (i32.const 1))", imports=declare_names("eth2.useTicks i32")
    )

    result = run(script, limits=replace(KEEP, max_fuel=Fuel(fuel)))

    assert (result.outcome, result.fuel_used) == (outcome, fuel)


def test_host_call_that_cannot_be_paid_does_nothing() -> None:
    script = build_script(
        "(call $log (i32.const 0) (i32.const 0))", imports=declare_names("debug.log i32 i32")
    )

    result = run(script, limits=replace(KEEP, max_fuel=Fuel(1_000)))

    assert (result.outcome, result.debug, result.fuel_used) == ("out_of_fuel", (), 1_000)


def test_trace_records_what_calls_took_and_gave() -> None:
    body = """(call $loadPreStateRoot (i32.const 0))
        (call $sha256 (i32.const 0) (i32.const 100) (i32.const 200))
        (drop (call $blockDataSize))
        (call $savePostStateRoot (i32.const -32))"""
    signatures = (
        "env.eth2_loadPreStateRoot i32",
        "hash.sha256 i32 i32 i32",
        "eth2.blockDataSize -> i32",
        SAVE,
    )
    # The import is called by its spelling; the trace shows the table's name.
    body = body.replace("$loadPreStateRoot", "$eth2_loadPreStateRoot")
    script = build_script(body, imports=declare_names(*signatures))

    result = run(script, data=b"abc", trace=True)

    load, digest, size, save = result.calls
    assert load == ("eth2.loadPreStateRoot", (0,), (), (PRE_STATE.hex(),), None, "")
    assert digest.read == (f"{(PRE_STATE + bytes(32)).hex()}... (100 bytes)",)
    assert size == ("eth2.blockDataSize", (), (), (), 3, "")
    assert save == (
        "eth2.savePostStateRoot",
        (2**32 - 32,),
        (),
        (),
        None,
        "memory_out_of_bounds",
    )
    assert result.host_call_count == 4


def test_trace_of_abort_shows_its_arguments() -> None:
    script = build_script("(call $abort (i32.const 5))", imports=declare_names("env.abort i32"))

    (call,) = run(script, trace=True).calls

    assert (call.function, call.arguments, call.fault) == ("env.abort", (5,), "abort")


def test_trace_is_bounded_and_the_count_is_not() -> None:
    body = """(local i32) (loop $again (call $useTicks (i32.const 0))
        (br_if $again (i32.lt_u
          (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 10003))))"""
    script = build_script(body, imports=declare_names("eth2.useTicks i32"))

    result = run(script, trace=True)

    assert (len(result.calls), result.host_call_count) == (MAX_TRACED_CALLS, 10_003)


def test_trace_changes_nothing_else() -> None:
    script = build_script(
        "(call $useTicks (i32.const 3)) (call $savePostStateRoot (i32.const 0))",
        imports=declare_names("eth2.useTicks i32", SAVE),
    )

    plain, traced = run(script), run(script, trace=True)

    assert plain.calls == ()
    assert replace(traced, calls=()) == plain


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


def test_unexpected_error_in_a_handler_is_not_turned_into_an_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_arguments: object) -> None:
        raise KeyError("a bug of ours")

    monkeypatch.setattr("chain.eei.frame.Frame.charge", fail)
    script = build_script(
        "(call $useTicks (i32.const 1))", imports=declare_names("eth2.useTicks i32")
    )

    with pytest.raises(KeyError, match="a bug of ours"):
        ScriptRuntime(KEEP).execute(ScriptCall(script, PRE_STATE, b""))


def test_runtime_is_usable_after_an_unexpected_error(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = ScriptRuntime(KEEP)
    script = build_script(
        "(call $useTicks (i32.const 1))", imports=declare_names("eth2.useTicks i32")
    )
    call = ScriptCall(script, PRE_STATE, b"")

    with monkeypatch.context() as patch:
        patch.setattr("chain.eei.frame.Frame.charge", None)
        with pytest.raises(TypeError):
            runtime.execute(call)

    assert runtime.execute(call).outcome == "returned"


def test_runtime_that_is_no_longer_used_is_freed() -> None:
    runtime = ScriptRuntime(ExecutionLimits())
    imports = declare_names("eth2.useTicks i32", "env.abort")
    runtime.execute(ScriptCall(build_script("", imports=imports), PRE_STATE, b""))
    watched = weakref.ref(runtime)

    del runtime
    gc.collect()

    assert watched() is None


def test_outcome_names_do_not_overlap() -> None:
    assert not LIMIT_OUTCOMES.keys() & TRAP_CODES.keys()
