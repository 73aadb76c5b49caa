"""Lint, formatting, types and dead code are part of the tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "format", "--check", "chain", "simulator", "tests"], id="format"),
        pytest.param(["ruff", "check", "chain", "simulator", "tests"], id="lint"),
        pytest.param(["vulture"], id="dead code"),
        pytest.param(["mypy"], id="types", marks=pytest.mark.slow),
    ],
)
def test_tool_finds_nothing(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - the commands stand above
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
