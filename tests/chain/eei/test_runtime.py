"""Executions as a whole: traps, results, start functions, fuel, and what must not leak."""

import gc
import weakref
from dataclasses import replace

import pytest

from chain.config import Backend, ExecutionLimits
from chain.eei import LIMIT_OUTCOMES, TRAP_CODES, ScriptCall, ScriptRuntime
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


@pytest.mark.parametrize("backend", Backend)
def test_unexpected_error_in_a_handler_is_not_turned_into_an_outcome(
    monkeypatch: pytest.MonkeyPatch, backend: Backend
) -> None:
    def fail(*_arguments: object) -> None:
        raise KeyError("a bug of ours")

    monkeypatch.setattr("chain.eei.frame.Frame.charge", fail)
    script = build_script("(call $startTimer)", imports=declare_names("debug.startTimer"))

    with pytest.raises(KeyError, match="a bug of ours"):
        ScriptRuntime(replace(KEEP, backend=backend)).execute(ScriptCall(script, PRE_STATE, b""))


@pytest.mark.parametrize("backend", Backend)
def test_runtime_is_usable_after_an_unexpected_error(
    monkeypatch: pytest.MonkeyPatch, backend: Backend
) -> None:
    runtime = ScriptRuntime(replace(KEEP, backend=backend))
    script = build_script("(call $startTimer)", imports=declare_names("debug.startTimer"))
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
