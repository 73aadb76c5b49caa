"""Where programs are killed: scenarios, runs that nobody kills, and one folder a case."""

import atexit
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, mkdtemp
from typing import Final

import yaml

from simulator.store import DATABASE_NAME, RunReader
from simulator.sweep.table import RESULTS_NAME
from tests.helpers.crashes import dump_run, find_processes, finish_shardlab, start_shardlab
from tests.helpers.scenarios import (
    HELLO,
    RELAY,
    STORE,
    Settings,
    build_scenario,
    call,
    deposit,
    register,
    save_scenario,
)
from tests.helpers.transfers import build_load, build_managed
from tests.trust.experiment import Tally

OFTEN: Final = ("tests.helpers.killed", "-", "0")
"""The command line as it is, but with a checkpoint behind every slot."""
USUAL: Final = ("simulator.cli",)

_PATIENCE_SECONDS: Final = 60.0
_SHARE_BEHIND_START: Final = 2 / 3
_SHARE_OF_SLOTS: Final = 0.3
"""Of the time that a command takes, about; the rest is its start."""
_MARKER: Final = "SHARDLAB_TRUST_CASE"
_SLOTS: Final = 40
_RELAY_EVENTS: Final = (register("relay", RELAY), deposit(4), deposit(9, sender=1, receiver=0))
_TOPOLOGY: Final = {"kind": "ring", "neighbors": 1}
_DEPOSITS: Final = {"script": "relay", "per_slot": 1.0, "gwei": [10, 90], "topology": _TOPOLOGY}
_STORAGE: Final = {"script": "store", "per_slot": 2.0, "keys": 8, "start": 3}
_ATTACK: Final = {"kind": "malformed", "start": 2, "stop": 36, "per_slot": 0.5, "size_bytes": 900}


@cache
def list_scenarios() -> tuple[Settings, ...]:
    """Scenarios with all that a run keeps in memory: pools, tries, accounts, forks, attacks."""
    deposits = [{"deposits": _DEPOSITS}]
    orphan = [{"orphan": {"slot": 17, "shard": 0}}]
    return (
        build_scenario(_SLOTS, events=[register("hello", HELLO), call("hello", 5)]),
        build_scenario(_SLOTS, events=list(_RELAY_EVENTS), workload=deposits),
        build_scenario(_SLOTS, events=list(_RELAY_EVENTS), workload=deposits, faults=orphan),
        build_scenario(
            _SLOTS,
            events=[register("store", STORE)],
            workload=[{"storage": _STORAGE}],
            adversaries=[_ATTACK],
        ),
        build_managed(_SLOTS, build_load(), faults=orphan),
    )


