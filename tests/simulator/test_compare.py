"""Comparing runs: one key varied, everything else the same."""

from pathlib import Path

import pytest

from simulator.compare import compare, find_differing, load_variations, to_json
from simulator.errors import ScenarioError, UserError
from simulator.loader import load_scenario
from simulator.runner import run
from tests.helpers.scenarios import (
    FLOAT,
    build_journey,
    build_scenario,
    call,
    register,
    save_scenario,
)


def test_load_variations_makes_one_scenario_per_value(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(), tmp_path)

    variations = load_variations(path, "chain.shard_count=1,2,8", ["slots=3"], 9)

    assert [dict(each.settings) for each in variations] == [
        {"chain.shard_count": "1"},
        {"chain.shard_count": "2"},
        {"chain.shard_count": "8"},
    ]
    assert [each.loaded.config.shard_count for each in variations] == [1, 2, 8]
    assert {each.loaded.scenario.slots for each in variations} == {3}
    assert {each.loaded.scenario.seed for each in variations} == {9}


@pytest.mark.parametrize("vary", ["slots", "=1,2", "slots=", "slots=1,,2", "slots=1,"])
def test_load_variations_of_another_form_says_which(vary: str, tmp_path: Path) -> None:
    path = save_scenario(build_scenario(), tmp_path)

    with pytest.raises(UserError, match=r"write it as dotted\.key=value,value"):
        load_variations(path, vary, [], None)


def test_load_variations_one_impossible_value_stops_all(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(), tmp_path)

    with pytest.raises(ScenarioError, match=r"slots=-1.*: slots: "):
        load_variations(path, "slots=4,-1", [], None)


def test_load_variations_beats_an_override_of_the_same_key(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(), tmp_path)

    (variation,) = load_variations(path, "slots=4", ["slots=5"], None)

    assert variation.loaded.scenario.slots == 4


def test_compare_gives_what_single_runs_give(tmp_path: Path) -> None:
    path = save_scenario(build_journey(16), tmp_path)
    key, values = "chain.crosslink_interval_slots", ("2", "4")

    compared = list(compare(load_variations(path, f"{key}=2,4", [], None)))

    for value, each in zip(values, compared, strict=True):
        alone = run(load_scenario(path, [f"{key}={value}"]))
        assert each.result.metrics == alone.metrics
        assert each.result.report == alone.report
        assert each.result.events == ()


def test_compare_strategies_by_what_a_bad_script_costs(tmp_path: Path) -> None:
    scenario = build_scenario(
        6, proposers={"careless": 1.0}, events=[register("bad", FLOAT), call("bad", 3)]
    )
    path = save_scenario(scenario, tmp_path)
    strategies = "beacon-block,beacon-operation,shard-lazy"

    runs = list(compare(load_variations(path, f"validation.strategy={strategies}", [], None)))

    columns = {
        name: [each.result.metrics[name] for each in runs]
        for name in ("beacon.blocks_lost", "scripts.failed", "shards.noop_blocks")
    }
    assert columns == {
        "beacon.blocks_lost": [1, 0, 0],
        "scripts.failed": [0, 1, 0],
        "shards.noop_blocks": [0, 0, 1],
    }
    differing = find_differing(runs)
    assert set(columns) <= set(differing)
    assert "conservation_error" not in differing
    assert differing == sorted(differing)


def test_find_differing_same_runs_do_not_differ(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(4), tmp_path)

    runs = list(compare(load_variations(path, "seed=1,1", [], None)))

    assert find_differing(runs) == []


def test_compare_progress_counts_the_slots_of_each_run(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(4), tmp_path)
    told: list[int] = []

    list(compare(load_variations(path, "slots=2,3", [], None), progress=told.append))

    assert told == [1, 2, 1, 2, 3]


def test_to_json_has_the_documented_keys(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(2, expect=[{"metric": "slots", "equals": 3}]), tmp_path)

    (only,) = compare(load_variations(path, "seed=4", [], None))

    document = to_json(only)
    assert document["settings"] == {"seed": "4"}
    assert document["metrics"]["slots"] == 2
    assert document["seed"] == 4
    assert document["expectations_met"] is False
    assert document["beacon_state_root"] == only.result.report["beacon_state_root"]
