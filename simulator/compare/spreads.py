"""What seeds do to a number: mean, spread, and Student's t for small samples.

Source:
    Ours: textbook statistics. Whole degrees of freedom have closed forms (Abramowitz and Stegun,
    26.7.3 and 26.7.4), so that no numeric library is needed.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_HALVINGS: Final = 80
_LARGEST_QUANTILE: Final = 1e6


@dataclass(frozen=True, slots=True)
class Spread:
    """A number under several seeds.

    Attributes:
        count: How many runs have the number.
        mean: Its mean.
        deviation: Its sample standard deviation; None of a single run.
        minimum: The smallest.
        maximum: The largest.
    """

    count: int
    mean: float
    deviation: float | None
    minimum: float
    maximum: float


def summarize(values: Sequence[float]) -> Spread:
    """Return mean and spread of at least one value."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    # An exact mean: equal values must not differ from their mean in the last digit.
    mean = values[0] if deviation == 0 else statistics.fmean(values)
    return Spread(len(values), mean, deviation, min(values), max(values))


def compute_p_value(differences: Sequence[float]) -> float:
    """Return how likely differences this far from zero are if their true mean is zero.

    Args:
        differences: At least two, each of one seed.

    Returns:
        The two-sided p-value of the paired t-test; zero where all seeds agree on one difference,
        one where they agree that there is none.
    """
    spread = summarize(differences)
    if not spread.deviation:
        return 0.0 if spread.mean else 1.0
    t = abs(spread.mean) / (spread.deviation / math.sqrt(spread.count))
    return 1.0 - compute_t_share(t, spread.count - 1)


def compute_t_share(t: float, freedom: int) -> float:
    """Return the share of Student's distribution between ``-t`` and ``t``.

    Args:
        t: Not negative.
        freedom: Degrees of freedom, at least 1.
    """
    angle = math.atan2(t, math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    is_odd = freedom % 2
    term = cosine if is_odd else 1.0
    total = 0.0
    for step in range(1 + is_odd, freedom, 2):
        total += term
        term *= cosine * cosine * step / (step + 1)
    return 2 / math.pi * (angle + sine * total) if is_odd else sine * total


def compute_t_quantile(share: float, freedom: int) -> float:
    """Return the ``t`` between whose negative and itself a share of the distribution lies."""
    low, high = 0.0, _LARGEST_QUANTILE
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if compute_t_share(middle, freedom) < share:
            low = middle
        else:
            high = middle
    return high
