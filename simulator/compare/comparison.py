"""A comparison as a whole: runs in; groups, contests, growth and sentences out.

Source:
    Ours.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from simulator.compare.contests import Contest, hold_contest
from simulator.compare.groups import (
    Group,
    find_differing,
    find_metrics,
    group_runs,
    select_metrics,
)
from simulator.compare.growth import Growth, measure_growth, parse_numbers
from simulator.compare.plan import SEED_KEY
from simulator.compare.runs import ComparedRun
from simulator.compare.sentences import tell_contests
from simulator.compare.trends import tell_growth


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one metric.

    Attributes:
        metric: Dotted name.
        contests: Which value of the first key that is not numeric wins, for every combination of
            the others.
        growths: How it follows each numeric key.
        sentences: Both in words.
    """

    metric: str
    contests: Sequence[Contest]
    growths: Sequence[Growth]
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison came to.

    Attributes:
        runs: All runs, in the order planned.
        groups: The same by settings.
        metrics: Those that are shown: the wanted ones, or those in which settings differ.
        is_chosen: Whether metrics were asked for by name.
        missing: Wishes that no metric fulfils, each with what else may have been meant.
        findings: What is said of the shown metrics in which settings differ.
    """

    runs: Sequence[ComparedRun]
    groups: Sequence[Group]
    metrics: Sequence[str]
    is_chosen: bool
    missing: Mapping[str, str | None]
    findings: Sequence[Finding]

    @property
    def keys(self) -> list[str]:
        """Return the varied keys, in the order given."""
        return list(self.groups[0].settings)

    @property
    def seeds(self) -> list[int]:
        """Return the seeds that every group ran with."""
        return [run.seed for run in self.groups[0].runs]


def build_comparison(runs: Sequence[ComparedRun], wanted: Sequence[str] = ()) -> Comparison:
    """Work out what runs show.

    Args:
        runs: At least one, in the order planned.
        wanted: Names or patterns of the metrics to show; by default all that differ.
    """
    groups = group_runs(runs)
    names = find_metrics(runs)
    differing = find_differing(groups)
    chosen, _ = select_metrics(names, wanted)
    shown = chosen if wanted else differing
    numeric = _find_numeric(groups)
    return Comparison(
        runs=runs,
        groups=groups,
        metrics=shown,
        is_chosen=bool(wanted),
        missing=find_missing(runs, wanted),
        findings=[_find(groups, name, numeric) for name in shown if name in set(differing)],
    )


def find_missing(runs: Sequence[ComparedRun], wanted: Sequence[str]) -> dict[str, str | None]:
    """Return the wishes that no metric of these runs fulfils, each with what may be meant.

    Args:
        runs: The runs.
        wanted: As for ``build_comparison``.
    """
    names = find_metrics(runs)
    _, unfulfilled = select_metrics(names, wanted)
    return {
        wish: next(iter(difflib.get_close_matches(wish, names, n=1)), None) for wish in unfulfilled
    }


def _find_numeric(groups: Sequence[Group]) -> list[str]:
    """Return the keys whose values are numbers; nothing grows with a seed."""
    return [
        key
        for key in groups[0].settings
        if key != SEED_KEY
        and parse_numbers(list(dict.fromkeys(group.settings[key] for group in groups))) is not None
    ]


def _find(groups: Sequence[Group], metric: str, numeric: Sequence[str]) -> Finding:
    """Find who wins and what grows; the values of a numeric key grow, they do not compete."""
    named = [key for key in groups[0].settings if key not in (*numeric, SEED_KEY)]
    contests: list[Contest] = []
    for key in named[:1]:
        held = (hold_contest(lane, metric, key) for lane in _split(groups, key))
        contests += [contest for contest in held if contest is not None]
    sentences = [tell_contests(contests)] if any(c.rivals or c.bystander for c in contests) else []
    growths: list[Growth] = []
    for key in numeric:
        measured = (measure_growth(lane, metric, key) for lane in _split(groups, key))
        found = [growth for growth in measured if growth is not None]
        growths += found
        sentences += [tell_growth(found, named[0] if named else key)] if found else []
    return Finding(metric, contests, growths, sentences)


def _split(groups: Sequence[Group], key: str) -> list[list[Group]]:
    """Return the groups in lanes, along each of which only one key changes."""

    def get_rest(group: Group) -> list[tuple[str, str]]:
        return [(other, value) for other, value in group.settings.items() if other != key]

    order = {str(get_rest(group)): place for place, group in reversed(list(enumerate(groups)))}
    ranked = sorted(groups, key=lambda group: order[str(get_rest(group))])
    return [list(lane) for _, lane in groupby(ranked, get_rest)]


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Return the stable machine-readable form of a comparison.

    ``groups`` has the aggregates of every metric, or of the wanted ones.
    """
    names = comparison.metrics if comparison.is_chosen else find_metrics(comparison.runs)
    return {
        "scenario": comparison.runs[0].report["scenario"],
        "runs": [_describe_run(run) for run in comparison.runs],
        "seeds": comparison.seeds,
        "groups": [_describe_group(group, names) for group in comparison.groups],
        "findings": [_describe_finding(finding) for finding in comparison.findings],
        "missing_metrics": list(comparison.missing),
    }


def _describe_run(run: ComparedRun) -> dict[str, Any]:
    return {
        "settings": dict(run.settings),
        "seed": run.seed,
        "beacon_state_root": run.report["beacon_state_root"],
        "metrics": dict(run.metrics),
        "expectations_met": run.expectations_met,
    }


def _describe_group(group: Group, names: Sequence[str]) -> dict[str, Any]:
    spreads = {name: group.summarize(name) for name in names}
    return {
        "settings": dict(group.settings),
        "metrics": {name: asdict(spread) for name, spread in spreads.items() if spread is not None},
    }


def _describe_finding(finding: Finding) -> dict[str, Any]:
    return {
        "metric": finding.metric,
        "sentences": list(finding.sentences),
        "contests": [
            {
                "key": contest.key,
                "given": dict(contest.given),
                "better": None if contest.direction is None else str(contest.direction),
                "winners": list(contest.winners),
                "mean": contest.best,
                "is_certain": contest.is_certain,
                "rivals": [
                    {**asdict(rival), "factor": contest.compute_factor(rival)}
                    for rival in contest.rivals
                ],
                "absent": list(contest.absent),
                "bystander": None
                if contest.bystander is None
                else dict(zip(("value", "mean"), contest.bystander, strict=True)),
            }
            for contest in finding.contests
        ],
        "growth": [
            {
                "key": growth.key,
                "given": dict(growth.given),
                "points": [list(point) for point in growth.points],
                "is_constant": growth.is_constant,
                "exponent": None if growth.exponent is None else asdict(growth.exponent),
            }
            for growth in finding.growths
        ],
    }
