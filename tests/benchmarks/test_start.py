"""From the shell and back: ``shardlab scout`` on one small file, its script compiled before."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

SCOUT_FILE = Path(__file__).parents[2] / "scenarios" / "scout" / "helloworld.yaml"
COMMAND = "from simulator.cli import main; main()"
"""What the installed ``shardlab`` does."""

GROUP = "shardlab scout, whole process"


def start(program: str, *arguments: str, cache: Path) -> str:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "SHARDLAB_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.benchmark(group=GROUP)
@pytest.mark.parametrize(
    "program", ["pass", "import wasmtime", "import wasmtime, yaml"], ids=lambda each: each
)
def test_floor_is_python_and_what_it_must_import(
    benchmark: BenchmarkFixture, tmp_path: Path, program: str
) -> None:
    assert benchmark(start, program, cache=tmp_path) == ""


@pytest.mark.benchmark(group=GROUP)
@pytest.mark.parametrize("options", [[], ["--unsaved", "zero"]], ids=["", "parsed by Typer"])
def test_scout(benchmark: BenchmarkFixture, tmp_path: Path, options: Sequence[str]) -> None:
    arguments = ["scout", *options, str(SCOUT_FILE)]
    first = start(COMMAND, *arguments, cache=tmp_path)

    assert benchmark(start, COMMAND, *arguments, cache=tmp_path) == first
    assert first == f"pass  {SCOUT_FILE}\n"
    assert len(list(tmp_path.glob("*.module"))) == 1
