"""How lists of values become the numbers of a report.

Source:
    Ours.
"""

import statistics
from collections.abc import Sequence

Number = int | float


def describe(name: str, values: Sequence[int]) -> dict[str, Number]:
    """Return median, 95th percentile, maximum and mean; nothing of nothing."""
    if not values:
        return {}
    ordered = sorted(values)
    return {
        f"{name}.p50": ordered[(len(ordered) - 1) // 2],
        f"{name}.p95": ordered[(len(ordered) - 1) * 95 // 100],
        f"{name}.max": ordered[-1],
        f"{name}.mean": compute_mean(ordered),
    }


def describe_slots(name: str, values: Sequence[int], seconds_per_slot: int) -> dict[str, Number]:
    """Describe durations twice: ``name_slots`` and ``name_seconds``."""
    slots = describe(f"{name}_slots", values)
    in_seconds = {
        key.replace("_slots", "_seconds"): value * seconds_per_slot for key, value in slots.items()
    }
    return {**slots, **in_seconds}


def compute_mean(values: Sequence[int]) -> float:
    """Return the mean of at least one value, to three digits."""
    return round(statistics.fmean(values), 3)
