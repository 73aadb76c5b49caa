"""Runs that are killed, at a moment or at a place, and what is on the disk afterwards."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from simulator.runner import Progress
from simulator.store import DATABASE_NAME, REPORT_NAME

ROOT: Final = Path(__file__).parents[2]
SLOTS: Final = 20
"""Of the journeys that are broken off."""
KILLED_AT: Final = 12
TABLES: Final = ("meta", "events", "shard_blocks", "scripts", "metrics")

Dump = dict[str, list[tuple[Any, ...]]]


def dump_run(folder: Path) -> Dump:
    """Return all that a run's database holds, read without any code of ours."""
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as connection:
        tables = {
            name: list(connection.execute(f"SELECT * FROM {name} ORDER BY 1"))  # noqa: S608 - ours
            for name in TABLES
        }
        checked = connection.execute("PRAGMA integrity_check").fetchall()
    return {**tables, "integrity": checked}


def describe_difference(folder: Path, whole: Path) -> str | None:
    """Say in what a run differs from one that nobody interrupted, None if in nothing."""
    found, meant = dump_run(folder), dump_run(whole)
    for name in meant:
        if found[name] != meant[name]:
            pairs = zip(found[name], meant[name], strict=False)
            first = next((pair for pair in pairs if pair[0] != pair[1]), None)
            sizes = f"{len(found[name])} rows instead of {len(meant[name])}"
            return f"table {name}: {sizes if first is None else first!r:.300}"
    if (folder / REPORT_NAME).read_bytes() != (whole / REPORT_NAME).read_bytes():
        return REPORT_NAME
    files = sorted(path.name for path in folder.iterdir())
    return None if files == [REPORT_NAME, DATABASE_NAME] else f"files: {files}"


def change_database(folder: Path, statement: str, *values: object) -> None:
    """Damage a run's database."""
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as connection, connection:
        connection.execute(statement, values)


def interrupt_at(slot: int) -> Progress:
    """Press ctrl-C behind a slot."""

    def progress(done: int) -> None:
        if done == slot:
            raise KeyboardInterrupt

    return progress


def start_shardlab(
    *arguments: object,
    program: Sequence[str] = ("simulator.cli",),
    variables: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start the command line of this very tree in a process of its own.

    Args:
        arguments: Of the command line.
        program: A module to run instead of it, and its first arguments.
        variables: To be added to the environment.
    """
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", *program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": paths, **(variables or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish_shardlab(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Wait for a command; return its status and what it wrote on its standard error."""
    _, errors = process.communicate(timeout=300)
    return process.returncode, errors.decode()


def run_killed_at(place: str, count: int, *arguments: object) -> None:
    """Run a command that is killed at a place of the code, see ``tests.helpers.killed``."""
    process = start_shardlab(*arguments, program=("tests.helpers.killed", place, str(count)))
    status, errors = finish_shardlab(process)
    if status != -signal.SIGKILL:
        raise RuntimeError(f"{place} was not reached {count} times: {status}: {errors}")


def find_processes(marker: str) -> list[int]:
    """Return the processes with a marker among their variables, of those that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            try:
                variables = (folder / "environ").read_bytes()
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if marker.encode() in variables and state != "Z":
                found.append(int(folder.name))
    return found
