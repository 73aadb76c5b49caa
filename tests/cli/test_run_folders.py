"""``shardlab run``: what is on disk afterwards, however the run ended."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chain.containers import BeaconState, ShardState
from chain.context import ChainContext
from chain.effects import Effect
from chain.shard import apply_shard_slot
from chain.types import Gwei, Root
from simulator.store import RunReader
from tests.helpers.cli import shardlab
from tests.helpers.scenarios import build_scenario, save_scenario

FILES = ["report.json", "run.db"]


def list_files(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def get_status(folder: str) -> str:
    reader = RunReader(Path(folder))
    status = str(reader.meta["status"])
    reader.close()
    return status


def test_run_again_writes_the_same_report(journey: Path) -> None:
    folders = [shardlab("run", journey, "--json").document["run_dir"] for _ in range(2)]

    first, second = ((Path(folder) / "report.json").read_bytes() for folder in folders)
    assert folders == ["runs/journey-1", "runs/journey-1-2"]
    assert first == second


def test_run_json_says_what_the_report_says(journey: Path) -> None:
    document = shardlab("run", journey, "--out", "a", "--json").document

    report = json.loads(Path("a/report.json").read_bytes())
    for key in ("seed", "slots", "beacon_state_root", "metrics", "expectations", "findings"):
        assert document[key] == report[key]


def test_run_out_new_folder_is_made_with_its_parents(journey: Path) -> None:
    assert shardlab("run", journey, "--out", "a/b").status == 0
    assert list_files("a/b") == FILES


def test_run_out_empty_folder_is_used(journey: Path) -> None:
    Path("a").mkdir()

    assert shardlab("run", journey, "--out", "a").status == 0
    assert list_files("a") == FILES


def test_run_refused_keeps_the_old_run_to_the_byte(journey: Path) -> None:
    shardlab("run", journey, "--out", "a")
    before = Path("a/run.db").read_bytes()

    assert shardlab("run", journey, "--out", "a", "--seed", 2).status == 2
    assert Path("a/run.db").read_bytes() == before


def test_run_force_keeps_what_is_beside_the_run(journey: Path) -> None:
    shardlab("run", journey, "--out", "a")
    Path("a/notes.txt").write_text("mine", encoding="utf-8")

    assert shardlab("run", journey, "--out", "a", "--force").status == 0
    assert list_files("a") == ["notes.txt", *FILES]
    assert Path("a/notes.txt").read_text(encoding="utf-8") == "mine"


def test_run_force_with_an_unusable_scenario_keeps_the_old_run(journey: Path) -> None:
    shardlab("run", journey, "--out", "a")

    assert shardlab("run", journey, "--out", "a", "--force", "--set", "slots=0").status == 2
    assert get_status("a") == "complete"


def test_run_force_without_anything_to_replace_just_runs(journey: Path) -> None:
    assert shardlab("run", journey, "--out", "a", "--force").status == 0


def test_run_out_in_a_folder_that_cannot_be_written_is_refused(journey: Path) -> None:
    # Not even root may make a folder in /proc.
    outcome = shardlab("run", journey, "--out", "/proc/run")

    assert outcome.status == 2
    assert outcome.stderr.startswith("error: /proc/run: cannot be written")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_run_out_below_a_read_only_folder_is_refused(journey: Path) -> None:
    Path("a").mkdir(mode=0o500)

    outcome = shardlab("run", journey, "--out", "a/b")

    assert outcome.status == 2
    assert outcome.stderr.startswith("error: a/b: cannot be written")


def test_run_that_loses_eth_exits_with_1_and_leaves_a_failed_run(
    journey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.engine.get_total_eth", lambda _: Gwei(10**12))

    outcome = shardlab("run", journey, "--out", "a")

    # The books seem to balance until the registration in slot 1 burns its fee.
    assert outcome.status == 1
    assert outcome.stdout == ""
    said = "error: ETH is not conserved, the run was stopped: eth_not_conserved (slot=1, "
    assert outcome.stderr.startswith(said)
    assert get_status("a") == "failed"
    assert "This run is failed: it ends at slot 0." in shardlab("follow", "a").stdout


def test_run_interrupted_exits_with_130_and_leaves_an_incomplete_run(
    journey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(
        state: ShardState,
        beacon: BeaconState,
        context: ChainContext,
        effects: list[Effect],
        *,
        pre_root: Root,
    ) -> ShardState:
        if state.slot == 8:
            raise KeyboardInterrupt
        return apply_shard_slot(state, beacon, context, effects, pre_root=pre_root)

    monkeypatch.setattr("simulator.shard_slots.apply_shard_slot", interrupt)

    outcome = shardlab("run", journey, "--out", "a")

    assert (outcome.status, outcome.stdout) == (130, "")
    assert outcome.stderr == (
        "interrupted after slot 8 of 24; slots 1 to 8 are kept in a\n"
        "`shardlab resume a` goes on from there; `shardlab report a` shows them\n"
    )
    assert list_files("a") == ["run.db"]
    assert "This run is interrupted: it ends at slot 8." in shardlab("follow", "a").stdout
    document = shardlab("follow", "a", "--json").document
    assert document["status"] == "interrupted"
    assert [deposit["state"] for deposit in document["deposits"]] == ["withdrawn"]
    assert shardlab("flows", "a").document["edges"][0]["settled"] == 0


def test_run_interrupted_can_be_replaced(journey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("simulator.shard_slots.apply_shard_slot", interrupt)
        assert shardlab("run", journey, "--out", "a").status == 130

    assert shardlab("run", journey, "--out", "a", "--force").status == 0
    assert get_status("a") == "complete"


def test_run_does_not_touch_the_scenario_s_folder(tmp_path: Path) -> None:
    (tmp_path / "scenario").mkdir()
    path = save_scenario(build_scenario(3), tmp_path / "scenario")
    before = path.read_bytes()

    shardlab("run", path)

    assert list_files("scenario") == ["tiny.yaml"]
    assert path.read_bytes() == before


def test_run_title_is_text_and_not_markup(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(3, title="[bold]x[/bold] [/nonsense]"), tmp_path)

    outcome = shardlab("run", path)

    assert outcome.status == 0
    assert outcome.stdout.startswith("[bold]x[/bold] [/nonsense]\n")


@pytest.mark.parametrize("command", [["schema"], ["scenarios"], ["follow", "run", "1"]])
def test_output_that_nobody_reads_on_ends_without_a_traceback(
    command: list[str], run_folder: Path
) -> None:
    del run_folder
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "simulator.cli", *command],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 141  # 128 and SIGPIPE, as other programs
