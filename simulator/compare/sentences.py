"""Plain sentences: what a comparison shows, and whether the spread allows to say so.

Source:
    Ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from simulator.compare.contests import FEWEST_SEEDS, Contest, Rival
from simulator.compare.directions import Direction

_MOST_NAMED: Final = 9
"""More names than this are counted, not listed: all placements have names."""

_MANY: Final = 4
"""More values than this may be named by those that are not meant."""

_MOST_EXCEPTED: Final = 2
"""This many may be named as those that are not meant."""

_ALL: Final[Mapping[int, str]] = {2: "both"}

_LACKS: Final[Mapping[str, str]] = {
    "costs.attack_seconds_per_eth": "free to the attacker, which is worst"
}
"""What it means that a value lacks a metric, where that is known."""

_LARGE: Final = 1_000
"""Fractions of numbers beyond this are left out."""


def tell_contests(contests: Sequence[Contest]) -> str:
    """Return one sentence on a metric: who wins, by what factor, and whether that is certain.

    Args:
        contests: At least one, of one metric and key; they differ in what is given.
    """
    metric = contests[0].metric
    alike: dict[tuple[object, ...], list[Contest]] = {}
    for contest in contests:
        alike.setdefault((contest.winners, contest.is_certain, not contest.rivals), []).append(
            contest
        )
    clauses = [_tell_alike(members, len(contests)) for members in alike.values()]
    return f"{metric}: {'; '.join(clauses)}."


def list_names(names: Sequence[str]) -> str:
    """Return names with commas, or how many they are."""
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST_NAMED - 1])} and {len(names) - _MOST_NAMED + 1} more"


def list_values(values: Sequence[str], contest: Contest) -> str:
    """Return some values of a contest; the others, where those are many and these few."""
    every = [*contest.winners, *(rival.value for rival in contest.rivals)]
    rest = [value for value in every if value not in values]
    if len(values) > _MANY and 0 < len(rest) <= _MOST_EXCEPTED:
        return f"all but {' and '.join(rest)}"
    return list_names(values)


def label_settings(settings: Mapping[str, str]) -> str:
    """Return settings as they are written: ``key=value``."""
    return " ".join(f"{key}={value}" for key, value in settings.items())


def format_figure(value: float) -> str:
    """Return a number to four digits, in full if it is whole or large."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= _LARGE else f"{value:.4g}"


def format_factors(factors: Iterable[float]) -> str:
    """Return factors to three digits, as a range, or as one number where all look the same."""
    return _join_range([_format_factor(each) for each in sorted(factors)])


def _format_factor(factor: float) -> str:
    if factor >= _LARGE:
        return f"{factor:,.0f}"
    text = f"{factor:.3g}"
    # A factor of one would be no difference, and this is one.
    return "1.00" if text == "1" else text


def format_exponents(exponents: Iterable[float]) -> str:
    """Return exponents to two decimals, as a range, or as one where all look the same."""
    # Adding zero turns a rounded -0.0 into 0.0.
    return _join_range([f"{round(each, 2) + 0.0:.2f}" for each in sorted(exponents)])


def format_figures(values: Iterable[float]) -> str:
    """Return figures as a range, or as one where all look the same."""
    return _join_range([format_figure(value) for value in sorted(values)])


def _join_range(ordered: Sequence[str]) -> str:
    return ordered[0] if ordered[0] == ordered[-1] else f"{ordered[0]} to {ordered[-1]}"


def tell_all(count: int) -> str:
    """Return a number of things as all there are."""
    return _ALL.get(count, f"all {count}")


def tell_seeds(seeds: int) -> str:
    """Return what a number of seeds is good for, where that is little; nothing otherwise."""
    if seeds == 1:
        return "one seed says nothing about the spread"
    return "two seeds are too few to judge the spread" if seeds < FEWEST_SEEDS else ""


def _tell_alike(contests: Sequence[Contest], of: int) -> str:
    """Return a clause on contests with the same winners and the same certainty."""
    parts = (_tell_outcome(contests), _tell_absent(contests), _tell_bystander(contests))
    return f"{''.join(parts)}{_tell_where(contests, of)}"


