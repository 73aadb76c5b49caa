"""A whole network: 64 shards, a block on each in every slot, proposers and committees.

One round each. In an ordinary test run, where benchmarks are off, the network lives for three
slots instead of 64.
"""

from dataclasses import dataclass

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from simulator.loader import load_scenario
from simulator.runner import RunResult, run
from tests.benchmarks.floor import PRE_STATE, BareLoop
from tests.benchmarks.measure import measure_once
from tests.helpers.scripts import read_script

SHARDS = 64


@dataclass(frozen=True, slots=True)
class Extent:
    """How long the network lives; the script is there from the second slot on."""

    slots: int

    @property
    def blocks(self) -> int:
        return SHARDS * (self.slots - 1)


@pytest.fixture
def extent(benchmark: BenchmarkFixture) -> Extent:
    return Extent(64 if benchmark.enabled else 3)


def run_network(extent: Extent, bls: str) -> RunResult:
    overrides = (
        f"slots={extent.slots}",
        f"chain.bls={bls}",
        "preset=2020",
        "genesis.validators=128",
        "events=[{slot: 1, register: {name: helloworld, script: scripts/helloworld.wasm}}]",
    )
    return run(load_scenario("helloworld", overrides), keep_events=False)


@pytest.mark.benchmark(group="64 shards x 64 slots")
def test_floor_is_a_bare_loop(benchmark: BenchmarkFixture, extent: Extent) -> None:
    bare = BareLoop(read_script("helloworld"))

    saved = measure_once(benchmark, lambda: bare.run_blocks(extent.blocks))

    assert saved == PRE_STATE


@pytest.mark.benchmark(group="64 shards x 64 slots")
@pytest.mark.parametrize("bls", ["insecure", "fast"])
def test_run(benchmark: BenchmarkFixture, extent: Extent, bls: str) -> None:
    result = measure_once(benchmark, lambda: run_network(extent, bls))

    assert result.metrics["shards.blocks"] == extent.blocks
    assert result.metrics["conservation_error"] == 0
