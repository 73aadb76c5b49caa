"""Functions that pools run in other processes: these find them by name."""

import os
import signal
from pathlib import Path


def square(number: int) -> int:
    return number * number


def divide(number: int) -> float:
    return 12 / number


def record(job: tuple[str, int]) -> int:
    """Leave a trace of every execution."""
    folder, number = job
    path = Path(folder) / f"{number}"
    with path.open("a", encoding="ascii") as file:
        file.write("ran\n")
    return number


def die_once(job: tuple[str, int]) -> int:
    """End the process without a word, the first time that an even number comes."""
    folder, number = job
    marker = Path(folder) / f"died-{number}"
    if number % 2 == 0 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return record(job)


def die_always(job: tuple[str, int]) -> int:
    """End the process whenever 3 comes."""
    if job[1] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return record(job)


def name_process(_job: int) -> int:
    return os.getpid()
