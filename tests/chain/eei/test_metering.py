"""Executions under every metering: the same effects, and an end for what has none."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.config import ExecutionLimits, Metering, TickCosts
from chain.eei import ScriptCall, ScriptLibrary, ScriptRuntime
from chain.eei.interface import BASE_FUEL
from chain.types import Fuel, Ticks
from tests.helpers.metering import ENGINE_COSTS, PLENTY, execute, get_effects
from tests.helpers.scripts import SCRIPTS
from tests.helpers.wat import PRE_STATE, build_script, compile_wat, declare_names

SMALL = replace(
    PLENTY, max_fuel=Fuel(20_000), max_ticks=Ticks(20_000), watchdog_fuel=Fuel(1_000_000)
)
EVERY = list(Metering)
ENDLESS = build_script("(loop $again (br $again))")
RECURSIVE = compile_wat(
    """(module (memory (export "memory") 1)
      (func $down (param $depth i32)
        (if (local.get $depth)
          (then
            (call $down (i32.sub (local.get $depth) (i32.const 1)))
            (call $down (i32.sub (local.get $depth) (i32.const 1))))))
      (func (export "main") (call $down (i32.const 200))))"""
)

INPUTS = {
    "bad_float": [bytes(21)],
    "bignum_exp": [(3**99).to_bytes(32, "big") + (10**9 + 7).to_bytes(32, "big"), bytes(64)],
    "counter": [b"", bytes(range(16)), bytes(7)],
    "endless": [b"", bytes(2)],
    "hash_chain": [b"", bytes(5_000)],
    "helloworld": [b"", b"\1"],
    "traps": [b""],
}
ANY_DATA = [b"", b"\0", b"\1\0\0\0", bytes(64), bytes(range(256))]
"""What most scripts refuse, each in its own way."""

CASES = [
    pytest.param(path.read_bytes(), data, id=f"{path.parent.stem} {path.stem} {len(data)}")
    for path in sorted(SCRIPTS.rglob("*.wasm"))
    for data in INPUTS.get(path.stem, ANY_DATA)
]


def call(code: bytes, data: bytes = b"") -> ScriptCall:
    return ScriptCall(code=code, pre_state_root=PRE_STATE, data=data)


@pytest.mark.parametrize(("code", "data"), CASES)
def test_execute_shipped_script_has_the_same_effects_under_every_metering(
    code: bytes, data: bytes
) -> None:
    results = {metering: execute(call(code, data), metering) for metering in EVERY}

    assert len({get_effects(result) for result in results.values()}) == 1
    counts = {result.host_call_count for result in results.values()}
    assert len(counts) == 1


@pytest.mark.parametrize(("code", "data"), CASES)
def test_execute_injected_ticks_are_the_fuel_of_a_script_that_returns(
    code: bytes, data: bytes
) -> None:
    """Two counters that know nothing of each other: ours in the code, the engine's in its own."""
    limits = replace(PLENTY, tick_costs=ENGINE_COSTS)
    fuel = execute(call(code, data), Metering.FUEL, limits)
    injected = execute(call(code, data), Metering.INJECTED, limits)

    if fuel.outcome == "returned":
        assert int(injected.ticks_used) == int(fuel.fuel_used)
    else:
        # Paid for the whole block that was left in its middle.
        assert int(fuel.fuel_used) <= int(injected.ticks_used)


def _numbers() -> st.SearchStrategy[str]:
    leaves = st.one_of(
        st.integers(-9, 9).map("(i32.const {})".format),
        st.sampled_from(["(local.get $a)", "(local.get $b)", "(global.get $g)", "(memory.size)"]),
        st.just("(i32.load (i32.const 4))"),
    )
    operators = st.sampled_from(["i32.add", "i32.mul", "i32.xor", "i32.lt_s", "i32.shl"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, operators, inner, inner),
            st.builds("(call $mix {} {})".format, inner, inner),
            st.builds("(if (result i32) {} (then {}) (else {}))".format, inner, inner, inner),
            st.builds("(select {} {} {})".format, inner, inner, inner),
        ),
        max_leaves=6,
    )


