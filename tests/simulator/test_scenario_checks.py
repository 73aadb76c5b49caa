"""What a scenario with transfers and faults cannot mean: file, line, key and value are named."""

from pathlib import Path

import pytest

from chain.types import Slot
from simulator.errors import ScenarioError
from simulator.scenario import Scenario
from tests.helpers.scenarios import RELAY, Settings, build_scenario, load, register, save_scenario
from tests.helpers.transfers import NAME, build_load, build_managed, get_manager_path

ONE_SHARD = {"shard_count": 1}


def get_problems(scenario: Settings, folder: Path) -> list[str]:
    """Return all problems, without the folder and the line."""
    path = save_scenario(scenario, folder)
    with pytest.raises(ScenarioError) as caught:
        load(scenario, folder)
    shown = [problem.removeprefix(f"{path}:") for problem in caught.value.problems]
    assert all(problem.split(":", 1)[0].isdigit() for problem in shown)
    return [problem.split(": ", 1)[1] for problem in shown]


def with_fault(kind: str, **given: object) -> Settings:
    return build_managed(20, build_load(), faults=[{kind: given}])


def with_load(**changes: object) -> Settings:
    return build_managed(20, build_load(**changes))


@pytest.mark.parametrize(
    ("scenario", "problem"),
    [
        (
            with_fault("orphan", slot=0, shard=0),
            "faults[0].orphan.slot: the run has slots 1 to 20, not 0",
        ),
        (
            with_fault("orphan", slot=21, shard=0),
            "faults[0].orphan.slot: the run has slots 1 to 20, not 21",
        ),
        (
            with_fault("orphan", slot=20, shard=0),
            "faults[0].orphan.slot: the run ends before this block could lose",
        ),
        (
            with_fault("orphan", slot=5, shard=4),
            "faults[0].orphan.shard: there are shards 0 to 3, not 4",
        ),
        (with_fault("halt", shard=7), "faults[0].halt.shard: there are shards 0 to 3, not 7"),
        (
            with_fault("withhold", shard=7),
            "faults[0].withhold.shard: there are shards 0 to 3, not 7",
        ),
        (
            with_fault("replay", script="nobody"),
            "faults[0].replay.script: no transfers go through a script named nobody",
        ),
        (
            with_fault("insolvency", slot=5, shard=0, script="nobody", gwei=1),
            "faults[0].insolvency.script: no transfers go through a script named nobody",
        ),
        (
            with_fault("insolvency", slot=99, shard=0, script=NAME, gwei=1),
            "faults[0].insolvency.slot: the run has slots 1 to 20, not 99",
        ),
        (
            with_fault("halt", shard=0, start=9, stop=8),
            "faults[0].halt: stop lies before start",
        ),
        (
            build_managed(20, build_load(), faults=[{}]),
            "faults[0]: needs exactly one of: orphan, withhold, replay, halt,",
        ),
        (with_fault("orphan", slot=5, shard=0, retri=True), "faults[0].orphan.retri: unknown key"),
        (
            with_load(script="nobody"),
            "workload[0].transfers.script: no event registers a script named nobody",
        ),
        (
            with_load(topology={"kind": "edges", "edges": [[0, 1], [2, 9]]}),
            "workload[0].transfers.topology[3]: there are shards 0 to 3, not 9",
        ),
        (
            build_managed(20, build_load(), chain=ONE_SHARD),
            "workload[0].transfers.topology: one shard alone has nobody to send to",
        ),
        (with_load(route="tunnel"), "workload[0].transfers.route: "),
        (with_load(arrival="never"), "workload[0].transfers.arrival: "),
        (
            with_load(gwei=[2, 1]),
            "workload[0].transfers: gwei: the smallest amount comes first",
        ),
        (
            with_load(users=5, recipients=4),
            "workload[0].transfers: recipients: the users are among them",
        ),
        (
            with_load(users=1, recipients=1, cross_shard=0.5),
            "workload[0].transfers: recipients: within a shard one account has nobody",
        ),
        (
            build_scenario(20, events=[register(NAME, RELAY)], workload=[build_load()]),
            f"workload[0].transfers.script: {RELAY} is no deposit_manager",
        ),
        (
            build_scenario(
                20,
                events=[register(NAME, get_manager_path())],
                workload=[{"deposits": {"script": NAME, "from": [0], "to": [1], "gwei": [1, 1]}}],
            ),
            f"workload[0].deposits.script: {get_manager_path()} has accounts: it takes transfers",
        ),
        (
            with_load(gwei=[1, 10**18]),
            "workload[0].transfers.gwei: up to here the scenario needs up to 3",
        ),
        (
            build_managed(
                20,
                build_load(route="netting", reserve_gwei=10**18),
                chain={"shard_count": 19},
            ),
            "workload[0].transfers.reserve_gwei: up to here the scenario needs up to 19",
        ),
    ],
)
def test_load_scenario_what_cannot_be_meant_names_its_key(
    scenario: Settings, problem: str, tmp_path: Path
) -> None:
    problems = get_problems(scenario, tmp_path)

    assert len(problems) == 1
    assert problems[0].startswith(problem)


