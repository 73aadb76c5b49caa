"""Queues: how long they get, and whether they grow without bound.

Source:
    Ours. A load beyond what a route carries shows as a queue that never drains; a load below it
    says nothing about how much the route could carry.
"""

import statistics
from collections.abc import Mapping
from typing import Final

from simulator.events import SlotClosed

QUEUES: Final[Mapping[str, str]] = {
    "claim": "claim_queue",
    "delivery": "delivery_queue",
    "relay": "relay_queue",
    "withdrawal": "withdrawal_queue",
}
"""Short name of a queue, and its field in ``SlotClosed``."""

_GROWTH_RATIO: Final = 1.5
_GROWTH_LEAST: Final = 8
_MAX_MEANS: Final = 512
_MIN_MEANS: Final = 16


class QueueTrend:
    """Remembers the course of one queue in bounded memory: means over equal spans of slots.

    A span is one slot until there are too many of them; then each two become one.
    """

    def __init__(self) -> None:
        """Start with an empty run."""
        self._span_slots = 1
        self._means: list[float] = []
        self._pending: list[int] = []

    def add(self, length: int) -> None:
        """Take in the length at the end of the next slot."""
        self._pending.append(length)
        if len(self._pending) < self._span_slots:
            return
        self._means.append(statistics.fmean(self._pending))
        self._pending.clear()
        if len(self._means) == _MAX_MEANS:
            pairs = zip(self._means[::2], self._means[1::2], strict=True)
            self._means = [(first + second) / 2 for first, second in pairs]
            self._span_slots *= 2

    def compute_growth(self, first_slot: int, last_slot: int) -> float:
        """Return by how much the queue grows per slot, 0 unless it grows without bound.

        It does if, over the second half of the given slots, a straight line fitted to it (least
        squares) ends at 1.5 times its beginning or more, and at least 8 higher; and if the queue
        in the last quarter never falls back to its lowest of the quarter before, and gets longer
        than ever in the first half. The latter two tell growth from waiting for the next
        crosslink, which empties the queue time and again.

        Args:
            first_slot: Where to begin, counted from 1.
            last_slot: Where to end.

        Source:
            Ours.
        """
        means = self._means[
            -(-(first_slot - 1) // self._span_slots) : last_slot // self._span_slots
        ]
        if len(means) < _MIN_MEANS:
            return 0.0
        before, half = means[: len(means) // 2], means[len(means) // 2 :]
        slope, first = statistics.linear_regression(range(len(half)), half)
        last = first + slope * (len(half) - 1)
        middle = len(half) // 2
        rises = last >= _GROWTH_RATIO * first and last - first >= _GROWTH_LEAST
        drains = min(half[middle:]) <= min(half[:middle]) or max(half[middle:]) <= max(before)
        return round(slope / self._span_slots, 3) if rises and not drains else 0.0


class QueueMetrics:
    """Folds the queues of all slots into numbers."""

    def __init__(self) -> None:
        """Start with empty queues."""
        self._trends = {name: QueueTrend() for name in QUEUES}

    def add(self, event: SlotClosed) -> None:
        """Take in the end of a slot."""
        for name, field in QUEUES.items():
            self._trends[name].add(getattr(event, field))

    def compute(self, first_slot: int, last_slot: int) -> dict[str, float]:
        """Return the growth of every queue between two slots, 0 if it has a bound."""
        return {
            f"queues.{name}_growth_per_slot": trend.compute_growth(first_slot, last_slot)
            for name, trend in self._trends.items()
        }
