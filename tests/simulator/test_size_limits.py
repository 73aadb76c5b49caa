"""Scenarios that ask for more than a machine has are refused before anything is made."""

from pathlib import Path
from typing import Any

import pytest

from simulator.actors.plans import plan_users
from simulator.errors import MAX_PROBLEMS, ScenarioError
from simulator.scenario import Topology
from simulator.topology import CompleteEdges, build_edges
from simulator.yaml_source import parse_yaml
from tests.helpers.scenarios import HELLO, Settings, build_scenario, load, register
from tests.helpers.scripts import SCRIPTS

MANAGER = str(SCRIPTS / "deposit_manager.wasm")


def refuse(folder: Path, scenario: Settings) -> tuple[str, ...]:
    with pytest.raises(ScenarioError) as caught:
        load(scenario, folder)
    return caught.value.problems


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"slots": 1_000_000, "workload": [{"calls": {"script": "a", "per_slot": 1000.0}}]},
            "users want 4,000,000,000 things, more than 10,000,000",
        ),
        (
            {"genesis": {"validators": 10**6, "depositors": 10**6, "validator_gwei": 1}},
            "the registry has room for 1048576, not for 2000000 at genesis",
        ),
        (
            {
                "slots": 100,
                "workload": [
                    {
                        "transfers": {
                            "script": "m",
                            "per_slot": 50_000.0,
                            "arrival": "steady",
                            "users": 10**6,
                            "recipients": 10**6,
                            "gwei": [1, 1],
                        }
                    }
                ],
            },
            "genesis funds 4,000,010, more than 1,048,576",
        ),
    ],
)
def test_load_scenario_that_asks_for_too_much_is_refused(
    changes: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    events = [register("a", HELLO), register("m", MANAGER)]
    (line,) = refuse(tmp_path, build_scenario(events=events, **changes))
    assert line.endswith(problem)


def test_load_scenario_thousands_of_problems_are_told_as_many_as_anybody_reads(
    tmp_path: Path,
) -> None:
    scenario = build_scenario()
    scenario |= {f"unknown{number}": 1 for number in range(3000)}
    problems = refuse(tmp_path, scenario)
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1] == "there are more problems"


def test_load_scenario_key_that_steers_terminals_is_told_in_one_printable_line(
    tmp_path: Path,
) -> None:
    scenario = build_scenario()
    scenario["\x1b[2J\nerror: all is lost"] = 1
    (line,) = refuse(tmp_path, scenario)
    assert line.isprintable()
    assert r"\x1b[2J\nerror: all is lost: unknown key" in line


@pytest.mark.parametrize(
    "number",
    [
        "0x" + "f" * 2000,
        "1" + ":59" * 1000,
        "1" + ":59" * 1000 + ".5",
        "9" * 1001,
        "-" + "9" * 1001,
    ],
)
def test_parse_yaml_number_without_end_is_refused(number: str) -> None:
    with pytest.raises(ScenarioError, match=r"a\.yaml:1: a: a number of [0-9,]+ characters"):
        parse_yaml(f"a: {number}".encode(), Path("a.yaml"))


def test_parse_yaml_number_too_large_for_a_float_is_refused() -> None:
    with pytest.raises(ScenarioError, match="not a value"):
        parse_yaml(("a: 1" + ":59" * 300 + ".5").encode(), Path("a.yaml"))


def test_build_edges_complete_are_all_pairs_in_order() -> None:
    edges = build_edges(Topology(), 5, 0)
    assert list(edges) == [(a, b) for a in range(5) for b in range(5) if a != b]
    assert edges[-1] == (4, 3)
    assert edges[2:4] == [(0, 3), (0, 4)]
    assert len(CompleteEdges(4096)) == 4096 * 4095


def test_plan_users_transfer_on_one_shard_never_pays_its_sender(tmp_path: Path) -> None:
    load_of = {"script": "m", "per_slot": 20.0, "cross_shard": 0.0, "users": 3, "recipients": 3}
    scenario = build_scenario(
        events=[register("m", MANAGER)], workload=[{"transfers": {**load_of, "gwei": [1, 1]}}]
    )
    plans = plan_users(load(scenario, tmp_path).scenario, 4)
    pairs = {(item.sender, item.recipient) for items in plans.values() for item in items}  # type: ignore[union-attr]  # there are only transfers
    assert pairs == {(a, b) for a in range(3) for b in range(3) if a != b}
