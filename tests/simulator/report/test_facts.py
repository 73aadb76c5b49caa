"""What identifies a run, how it ended, and the command that makes it again."""

import json
import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator import load_scenario, run
from simulator.engine import Engine
from simulator.report.facts import RunFacts, build_command
from simulator.runner import SimulationBug
from simulator.shipped import get_scenarios_folder
from simulator.store import RunReader
from tests.helpers.cli import shardlab


def read_facts(folder: Path) -> RunFacts:
    reader = RunReader(folder)
    try:
        return RunFacts.read(reader, folder.name)
    finally:
        reader.close()


def make_facts(folder: Path, scenario: str | Path, *overrides: str) -> RunFacts:
    run(load_scenario(scenario, overrides), folder)
    return read_facts(folder)


def copy_scenario(folder: Path, name: str, **changes: object) -> Path:
    """Copy helloworld with its script, as somebody does who starts from it."""
    shipped = get_scenarios_folder()
    document = yaml.safe_load((shipped / "helloworld.yaml").read_text(encoding="utf-8"))
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(shipped / "scripts/helloworld.wasm", folder / "scripts")
    path = folder / name
    path.write_text(yaml.safe_dump({**document, **changes}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("scenario", "seed", "overrides", "command"),
    [
        ("deposit_journey", 7, [], "shardlab run deposit_journey --seed 7"),
        ("-mine.yaml", 3, [], "shardlab run ./-mine.yaml --seed 3"),
        (
            "deposit_journey",
            9,
            ["slots=16", "seed=9"],
            "shardlab run deposit_journey --seed 9 --set slots=16",
        ),
        (
            "deposit_journey",
            9,
            ["seed=4", "seed=9"],
            "shardlab run deposit_journey --seed 9 --set seed=4",
        ),
    ],
)
def test_build_command_is_what_to_type(
    scenario: str, seed: int, overrides: list[str], command: str
) -> None:
    assert build_command(scenario, seed, overrides) == command


def test_build_command_is_quoted_for_a_shell() -> None:
    command = build_command("deposit_journey", 1, ["chain={a: $(rm x)}"])

    assert shlex.split(command)[-1] == "chain={a: $(rm x)}"


def test_facts_shipped_scenario_of_a_series_is_named_with_its_folder(tmp_path: Path) -> None:
    facts = make_facts(tmp_path / "run", "validation/flood", "slots=3", "seed=5")

    assert facts.command == "shardlab run validation/flood --seed 5 --set slots=3"
    assert facts.is_shipped


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"title": "My own hello"}, id="title"),
        pytest.param({"slots": 12}, id="slots"),
        pytest.param({"workload": []}, id="workload"),
    ],
)
def test_facts_changed_copy_of_a_shipped_scenario_is_not_taken_for_it(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    path = copy_scenario(tmp_path / "mine", "helloworld.yaml", **changes)

    facts = make_facts(tmp_path / "run", path)

    assert facts.command == "shardlab run helloworld.yaml --seed 1"
    assert not facts.is_shipped


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("helloworld", ["slots=12"]),
        ("helloworld", ["slots=12", "chain={bls: insecure, shard_count: 8}", "seed=8"]),
        ("validation/flood", ["slots=3", "proposers.careless=0.5"]),
        ("my own; $(exit 9) 'one'.yaml", ["slots=12", "seed=3"]),
    ],
)
def test_facts_command_makes_the_same_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, overrides: Sequence[str]
) -> None:
    mine = tmp_path / "mine"
    scenario = copy_scenario(mine, name) if name.endswith(".yaml") else name
    facts = make_facts(tmp_path / "first", scenario, *overrides)
    mine.mkdir(exist_ok=True)
    monkeypatch.chdir(mine)

    program, *arguments = shlex.split(facts.command)
    outcome = shardlab(*arguments, "--out", "again")

    assert (program, outcome.status in {0, 1}) == ("shardlab", True), outcome.stderr
    first, again = (
        json.loads((folder / "report.json").read_text(encoding="utf-8"))
        for folder in (tmp_path / "first", mine / "again")
    )
    assert {item for item in again.pop("overrides") if "seed=" not in item} == {
        item for item in first.pop("overrides") if "seed=" not in item
    }
    assert again == first


def stop_at(slot: int, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine fail in a slot."""
    run_slot = Engine.run_slot

    def fail(self: Engine) -> object:
        if self.world.slot + 1 == slot:
            raise error
        return run_slot(self)

    monkeypatch.setattr(Engine, "run_slot", fail)


def test_facts_interrupted_run_says_by_whom_and_after_which_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(4, KeyboardInterrupt(), monkeypatch)

    with pytest.raises(KeyboardInterrupt):
        run(load_scenario("helloworld", ["slots=12"]), tmp_path / "run")

    assert read_facts(tmp_path / "run").ending == "Interrupted by the user after slot 3 of 12."


def test_facts_failed_run_names_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(4, KeyError("x"), monkeypatch)

    with pytest.raises(SimulationBug):
        run(load_scenario("helloworld", ["slots=12"]), tmp_path / "run")

    ending = read_facts(tmp_path / "run").ending
    assert ending.startswith("Stopped after slot 3 of 12: shardlab met something that it does not")
    assert "KeyError" not in ending


@pytest.mark.parametrize(
    ("slots", "told"),
    [
        (1, "Not finished: it holds slot 1 of 12."),
        (2, "Not finished: it holds slots 1 to 2 of 12."),
    ],
)
def test_facts_killed_run_says_which_slots_it_holds(tmp_path: Path, slots: int, told: str) -> None:
    def die(slot: int) -> None:
        if slot == slots:
            os._exit(0)

    child = os.fork()
    if child == 0:  # killed as a process is, without a word to the database
        run(load_scenario("helloworld", ["slots=12"]), tmp_path / "run", progress=die)
    os.waitpid(child, 0)

    assert read_facts(tmp_path / "run").ending == told
