"""``shardlab run --live``, on terminals and elsewhere."""

import re
import sys
from pathlib import Path

import pytest

from simulator.store import INTERRUPTED, REPORT_NAME, RunReader
from tests.helpers.cli import shardlab
from tests.helpers.live import (
    ENTER_SCREEN,
    LEAVE_SCREEN,
    SHOW_CURSOR,
    resize,
    shardlab_on_terminal,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo terminals")


def has_begun(output: str) -> object:
    """Tell whether a slot was over when the screen was drawn last."""
    return re.search(r"slot [1-9]\d* of", output)


def test_run_live_without_terminal_writes_plain_lines_to_stderr(journey: Path) -> None:
    outcome = shardlab("run", journey, "--live")

    lines = outcome.stderr.splitlines()
    assert len(lines) == 10
    assert lines[0] == "journey: slot 3 of 24, deposits in flight: 0, settled: 0"
    assert lines[-1] == "journey: slot 24 of 24, deposits in flight: 0, settled: 1"
    assert "\x1b" not in outcome.stderr
    assert outcome.stdout == shardlab("run", journey).stdout.replace("journey-1-2", "journey-1")


def test_run_live_where_colours_are_forced_writes_no_screens_to_files(
    journey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert ENTER_SCREEN not in shardlab("run", journey, "--live").stderr


def test_run_live_json_is_one_document(journey: Path) -> None:
    assert shardlab("run", journey, "--live", "--json").document["scenario"] == "journey"


def test_run_live_report_has_the_same_bytes(journey: Path) -> None:
    shardlab("run", journey, "--out", "plain")
    with shardlab_on_terminal("run", journey, "--live", "--out", "live", cwd=Path.cwd()) as command:
        command.read()
        assert command.wait() == 0

    assert (Path("live") / REPORT_NAME).read_bytes() == (Path("plain") / REPORT_NAME).read_bytes()


def test_run_live_on_a_terminal_shows_a_screen_and_then_the_summary(journey: Path) -> None:
    with shardlab_on_terminal("run", journey, "--live", cwd=Path.cwd()) as command:
        shown = command.read()
        assert command.wait() == 0

    screen, summary = shown.split(ENTER_SCREEN)[1].split(LEAVE_SCREEN)
    assert "starting" in screen
    assert "Chains, slots" in screen
    assert "Costs, modelled" in screen
    assert "Run folder: runs/journey-1" in summary
    assert "Chains, slots" not in summary
    assert SHOW_CURSOR in summary or screen.rstrip().endswith(SHOW_CURSOR)


def test_run_live_interrupted_leaves_the_terminal_clean(tmp_path: Path) -> None:
    arguments = ("run", "deposit_journey", "--live", "--out", "run", "--set", "slots=20000")
    with shardlab_on_terminal(*arguments, cwd=tmp_path) as command:
        command.read(until=has_begun)
        command.interrupt()
        shown = command.read()
        assert command.wait() == 130

    _, after = shown.split(LEAVE_SCREEN)
    assert SHOW_CURSOR in shown[shown.index(ENTER_SCREEN) :]
    assert "interrupted" in after
    assert "Traceback" not in shown
    reader = RunReader(tmp_path / "run")
    assert reader.meta["status"] == INTERRUPTED
    reader.close()


def test_run_live_follows_the_size_of_the_terminal(tmp_path: Path) -> None:
    arguments = ("run", "deposit_journey", "--live", "--set", "slots=20000")
    with shardlab_on_terminal(*arguments, cwd=tmp_path, size=(60, 20)) as command:
        command.read(until=has_begun)
        assert "│" not in command.output

        resize(command.terminal, 120, 40)

        # Only wide screens have two parts beside each other.
        assert "│" in command.read(until=lambda output: "│" in output)


def test_run_live_goes_on_when_its_terminal_is_gone(tmp_path: Path) -> None:
    arguments = ("run", "deposit_journey", "--live", "--out", "run", "--set", "slots=400")
    with shardlab_on_terminal(*arguments, cwd=tmp_path) as command:
        command.read(until=has_begun)
        command.hang_up()
        command.wait()

    reader = RunReader(tmp_path / "run")
    assert reader.is_complete
    reader.close()


def test_run_live_dumb_terminal_has_plain_lines(journey: Path) -> None:
    environment = {"TERM": "dumb"}
    with shardlab_on_terminal(
        "run", journey, "--live", cwd=Path.cwd(), environment=environment
    ) as command:
        shown = command.read()
        assert command.wait() == 0

    assert "journey: slot 24 of 24" in shown
    assert ENTER_SCREEN not in shown


def test_run_live_no_color_has_no_colours(journey: Path) -> None:
    with shardlab_on_terminal(
        "run", journey, "--live", cwd=Path.cwd(), environment={"NO_COLOR": "1"}
    ) as command:
        shown = command.read()
        assert command.wait() == 0

    screen = shown.split(ENTER_SCREEN)[1].split(LEAVE_SCREEN)[0]
    assert "\x1b[3" not in screen
    assert "\x1b[1;3" not in screen
