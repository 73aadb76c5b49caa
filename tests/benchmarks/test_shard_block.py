"""One shard block through the whole transition: slot, decoding, every rule, script, roots."""

from dataclasses import replace

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from chain.config import BlsBackend
from chain.context import LastExecution
from chain.encoding import encode
from chain.shard import ShardTransition, apply_shard_block, apply_shard_slot
from tests.benchmarks.floor import PRE_STATE, BareLoop, LinkedLoop
from tests.benchmarks.measure import measure_rounds
from tests.helpers.chain import CONFIG, Lab
from tests.helpers.scripts import read_script
from tests.helpers.wat import build_script

ROUNDS = 500
DATA_BYTES = 16_000
QUIET = build_script(
    "(call $save (i32.const 0))",
    imports='(import "eth2" "savePostStateRoot" (func $save (param i32)))',
)
"""Accepts any block data and looks at none of it."""


class Chain:
    """A shard chain with one script, which takes one block after the other.

    Always a new block, because the process remembers the signatures that it has verified. Whoever
    imports it has a context of its own, and so has not seen the proposer run it.
    """

    def __init__(self, code: bytes, data: bytes, bls: BlsBackend) -> None:
        self._lab = Lab(replace(CONFIG, bls=bls), scripts=[code])
        self._data = data
        self._encoded = b""
        self._before = self._lab.shards[0]
        self._importer = replace(self._lab.context, last_execution=LastExecution())

    def prepare(self) -> None:
        """Have the block of the next slot built and signed."""
        self._before = self._lab.shards[0]
        self._lab.advance()
        self._encoded = encode(self._lab.build_shard_block(self._data))

    def apply(self) -> ShardTransition:
        """Go to the next slot and import its block."""
        lab = self._lab
        state = apply_shard_slot(self._before, lab.beacon, self._importer, [])
        transition = apply_shard_block(state, self._encoded, lab.beacon, self._importer, [])
        lab.shards[0] = transition.state
        return transition


@pytest.mark.benchmark(group="shard block")
def test_floor_is_a_bare_loop(benchmark: BenchmarkFixture) -> None:
    assert benchmark(BareLoop(read_script("helloworld")).run_block) == PRE_STATE


@pytest.mark.benchmark(group="shard block")
def test_floor_is_a_bare_linked_loop(benchmark: BenchmarkFixture) -> None:
    bare = LinkedLoop(read_script("helloworld"))

    assert benchmark(bare.run_block, PRE_STATE, b"") == PRE_STATE


@pytest.mark.benchmark(group="shard block")
@pytest.mark.parametrize("bls", [BlsBackend.INSECURE, BlsBackend.FAST])
def test_transition_of_helloworld(benchmark: BenchmarkFixture, bls: BlsBackend) -> None:
    shard = Chain(read_script("helloworld"), b"", bls)

    transition = measure_rounds(benchmark, shard.apply, shard.prepare, ROUNDS)

    assert transition.state.parent_block.slot == transition.state.slot
    assert transition.result is not None


@pytest.mark.benchmark(group="shard block with 16 kB of data")
def test_floor_with_data_is_a_bare_loop(benchmark: BenchmarkFixture) -> None:
    assert benchmark(BareLoop(QUIET).run_block) == bytes(32)


@pytest.mark.benchmark(group="shard block with 16 kB of data")
def test_transition_with_data(benchmark: BenchmarkFixture) -> None:
    shard = Chain(QUIET, bytes(range(250)) * (DATA_BYTES // 250), BlsBackend.INSECURE)

    transition = measure_rounds(benchmark, shard.apply, shard.prepare, ROUNDS)

    assert transition.result is not None
    assert transition.result.post_state_root == bytes(32)
