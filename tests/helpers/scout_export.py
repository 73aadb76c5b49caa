"""Runs scenarios into folders, exports shards, and runs what comes out."""

from pathlib import Path
from typing import Any, Final

import yaml

from simulator.runner import RunResult
from simulator.scout import ScoutFileResult, ScoutOptions, run_scout_files
from simulator.scout_export import (
    ScoutExport,
    build_scout_export,
    get_scripts_folder,
    write_scout_export,
)
from simulator.store import RunReader
from tests.helpers.wat import build_script

STRICT: Final = ScoutOptions(strict=True)

SEES_EVERYTHING: Final = build_script(
    """
    (call $pre (i32.const 0))
    (i32.store (i32.const 32) (call $shard))
    (i64.store (i32.const 232) (call $env))
    (i64.store (i32.const 40) (call $slot))
    (call $beacon (i32.const 48))
    (i32.store (i32.const 240) (call $root (i32.const 0) (i32.const 80)))
    (i32.store (i32.const 244) (call $root (i32.const 1) (i32.const 112)))
    (i32.store (i32.const 248) (call $root (i32.const 3) (i32.const 144)))
    (i32.store (i32.const 252) (call $root (i32.const 4) (i32.const 176)))
    (call $sha256 (i32.const 0) (i32.const 256) (i32.const 256))
    (call $save (i32.const 256))
    """,
    imports="""
    (import "eth2" "loadPreStateRoot" (func $pre (param i32)))
    (import "eth2" "savePostStateRoot" (func $save (param i32)))
    (import "eth2" "getShardId" (func $shard (result i32)))
    (import "eth2" "getEnv" (func $env (result i64)))
    (import "eth2" "getSlot" (func $slot (result i64)))
    (import "eth2" "loadBeaconStateRoot" (func $beacon (param i32)))
    (import "eth2" "getShardStateRoot" (func $root (param i32 i32) (result i32)))
    (import "hash" "sha256" (func $sha256 (param i32 i32 i32)))
    """,
)
"""Hashes all that a script can see of a chain of four shards into its state."""


def build_export(run_dir: Path, shard: int, name: str = "case", **slots: int) -> ScoutExport:
    """Export a shard of a run, without writing anything."""
    reader = RunReader(run_dir)
    try:
        return build_scout_export(reader, shard, get_scripts_folder(Path(name)), **slots)
    finally:
        reader.close()


def export_shard(run_dir: Path, shard: int, **slots: int) -> Path:
    """Export a shard of a run beside the run folder; return the test file."""
    path = run_dir.parent / f"shard_{shard}.yaml"
    write_scout_export(build_export(run_dir, shard, path.name, **slots), path, force=True)
    return path


def run_file(path: Path, options: ScoutOptions = STRICT) -> ScoutFileResult:
    """Run a test file."""
    (result,) = run_scout_files([path], options)
    return result


def check_exports(result: RunResult) -> list[int]:
    """Export every shard of a run, run the files, and return how many blocks each has."""
    assert result.run_dir is not None
    blocks = []
    for shard, state in enumerate(result.states.shards):
        path = export_shard(result.run_dir, shard)
        ran = run_file(path)
        assert (ran.differences, ran.warnings, ran.error) == ((), (), "")
        assert ran.passed
        assert get_post_states(read_text(path)) == [each.hex() for each in state.exec_env_states]
        blocks.append(ran.blocks)
    return blocks


def read_text(path: Path) -> Any:  # noqa: ANN401 - YAML of any shape
    """Read a test file with every scalar as text, by nothing of ours."""
    return yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - makes only text


def get_post_states(document: Any) -> list[str]:  # noqa: ANN401 - as read_text
    """Return the states that a file expects."""
    states: list[str] = document["shard_post_state"]["exec_env_states"]
    return states
