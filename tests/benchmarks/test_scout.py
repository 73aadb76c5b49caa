"""Blocks in a Scout file: reading the file, linking, running, comparing.

What a block costs is the difference between a thousand and one, divided by 999.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from simulator.scout import ScoutFileResult, ScoutOptions, run_scout_files
from tests.benchmarks.branches import SCRIPT, make_blocks
from tests.benchmarks.floor import PRE_STATE, BareLoop, LinkedLoop
from tests.benchmarks.stores import MemoryStore
from tests.helpers.scripts import SCRIPTS

BLOCKS = [1, 1000]

each_number_of_blocks = pytest.mark.parametrize("blocks", BLOCKS)


class Job(NamedTuple):
    """A script with the data of its blocks and the state that they lead to."""

    script: Path
    pre_state: bytes
    data: list[bytes]
    post_state: bytes


def build_helloworld(blocks: int) -> Job:
    """A script of 227 bytes that keeps its state."""
    return Job(SCRIPTS / "helloworld.wasm", PRE_STATE, [b""] * blocks, PRE_STATE)


def build_branch_update(blocks: int) -> Job:
    """A script of 20 kB that checks and replaces a value in a tree: 16 hashes a block."""
    chain = list(make_blocks(blocks))
    return Job(SCRIPT, chain[0].before, [each.data for each in chain], chain[-1].after)


each_script = pytest.mark.parametrize(
    "build", [build_helloworld, build_branch_update], ids=["helloworld", "branch_update"]
)


def compute_group(job: Job) -> str:
    """Return the group: each script and number of blocks beside its own floor."""
    return f"scout, {job.script.stem}, blocks: {len(job.data)}"


def write_scout_file(path: Path, job: Job) -> Path:
    lines = [
        f"beacon_state: {{execution_scripts: [{job.script}]}}",
        f'shard_pre_state: {{exec_env_states: ["{job.pre_state.hex()}"]}}',
        "shard_blocks:",
        *(f'  - {{env: 0, data: "{data.hex()}"}}' for data in job.data),
        f'shard_post_state: {{exec_env_states: ["{job.post_state.hex()}"]}}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@each_number_of_blocks
@each_script
def test_floor_is_a_bare_linked_loop(
    benchmark: BenchmarkFixture, build: Callable[[int], Job], blocks: int
) -> None:
    job = build(blocks)
    benchmark.group = compute_group(job)
    loop = LinkedLoop(job.script.read_bytes())

    assert benchmark(loop.run_blocks, job.pre_state, job.data) == job.post_state


@each_number_of_blocks
def test_bare_loop_with_python_host_functions(benchmark: BenchmarkFixture, blocks: int) -> None:
    job = build_helloworld(blocks)
    benchmark.group = compute_group(job)

    assert benchmark(BareLoop(job.script.read_bytes()).run_blocks, blocks) == PRE_STATE


@each_number_of_blocks
@each_script
def test_file(
    benchmark: BenchmarkFixture, tmp_path: Path, build: Callable[[int], Job], blocks: int
) -> None:
    job = build(blocks)
    benchmark.group = compute_group(job)
    path = write_scout_file(tmp_path / "blocks.yaml", job)
    store = MemoryStore()

    def run() -> list[ScoutFileResult]:
        return list(run_scout_files([path], ScoutOptions(), store))

    [result] = benchmark(run)

    assert result.passed, result.differences
    assert result.blocks == blocks
