"""What holds for every command, and the small ones."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from simulator.runner import SimulationBug
from simulator.shipped import list_shipped
from simulator.store import RunReader
from tests.helpers.cli import shardlab
from tests.helpers.processes import (
    PATIENCE_SECONDS,
    get_unmeasured_environment,
    has_slots,
    wait_until,
)
from tests.helpers.scenarios import build_journey, save_scenario
from tests.helpers.toolchain import needs_debian_toolchain, read_modules

COMMANDS = [
    "run",
    "compare",
    "routes",
    "follow",
    "flows",
    "scout",
    "sweep",
    "exec",
    "validate",
    "scenarios",
    "schema",
    "init",
    "new-script",
]
HEAVY = ["wasmtime", "pydantic", "ssz", "networkx", "py_ecc", "trie", "sqlite3", "yaml"]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_an_example(command: str) -> None:
    outcome = shardlab(command, "--help")
    assert outcome.status == 0
    assert f"Example: shardlab {command}" in " ".join(outcome.stdout.split())


def test_help_lists_every_command() -> None:
    outcome = shardlab("--help")
    assert all(command in outcome.stdout for command in COMMANDS)


def test_version_is_the_distribution_s() -> None:
    from importlib.metadata import version  # noqa: PLC0415 - what the command prints

    assert shardlab("--version").stdout == f"shardlab {version('shardlab')}\n"


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(argument: str) -> None:
    """They answer at once because of this; a timed test would only be noise."""
    program = (
        "import sys\nfrom simulator.cli import main\n"
        f"try:\n    main(['{argument}'])\nexcept SystemExit:\n    pass\n"
        f"sys.stderr.write(' '.join(name for name in {HEAVY} if name in sys.modules))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        env=get_unmeasured_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


def test_scenarios_lists_names_and_questions() -> None:
    document = shardlab("scenarios", "--json").document
    assert [entry["name"] for entry in document["scenarios"]] == [
        scenario.name for scenario in list_shipped()
    ]
    assert all(entry["question"].endswith("?") for entry in document["scenarios"])
    assert "deposit_journey" in shardlab("scenarios").stdout


def test_scenarios_run_by_name_from_any_folder() -> None:
    outcome = shardlab("run", "helloworld", "--set", "slots=12", "--set", "expect=[]", "--json")
    assert (outcome.status, outcome.document["scenario"]) == (0, "helloworld")


def test_scenario_of_a_lesson_runs_by_its_name() -> None:
    outcome = shardlab("run", "lessons/1_shard_block", "--json")
    assert (outcome.status, outcome.document["scenario"]) == (0, "1_shard_block")


def test_schema_accepts_the_shipped_scenarios_and_refuses_unknown_keys() -> None:
    schema = json.loads(shardlab("schema").stdout)
    for scenario in list_shipped():
        document = yaml.safe_load(scenario.path.read_text(encoding="utf-8"))
        jsonschema.validate(document, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**document, "slotz": 3}, schema)


def test_init_makes_a_scenario_that_runs() -> None:
    assert shardlab("init", "mine").status == 0
    outcome = shardlab("run", "mine/first.yaml", "--json")
    assert outcome.status == 0
    assert outcome.document["metrics"]["deposits.settled"] > 0


@needs_debian_toolchain
def test_init_brings_what_builds_its_scripts() -> None:
    shardlab("init", "mine")
    scripts = Path("mine/scripts")
    before = read_modules(scripts)
    subprocess.run(["/bin/sh", scripts / "build.sh"], check=True, capture_output=True)  # noqa: S603 - our own script
    assert len(before) == 2
    assert read_modules(scripts) == before


def test_new_script_makes_a_scenario_that_runs() -> None:
    assert shardlab("new-script", "savings", "--in", "mine").status == 0
    outcome = shardlab("run", "mine/savings/savings.yaml", "--json")
    assert outcome.status == 0
    assert outcome.document["metrics"]["shards.blocks"] > 0


def test_new_script_refuses_a_name_and_a_folder_that_cannot_be_used() -> None:
    shardlab("new-script", "savings")
    for name in ("savings", "Savings", "../up", ""):
        outcome = shardlab("new-script", name)
        assert outcome.status == 2
        assert outcome.stderr.startswith("error: ")


def test_init_touches_nothing_that_exists(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for target in ("mine", "file", "file/below"):
        outcome = shardlab("init", target)
        assert outcome.status == 2
        assert target in outcome.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    "command",
    [
        ["run", "journey.yaml"],
        ["compare", "journey.yaml", "--vary", "slots=12,24"],
        ["follow", "run"],
        ["follow", "run", "1"],
        ["scenarios"],
    ],
    ids=" ".join,
)
def test_narrow_terminal_loses_no_word(
    command: list[str], run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del run_folder
    monkeypatch.setenv("COLUMNS", "60")
    outcome = shardlab(*command)
    assert outcome.status == 0
    assert max(map(len, outcome.stdout.splitlines())) <= 60
    assert "…" not in outcome.stdout


def test_bug_of_ours_shows_scenario_seed_and_slot(
    journey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_world: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("simulator.engine.Engine._close_slot", fail)
    with pytest.raises(SimulationBug, match="scenario journey, seed 1, slot 1"):
        shardlab("run", journey, "--out", "failed")
    reader = RunReader(Path("failed"))
    assert (reader.meta["status"], reader.is_complete) == ("failed", False)
    reader.close()


@pytest.mark.slow
def test_ctrl_c_leaves_a_readable_database_that_says_so(tmp_path: Path) -> None:
    path = save_scenario(build_journey(slots=200_000), tmp_path, "long")
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "simulator.cli", "run", path, "--out", "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ},
    )
    wait_until(lambda: has_slots(Path("run")))
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert "interrupted" in stderr
    assert "Traceback" not in stderr
    reader = RunReader(Path("run"))
    assert reader.meta["status"] == "interrupted"
    assert max(event.slot for event in reader.read_events()) == reader.meta["slot"]
    reader.close()
    assert "This run is interrupted" in shardlab("follow", "run").stdout
