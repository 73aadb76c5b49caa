"""What several commands need: the cache, cores, progress, and values from options.

Source:
    Ours.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from simulator.errors import UserError
from simulator.module_cache import DiskModuleCache, default_cache_folder

if TYPE_CHECKING:
    from simulator.runner import Progress

C = TypeVar("C", bound=StrEnum)

_MAX_FILE_BYTES: Final = 2**26


def open_cache() -> DiskModuleCache:
    """Return the compiled-module cache of this user."""
    return DiskModuleCache(default_cache_folder())


def count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def show_progress(name: str, slots: int) -> Iterator["Progress"]:
    """Show a progress bar on stderr, where that is a terminal."""
    from rich.console import Console  # noqa: PLC0415 - only where it is used
    from rich.progress import Progress as Bar  # noqa: PLC0415 - only where it is used

    console = Console(file=sys.stderr)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=slots)
        yield lambda done: bar.update(task, completed=done)


def parse_choice(kind: type[C], text: str, option: str) -> C:
    """Return the member of an enumeration that an option names.

    Raises:
        UserError: There is none.
    """
    try:
        return kind(text)
    except ValueError:
        choices = ", ".join(member.value for member in kind)
        raise UserError(f"{option} {text}: choose one of {choices}") from None


def parse_hex(text: str, option: str) -> bytes:
    """Return the bytes that an option gives in hex, or in a file of hex as ``@FILE``.

    Raises:
        UserError: It is not hex, or the file cannot be read.
    """
    if text.startswith("@"):
        text = _read_file(Path(text[1:]), f"{option} {text}").decode("ascii", errors="replace")
    try:
        return bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        raise UserError(f"{option}: not hex, or an odd number of digits") from None


def read_script(path: Path) -> bytes:
    """Return a script's bytes.

    Raises:
        UserError: It cannot be read.
    """
    return _read_file(path, str(path))


def _read_file(path: Path, shown: str) -> bytes:
    """Return a file's bytes; a device that never ends is not worth waiting for.

    Raises:
        UserError: It cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{shown}: cannot be read: {reason}") from error
    if len(data) > _MAX_FILE_BYTES:
        raise UserError(f"{shown}: larger than {_MAX_FILE_BYTES} bytes")
    return data
