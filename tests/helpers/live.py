"""Screens of the live view as text, and real commands on a pseudo terminal."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any, Final

from rich.console import Console

from simulator.live.dashboard import Dashboard
from simulator.live.pace import Pace
from simulator.live.state import LiveState
from simulator.loader import LoadedScenario
from simulator.runner import run
from tests.helpers.processes import PATIENCE_SECONDS

ENTER_SCREEN: Final = "\x1b[?1049h"
LEAVE_SCREEN: Final = "\x1b[?1049l"
SHOW_CURSOR: Final = "\x1b[?25h"


class FakeClock:
    """Goes on when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def fold(loaded: LoadedScenario) -> LiveState:
    """Return what the view knows at the end of a run."""
    state = LiveState(loaded)
    run(loaded, watch=state.add)
    return state


def draw(
    state: LiveState, width: int, height: int, *, pace: Pace | None = None, encoding: str = "utf-8"
) -> list[str]:
    """Return the lines of a screen."""
    file = StringIO()
    console = Console(file=file, width=width, height=height, color_system=None)
    options = console.options.update(width=width, height=height)
    options.encoding = encoding
    dashboard = Dashboard(state, pace or Pace(state.slots, FakeClock()))
    return "".join(each.text for each in console.render(dashboard, options)).splitlines()


def resize(terminal: int, width: int, height: int) -> None:
    """Give a terminal another size."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))


class TerminalCommand:
    """``shardlab`` on a terminal.

    Attributes:
        terminal: Our end of it.
        output: What it showed so far.
        is_open: Whether there still is a terminal.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", terminal: int) -> None:
        self.terminal = terminal
        self.output = ""
        self.is_open = True
        self._process = process

    def read(self, until: Callable[[str], object] = lambda _: False) -> str:
        """Return what it shows, up to something or to the end."""
        while not until(self.output):
            try:
                data = os.read(self.terminal, 2**16)
            except OSError:  # how Linux says that the other end is closed
                break
            if not data:
                break
            self.output += data.decode(errors="replace")
        return self.output

    def interrupt(self) -> None:
        """Press ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def hang_up(self) -> None:
        """Close the terminal's window."""
        if self.is_open:
            os.close(self.terminal)
        self.is_open = False

    def wait(self) -> int:
        """Return the exit status."""
        return self._process.wait(PATIENCE_SECONDS)


@contextmanager
def shardlab_on_terminal(
    *arguments: object,
    cwd: Path,
    size: tuple[int, int] = (100, 30),
    environment: Mapping[str, str] | None = None,
) -> Iterator[TerminalCommand]:
    """Run a command whose standard streams are a terminal."""
    ours, theirs = pty.openpty()
    resize(ours, *size)
    kept = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = subprocess.Popen(  # noqa: S603 - the arguments stand in tests
        [sys.executable, "-m", "simulator.cli", *map(str, arguments)],
        cwd=cwd,
        env=kept | {"TERM": "xterm-256color"} | dict(environment or {}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    command = TerminalCommand(process, ours)
    try:
        yield command
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)
        command.hang_up()


@contextmanager
def swallowing_terminal(width: int, height: int) -> Iterator[Any]:
    """Offer a text stream on a terminal whose other end reads everything and drops it."""
    ours, theirs = pty.openpty()
    resize(ours, width, height)

    def drain() -> None:
        try:
            while os.read(ours, 2**16):
                pass
        except OSError:  # how Linux says that the other end is closed
            return

    thread = Thread(target=drain, daemon=True)
    thread.start()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        yield stream
    thread.join(PATIENCE_SECONDS)
    os.close(ours)
