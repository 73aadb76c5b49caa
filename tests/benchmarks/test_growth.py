"""How costs grow with the length of a run: one long run beside ten of a tenth each.

In ordinary test runs, where benchmarks are off, the runs are short.
"""

from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from simulator.runner import run
from tests.benchmarks.measure import measure_once
from tests.benchmarks.networks import Network, read_resident_mb

LONG = Network("2020", shards=64, slots=600, script="counter", data="01" + "00" * 7)
GROWTH_MB = 20


@pytest.fixture
def network(benchmark: BenchmarkFixture) -> Network:
    return LONG if benchmark.enabled else replace(LONG, shards=4, slots=40)


@pytest.mark.benchmark(group="64 shards x 600 slots, with a run folder")
def test_ten_short_runs(benchmark: BenchmarkFixture, network: Network, tmp_path: Path) -> None:
    short, numbers = replace(network, slots=network.slots // 10), count()

    def run_ten() -> int:
        runs = [short.run(tmp_path / str(next(numbers))) for _ in range(10)]
        return sum(int(each.metrics["shards.blocks"]) for each in runs)

    assert measure_once(benchmark, run_ten) == 10 * network.shards * (short.slots - 1)


@pytest.mark.benchmark(group="64 shards x 600 slots, with a run folder")
def test_one_long_run(benchmark: BenchmarkFixture, network: Network, tmp_path: Path) -> None:
    sizes = []

    def note(slot: int) -> None:
        if slot % (network.slots // 10) == 0:
            sizes.append(read_resident_mb())

    result = measure_once(benchmark, lambda: run(network.load(), tmp_path / "run", None, note))

    grown_mb = max(sizes[1:]) - sizes[0]
    benchmark.extra_info["grown_mb"] = round(grown_mb, 1)
    assert result.metrics["shards.blocks"] == network.shards * (network.slots - 1)
    assert grown_mb < GROWTH_MB
