"""What is printed about a sweep: as much as fits, and what was left out."""

from pathlib import Path

import pytest

from simulator.sweep import plan_sweep
from simulator.terminal.sweeps import print_plan, print_sweep
from tests.helpers.sweeps import build_sweep, conduct, save_sweep


def test_print_plan_tells_how_many_points_were_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = {"count": 30, "keys": {"slots": [2, 3]}}
    plan = plan_sweep(save_sweep(build_sweep(grid=None, sample=sample), tmp_path))

    print_plan(plan, [plan.points[0].id])

    lines = capsys.readouterr().out.splitlines()
    assert "1 of 2 points would run." in lines
    assert "28 more say the same as another, and are left out." in lines


def test_print_plan_markup_in_values_is_shown_as_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plan_sweep(save_sweep(build_sweep(grid={"title": ["[bold]", "[/]"]}), tmp_path))

    print_plan(plan, [])

    shown = [word for line in capsys.readouterr().out.splitlines() for word in line.split()]
    assert "[bold]" in shown
    assert "[/]" in shown


def test_print_sweep_shows_some_settings_and_counts_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("simulator.terminal.sweeps._MOST_ROWS", 1)
    sweep = conduct(build_sweep(grid={"slots": [2, 3, 4]}), tmp_path)

    print_sweep(sweep)

    assert "2 more settings are in the file." in capsys.readouterr().out.splitlines()
