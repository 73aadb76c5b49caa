"""Contests: which value of a key wins in a metric, by what factor, and whether that is certain.

The rule for certainty: against every rival of the best mean, the differences under the same seeds
are taken (runs of one seed share their randomness, so pairs tell more than two separate spreads),
and the paired two-sided t-test must reject a true difference of zero at 5%. Every rival must be
beaten, and only one value can beat all others, so that more rivals make a wrong claim less likely,
not more: nothing is left to correct for their number (an intersection-union test). Under fewer
than three seeds nothing is claimed. Where all seeds agree on one difference, nothing is left to
doubt.

Whoever validates nothing does not compete for the least work: placement ``none`` stands aside
where two or more others are compared, and is told separately.

Source:
    Ours: the rules above.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from simulator.compare.directions import Direction, find_direction
from simulator.compare.groups import Group
from simulator.compare.spreads import compute_p_value, summarize
from simulator.metrics import Number

FEWEST_SEEDS: Final = 3
"""Below this, no spread is judged."""

SIGNIFICANCE: Final = 0.05

BYSTANDERS: Final[Mapping[str, str]] = {"validation.strategy": "none"}
"""The value of a key that does nothing of what the others compete in."""

_FEWEST_CONTESTANTS: Final = 2


@dataclass(frozen=True, slots=True)
class Rival:
    """A value that does not win.

    Attributes:
        value: Of the key, as written.
        mean: Of the metric.
        is_apart: Whether the spread allows to say that it is worse than every winner.
    """

    value: str
    mean: float
    is_apart: bool


@dataclass(frozen=True, slots=True)
class Contest:
    """One metric under all values of a key, everything else the same.

    Attributes:
        metric: Dotted name.
        key: The key whose values compete.
        given: The value of every other varied key.
        direction: Which way is better; None if nobody can say, and the lowest is named.
        seeds: Under how many seeds each value ran.
        winners: The values with the best mean: several tie.
        best: That mean.
        rivals: The others, from the next best to the worst.
        absent: Values that lack the metric under some seed; they do not compete.
        bystander: The value that stands aside, if it is there, with its mean.
    """

    metric: str
    key: str
    given: Mapping[str, str]
    direction: Direction | None
    seeds: int
    winners: tuple[str, ...]
    best: float
    rivals: tuple[Rival, ...]
    absent: tuple[str, ...]
    bystander: tuple[str, float] | None = None

    @property
    def is_certain(self) -> bool | None:
        """Tell whether the spread allows to name the winners; None if there are too few seeds."""
        if self.seeds < FEWEST_SEEDS:
            return None
        return all(rival.is_apart for rival in self.rivals)

    def compute_factor(self, rival: Rival) -> float | None:
        """Return by what factor the winners beat a rival; None without two positive numbers."""
        low, high = sorted((self.best, rival.mean))
        return high / low if low > 0 else None


def hold_contest(groups: Sequence[Group], metric: str, key: str) -> Contest | None:
    """Let the values of a key compete in a metric.

    Args:
        groups: One per value, under the same seeds and otherwise the same settings.
        metric: Dotted name.
        key: One of the varied.

    Returns:
        The outcome; None if no value has the metric.
    """
    named = {group.settings[key]: group.get_complete(metric) for group in groups}
    values = {name: found for name, found in named.items() if found is not None}
    if not values:
        return None
    bystander = _set_aside(values, len(named), key)
    if not values:
        return None
    direction = find_direction(metric)
    sign = -1 if direction is Direction.HIGHER else 1
    means = {name: summarize(found).mean for name, found in values.items()}
    # The sort is stable: equal means stay in the order of the values.
    ranked = sorted(means, key=lambda name: sign * means[name])
    winners = tuple(name for name in ranked if means[name] == means[ranked[0]])

    def is_apart(rival: str) -> bool:
        return all(_differ(values[rival], values[winner]) for winner in winners)

    return Contest(
        metric=metric,
        key=key,
        given={other: value for other, value in groups[0].settings.items() if other != key},
        direction=direction,
        seeds=len(groups[0].runs),
        winners=winners,
        best=means[ranked[0]],
        rivals=tuple(Rival(name, means[name], is_apart(name)) for name in ranked[len(winners) :]),
        absent=tuple(name for name, found in named.items() if found is None),
        bystander=bystander,
    )


def _set_aside(
    values: dict[str, list[Number]], competing: int, key: str
) -> tuple[str, float] | None:
    """Take out whoever does not compete, if enough others do; return it with its mean."""
    name = BYSTANDERS.get(key)
    if name not in values or competing <= _FEWEST_CONTESTANTS:
        return None
    return name, summarize(values.pop(name)).mean


def _differ(one: Sequence[float], other: Sequence[float]) -> bool:
    if len(one) < FEWEST_SEEDS:
        return False
    differences = [mine - yours for mine, yours in zip(one, other, strict=True)]
    return compute_p_value(differences) < SIGNIFICANCE