def _tell_outcome(contests: Sequence[Contest]) -> str:
    first = contests[0]
    if not first.rivals:
        return "no difference" if len(first.winners) > 1 else f"only {first.winners[0]} has it"
    by = _tell_factors(contests)
    extreme = "highest" if first.direction is Direction.HIGHER else "lowest"
    figures = format_figures(contest.best for contest in contests)
    if first.is_certain is False:
        near = dict.fromkeys(r.value for c in contests for r in c.rivals if not r.is_apart)
        return (
            f"no winner: {_tell_best(first, extreme)} ({figures}){by}, but the spread over "
            f"{first.seeds} seeds does not tell {'it' if len(first.winners) == 1 else 'them'} from "
            f"{list_values(list(near), first)}"
        )
    verdict = (
        f"the spread over {first.seeds} seeds allows the claim"
        if first.is_certain
        else tell_seeds(first.seeds)
    )
    return f"{_tell_winners(first, extreme)} ({figures}){by}; {verdict}"


def _tell_best(contest: Contest, extreme: str) -> str:
    verb = "has" if len(contest.winners) == 1 else "have"
    return f"{list_values(contest.winners, contest)} {verb} the {extreme} mean"


def _tell_winners(contest: Contest, extreme: str) -> str:
    names, is_one = list_values(contest.winners, contest), len(contest.winners) == 1
    if contest.direction is None:
        return f"{extreme} with {names}" if is_one else f"{names} tie as {extreme}"
    if contest.is_certain is None and is_one:
        return f"{names} leads as {extreme}"
    return f"{names} wins as {extreme}" if is_one else f"{names} tie as {extreme} and best"


def _tell_factors(contests: Sequence[Contest]) -> str:
    """Return by what the winners beat the next best and the worst."""
    seconds, lasts = [c.rivals[0] for c in contests], [c.rivals[-1] for c in contests]
    if all(contest.rivals[0].mean == contest.rivals[-1].mean for contest in contests):
        every = dict.fromkeys(rival.value for c in contests for rival in c.rivals)
        return _tell_lead(contests, seconds, list_values(list(every), contests[0]))
    next_best = _tell_lead(contests, seconds, f"the runner-up{_name_one(seconds)}")
    worst = _tell_lead(contests, lasts, f"the worst{_name_one(lasts)}")
    return f"{next_best} and{worst.removeprefix(',')}"


def _name_one(rivals: Sequence[Rival]) -> str:
    """Return the rivals' name, if it is the same one everywhere."""
    names = {rival.value for rival in rivals}
    return f" {names.pop()}" if len(names) == 1 else ""


def _tell_lead(contests: Sequence[Contest], rivals: Sequence[Rival], who: str) -> str:
    pairs = zip(contests, rivals, strict=True)
    factors = [factor for c, r in pairs if (factor := c.compute_factor(r)) is not None]
    if len(factors) == len(rivals):
        return f", by a factor {format_factors(factors)} over {who}"
    return f", against {format_figures(rival.mean for rival in rivals)} of {who}"


def _tell_absent(contests: Sequence[Contest]) -> str:
    names = list(dict.fromkeys(name for contest in contests for name in contest.absent))
    return f" ({_tell_lack(contests[0].metric)}: {list_names(names)})" if names else ""


def _tell_lack(metric: str) -> str:
    return _LACKS.get(metric, "no value")


def _tell_bystander(contests: Sequence[Contest]) -> str:
    """Return what whoever does not compete comes to."""
    aside = [contest.bystander for contest in contests if contest.bystander is not None]
    if not aside:
        return ""
    return f" ({aside[0][0]}, which validates nothing: {format_figures(mean for _, mean in aside)})"


def _tell_where(contests: Sequence[Contest], of: int) -> str:
    if of == 1:
        return ""
    if len(contests) == of:
        return f" (in {tell_all(of)} settings)"
    return f" (at {list_names([label_settings(contest.given) for contest in contests])})"
