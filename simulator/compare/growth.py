"""Growth: how a metric follows a number that is varied, as an exponent on log-log axes.

The exponent is fitted to the means by least squares. Its range covers the exponent of every step
between neighbouring values, so that a bent curve does not pass for a power, and from three seeds
on the 95% t-interval of the exponents fitted per seed, so that noise does not pass for a trend.

Source:
    Ours: the rule above.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from simulator.compare.contests import FEWEST_SEEDS
from simulator.compare.groups import Group
from simulator.compare.spreads import compute_t_quantile, summarize

_CONFIDENCE: Final = 0.95
_FEWEST_VALUES: Final = 2


@dataclass(frozen=True, slots=True)
class Exponent:
    """``metric = constant * key ** exponent``.

    Attributes:
        fitted: By least squares.
        low: Lower end of the range.
        high: Upper end of the range.
    """

    fitted: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Growth:
    """One metric against one numeric key, everything else the same.

    Attributes:
        metric: Dotted name.
        key: The key.
        given: The value of every other varied key.
        seeds: Under how many seeds each value ran.
        points: Value of the key and mean of the metric, by the former.
        is_constant: Whether the metric is the same for every value, under every seed.
        exponent: None where a zero or negative number has no logarithm.
    """

    metric: str
    key: str
    given: Mapping[str, str]
    seeds: int
    points: tuple[tuple[float, float], ...]
    is_constant: bool
    exponent: Exponent | None


def parse_numbers(values: Sequence[str]) -> list[float] | None:
    """Return the values of a key as numbers if all are, and no two are the same."""
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return None
    is_usable = all(map(math.isfinite, numbers)) and len(set(numbers)) == len(numbers)
    return numbers if is_usable and len(numbers) >= _FEWEST_VALUES else None


def measure_growth(groups: Sequence[Group], metric: str, key: str) -> Growth | None:
    """Relate a metric to a numeric key.

    Args:
        groups: One per value, under the same seeds and otherwise the same settings.
        metric: Dotted name.
        key: One of the varied, whose values are numbers.

    Returns:
        The relation; None if fewer than two values have the metric.
    """
    found = {float(group.settings[key]): group.get_complete(metric) for group in groups}
    series = {x: found_y for x, found_y in sorted(found.items()) if found_y is not None}
    if len(series) < _FEWEST_VALUES:
        return None
    return Growth(
        metric=metric,
        key=key,
        given={other: value for other, value in groups[0].settings.items() if other != key},
        seeds=len(groups[0].runs),
        points=tuple((x, summarize(ys).mean) for x, ys in series.items()),
        is_constant=len({tuple(ys) for ys in series.values()}) == 1,
        exponent=_fit_exponent(series),
    )


def _fit_exponent(series: Mapping[float, Sequence[float]]) -> Exponent | None:
    if min(series) <= 0 or any(y <= 0 for ys in series.values() for y in ys):
        return None
    logs = [math.log(x) for x in series]
    means = [math.log(summarize(ys).mean) for ys in series.values()]
    steps = [
        (b - a) / (d - c) for (a, b), (c, d) in zip(pairwise(means), pairwise(logs), strict=True)
    ]
    fitted = statistics.linear_regression(logs, means).slope
    low, high = _compute_interval(logs, list(zip(*series.values(), strict=True)), fitted)
    return Exponent(fitted, min(low, *steps), max(high, *steps))


def _compute_interval(
    logs: Sequence[float], by_seed: Sequence[Sequence[float]], fitted: float
) -> tuple[float, float]:
    """Return the interval of the exponent over seeds; a point where they are too few."""
    if len(by_seed) < FEWEST_SEEDS:
        return fitted, fitted
    slopes = summarize(
        [statistics.linear_regression(logs, [math.log(y) for y in ys]).slope for ys in by_seed]
    )
    t = compute_t_quantile(_CONFIDENCE, slopes.count - 1)
    reach = t * (slopes.deviation or 0.0) / math.sqrt(slopes.count)
    return min(fitted, slopes.mean - reach), max(fitted, slopes.mean + reach)