@pytest.mark.parametrize("arrival", ["poisson", "bursts"])
def test_load_scenario_random_arrivals_are_bounded_with_room(arrival: str, tmp_path: Path) -> None:
    """Eight of 10**18 Gwei are expected, and 18 would be too much: that may happen."""
    likely = with_load(
        per_slot=1, start=1, stop=9, gwei=[1, 10**18], arrival=arrival, topology={"kind": "ring"}
    )

    (problem,) = get_problems(likely, tmp_path)

    assert problem.startswith("workload[0].transfers.gwei: up to here the scenario needs")


def test_load_scenario_one_shard_may_transfer_within(tmp_path: Path) -> None:
    load(build_managed(20, build_load(cross_shard=0), chain=ONE_SHARD), tmp_path)


def test_load_scenario_several_faults_of_a_kind_are_fine(tmp_path: Path) -> None:
    faults = [{"orphan": {"slot": slot, "shard": 0}} for slot in (5, 6, 7)]

    loaded = load(build_managed(20, build_load(), faults=faults), tmp_path)

    assert isinstance(loaded.scenario, Scenario)
    orphans = [fault.orphan for fault in loaded.scenario.faults]
    assert [Slot(each.slot) for each in orphans if each is not None] == [5, 6, 7]


def test_load_scenario_more_first_shards_than_there_are_names_its_key(tmp_path: Path) -> None:
    calls = {"script": "relay", "first_shards": 5}
    scenario = build_scenario(
        20, chain={"shard_count": 4}, events=[register("relay", RELAY)], workload=[{"calls": calls}]
    )

    problems = get_problems(scenario, tmp_path)

    assert problems == ["workload[0].calls.first_shards: there are 4 shards, not 5"]


def test_load_scenario_shards_and_first_shards_exclude_each_other(tmp_path: Path) -> None:
    calls = {"script": "relay", "first_shards": 2, "shards": [0]}
    scenario = build_scenario(20, events=[register("relay", RELAY)], workload=[{"calls": calls}])

    problems = get_problems(scenario, tmp_path)

    assert problems == ["workload[0].calls: shards and first_shards exclude each other"]


@pytest.mark.parametrize(
    ("shards", "problem"),
    [
        ([], "must not be empty"),
        ([0, 0], "names shard 0 twice"),
        ([2, 1, 3, 1, 2], "names shard 1 twice"),
    ],
)
def test_load_scenario_shard_list_that_is_empty_or_repeats_is_refused(
    shards: list[int], problem: str, tmp_path: Path
) -> None:
    scenario = build_scenario(
        20,
        events=[register("relay", RELAY)],
        workload=[
            {"calls": {"script": "relay", "shards": shards}},
            {"storage": {"script": "relay", "shards": shards}},
            {"deposits": {"script": "relay", "from": shards, "to": [3], "gwei": [1, 1]}},
            {"deposits": {"script": "relay", "from": [3], "to": shards, "gwei": [1, 1]}},
        ],
        adversaries=[{"kind": "malformed", "shards": shards}],
    )

    assert get_problems(scenario, tmp_path) == [
        f"workload[0].calls.shards: {problem}",
        f"workload[1].storage.shards: {problem}",
        f"workload[2].deposits.from: {problem}",
        f"workload[3].deposits.to: {problem}",
        f"adversaries[0].shards: {problem}",
    ]


@pytest.mark.parametrize("key", ["committee_size", "challengers"])
def test_load_scenario_more_judges_than_validators_are_refused(key: str, tmp_path: Path) -> None:
    def build(validators: int) -> Settings:
        return build_scenario(genesis={"validators": validators}, validation={key: 4})

    load(build(4), tmp_path)

    assert get_problems(build(3), tmp_path) == [
        f"validation.{key}: 4 of 3 validators: there are not so many"
    ]
