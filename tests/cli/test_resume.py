"""``shardlab resume``: what it says, and how it ends."""

import json
from pathlib import Path

import pytest

from simulator.loader import load_scenario
from simulator.runner import run
from tests.helpers.cli import shardlab
from tests.helpers.crashes import describe_difference, interrupt_at
from tests.helpers.scenarios import build_journey, save_scenario


@pytest.fixture
def broken(journey: Path) -> Path:
    """A run that was interrupted behind slot 9."""
    with pytest.raises(KeyboardInterrupt):
        run(load_scenario(journey), Path("broken"), progress=interrupt_at(9))
    return Path("broken")


def test_resume_prints_what_run_prints(broken: Path, run_folder: Path, journey: Path) -> None:
    told = shardlab("resume", broken)

    assert (told.status, told.stderr) == (0, "")
    expected = shardlab("run", journey, "--out", "again").stdout
    assert told.stdout == expected.replace("again", "broken")
    assert describe_difference(broken, run_folder) is None


def test_resume_json_is_that_of_run(broken: Path, journey: Path) -> None:
    told = shardlab("resume", broken, "--json", "--workers", 2).document

    expected = shardlab("run", journey, "--out", "again", "--json").document
    assert {**told, "run_dir": ""} == {**expected, "run_dir": ""}


def test_resume_live_shows_the_rest(broken: Path, run_folder: Path) -> None:
    assert shardlab("resume", broken, "--live").status == 0
    assert describe_difference(broken, run_folder) is None


def test_resume_unmet_expectation_exits_with_1(tmp_path: Path) -> None:
    expect = [{"metric": "slots", "equals": 1}]
    path = save_scenario(build_journey(expect=expect), tmp_path, "unmet")
    with pytest.raises(KeyboardInterrupt):
        run(load_scenario(path), Path("run"), progress=interrupt_at(9))

    assert shardlab("resume", "run").status == 1


def test_resume_complete_run_says_so_and_changes_nothing(run_folder: Path) -> None:
    before = (run_folder / "run.db").read_bytes()

    told = shardlab("resume", run_folder)

    assert (told.status, told.stdout) == (0, "")
    assert told.stderr == "run: the run is complete, up to slot 24\n"
    assert (run_folder / "run.db").read_bytes() == before


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("none", "error: none: holds no run (no run.db)\n"),
        (".", "error: .: holds no run (no run.db)\n"),
    ],
)
def test_resume_without_a_run_is_refused(folder: str, message: str) -> None:
    told = shardlab("resume", folder)

    assert (told.status, told.stdout, told.stderr) == (2, "", message)


def test_resume_interrupted_says_how_to_go_on(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("simulator.shard_slots.apply_shard_slot", interrupt)

    told = shardlab("resume", broken)

    assert told.status == 130
    assert told.stderr.startswith("interrupted after slot ")
    assert "\n`shardlab resume broken` goes on from there; " in told.stderr


def test_resume_with_a_useless_checkpoint_says_why(broken: Path) -> None:
    (broken / "checkpoint").write_bytes(b"anything")

    told = shardlab("resume", broken)

    assert told.status == 0
    assert told.stderr.startswith("note: the checkpoint is not this user's")
    assert sorted(path.name for path in broken.iterdir()) == ["report.json", "run.db"]
    assert json.loads((broken / "report.json").read_bytes())["slots"] == 24


def test_running_run_can_be_followed_and_reported(journey: Path) -> None:
    told: list[tuple[int, str]] = []

    def look(slot: int) -> None:
        if slot in {6, 12}:
            assert shardlab("report", "run", "-o", f"{slot}.html").status == 0
            told.append((slot, shardlab("follow", "run").stdout))

    run(load_scenario(journey), Path("run"), progress=look)

    assert [slot for slot, _ in told] == [6, 12]
    assert all(f"not finished: it ends at slot {slot}." in text for slot, text in told)
    assert Path("12.html").stat().st_size > 0


def test_run_force_does_not_replace_a_run_that_is_being_written(journey: Path) -> None:
    refused: list[str] = []

    def replace(slot: int) -> None:
        if slot == 6:
            refused.append(shardlab("run", journey, "--out", "run", "--force").stderr)

    result = run(load_scenario(journey), Path("run"), progress=replace)

    assert refused == ["error: run: another program writes this run now\n"]
    assert result.slots == 24
    assert shardlab("resume", "run").stderr == "run: the run is complete, up to slot 24\n"
