"""The whole screen: which part gets how many lines.

Source:
    Ours: useful from 60 x 20 on; what is larger shows more slots, shards, deposits and events.
"""

from collections.abc import Iterator
from typing import Final

from rich.console import Console, ConsoleOptions
from rich.segment import Segment

from simulator.live.lines import ASCII, DIM, UNICODE, Glyphs, Line, fit
from simulator.live.pace import Pace
from simulator.live.sections import (
    draw_books,
    draw_chains,
    draw_costs,
    draw_deposits,
    draw_header,
    draw_notes,
)
from simulator.live.state import LiveState

_WIDE: Final = 100
"""From this width on, deposits and costs stand side by side."""

_TALL: Final = 24

_FEWEST: Final = 2
"""Lines for the oldest deposits, and for events, at least; one less where it is not tall."""

_MOST_OLDEST: Final = 12
"""More lines for the oldest deposits than at least; the rest are for events."""

_FIXED: Final = 7
"""Header, chains' heading, beacon lane, legend, books, and the heading of events."""


class Dashboard:
    """Draws a state in whatever size the terminal has now."""

    def __init__(self, state: LiveState, pace: Pace) -> None:
        """Take what is to be drawn."""
        self._state = state
        self._pace = pace
        self._width = 0
        self._middle = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Yield all lines, each as wide as the terminal."""
        width, height = options.max_width, options.height or console.height
        glyphs = ASCII if options.ascii_only else UNICODE
        lines = self._draw(width, height, glyphs)[:height]
        for line in [*lines, *([[]] * (height - len(lines)))]:
            yield from fit(line, width)
            yield Segment.line()

    def _draw(self, width: int, height: int, glyphs: Glyphs) -> list[Line]:
        state = self._state
        fewest = _FEWEST if height >= _TALL else _FEWEST - 1
        smallest = self._measure_middle(fewest, width, glyphs)
        room = height - _FIXED - smallest - fewest
        rows = state.lanes.count_rows(room)
        spare = max(0, room - rows)
        oldest = min(spare - spare // 2, _MOST_OLDEST)
        middle = self._draw_middle(fewest + oldest, smallest + oldest, width, glyphs)
        return [
            *draw_header(state, self._pace, width, glyphs),
            *draw_chains(state, rows, width, glyphs),
            *_fill(middle, smallest + oldest),
            draw_books(state, width),
            *draw_notes(state, fewest + spare - oldest, width, glyphs),
        ]

    def _measure_middle(self, oldest: int, width: int, glyphs: Glyphs) -> int:
        """Return how many lines deposits and costs need, or did before: nothing should jump."""
        if width != self._width:
            self._width, self._middle = width, 0
        needed = len(self._draw_middle(oldest, 0, width, glyphs))
        missing = oldest - min(oldest, self._state.deposits.in_flight)
        self._middle = max(self._middle, needed + (missing if width < _WIDE else 0))
        return self._middle

    def _draw_middle(self, oldest: int, rows: int, width: int, glyphs: Glyphs) -> list[Line]:
        """Draw deposits and costs, beside each other where that fits.

        Args:
            oldest: How many deposits.
            rows: How many lines there are to fill, beside each other.
            width: Of a line.
            glyphs: Symbols.
        """
        state = self._state
        if width < _WIDE:
            deposits = draw_deposits(state, oldest, width, glyphs)
            return [*deposits, *draw_costs(state, rows - len(deposits), width, glyphs)]
        left_width = (width - 3) * 3 // 5
        right_width = width - 3 - left_width
        left = draw_deposits(state, oldest, left_width, glyphs)
        right = draw_costs(state, rows, right_width, glyphs)
        count = max(len(left), len(right), rows)
        between = Segment(f" {glyphs.between} ", DIM)
        return [
            [*fit(first, left_width), between, *fit(second, right_width)]
            for first, second in zip(_fill(left, count), _fill(right, count), strict=True)
        ]


def _fill(lines: list[Line], count: int) -> list[Line]:
    return [*lines, *([[]] * (count - len(lines)))]
