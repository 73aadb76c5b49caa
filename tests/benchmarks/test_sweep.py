"""A sweep: 1,000 points of a small scenario, in one process and in two.

The floor is the same runs in a bare loop: no points to plan, no journal, no Parquet file. One round
each. In an ordinary test run, where benchmarks are off, the sweep has eight points. What two
processes are worth is the median of one over twice the median of two.
"""

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from simulator.loader import load_scenario
from simulator.module_cache import CACHE_VARIABLE, DiskModuleCache
from simulator.pools import LocalPool
from simulator.runner import run
from simulator.sweep import Outcome, Sweep, conduct_sweep, plan_sweep
from tests.benchmarks.measure import measure_once
from tests.helpers.sweeps import Quiet, save_sweep

pytestmark = pytest.mark.benchmark(group="sweep of 1,000 points")

SEEDS = 250
CARELESS = (0.0, 0.25)
SLOTS = (16, 32)
BASE = {"chain.bls": "insecure", "expect": []}


@pytest.fixture
def seeds(benchmark: BenchmarkFixture) -> int:
    return SEEDS if benchmark.enabled else 2


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskModuleCache:
    """A cache in which every script is found: all measure the same."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    run(load_scenario("helloworld", ["chain.bls=insecure"]), None, DiskModuleCache(folder))
    return DiskModuleCache(folder)


def sweep_points(folder: Path, seeds: int, workers: int) -> Sweep:
    sweep = {
        "title": "A thousand points",
        "scenario": "helloworld",
        "set": BASE,
        "grid": {"slots": list(SLOTS), "proposers.careless": list(CARELESS)},
        "seeds": seeds,
    }
    plan = plan_sweep(save_sweep(sweep, folder))
    return conduct_sweep(plan, folder / "out", LocalPool(workers), Quiet())


def test_floor_is_the_runs_alone(
    benchmark: BenchmarkFixture, seeds: int, cache: DiskModuleCache
) -> None:
    loaded = [
        load_scenario(
            "helloworld",
            ["chain.bls=insecure", "expect=[]", f"slots={slots}", f"proposers.careless={careless}"],
            seed,
        )
        for slots in SLOTS
        for careless in CARELESS
        for seed in range(1, seeds + 1)
    ]

    def run_all() -> int:
        return sum(run(each, None, cache, keep_events=False).slots for each in loaded)

    assert measure_once(benchmark, run_all) == sum(SLOTS) * len(CARELESS) * seeds


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("workers", [1, 2])
def test_sweep(benchmark: BenchmarkFixture, seeds: int, workers: int, tmp_path: Path) -> None:
    points = len(SLOTS) * len(CARELESS) * seeds

    sweep = measure_once(benchmark, lambda: sweep_points(tmp_path, seeds, workers))

    assert sweep.ran == points
    assert sweep.outcomes == {Outcome.COMPLETE: points}
