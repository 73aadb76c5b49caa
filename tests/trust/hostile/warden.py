"""Cases tried in a process of their own, so that its death or its silence is an answer too."""

import os
import resource
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from simulator.module_cache import CACHE_VARIABLE
from simulator.watchdog import WATCHDOG_VARIABLE
from tests.trust.experiment import Cases, Tally

MOST_SECONDS: Final = 120.0
"""Of one case; whatever says nothing for so long hangs."""

_WATCHDOG_SECONDS: Final = "40"
"""The simulator's own watchdog should have barked before."""

_STATM: Final = Path("/proc/self/statm")
_MEBIBYTE: Final = 2**20
_SETTLED: Final = 1_000
"""Cases after which everything that is kept for good is there."""


@dataclass(slots=True)
class Answer:
    """What one case came to, as its process tells it.

    Attributes:
        outcomes: What to count.
        failures: What must not be.
        peaks: The greatest values, by name.
        resident: Bytes that the process holds after it.
    """

    outcomes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    peaks: dict[str, float] = field(default_factory=dict)
    resident: int = 0


Attempt = Callable[[Cases, int, Path], Answer]
"""Tries one case, in a folder that may be written to; importable by name."""


def try_guarded(attempt: Attempt, cases: Cases, tally: Tally) -> None:
    """Try cases in another process, which is replaced whenever it dies or hangs."""
    remaining = list(cases)
    while remaining:
        settled = 0
        for done, answer in enumerate(_work(attempt, cases, remaining), start=1):
            _count(answer, remaining[done - 1], tally)
            tally.peak("MiB resident", answer.resident / _MEBIBYTE)
            settled = answer.resident if done == min(_SETTLED, len(remaining)) else settled
            if settled:
                growth = (answer.resident - settled) / _MEBIBYTE
                tally.peak(f"MiB more than after the first {_SETTLED:,} cases", growth)
        del remaining[:done]


def _count(answer: Answer, number: int, tally: Tally) -> None:
    for outcome in answer.outcomes:
        tally.count(outcome)
    for failure in answer.failures:
        tally.fail(number, failure)
    for name, value in answer.peaks.items():
        tally.peak(name, value)


def _work(attempt: Attempt, cases: Cases, numbers: list[int]) -> Iterator[Answer]:
    """Yield answers up to the first that says that the process is gone."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    with TemporaryDirectory() as folder:
        arguments = (theirs, attempt, cases, numbers, Path(folder))
        process = context.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        theirs.close()
        try:
            for _ in numbers:
                if not ours.poll(MOST_SECONDS):
                    yield Answer(failures=[f"hangs: no answer within {MOST_SECONDS:g} s"])
                    return
                yield ours.recv()
        except EOFError:
            process.join()
            yield Answer(failures=[f"crash: the process ended with {process.exitcode}"])
        finally:
            process.kill()
            process.join()
            ours.close()


def _serve(
    connection: Connection, attempt: Attempt, cases: Cases, numbers: list[int], folder: Path
) -> None:
    os.environ[CACHE_VARIABLE] = str(folder / "cache")
    os.environ[WATCHDOG_VARIABLE] = _WATCHDOG_SECONDS
    for number in numbers:
        try:
            answer = attempt(cases, number, folder)
        except Exception:  # noqa: BLE001 - whatever escapes is the finding
            answer = Answer(failures=[f"crash: {traceback.format_exc()[-1500:]}"])
        answer.resident = read_resident_bytes()
        connection.send(answer)


def read_resident_bytes() -> int:
    """Return what this process holds; where the system does not tell, the most it ever held."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
