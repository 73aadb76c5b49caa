"""Pace: how fast a run goes, and when it is time to draw again.

Source:
    Ours: whoever watches should not wait for it. Drawing has a share of the time, whatever the
    machine, the terminal's size and the scenario.
"""

from collections import deque
from typing import Final

from simulator.costs.clock import Clock, read_clock

_MOST_PER_SECOND: Final = 8
_SHARE: Final = 0.025
"""Of the time, for drawing; folding events takes about another hundredth."""

_REMEMBERED_DRAWS: Final = 40


class Pace:
    """Reads the clock for one view."""

    def __init__(self, slots: int, clock: Clock = read_clock) -> None:
        """Start now.

        Args:
            slots: How many slots there will be.
            clock: Seconds.
        """
        self._slots = slots
        self._clock = clock
        self._next_draw = clock()
        self._looks: deque[tuple[float, int]] = deque(
            [(self._next_draw, 0)], maxlen=_REMEMBERED_DRAWS
        )

    def start_draw(self, slot: int) -> float | None:
        """Return the time if it is time to draw, and remember how far the run is.

        Args:
            slot: The last slot that is over.
        """
        now = self._clock()
        if now < self._next_draw:
            return None
        self._looks.append((now, slot))
        return now

    def finish_draw(self, started: float) -> None:
        """Put the next draw so far off that drawing keeps to its share."""
        took = self._clock() - started
        self._next_draw = started + max(1 / _MOST_PER_SECOND, took / _SHARE)

    @property
    def slots_per_second(self) -> float:
        """Return how fast it went of late, 0 before anybody knows."""
        (since, first), (now, last) = self._looks[0], self._looks[-1]
        return (last - first) / (now - since) if now > since else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest takes at this speed, None before anybody knows."""
        speed = self.slots_per_second
        return (self._slots - self._looks[-1][1]) / speed if speed else None
