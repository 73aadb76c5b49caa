"""helloworld blocks in a Scout file: reading the file, linking, running, comparing."""

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from simulator.scout import ScoutFileResult, ScoutOptions, run_scout_files
from tests.benchmarks.floor import PRE_STATE, BareLoop
from tests.benchmarks.stores import MemoryStore
from tests.helpers.scripts import SCRIPTS, read_script

BLOCKS = [1, 101]


def compute_group(blocks: int) -> str:
    """Return the group: each number of blocks beside its own floor."""
    return f"scout, blocks: {blocks}"


def write_scout_file(path: Path, blocks: int) -> Path:
    state = f'["{PRE_STATE.hex()}"]'
    lines = [
        f"beacon_state: {{execution_scripts: [{SCRIPTS / 'helloworld.wasm'}]}}",
        f"shard_pre_state: {{exec_env_states: {state}}}",
        "shard_blocks:",
        *(['  - {env: 0, data: ""}'] * blocks),
        f"shard_post_state: {{exec_env_states: {state}}}",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("blocks", BLOCKS)
def test_floor_is_a_bare_loop(benchmark: BenchmarkFixture, blocks: int) -> None:
    benchmark.group = compute_group(blocks)

    assert benchmark(BareLoop(read_script("helloworld")).run_blocks, blocks) == PRE_STATE


@pytest.mark.parametrize("blocks", BLOCKS)
def test_file(benchmark: BenchmarkFixture, tmp_path: Path, blocks: int) -> None:
    benchmark.group = compute_group(blocks)
    path = write_scout_file(tmp_path / "blocks.yaml", blocks)
    store = MemoryStore()

    def run() -> list[ScoutFileResult]:
        return list(run_scout_files([path], ScoutOptions(), store))

    [result] = benchmark(run)

    assert result.passed
    assert result.blocks == blocks
