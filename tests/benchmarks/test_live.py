"""What watching costs: the processor time of a run with the live view, over that without.

It may be 5%. The run is that of ``crowded``, longer; the screen goes to a terminal whose other end
drops it, and all threads of this process count.
"""

import sys
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Final

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from simulator.live import show_live
from simulator.loader import LoadedScenario, load_scenario
from simulator.runner import run
from tests.benchmarks.measure import measure_once
from tests.helpers.live import swallowing_terminal

PAIRS: Final = 3
BUSY: Final = ("slots=200", "workload[0].deposits.stop=180")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo terminals")


def run_plain(loaded: LoadedScenario) -> None:
    run(loaded, keep_events=False)


def run_live(loaded: LoadedScenario) -> None:
    with show_live(loaded) as watch:
        run(loaded, watch=watch, keep_events=False)


def measure_seconds(run_once: Callable[[LoadedScenario], None], loaded: LoadedScenario) -> float:
    start = process_time()
    run_once(loaded)
    return process_time() - start


@pytest.mark.benchmark(group="live view: processor time with over without")
@pytest.mark.parametrize(("width", "height"), [(100, 30), (200, 60)])
def test_run_live_beside_a_run_without(
    benchmark: BenchmarkFixture, monkeypatch: pytest.MonkeyPatch, width: int, height: int
) -> None:
    is_real = benchmark.enabled
    loaded = load_scenario("crowded", BUSY if is_real else ["slots=8"])
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", str(height))
    ratios: list[float] = []

    def measure_pairs() -> None:
        for turn in range(PAIRS if is_real else 1):
            order = (run_plain, run_live) if turn % 2 else (run_live, run_plain)
            seconds = {kind: measure_seconds(kind, loaded) for kind in order}
            ratios.append(seconds[run_live] / seconds[run_plain])

    with swallowing_terminal(width, height) as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        run_live(load_scenario("crowded", ["slots=8"]))  # so that both find everything warm
        measure_once(benchmark, measure_pairs)

    benchmark.extra_info["ratio"] = round(median(ratios), 3)
    assert len(ratios) == (PAIRS if is_real else 1)
