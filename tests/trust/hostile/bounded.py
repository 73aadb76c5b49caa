"""A process that judges hostile input, bounded in time and memory.

Source:
    Ours: input that hangs or eats memory must fail its case, not the experiment.
"""

import multiprocessing
import os
import resource
import tempfile
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from tests.trust.experiment import Cases

READING_BYTES: Final = 1_000_000_000
"""What reading a file may add to the process."""

RUNNING_BYTES: Final = 9_000_000_000
"""The same when scripts run: wasmtime reserves address space for stacks, and uses little of it."""

RESIDENT_MEGABYTES: Final = 1_000
"""What the process may come to hold in memory."""

SECONDS: Final = 20
"""Of processor time, for one case."""

_PATIENCE: Final = 6
"""Other work may take most of the machine: wall time is no measure, only the end of waiting."""

_TOLD_LINES: Final = 6

Judge = Callable[[Path, bytes], str]
"""Takes an empty folder and some input, and names the outcome; raises if it must not be."""

Make = Callable[[Cases, int], tuple[str, bytes]]
"""Makes the input of a case, and names its kind."""


class Verdict(NamedTuple):
    """What came of one input; ``failure`` is empty unless it shows the claim wrong."""

    outcome: str
    failure: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0


class BoundedJudge:
    """Judges one input after the other in a process of its own; starts another if it dies."""

    def __init__(self, judge: Judge) -> None:
        """Take what judges: a function that another process can import."""
        self._judge = judge
        self._context = multiprocessing.get_context("spawn")
        self._start()

    def __enter__(self) -> Self:
        """Keep the process until the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End the process."""
        self._stop()

    def judge(self, data: bytes) -> Verdict:
        """Return what came of an input."""
        self._ours.send(data)
        try:
            if self._ours.poll(SECONDS * _PATIENCE):
                verdict: Verdict = self._ours.recv()
                return verdict._replace(failure=verdict.failure or _judge_cost(verdict))
            failure = f"no end after {SECONDS * _PATIENCE} s"
        except (EOFError, ConnectionResetError):
            failure = "the process died"
        self._stop()
        self._start()
        return Verdict("lost", failure)

    def _start(self) -> None:
        self._ours, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs, self._judge))
        self._process.start()
        theirs.close()

    def _stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._ours.close()


def lift_limit() -> None:
    """Let the process that judges add more memory: what was read is small, and will run."""
    _limit(RUNNING_BYTES)


def _limit(added_bytes: int) -> None:
    used = _read_status("VmData")
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (used + added_bytes, hard))


def _judge_cost(verdict: Verdict) -> str:
    if verdict.seconds > SECONDS:
        return f"took {verdict.seconds:.0f} s"
    if verdict.megabytes > RESIDENT_MEGABYTES:
        return f"held {verdict.megabytes:.0f} MB"
    return ""


def _serve(connection: Connection, judge: Judge) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        while True:
            try:
                data = connection.recv()
            except EOFError:
                return
            connection.send(_try(judge, Path(folder), data))


def _try(judge: Judge, folder: Path, data: bytes) -> Verdict:
    began = time.process_time()
    outcome, failure = "failed", ""
    _limit(READING_BYTES)
    try:
        outcome = judge(folder, data)
    except BaseException as error:  # noqa: BLE001 - whatever escapes is what is looked for
        lines = traceback.format_exception(error)[-_TOLD_LINES:]
        failure = f"{type(error).__name__}: {str(error)[:300]}: {''.join(lines)[-1500:]}"
    lift_limit()
    # What getrusage tells begins with what the parent held, whose memory this process never had.
    megabytes = _read_status("VmHWM") / 10**6
    return Verdict(outcome, failure, time.process_time() - began, megabytes)


def _read_status(name: str) -> int:
    """Return bytes that the kernel counts for this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024
