"""Putting the view on the screen, and taking it off again however the run ends.

Source:
    Ours.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from rich.console import Console
from rich.live import Live

from simulator.events import Event
from simulator.live.dashboard import Dashboard
from simulator.live.pace import Pace
from simulator.live.state import LiveState
from simulator.loader import LoadedScenario
from simulator.runner import Watch

_LINES: Final = 10
"""How many lines of progress at most, where there is no terminal."""


@contextmanager
def show_live(loaded: LoadedScenario) -> Iterator[Watch]:
    """Show a run on stderr while it runs: a screen of its own, or lines without a terminal.

    Args:
        loaded: The scenario that is about to run.

    Yields:
        What wants to be told of every slot.
    """
    # Rich takes a file for a terminal where colours are forced; a log wants no screens.
    console = Console(file=sys.stderr)
    has_screen = sys.stderr is not None and sys.stderr.isatty() and console.is_terminal
    if not has_screen or console.is_dumb_terminal:
        yield _PlainView(loaded)
        return
    view = _ScreenView(loaded, console)
    try:
        view.start()
        yield view
    finally:
        view.stop()


class _ScreenView:
    """Draws when it is time; no thread of its own, which workers could not be forked beside."""

    def __init__(self, loaded: LoadedScenario, console: Console) -> None:
        self._state = LiveState(loaded)
        self._pace = Pace(loaded.scenario.slots)
        self._live = Live(
            Dashboard(self._state, self._pace),
            console=console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._is_gone = False

    def start(self) -> None:
        """Take the screen, before the world is built."""
        with self._survive_closing():
            self._live.start(refresh=True)

    def __call__(self, slot: int, happened: Sequence[Event]) -> None:
        """Take in a slot; draw if it is time."""
        self._state.add(slot, happened)
        if not self._is_gone and self._pace.start_draw(slot):
            with self._survive_closing():
                self._live.refresh()
            self._pace.finish_draw()

    def stop(self) -> None:
        """Give the screen back as it was."""
        with self._survive_closing():
            self._live.stop()

    @contextmanager
    def _survive_closing(self) -> Iterator[None]:
        """Go on without a view once its terminal is gone: the run does not need one."""
        try:
            yield
        except OSError:
            self._is_gone = True
            with suppress(OSError):
                self._live.stop()


class _PlainView:
    """Writes a line after every tenth of the run."""

    def __init__(self, loaded: LoadedScenario) -> None:
        self._state = LiveState(loaded)
        self._name = loaded.name
        self._told = 0

    def __call__(self, slot: int, happened: Sequence[Event]) -> None:
        """Take in a slot; say so if it is time."""
        state = self._state
        state.add(slot, happened)
        share = slot * _LINES // state.slots
        if share > self._told and sys.stderr is not None:
            self._told = share
            deposits = state.deposits
            with suppress(OSError):
                sys.stderr.write(
                    f"{self._name}: slot {slot:,} of {state.slots:,}, deposits in flight: "
                    f"{deposits.in_flight:,}, settled: {deposits.settled:,}\n"
                )
                sys.stderr.flush()
