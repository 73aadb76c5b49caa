"""The same run by one process, and by workers: two beside one, for blocks of little and much work.

In ordinary test runs, where benchmarks are off, the networks are small.
"""

from dataclasses import replace

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.benchmarks.measure import measure_once
from tests.benchmarks.networks import Network

HASHING = Network("2020", shards=64, slots=120, script="hash_chain", data="5a" * 16_000)
HEAVY = Network("2020", shards=64, slots=40, script="hash_chain", data="5a" * 128_000)
SMALL = Network("2020", shards=64, slots=200, script="helloworld")
ROOTS: dict[Network, object] = {}
"""What each network came to with the first number of workers."""


def measure_network(benchmark: BenchmarkFixture, network: Network, workers: int) -> None:
    if not benchmark.enabled:
        network = replace(network, shards=4, slots=4)

    result = measure_once(benchmark, lambda: network.run(workers=workers))

    assert result.metrics["shards.blocks"] == network.shards * (network.slots - 1)
    assert ROOTS.setdefault(network, result.report) == result.report


@pytest.mark.benchmark(group="64 shards, 16 kB hashed in every block")
@pytest.mark.parametrize("workers", [1, 2])
def test_run_of_hashing_blocks(benchmark: BenchmarkFixture, workers: int) -> None:
    measure_network(benchmark, HASHING, workers)


@pytest.mark.benchmark(group="64 shards, 128 kB hashed in every block")
@pytest.mark.parametrize("workers", [1, 2])
def test_run_of_heavy_blocks(benchmark: BenchmarkFixture, workers: int) -> None:
    measure_network(benchmark, HEAVY, workers)


@pytest.mark.benchmark(group="64 shards, helloworld in every block")
@pytest.mark.parametrize("workers", [1, 2])
def test_run_of_small_blocks(benchmark: BenchmarkFixture, workers: int) -> None:
    measure_network(benchmark, SMALL, workers)
