"""Which way a metric is better, where that is beyond dispute.

Source:
    Ours. A metric that no pattern matches has no better direction: burned fees are somebody's loss
    and nobody's, and how many bytes a chain takes depends on what it does with them.
"""

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final


class Direction(StrEnum):
    """Which values win."""

    LOWER = "lower"
    HIGHER = "higher"


_DIRECTIONS: Final[tuple[tuple[str, Direction | None], ...]] = (
    ("*settled", Direction.HIGHER),
    ("*settled_per_slot", Direction.HIGHER),
    ("*.claimed", Direction.HIGHER),
    ("beacon.blocks", Direction.HIGHER),
    ("beacon.crosslinked_blocks", Direction.HIGHER),
    ("shards.blocks", Direction.HIGHER),
    ("eth.solvency_gwei", Direction.HIGHER),
    ("beacon.blocks_*", Direction.LOWER),
    ("beacon.crosslinks_orphaned", Direction.LOWER),
    ("beacon.rejected.*", Direction.LOWER),
    ("calls.dropped*", Direction.LOWER),
    ("claims.*", Direction.LOWER),
    ("conservation_error", Direction.LOWER),
    ("costs.attack_fees_gwei", None),
    ("costs.*", Direction.LOWER),
    ("deposits.expired", Direction.LOWER),
    ("deposits.open", Direction.LOWER),
    ("deposits.reverted", Direction.LOWER),
    ("deposits.stuck", Direction.LOWER),
    ("eth.printed_gwei", Direction.LOWER),
    ("eth.reserve_drawn_max_gwei", Direction.LOWER),
    ("*latency_*", Direction.LOWER),
    ("proofs.*", Direction.LOWER),
    ("queues.*", Direction.LOWER),
    ("routes.*_per_transfer", Direction.LOWER),
    ("*.wait_*", Direction.LOWER),
    ("*slots_to_usable*", Direction.LOWER),
    ("shards.blocks_*", Direction.LOWER),
    ("shards.noop_blocks", Direction.LOWER),
    ("shards.rejected.*", Direction.LOWER),
    ("validation.*", Direction.LOWER),
    ("withdrawals.*", Direction.LOWER),
    ("witness.*", Direction.LOWER),
    ("work.*", Direction.LOWER),
)
"""The first pattern that matches counts."""

_MEASURES: Final = ("*.p50", "*.p95", "*.max", "*.mean", "*_per_*", "*_ratio", "*_factor")
"""Metrics that are of something: of nothing they have no value, not the value zero."""


def find_direction(metric: str) -> Direction | None:
    """Return which way a metric is better, or None."""
    return next((way for pattern, way in _DIRECTIONS if fnmatchcase(metric, pattern)), None)


def is_measure(metric: str) -> bool:
    """Tell whether a run without a metric has no value of it; in all others it counts zero."""
    return any(fnmatchcase(metric, pattern) for pattern in _MEASURES)
