"""Whatever a script does, both backends say the same about it, to the unit of fuel."""

from dataclasses import replace
from pathlib import Path

import pytest

from chain.config import BlsBackend, ExecutionLimits, Metering
from chain.types import Fuel, Ticks
from tests.helpers.backends import (
    LIMITS,
    assert_same,
    assert_same_with_wasm_libraries,
    build_call,
)
from tests.helpers.random_scripts import (
    CALLABLE,
    FUEL_PER_ROUND,
    INLINE,
    ask_for_rounds,
    build_rng,
    write_script,
)
from tests.helpers.scripts import SCRIPTS

SHIPPED = sorted(SCRIPTS.rglob("*.wasm"))
DATA = [b"", b"\1", bytes(16), bytes(64), bytes(range(256)), bytes(70_000)]
CHEAP = replace(LIMITS, bls=BlsBackend.INSECURE)
TICKING = replace(CHEAP, max_ticks=Ticks(50))
INJECTED = replace(CHEAP, metering=Metering.INJECTED, max_ticks=Ticks(20_000_000))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_script_is_the_same_in_both_backends(path: Path) -> None:
    for data in DATA:
        call = build_call(path.read_bytes(), data)

        assert_same(call, CHEAP)
        assert_same_with_wasm_libraries(call, CHEAP)


@pytest.mark.parametrize("limits", [CHEAP, TICKING, INJECTED], ids=["fuel", "ticks", "injected"])
@pytest.mark.parametrize("seed", range(60))
def test_random_script_is_the_same_in_both_backends(seed: int, limits: ExecutionLimits) -> None:
    rng = build_rng(seed)
    code = write_script(rng, CALLABLE, 8, safe_share=rng.choice([0.9, 1]))
    call = build_call(code, rng.randbytes(40), ask_for_rounds(rng.randrange(9)))

    assert_same(call, limits)
    assert_same_with_wasm_libraries(call, limits)


@pytest.mark.parametrize("seed", range(3))
def test_random_script_is_the_same_with_every_budget_of_fuel(seed: int) -> None:
    check_every_budget(f"fuel {seed}", CHEAP)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_many_random_scripts_are_the_same_with_every_budget_of_fuel(seed: int) -> None:
    check_every_budget(f"much fuel {seed}", CHEAP if seed % 2 else TICKING)


def check_every_budget(name: str, limits: ExecutionLimits) -> None:
    """Run a script with every budget up to what it needs, where that is not too much."""
    rng = build_rng(name)
    code = write_script(rng, INLINE, 4, safe_share=0.95)
    data = rng.randbytes(40)
    needed = int(assert_same(build_call(code, data, ask_for_rounds(0)), limits).fuel_used)
    outcomes = set()
    for spare in range(FUEL_PER_ROUND):
        some = replace(limits, max_fuel=Fuel(needed + spare))
        for rounds in range(needed // FUEL_PER_ROUND + 2):
            call = build_call(code, data, ask_for_rounds(rounds))
            outcomes.add(assert_same(call, some).outcome)
    assert "out_of_fuel" in outcomes


@pytest.mark.parametrize("seed", range(3))
def test_random_script_is_the_same_with_every_budget_of_ticks(seed: int) -> None:
    rng = build_rng(f"ticks {seed}")
    code = write_script(rng, CALLABLE, 3, safe_share=1)
    needed = int(assert_same(build_call(code, b"", ask_for_rounds(0)), INJECTED).ticks_used)
    step = needed // 200 + 1
    for spare in range(FUEL_PER_ROUND):
        some = replace(INJECTED, max_ticks=Ticks(needed + spare))
        for rounds in range(0, needed // FUEL_PER_ROUND + 2, step):
            assert_same(build_call(code, b"", ask_for_rounds(rounds)), some)
