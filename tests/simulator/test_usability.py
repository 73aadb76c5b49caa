"""From which slot on a script may be called, under placements that differ in it."""

from pathlib import Path

import pytest

from simulator import events
from tests.helpers.scenarios import FLOAT, HELLO, build_scenario, register, run_scenario, select


def find_usable(
    folder: Path, strategy: str, script: str = HELLO, **settings: object
) -> list[tuple[str, int]]:
    """Register a script in slot 2 and return what became usable, and when."""
    scenario = build_scenario(
        16,
        validation={"strategy": strategy, **settings},
        proposers={"careless": 1.0},
        events=[register("it", script, slot=2)],
    )
    result = run_scenario(scenario, folder)
    return [(event.script, event.slot) for event in select(result.events, events.ScriptUsable)]


@pytest.mark.parametrize(
    "strategy", ["beacon-operation", "beacon-block", "shard-lazy", "shard-every-call", "none"]
)
def test_script_is_usable_with_its_registration(strategy: str, tmp_path: Path) -> None:
    assert find_usable(tmp_path, strategy) == [("it", 2)]


def test_deferred_script_is_usable_after_the_deferral(tmp_path: Path) -> None:
    assert find_usable(tmp_path, "beacon-deferred", deferral_slots=5) == [("it", 7)]


@pytest.mark.parametrize("strategy", ["beacon-operation", "beacon-block", "beacon-deferred"])
def test_bad_script_never_becomes_usable_where_it_is_found_out_first(
    strategy: str, tmp_path: Path
) -> None:
    assert find_usable(tmp_path, strategy, FLOAT) == []


def test_bad_script_is_usable_where_nobody_looks_first(tmp_path: Path) -> None:
    assert find_usable(tmp_path, "shard-lazy", FLOAT) == [("it", 2)]
