"""Pace: how fast a run goes, and when it is time to draw again.

Source:
    Ours: whoever watches should not wait for it. Drawing has a share of the processor time,
    whatever the machine, what else it does, the terminal's size and the scenario.
"""

from collections import deque
from typing import Final

from simulator.costs.clock import Clock, read_clock, read_processor_clock

_MOST_PER_SECOND: Final = 8
_SHARE: Final = 0.025
"""Of the processor time, for drawing; folding events takes less than another hundredth."""

_REMEMBERED_DRAWS: Final = 40


class Pace:
    """Reads the clocks for one view."""

    def __init__(
        self, slots: int, clock: Clock = read_clock, processor: Clock = read_processor_clock
    ) -> None:
        """Start now.

        Args:
            slots: How many slots there will be.
            clock: Seconds.
            processor: Seconds that this process has used.
        """
        self._slots = slots
        self._clock = clock
        self._processor = processor
        self._next_draw = clock()
        self._next_share = self._started = processor()
        self._looks: deque[tuple[float, int]] = deque(
            [(self._next_draw, 0)], maxlen=_REMEMBERED_DRAWS
        )

    def start_draw(self, slot: int) -> bool:
        """Tell whether it is time to draw; if so, remember how far the run is.

        Args:
            slot: The last slot that is over.
        """
        now = self._clock()
        if now < self._next_draw:
            return False
        self._started = self._processor()
        if self._started < self._next_share:
            return False
        self._looks.append((now, slot))
        self._next_draw = now + 1 / _MOST_PER_SECOND
        return True

    def finish_draw(self) -> None:
        """Put the next draw so far off that drawing keeps to its share."""
        took = self._processor() - self._started
        self._next_share = self._started + took / _SHARE

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
