"""Measured costs: a clock of our own, and nothing but ``measured`` that depends on it."""

import time
from itertools import count
from pathlib import Path

import pytest

from chain.config import DEMO
from chain.eei import ScriptRuntime
from simulator.costs.measure import MeasuringChecker, time_call
from simulator.report import encode_report
from simulator.runner import run
from tests.helpers.scenarios import FLOAT, HELLO, build_scenario, load, register
from tests.helpers.scripts import read_script

GOOD = read_script("helloworld")
BAD = read_script("bad_float")


def build_checker() -> MeasuringChecker:
    """A checker whose clock goes on by a second at every look."""
    ticks = count()
    return MeasuringChecker(DEMO, ScriptRuntime(DEMO.execution), lambda: float(next(ticks)))


def test_time_call_returns_the_result_and_the_seconds() -> None:
    looks = iter([10.0, 12.5])

    assert time_call(lambda: "result", lambda: next(looks)) == ("result", 2.5)


def test_check_times_each_code_once() -> None:
    checker = build_checker()

    for code in (GOOD, GOOD, BAD, GOOD, BAD):
        checker.check(code)

    assert checker.measurements.to_metrics() == {
        "measured.codes": 2,
        "measured.bytes": len(GOOD) + len(BAD),
        "measured.validating_seconds": 2,
        "measured.compiled_codes": 1,
        "measured.compiled_bytes": len(GOOD),
        "measured.compiling_seconds": 1,
    }


def test_check_finds_what_any_checker_finds() -> None:
    checker = build_checker()

    assert checker.check(GOOD).is_valid
    assert checker.check(BAD).rule == "float_type"


def test_run_measuring_changes_nothing_but_what_is_measured(tmp_path: Path) -> None:
    scenario = build_scenario(4, events=[register("good", HELLO), register("bad", FLOAT)])
    loaded = load(scenario, tmp_path)

    plain, timed = run(loaded), run(loaded, measure=True)

    assert encode_report(timed.report) == encode_report(plain.report)
    assert timed.metrics == plain.metrics
    assert timed.events == plain.events
    assert not plain.measured
    assert set(timed.measured) & set(timed.metrics) == set()
    assert timed.measured["measured.codes"] == 2
    assert timed.measured["measured.validating_seconds"] > 0


def test_run_without_measuring_reads_no_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> float:
        raise RuntimeError("somebody looked at the clock")

    monkeypatch.setattr(time, "perf_counter", refuse)
    loaded = load(build_scenario(3, events=[register("good", HELLO)]), tmp_path)

    assert run(loaded).metrics["scripts.registered"] == 1
    with pytest.raises(Exception, match="slot 1"):
        run(loaded, measure=True)
