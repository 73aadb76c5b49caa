"""One shard block through the whole transition: slot, decoding, every rule, script, roots."""

from dataclasses import replace

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from chain.config import BlsBackend
from chain.encoding import encode
from chain.shard import ShardTransition, apply_shard_block, apply_shard_slot
from tests.benchmarks.floor import PRE_STATE, BareLoop
from tests.helpers.chain import CONFIG, Lab
from tests.helpers.scripts import read_script
from tests.helpers.wat import build_script

DATA_BYTES = 16_000
QUIET = build_script(
    "(call $save (i32.const 0))",
    imports='(import "eth2" "savePostStateRoot" (func $save (param i32)))',
)
"""Accepts any block data and looks at none of it."""


class WaitingBlock:
    """A shard whose first block is behind it, and the encoding of its second."""

    def __init__(self, code: bytes, data: bytes, bls: BlsBackend) -> None:
        self.lab = Lab(replace(CONFIG, bls=bls), scripts=[code])
        self.lab.advance()
        self.lab.add_shard_block(data)
        self.before = self.lab.shards[0]
        self.lab.advance()
        self.encoded = encode(self.lab.build_shard_block(data))

    def apply(self) -> ShardTransition:
        state = apply_shard_slot(self.before)
        return apply_shard_block(state, self.encoded, self.lab.beacon, self.lab.context, [])


@pytest.mark.benchmark(group="shard block")
def test_floor_is_a_bare_loop(benchmark: BenchmarkFixture) -> None:
    assert benchmark(BareLoop(read_script("helloworld")).run_block) == PRE_STATE


@pytest.mark.benchmark(group="shard block")
@pytest.mark.parametrize("bls", [BlsBackend.INSECURE, BlsBackend.FAST])
def test_transition_of_helloworld(benchmark: BenchmarkFixture, bls: BlsBackend) -> None:
    waiting = WaitingBlock(read_script("helloworld"), b"", bls)

    transition = benchmark(waiting.apply)

    assert transition.state.parent_block.slot == 2


@pytest.mark.benchmark(group="shard block with 16 kB of data")
def test_floor_with_data_is_a_bare_loop(benchmark: BenchmarkFixture) -> None:
    assert benchmark(BareLoop(QUIET).run_block) == bytes(32)


@pytest.mark.benchmark(group="shard block with 16 kB of data")
def test_transition_with_data(benchmark: BenchmarkFixture) -> None:
    waiting = WaitingBlock(QUIET, bytes(range(250)) * (DATA_BYTES // 250), BlsBackend.INSECURE)

    transition = benchmark(waiting.apply)

    assert transition.result is not None
    assert transition.result.post_state_root == bytes(32)
