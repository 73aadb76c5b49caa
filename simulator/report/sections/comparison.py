"""The comparison: what differs between several runs, in settings, in numbers, and in a sentence.

Source:
    Ours; the sentences are those of ``shardlab compare``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator.compare.comparison import build_comparison
from simulator.compare.directions import find_direction, is_measure
from simulator.compare.runs import ComparedRun
from simulator.report.facts import RunFacts
from simulator.report.model import ReportedRun, Section
from simulator.report.sections import money as money_section
from simulator.report.sections.comparison_courses import CourseCollector
from simulator.report.sections.comparison_settings import choose_settings, find_differing
from simulator.report.sections.money_deposits import INSIDE

Columns = Mapping[str, Sequence[Any]]

_FEWEST_RUNS: Final = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several runs beside one another. Lists in lists have one value per run, in their order.

    Attributes:
        names: What to call the runs: by the settings that tell them apart, or by their labels.
        key: The settings that tell them apart, empty if only their labels do.
        settings: Settings that differ: ``name values``, null where a run has none.
        metrics: All metrics: ``name values better``; ``better`` is ``lower``, ``higher`` or empty.
        sentences: What is said of metrics that differ: ``metric text``.
        scenarios: Number of different scenarios among them.
    """

    names: Sequence[str]
    key: str
    settings: Columns
    metrics: Columns
    sentences: Columns
    scenarios: int


def combine(runs: Sequence[ReportedRun]) -> Comparison | None:
    """Compare runs; a single one has nothing to be compared with."""
    if len(runs) < _FEWEST_RUNS:
        return None
    facts = [run.facts for run in runs]
    routes = [_find_routes(run) for run in runs]
    chosen = choose_settings(facts, routes)
    contested = build_comparison(_rank(facts, chosen))
    differing = find_differing(facts, routes)
    findings = [finding for finding in contested.findings if finding.sentences]
    return Comparison(
        names=[_name(each, settings) for each, settings in zip(facts, chosen, strict=True)],
        key=", ".join(name for name in chosen[0] if name != "run"),
        settings={"name": list(differing), "values": list(differing.values())},
        metrics=_list_metrics(facts),
        sentences={
            "metric": [finding.metric for finding in findings],
            "text": [" ".join(finding.sentences) for finding in findings],
        },
        scenarios=len({each.scenario for each in facts}),
    )


def _find_routes(run: ReportedRun) -> str:
    """Return the routes of a run's deposits between shards."""
    money = run.sections[money_section.SECTION.name]
    routes = money.flows["route"] if isinstance(money, money_section.Money) else ()
    return " and ".join(sorted(set(routes) - {INSIDE}))


def _rank(facts: Sequence[RunFacts], chosen: Sequence[Mapping[str, str]]) -> list[ComparedRun]:
    """Return the runs as ``compare`` wants them: those of the same settings one after another."""
    runs = [
        ComparedRun(settings, {"seed": each.seed, "metrics": each.metrics, "expectations": ()})
        for each, settings in zip(facts, chosen, strict=True)
    ]
    order: dict[str, int] = {}
    for run in runs:
        order.setdefault(str(run.settings), len(order))
    return sorted(runs, key=lambda run: (order[str(run.settings)], run.seed))


def _name(facts: RunFacts, settings: Mapping[str, str]) -> str:
    """Return the values that tell a run apart, or its label."""
    return ", ".join(settings.values()) if "run" not in settings else facts.label


def _list_metrics(facts: Sequence[RunFacts]) -> Columns:
    names = sorted({name for each in facts for name in each.metrics})
    return {
        "name": names,
        "values": [[_read_metric(each, name) for each in facts] for name in names],
        "better": [str(find_direction(name) or "") for name in names],
    }


def _read_metric(facts: RunFacts, name: str) -> float | None:
    """Return a metric; one that only counts is zero where a run that was closed lacks it."""
    absent = None if is_measure(name) or not facts.metrics else 0
    return facts.metrics.get(name, absent)


SECTION: Final = Section("comparison", "Comparison", CourseCollector, combine)