@cache
def make_base() -> Path:
    """Return a folder of scenario files, of a cache, and of all that nobody kills."""
    base = Path(mkdtemp(prefix="shardlab-trust-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    for number, scenario in enumerate(list_scenarios()):
        save_scenario(scenario, base, f"scenario{number}")
    sweep = {
        "title": "A sweep that is killed",
        "scenario": "scenario1.yaml",
        "grid": {"genesis.validators": [8, 9, 10]},
        "seeds": 2,
    }
    (base / "sweep.yaml").write_text(yaml.safe_dump(sweep), encoding="utf-8")
    return base


@cache
def run_whole(number: int) -> tuple[Path, float]:
    """Return a run that nobody kills, and how many seconds it took."""
    folder = make_base() / f"whole{number}"
    return folder, _time("run", get_scenario(number), "--out", folder)


@cache
def sweep_whole() -> tuple[bytes, float]:
    """Return the table of a sweep that nobody kills, and how many seconds it took."""
    folder = make_base() / "sweep"
    seconds = _time("sweep", get_sweep(), "--out", folder, "--workers", 1)
    return (folder / RESULTS_NAME).read_bytes(), seconds


def get_scenario(number: int) -> Path:
    """Return the file of a scenario."""
    return make_base() / f"scenario{number}.yaml"


def get_sweep() -> Path:
    """Return the sweep file."""
    return make_base() / "sweep.yaml"


def _time(*arguments: object) -> float:
    variables = {"SHARDLAB_CACHE": str(make_base() / "cache")}
    began = time.monotonic()
    status, errors = finish_shardlab(start_shardlab(*arguments, variables=variables))
    if status:
        raise RuntimeError(f"{arguments} ended with {status}: {errors}")
    return time.monotonic() - began


@dataclass(frozen=True, slots=True)
class Stage:
    """A case: its folder, and all processes that belong to it.

    Attributes:
        folder: Its folder.
        rng: Its chance.
        tally: Is told what is met.
    """

    folder: Path
    rng: Random
    tally: Tally

    @property
    def run(self) -> Path:
        """Return the run folder."""
        return self.folder / "run"

    @property
    def _mark(self) -> str:
        return f"{_MARKER}={self.folder.name}"

    def start(
        self, *arguments: object, program: tuple[str, ...] = USUAL
    ) -> subprocess.Popen[bytes]:
        """Start a command."""
        variables = {_MARKER: self.folder.name, "SHARDLAB_CACHE": str(make_base() / "cache")}
        return start_shardlab(*arguments, program=program, variables=variables)

    def finish(self, *arguments: object) -> str | None:
        """Let a command run to its end; say how it failed, None if it did not."""
        status, errors = finish_shardlab(self.start(*arguments))
        return f"{arguments[0]} ended with {status}: {errors.strip()[-600:]}" if status else None

    def kill(self, seconds: float, *arguments: object) -> None:
        """Start a command, and kill it at a random moment, start and finish included.

        In half of the cases it makes a checkpoint behind every slot. Programs take longer to
        start than these runs take, so in two cases of three the moment is drawn from behind the
        first sign of the run.
        """
        process = self.start(*arguments, program=self.rng.choice([USUAL, OFTEN]))
        if self.rng.random() < _SHARE_BEHIND_START:
            while process.poll() is None and not any(self.folder.glob("*/*")):
                time.sleep(0.005)
            seconds *= _SHARE_OF_SLOTS
        time.sleep(self.rng.uniform(0, seconds * 1.1))
        process.send_signal(signal.SIGKILL)
        status, _ = finish_shardlab(process)
        is_killed = status == -signal.SIGKILL
        self.tally.count("killed" if is_killed else "ended before it was killed")

    def list_processes(self) -> list[int]:
        """Return all processes of the case."""
        return find_processes(self._mark)

    def find_orphans(self) -> str | None:
        """Say which processes go on for longer after their parent than they need to notice."""
        began = time.monotonic()
        while orphans := self.list_processes():
            waited = time.monotonic() - began
            self.tally.peak("seconds by which a process outlived its parent", round(waited, 1))
            if waited > _PATIENCE_SECONDS:
                return f"{len(orphans)} processes go on after their parent was killed"
            time.sleep(0.05)
        return None

    def look(self) -> tuple[str, int] | None:
        """Return status and last slot of a database, which must be whole; None if it is empty.

        Raises:
            ValueError: It is not whole, or does not hold whole slots.
        """
        if not (self.run / DATABASE_NAME).exists():
            return None
        with TemporaryDirectory(prefix="shardlab-trust-") as name:
            # A copy: what reads a database of a killed program also mends it.
            shutil.copytree(self.run, name, dirs_exist_ok=True)
            return _look(Path(name))

    def continue_run(self, number: int, *options: object) -> str | None:
        """Go on with a killed run, or begin it if it had not begun; say how that failed."""
        found = self.look()
        if found is None:
            self.tally.count("killed before anything was recorded")
            force = ["--force"] if (self.run / DATABASE_NAME).exists() else []
            return self.finish("run", get_scenario(number), "--out", self.run, *force, *options)
        status, slot = found
        self.tally.count(f"found {status}" + ("" if slot else ", before its first slot"))
        return self.finish("resume", self.run, *options)


def _look(folder: Path) -> tuple[str, int] | None:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as connection:
        if not connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]:
            return None
    dumped = dump_run(folder)
    if dumped["integrity"] != [("ok",)]:
        raise ValueError(f"the database is not whole: {dumped['integrity']}")
    with closing(RunReader(folder)) as reader:
        status, slot = reader.meta["status"], reader.meta["slot"]
        slots = {event.slot for event in reader.read_events()}
    if slots != set(range(1, slot + 1)):
        raise ValueError(f"the database says slot {slot}, and has {sorted(slots)}")
    return status, slot


@contextmanager
def open_stage(rng: Random, tally: Tally) -> Iterator[Stage]:
    """Make the folder of a case; whatever the case started has ended after it."""
    with TemporaryDirectory(prefix="shardlab-trust-") as name:
        stage = Stage(Path(name), rng, tally)
        try:
            yield stage
        finally:
            for process in stage.list_processes():
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
