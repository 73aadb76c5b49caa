"""Runs the command line in this process and keeps its streams apart."""

import json
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from simulator.cli import app


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one command did."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as the one JSON document that it must be."""
        document: dict[str, Any] = json.loads(self.stdout)
        return document


def shardlab(*arguments: object) -> Outcome:
    """Run ``shardlab`` with arguments; an exception that escapes it fails the test."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)
