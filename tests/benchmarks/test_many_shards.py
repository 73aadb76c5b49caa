"""1,024 shards for 640 slots, one block in eight slots per shard, on two cores.

In ordinary test runs, where benchmarks are off, eight shards for sixteen slots.
"""

import resource
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.benchmarks.floor import PRE_STATE, BareLoop
from tests.benchmarks.measure import measure_once
from tests.benchmarks.networks import Network
from tests.helpers.scripts import read_script

NETWORK = Network(
    "2019", shards=1024, slots=640, script="counter", per_slot=0.125, data="01" + "00" * 7
)
WORKERS = 2
LIMIT_MB = 1_500


@pytest.fixture
def network(benchmark: BenchmarkFixture) -> Network:
    return NETWORK if benchmark.enabled else replace(NETWORK, shards=8, slots=16)


@pytest.mark.benchmark(group="1,024 shards x 640 slots, one block in eight slots")
def test_floor_is_a_bare_loop(benchmark: BenchmarkFixture, network: Network) -> None:
    bare, blocks = BareLoop(read_script("helloworld")), network.shards * network.slots // 8

    saved = measure_once(benchmark, lambda: bare.run_blocks(blocks))

    assert saved == PRE_STATE


@pytest.mark.benchmark(group="1,024 shards x 640 slots, one block in eight slots")
@pytest.mark.parametrize("workers", [1, WORKERS])
def test_run(benchmark: BenchmarkFixture, network: Network, workers: int, tmp_path: Path) -> None:
    result = measure_once(benchmark, lambda: network.run(tmp_path / "run", workers))

    # The most that this process ever had, and as much for every worker as for the largest.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    others = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    most_mb = (own + (workers if workers > 1 else 0) * others) / 1024
    benchmark.extra_info["most_mb"] = round(most_mb)
    assert result.metrics["shards.blocks"] > 0
    assert most_mb < LIMIT_MB
