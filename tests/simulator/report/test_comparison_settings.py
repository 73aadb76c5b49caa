"""Which settings tell runs apart, and what the runs are called by them."""

from dataclasses import replace
from typing import Any

import pytest

from simulator.report.facts import RunFacts
from simulator.report.sections.comparison_settings import choose_settings, find_differing

FACTS = RunFacts(
    label="one",
    scenario="placements",
    title="",
    seed=1,
    slots=8,
    planned_slots=8,
    shards=4,
    status="complete",
    ending="",
    command="",
    is_shipped=True,
    overrides=(),
    seconds_per_slot=6,
    config={"strategy": "committee", "shuffling_seed": "aa", "execution": {"max_fuel": 5}},
    costs={"profile": "wasmtime"},
    scripts={},
    versions={"shardlab": "1"},
    metrics={},
    findings=(),
    expectations=(),
)


def vary(label: str = "two", **changes: Any) -> RunFacts:  # noqa: ANN401 - of any field
    config = {**FACTS.config, **changes.pop("config", {})}
    return replace(FACTS, label=label, config=config, **changes)


def test_choose_settings_one_that_differs_names_the_runs() -> None:
    runs = [FACTS, vary(config={"strategy": "beacon-block"})]

    assert choose_settings(runs, ["", ""]) == [
        {"strategy": "committee"},
        {"strategy": "beacon-block"},
    ]


def test_choose_settings_same_settings_fall_back_to_routes() -> None:
    assert choose_settings([FACTS, vary()], ["receipt", ""]) == [
        {"route": "receipt"},
        {"route": "no deposits"},
    ]


def test_choose_settings_last_are_overrides() -> None:
    runs = [FACTS, vary(overrides=["workload.0.calls.per_slot=2"])]

    assert choose_settings(runs, ["", ""]) == [
        {"workload.0.calls.per_slot": "as shipped"},
        {"workload.0.calls.per_slot": "2"},
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"scenario": "flood", "config": {"strategy": "none"}},
        {"seed": 2, "config": {"strategy": "none"}},
        {"config": {"a": 1, "b": 2, "c": 3, "d": 4}},
    ],
    ids=["nothing", "scenario", "seed beside it", "too many"],
)
def test_choose_settings_where_none_will_do_labels_name_the_runs(changes: dict[str, Any]) -> None:
    assert choose_settings([FACTS, vary(**changes)], ["", ""]) == [{"run": "one"}, {"run": "two"}]


def test_choose_settings_repeats_under_the_same_seeds_are_one_group() -> None:
    seeds = [(seed, {"shuffling_seed": str(seed)}) for seed in (1, 2)]
    runs = [
        vary(f"{name}-{seed}", seed=seed, config={**config, "strategy": name})
        for name in ("committee", "none")
        for seed, config in seeds
    ]

    chosen = choose_settings(runs, [""] * 4)

    assert [each["strategy"] for each in chosen] == ["committee", "committee", "none", "none"]


def test_find_differing_lists_every_setting_that_is_not_the_same() -> None:
    other = vary(
        seed=2,
        versions={"shardlab": "2"},
        config={"execution": {"max_fuel": 6}},
        overrides=["execution.max_fuel=6", "genesis.validators=9"],
    )

    assert find_differing([FACTS, other], ["", "receipt"]) == {
        "seed": ["1", "2"],
        "routes of deposits": ["", "receipt"],
        "execution.max_fuel": ["5", "6"],
        "versions.shardlab": ["1", "2"],
        "genesis.validators": [None, "9"],
    }