def _statements() -> st.SearchStrategy[str]:
    number = _numbers()
    leaves = st.one_of(
        st.builds("(local.set $a {})".format, number),
        st.builds("(global.set $g {})".format, number),
        st.builds("(i32.store (i32.const 4) {})".format, number),
        st.builds("(call $print32 {})".format, number),
        st.just("(drop (memory.grow (i32.const 1)))"),
        st.just("(memory.fill (i32.const 8) (local.get $a) (i32.const 100))"),
    )

    def nest(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        body = st.lists(inner, max_size=3).map(" ".join)
        return st.one_of(
            st.builds("(if {} (then {}) (else {}))".format, number, body, body),
            st.builds("(block {} (br_if 0 {}) {})".format, body, number, body),
            st.builds("(block {} br 0 {})".format, body, body),
            st.builds(
                "(block (block (block (br_table 0 1 2 (i32.and {} (i32.const 3)))) {}) {})".format,
                number,
                body,
                body,
            ),
            # Rounds are counted in a local that statements inside only ever lower.
            st.builds(
                "(local.set $b (i32.const 3)) (loop {} (br_if 0 (i32.gt_s (local.tee $b"
                " (i32.sub (local.get $b) (i32.const 1))) (i32.const 0))))".format,
                st.lists(leaves, max_size=3).map(" ".join),
            ),
        )

    return st.lists(st.recursive(leaves, nest, max_leaves=8), max_size=6).map(" ".join)


@given(_statements())
def test_execute_random_script_has_the_same_effects_and_a_price(statements: str) -> None:
    code = compile_wat(
        f"""(module {declare_names("debug.print32 i32")}
          (memory (export "memory") 1)
          (global $g (mut i32) (i32.const 5))
          (table 1 funcref) (elem (i32.const 0) $mix)
          (func $mix (param i32 i32) (result i32) (i32.rotl (local.get 0) (local.get 1)))
          (func (export "main") (local $a i32) (local $b i32) {statements}))"""
    )
    limits = replace(PLENTY, tick_costs=ENGINE_COSTS)

    results = {metering: execute(call(code), metering, limits) for metering in EVERY}

    assert len({get_effects(result) for result in results.values()}) == 1
    ticks, fuel = results[Metering.INJECTED].ticks_used, results[Metering.FUEL].fuel_used
    assert int(ticks) == int(fuel)


@pytest.mark.parametrize("code", [ENDLESS, RECURSIVE], ids=["loop", "recursion"])
@pytest.mark.parametrize(
    ("metering", "outcome", "fuel"),
    [
        (Metering.NONE, "watchdog", 1_000_000),
        (Metering.FUEL, "out_of_fuel", 20_000),
        (Metering.TICKS, "watchdog", 1_000_000),
    ],
)
def test_execute_endless_script_is_ended(
    code: bytes, metering: Metering, outcome: str, fuel: int
) -> None:
    result = execute(call(code), metering, SMALL)

    assert (result.outcome, result.fuel_used) == (outcome, fuel)
    assert (result.post_state_root, result.deposits) == (PRE_STATE, ())


@pytest.mark.parametrize("code", [ENDLESS, RECURSIVE], ids=["loop", "recursion"])
def test_execute_endless_script_with_injected_ticks_runs_out_of_them(code: bytes) -> None:
    result = execute(call(code), Metering.INJECTED, SMALL)

    assert (result.outcome, result.ticks_used) == ("out_of_ticks", SMALL.max_ticks)
    assert "host function eth2.useTicks" in result.detail


@pytest.mark.parametrize("metering", EVERY)
def test_execute_after_an_endless_script_the_runtime_goes_on(metering: Metering) -> None:
    assert execute(call(ENDLESS), metering, SMALL).outcome != "returned"

    assert execute(call(build_script("")), metering, SMALL).outcome == "returned"


@pytest.mark.parametrize(
    ("metering", "outcome"),
    [
        (Metering.NONE, "returned"),
        (Metering.FUEL, "out_of_ticks"),
        (Metering.TICKS, "out_of_ticks"),
        (Metering.INJECTED, "out_of_ticks"),
    ],
)
def test_execute_own_ticks_count_unless_nothing_does(metering: Metering, outcome: str) -> None:
    code = build_script(
        "(call $useTicks (i32.const 20001))", imports=declare_names("eth2.useTicks i32")
    )

    result = execute(call(code), metering, SMALL)

    assert result.outcome == outcome
    assert result.ticks_used == (20_001 if metering is Metering.NONE else 20_000)


def test_execute_endless_script_that_calls_use_ticks_ends_under_ticks() -> None:
    code = build_script(
        "(loop $again (call $useTicks (i32.const 1000)) (br $again))",
        imports=declare_names("eth2.useTicks i32"),
    )

    result = execute(call(code), Metering.TICKS, SMALL)

    assert (result.outcome, result.host_call_count) == ("out_of_ticks", 21)


def test_execute_host_calls_count_for_the_watchdog() -> None:
    code = build_script(
        "(loop $again (drop (call $blockDataSize)) (br $again))",
        imports=declare_names("eth2.blockDataSize -> i32"),
    )

    result = execute(call(code), Metering.NONE, SMALL)

    assert result.outcome == "watchdog"
    assert result.host_call_count < SMALL.watchdog_fuel // BASE_FUEL


def test_execute_injected_host_calls_take_ticks() -> None:
    code = build_script(
        "(drop (call $blockDataSize))", imports=declare_names("eth2.blockDataSize -> i32")
    )

    # One call, one function entered.
    assert execute(call(code), Metering.INJECTED).ticks_used == BASE_FUEL + 2


def test_execute_injected_host_call_that_is_too_dear_takes_all_ticks() -> None:
    code = build_script(
        "(drop (call $blockDataSize))", imports=declare_names("eth2.blockDataSize -> i32")
    )
    limits = replace(SMALL, max_ticks=Ticks(BASE_FUEL + 1))

    result = execute(call(code), Metering.INJECTED, limits)

    assert (result.outcome, result.ticks_used) == ("out_of_ticks", limits.max_ticks)


@pytest.mark.parametrize(("ticks", "outcome"), [(5, "returned"), (4, "out_of_ticks")])
def test_execute_injected_last_tick_may_be_used(ticks: int, outcome: str) -> None:
    code = build_script("(drop (i32.add (i32.const 1) (i32.const 2)))" + "(nop)" * 9)
    limits = replace(SMALL, max_ticks=Ticks(ticks - 1))

    assert execute(call(code), Metering.INJECTED, limits).outcome == outcome


@pytest.mark.parametrize(
    ("pages", "maximum", "grown"), [(3, "", 3), (0, "", 0), (600, "", 0), (-1, "", 0), (3, "2", 0)]
)
def test_execute_injected_growth_is_charged_by_the_pages_that_came(
    pages: int, maximum: str, grown: int
) -> None:
    code = build_script(f"(drop (memory.grow (i32.const {pages})))", memory=f"1 {maximum}")
    costs = TickCosts(memory_page=1_000)

    result = execute(call(code), Metering.INJECTED, replace(PLENTY, tick_costs=costs))

    assert result.outcome == "returned"
    assert result.ticks_used == 3 + 1_000 * grown


def test_execute_injected_growth_beyond_the_ticks_fails() -> None:
    code = build_script("(drop (memory.grow (i32.const 2)))")
    costs = TickCosts(memory_page=2**32 - 1)

    result = execute(call(code), Metering.INJECTED, replace(PLENTY, tick_costs=costs))

    assert result.outcome == "out_of_ticks"


def test_execute_injected_copying_is_charged_before_it_is_done() -> None:
    code = build_script("(memory.fill (i32.const 0) (i32.const 1) (i32.const 60000))")

    result = execute(call(code), Metering.INJECTED, SMALL)

    assert result.outcome == "out_of_ticks"


def test_execute_injected_start_function_is_charged_too() -> None:
    code = compile_wat(
        """(module (memory (export "memory") 1)
          (func $start (loop $again (br $again)))
          (start $start)
          (func (export "main")))"""
    )

    assert execute(call(code), Metering.INJECTED, SMALL).outcome == "out_of_ticks"


def test_execute_injected_library_is_charged_and_cannot_replace_use_ticks() -> None:
    spinning = compile_wat('(module (func (export "spin") (loop $again (br $again))))')
    lenient = compile_wat('(module (func (export "useTicks") (param i32)))')
    code = build_script("(call $spin)", imports=declare_names("slow.spin"))
    libraries = (ScriptLibrary("eth2", lenient), ScriptLibrary("slow", spinning))

    result = execute(replace(call(code), libraries=libraries), Metering.INJECTED, SMALL)

    assert result.outcome == "out_of_ticks"


def test_execute_injected_unknown_import_is_a_link_error() -> None:
    code = build_script("", imports=declare_names("eth2.nothing"))

    assert execute(call(code), Metering.INJECTED).outcome == "trapped:link_error"


def test_execute_injected_compiles_once_per_code() -> None:
    runtime = ScriptRuntime(replace(PLENTY, metering=Metering.INJECTED))

    for _ in range(3):
        assert runtime.execute(call(build_script(""))).outcome == "returned"

    assert runtime.compile_count == 1


def test_execution_limits_are_metered_by_fuel_unless_told_otherwise() -> None:
    assert ExecutionLimits().metering is Metering.FUEL
