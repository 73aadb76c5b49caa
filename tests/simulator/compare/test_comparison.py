"""Comparisons as a whole: what is shown, what is said, and the machine-readable form."""

import json
from pathlib import Path

import pytest

from simulator.compare import build_comparison, compare, plan_runs, to_json
from tests.helpers.comparisons import PLACE, Numbers, make_contestants, make_runs
from tests.helpers.scenarios import FLOAT, build_scenario, call, register, save_scenario

COST = "costs.total_seconds"
NODES = "genesis.validators"


def test_build_comparison_strategies_by_what_a_bad_script_costs(tmp_path: Path) -> None:
    scenario = build_scenario(
        6, proposers={"careless": 1.0}, events=[register("bad", FLOAT), call("bad", 3)]
    )
    strategies = "beacon-block,beacon-operation,shard-lazy"
    planned = plan_runs(save_scenario(scenario, tmp_path), [f"validation.strategy={strategies}"])

    comparison = build_comparison(list(compare(planned)))

    columns = {
        name: [run.metrics[name] for run in comparison.runs]
        for name in ("beacon.blocks_lost", "scripts.failed", "shards.noop_blocks")
    }
    assert columns == {
        "beacon.blocks_lost": [1, 0, 0],
        "scripts.failed": [0, 1, 0],
        "shards.noop_blocks": [0, 0, 1],
    }
    assert set(columns) <= set(comparison.metrics)
    assert "conservation_error" not in comparison.metrics
    assert list(comparison.metrics) == sorted(comparison.metrics)


def test_build_comparison_same_runs_do_not_differ() -> None:
    comparison = build_comparison(make_contestants(COST, {"a": [1, 2, 3], "b": [1, 2, 3]}))

    assert (comparison.metrics, comparison.findings) == ([], [])


def test_build_comparison_same_means_under_other_seeds_do_differ() -> None:
    comparison = build_comparison(make_contestants(COST, {"a": [1, 2, 3], "b": [3, 2, 1]}))

    assert comparison.metrics == [COST]


def make_grid(cost: dict[tuple[str, int], Numbers]) -> list[str]:
    """The sentences on a grid of places and numbers of nodes."""
    runs = make_runs(
        [
            ({PLACE: place, NODES: str(nodes)}, {COST: cost[place, nodes]})
            for nodes in sorted({nodes for _, nodes in cost})
            for place in dict.fromkeys(place for place, _ in cost)
        ]
    )
    (finding,) = build_comparison(runs).findings
    return list(finding.sentences)


def test_build_comparison_grid_says_who_wins_everywhere_and_how_each_grows() -> None:
    growing = {("every", nodes): [nodes, nodes + 1, nodes - 1] for nodes in (64, 128, 256)}
    flat: dict[tuple[str, int], Numbers] = {("few", n): [2, 2, 2] for n in (64, 128, 256)}

    winners, growth = make_grid({**growing, **flat})

    assert winners == (
        "costs.total_seconds: few wins as lowest (2), by a factor 32 to 128 over every; the "
        "spread over 3 seeds allows the claim (in all 3 settings)."
    )
    assert growth == (
        "costs.total_seconds with genesis.validators: grows about linearly (exponent 0.98 to "
        "1.02) under every; does not change under few."
    )


def test_build_comparison_grid_with_two_winners_says_where_each_wins() -> None:
    growing: dict[tuple[str, int], Numbers] = {("every", n): [n] * 3 for n in (10, 20, 40)}
    flat: dict[tuple[str, int], Numbers] = {("few", n): [30] * 3 for n in (10, 20, 40)}

    winners, _ = make_grid({**growing, **flat})

    assert winners == (
        "costs.total_seconds: every wins as lowest (10 to 20), by a factor 1.5 to 3 over few; the "
        "spread over 3 seeds allows the claim (at genesis.validators=10, genesis.validators=20); "
        "few wins as lowest (30), by a factor 1.33 over every; the spread over 3 seeds allows the "
        "claim (at genesis.validators=40)."
    )


def test_build_comparison_numbers_grow_they_do_not_compete() -> None:
    runs = make_runs([({NODES: str(n)}, {COST: [n]}) for n in (64, 128, 256)])

    (finding,) = build_comparison(runs).findings

    assert finding.contests == []
    (said,) = finding.sentences
    assert said == (
        "costs.total_seconds with genesis.validators: grows about linearly (exponent 1.00) (one "
        "seed says nothing about the spread)."
    )


def test_build_comparison_names_compete_though_a_number_comes_first() -> None:
    runs = make_runs(
        [
            ({NODES: str(nodes), PLACE: place}, {COST: [cost * nodes] * 3})
            for place, cost in (("a", 1), ("b", 2))
            for nodes in (64, 128)
        ]
    )

    (finding,) = build_comparison(runs).findings

    assert [contest.key for contest in finding.contests] == [PLACE, PLACE]
    assert [growth.key for growth in finding.growths] == [NODES, NODES]


def test_build_comparison_seeds_neither_grow_nor_compete() -> None:
    runs = make_runs([({"seed": str(n)}, {COST: [n]}) for n in (1, 2, 3)])

    (finding,) = build_comparison(runs).findings

    assert (finding.contests, finding.growths, finding.sentences) == ([], [], [])


def test_build_comparison_wanted_metrics_come_in_the_order_wanted() -> None:
    metrics = {name: [1] for name in ("costs.b", "costs.a", "slots", "other")}
    runs = make_runs([({PLACE: "a"}, metrics), ({PLACE: "b"}, {**metrics, "slots": [2]})])

    comparison = build_comparison(runs, ["slots", "costs.*", "slotz", "costs.a"])

    assert comparison.metrics == ["slots", "costs.a", "costs.b"]
    assert comparison.missing == {"slotz": "slots"}
    assert [finding.metric for finding in comparison.findings] == ["slots"]


def test_to_json_has_runs_aggregates_and_findings() -> None:
    comparison = build_comparison(make_contestants(COST, {"a": [1, 2, 3], "b": [5, 6, 7]}))

    document = to_json(comparison)

    assert json.loads(json.dumps(document)) == document
    assert [run["settings"] for run in document["runs"]] == [{PLACE: "a"}] * 3 + [{PLACE: "b"}] * 3
    assert document["seeds"] == [7, 8, 9]
    assert document["groups"][1] == {
        "settings": {PLACE: "b"},
        "metrics": {
            COST: {"count": 3, "mean": 6, "deviation": 1, "minimum": 5, "maximum": 7},
        },
    }
    (finding,) = document["findings"]
    (contest,) = finding["contests"]
    assert contest["winners"] == ["a"]
    assert contest["is_certain"] is True
    assert contest["rivals"] == [{"value": "b", "mean": 6, "is_apart": True, "factor": 3}]


def test_to_json_run_has_the_documented_keys(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(2, expect=[{"metric": "slots", "equals": 3}]), tmp_path)

    runs = list(compare(plan_runs(path, ["seed=4"])))

    (document,) = to_json(build_comparison(runs))["runs"]
    assert document["settings"] == {"seed": "4"}
    assert document["metrics"]["slots"] == 2
    assert document["seed"] == 4
    assert document["expectations_met"] is False
    assert document["beacon_state_root"] == runs[0].report["beacon_state_root"]


@pytest.mark.parametrize("values", [{"a": [1]}, {"a": [1, 2, 3]}])
def test_build_comparison_one_setting_has_nothing_to_say(values: dict[str, Numbers]) -> None:
    assert build_comparison(make_contestants(COST, values)).findings == []
