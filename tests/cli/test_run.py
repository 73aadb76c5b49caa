"""``shardlab run`` and ``shardlab compare``."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.store import DATABASE_NAME, REPORT_NAME, RunReader
from tests.helpers.cli import shardlab
from tests.helpers.scenarios import build_journey, build_scenario, save_scenario

RUN_KEYS = {
    "scenario",
    "seed",
    "slots",
    "beacon_state_root",
    "metrics",
    "expectations",
    "run_dir",
}


def test_run_json_is_one_document_with_the_stable_keys(journey: Path) -> None:
    document = shardlab("run", journey, "--json", "--out", "here").document
    assert document.keys() >= RUN_KEYS
    assert (document["scenario"], document["seed"], document["slots"]) == ("journey", 1, 24)
    assert re.fullmatch("[0-9a-f]{64}", document["beacon_state_root"])
    assert document["metrics"]["deposits.settled"] == 1
    assert all(isinstance(value, int | float) for value in document["metrics"].values())
    assert document["run_dir"] == "here"


def test_run_prints_a_summary_to_stdout_only(journey: Path) -> None:
    outcome = shardlab("run", journey)
    assert outcome.status == 0
    assert "settled" in outcome.stdout
    assert "runs/journey-1" in outcome.stdout
    assert outcome.stderr == ""


def test_run_without_out_numbers_its_folders(journey: Path) -> None:
    for _ in range(3):
        shardlab("run", journey)
    assert sorted(path.name for path in Path("runs").iterdir()) == [
        "journey-1",
        "journey-1-2",
        "journey-1-3",
    ]


def test_run_seed_replaces_the_seed_and_the_root(journey: Path) -> None:
    first = shardlab("run", journey, "--json").document
    second = shardlab("run", journey, "--json", "--seed", 2).document
    assert second["seed"] == 2
    assert first["beacon_state_root"] != second["beacon_state_root"]


def test_run_set_overrides_any_key(journey: Path) -> None:
    document = shardlab(
        "run", journey, "--json", "--set", "slots=5", "--set", "chain.shard_count=64"
    ).document
    assert document["slots"] == 5
    assert len(document["shard_state_roots"]) == 64


def test_run_writes_database_and_report(run_folder: Path) -> None:
    assert {path.name for path in run_folder.iterdir()} == {DATABASE_NAME, REPORT_NAME}
    reader = RunReader(run_folder)
    report = json.loads((run_folder / REPORT_NAME).read_bytes())
    assert reader.is_complete
    assert reader.read_metrics() == report["metrics"]
    reader.close()


def test_run_expectation_that_fails_exits_with_1_and_says_what_was_found(tmp_path: Path) -> None:
    expect = [{"metric": "deposits.settled", "at_least": 5}]
    outcome = shardlab("run", save_scenario(build_journey(expect=expect), tmp_path))
    assert outcome.status == 1
    assert "deposits.settled at least 5: found 1, NOT MET" in outcome.stdout


def test_run_expectation_of_an_unknown_metric_fails(tmp_path: Path) -> None:
    expect = [{"metric": "no.such.metric", "equals": 0}]
    outcome = shardlab("run", save_scenario(build_scenario(expect=expect), tmp_path), "--json")
    assert outcome.status == 1
    assert outcome.document["expectations"][0] == {
        "metric": "no.such.metric",
        "condition": {"equals": 0.0},
        "value": None,
        "met": False,
    }


def test_run_wrong_scenario_reports_every_problem_and_writes_nothing(tmp_path: Path) -> None:
    scenario = build_scenario(slotz=3, chain={"shard_count": -1}) | {"slots": "many"}
    path = save_scenario(scenario, tmp_path, "wrong")
    before = set(tmp_path.iterdir())
    outcome = shardlab("run", path, "--out", "out")
    assert outcome.status == 2
    assert outcome.stdout == ""
    for key in ("slots", "slotz", "chain.shard_count"):
        assert re.search(rf"wrong\.yaml:\d+: {key}: ", outcome.stderr)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.yaml"], "none.yaml"),
        (["no-such-scenario"], "shardlab scenarios"),
        (["."], "."),
        (["journey.yaml", "--set", "slots"], "dotted.key=value"),
        (["journey.yaml", "--set", "slots=[1"], "not YAML"),
        (["journey.yaml", "--set", "chain.shard_cuont=4"], "chain.shard_cuont"),
        (["journey.yaml", "--set", "events[9].slot=4"], "events[9]"),
        (["journey.yaml", "--seed", "-1"], "seed"),
        (["journey.yaml", "--nonsense"], "--nonsense"),
        ([], "scenario"),
    ],
)
def test_run_unusable_arguments_exit_with_2(arguments: list[str], said: str, journey: Path) -> None:
    del journey
    outcome = shardlab("run", *arguments)
    assert outcome.status == 2
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not Path("runs").exists()


def test_run_into_a_folder_with_something_in_it_is_refused(journey: Path) -> None:
    Path("full").mkdir()
    Path("full/keep.txt").write_text("mine", encoding="utf-8")
    for force in ([], ["--force"]):
        outcome = shardlab("run", journey, "--out", "full", *force)
        assert outcome.status == 2
        assert "full: is not empty" in outcome.stderr
    assert [path.name for path in Path("full").iterdir()] == ["keep.txt"]


def test_run_over_a_run_needs_force(journey: Path, run_folder: Path) -> None:
    refused = shardlab("run", journey, "--out", run_folder)
    forced = shardlab("run", journey, "--out", run_folder, "--force", "--seed", 9, "--json")
    assert (refused.status, forced.status) == (2, 0)
    assert "--force" in refused.stderr
    assert json.loads((run_folder / REPORT_NAME).read_bytes())["seed"] == 9


def test_run_into_a_file_is_refused(journey: Path) -> None:
    outcome = shardlab("run", journey, "--out", journey)
    assert outcome.status == 2
    assert "is not a folder" in outcome.stderr


def test_run_into_a_folder_that_cannot_be_made_is_refused(journey: Path) -> None:
    outcome = shardlab("run", journey, "--out", journey / "below")
    assert outcome.status == 2
    assert "cannot be written" in outcome.stderr


def test_run_is_the_same_under_any_hash_seed(journey: Path) -> None:
    for hash_seed in ("1", "2"):
        subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "simulator.cli", "run", journey, "--out", f"run{hash_seed}"],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
        )
    first, second = (Path(f"run{hash_seed}") / REPORT_NAME for hash_seed in ("1", "2"))
    assert first.read_bytes() == second.read_bytes()
    events = [list(RunReader(Path(folder)).read_events()) for folder in ("run1", "run2")]
    assert events[0] == events[1]


def test_compare_json_has_settings_and_metrics_of_every_run(journey: Path) -> None:
    vary = "validation.strategy=beacon-block,beacon-operation,shard-lazy"
    document = shardlab("compare", journey, "--vary", vary, "--json").document
    assert [run["settings"]["validation.strategy"] for run in document["runs"]] == [
        "beacon-block",
        "beacon-operation",
        "shard-lazy",
    ]
    assert all(run["metrics"]["deposits.settled"] == 1 for run in document["runs"])


def test_compare_prints_what_differs_and_keeps_no_run(journey: Path) -> None:
    outcome = shardlab("compare", journey, "--vary", "slots=6,24")
    assert outcome.status == 0
    assert "deposits.settled" in outcome.stdout
    assert not Path("runs").exists()


def test_compare_runs_that_do_not_differ_says_so(journey: Path) -> None:
    outcome = shardlab("compare", journey, "--vary", "title=one,two")
    assert "do not differ" in outcome.stdout


@pytest.mark.parametrize("vary", ["slots", "=1,2", "slots=1,,2", "slots=many", "slotz=1"])
def test_compare_unusable_variation_exits_with_2(vary: str, journey: Path) -> None:
    outcome = shardlab("compare", journey, "--vary", vary)
    assert outcome.status == 2
    assert outcome.stdout == ""
