"""Plain sentences on growth: which power of a number a metric follows, if it follows any.

Source:
    Ours: the tolerances below.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from simulator.compare.growth import Growth
from simulator.compare.sentences import (
    format_exponents,
    format_figure,
    label_settings,
    list_names,
    tell_all,
    tell_seeds,
)

_NEAR: Final = 0.1
"""How far the range of an exponent may be from a whole number that names it."""

_NARROW: Final = 0.2
"""How wide the range of one power may be."""

_FEWEST_FOR_A_LAW: Final = 3
"""Two values lie on every curve."""

_POWERS: Final[Mapping[int, str]] = {
    -1: "falls about in inverse proportion",
    0: "hardly changes",
    1: "grows about linearly",
    2: "grows about quadratically",
    3: "grows about cubically",
}


def tell_growth(growths: Sequence[Growth], first_key: str) -> str:
    """Return one sentence: how a metric follows a key, under each of the other settings.

    Args:
        growths: At least one, of one metric and key; they differ in what is given.
        first_key: The varied key whose values need no name: those that compete.
    """
    metric, key, seeds = growths[0].metric, growths[0].key, growths[0].seeds
    alike: dict[str, list[Growth]] = {}
    for growth in growths:
        alike.setdefault(name_trend(growth), []).append(growth)
    clauses = [
        _tell_alike(trend, members, len(growths), first_key) for trend, members in alike.items()
    ]
    note = tell_seeds(seeds)
    return f"{metric} with {key}: {'; '.join(clauses)}{f' ({note})' if note else ''}."


def name_trend(growth: Growth) -> str:
    """Return what a metric does as the key grows, in words."""
    if growth.is_constant:
        return "does not change"
    exponent = growth.exponent
    if exponent is None:
        return _name_direction([b - a for (_, a), (_, b) in pairwise(growth.points)])
    low, high = exponent.low, exponent.high
    if len(growth.points) >= _FEWEST_FOR_A_LAW:
        for power, words in _POWERS.items():
            if power - _NEAR <= low and high <= power + _NEAR:
                return words
    if low <= 0 <= high:
        return "shows no clear trend"
    verb = "grows" if low > 0 else "falls"
    if len(growth.points) < _FEWEST_FOR_A_LAW:
        return verb
    return f"{verb} as a power" if high - low <= _NARROW else f"{verb}, but as no single power"


def _name_direction(steps: Sequence[float]) -> str:
    if all(step >= 0 for step in steps):
        return "rises"
    return "falls" if all(step <= 0 for step in steps) else "goes up and down"


def _tell_alike(trend: str, growths: Sequence[Growth], of: int, first_key: str) -> str:
    return f"{trend}{_tell_figures(growths)}{_tell_where(growths, of, first_key)}"


def _tell_figures(growths: Sequence[Growth]) -> str:
    exponents = [growth.exponent for growth in growths if growth.exponent is not None]
    if growths[0].is_constant:
        return ""
    if len(exponents) == len(growths):
        ends = [end for exponent in exponents for end in (exponent.low, exponent.high)]
        two = len(growths[0].points) < _FEWEST_FOR_A_LAW
        return f" (exponent {format_exponents(ends)}{', from two values' if two else ''})"
    if len(growths) > 1:
        return ""
    (x, y), *_, (last_x, last_y) = growths[0].points
    return (
        f" (from {format_figure(y)} at {format_figure(x)} to {format_figure(last_y)} at "
        f"{format_figure(last_x)})"
    )


def _tell_where(growths: Sequence[Growth], of: int, first_key: str) -> str:
    if not growths[0].given:
        return ""
    if len(growths) == of > 1:
        return f" in {tell_all(of)} settings"
    return f" under {list_names([_label(growth.given, first_key) for growth in growths])}"


def _label(given: Mapping[str, str], first_key: str) -> str:
    others = {key: value for key, value in given.items() if key != first_key}
    return " ".join(part for part in (given.get(first_key, ""), label_settings(others)) if part)
