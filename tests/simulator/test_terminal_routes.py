"""How routes are printed: side by side, with what was found and which load was too much."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from simulator.routes import RouteResult, compare_routes, parse_loads, plan_routes
from simulator.scenario import Route
from simulator.terminal import print_routes
from tests.helpers.routes import StubChains, save_transfers


@pytest.fixture
def results(tmp_path: Path) -> Sequence[RouteResult]:
    plans = plan_routes(save_transfers(tmp_path), [], None, parse_loads("1,2"))
    return list(compare_routes(plans, StubChains({Route.BEACON: 3})))


def print_at(
    columns: int,
    results: Sequence[RouteResult],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    print_routes(results)
    return capsys.readouterr().out


def test_print_routes_puts_routes_side_by_side(
    results: Sequence[RouteResult],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = print_at(120, results, capsys, monkeypatch)

    lines = [re.sub(" {2,}", "|", line.strip()) for line in said.splitlines()]
    assert lines[:2] == [
        "A tiny scenario",
        "2 transfers per slot by every route, 64 slots, seed 1",
    ]
    assert "route|beacon|receipt|netting" in lines
    assert "settled|128|128|128" in lines
    assert "latency, slots|5 / 8 / 9|5 / 8 / 9|5 / 8 / 9" in lines
    assert "ETH in flight, max|1.5 ETH|1.5 ETH|1.5 ETH" in lines
    # What has no value is shown as such, not as a zero.
    assert "proof bytes|-|-|-" in lines


def test_print_routes_tells_findings_once_if_all_share_them(
    results: Sequence[RouteResult],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = print_at(120, results, capsys, monkeypatch)

    assert said.count("Signatures were hashes.") == 1
    assert "* all routes: Signatures were hashes." in said
    assert "* receipt: Load of receipt: 2." in said


def test_print_routes_tells_which_load_was_too_much(
    results: Sequence[RouteResult],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = print_at(160, results, capsys, monkeypatch)

    lines = [re.sub(" {2,}", "|", line.strip()) for line in said.splitlines()]
    assert "beacon|2|2|100%" in lines
    assert (
        "beacon|4|3|75%|the relay queue grows by about 1 per slot; "
        "the settled share falls from 100% to 75%"
    ) in lines
    assert lines[-3].startswith("* beacon: 2 transfers per slot at 2 per slot; saturated at 4")
    assert lines[-1].startswith("* netting: at least 4 transfers per slot.")


def test_print_routes_fits_sixty_columns(
    results: Sequence[RouteResult],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = print_at(60, results, capsys, monkeypatch)

    assert max(map(len, said.splitlines())) <= 60
    assert "\u2026" not in said
    for word in ("withdrawal", "netting", "transfer", "saturated", "p50 / p95 / max"):
        assert word in said
