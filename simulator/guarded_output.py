"""Standard output that says so when it takes nothing: a full disk, a reader that has gone.

Python raises the same ``OSError`` whoever wrote where, and what is buffered fails only when the
process ends, too late for a message. So commands write through a guard.

Source:
    Ours.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import TextIO, cast


class OutputRefused(Exception):
    """Standard output takes nothing.

    Attributes:
        is_unwanted: Whether its reader has closed the pipe.
    """

    def __init__(self, error: OSError) -> None:
        """Keep the reason."""
        super().__init__(f"standard output: cannot be written: {error.strerror or error}")
        self.is_unwanted = isinstance(error, BrokenPipeError)


@contextmanager
def guard_output() -> Iterator[None]:
    """Name whatever keeps text from standard output, also text that is written only now.

    Raises:
        OutputRefused: It takes nothing.
    """
    if sys.stdout is None:
        # It was closed before we began, so nobody asked for it.
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            yield
        return
    guarded = cast("TextIO", _Guard(sys.stdout))
    with redirect_stdout(guarded):
        try:
            yield
        finally:
            guarded.flush()


def drop_output(stream: TextIO) -> None:
    """Let a standard stream lead nowhere, so that Python does not try again when it exits."""
    with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


class _Guard:
    """A text stream whose refusals have a name of their own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            raise OutputRefused(error) from error

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            raise OutputRefused(error) from error
