"""Groups: the runs of the same settings, which differ in their seed alone.

Source:
    Ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import groupby

from simulator.compare.directions import is_measure
from simulator.compare.runs import ComparedRun
from simulator.compare.spreads import Spread, summarize
from simulator.metrics import Number


@dataclass(frozen=True, slots=True)
class Group:
    """The runs of the same settings, one a seed.

    Attributes:
        settings: The value of every varied key, as written.
        runs: By seed, in the order that all groups share.
    """

    settings: Mapping[str, str]
    runs: Sequence[ComparedRun]

    def get_values(self, metric: str) -> list[Number | None]:
        """Return a metric per seed: None where a run has no value of it."""
        absent = None if is_measure(metric) else 0
        return [run.metrics.get(metric, absent) for run in self.runs]

    def get_complete(self, metric: str) -> list[Number] | None:
        """Return a metric per seed, or None if any run has no value of it."""
        values = [value for value in self.get_values(metric) if value is not None]
        return values if len(values) == len(self.runs) else None

    def summarize(self, metric: str) -> Spread | None:
        """Return mean and spread of a metric over the runs that have it, if any do."""
        values = [value for value in self.get_values(metric) if value is not None]
        return summarize(values) if values else None


def group_runs(runs: Iterable[ComparedRun]) -> list[Group]:
    """Put runs together that differ in their seed alone; they come one after the other."""
    grouped = groupby(runs, lambda run: dict(run.settings))
    return [Group(settings, tuple(members)) for settings, members in grouped]


def find_metrics(runs: Sequence[ComparedRun]) -> list[str]:
    """Return the metrics that any run has, sorted."""
    return sorted({name for run in runs for name in run.metrics})


def find_differing(groups: Sequence[Group]) -> list[str]:
    """Return the metrics in which settings differ under some seed, sorted.

    A metric that differs between seeds only says nothing about the settings.
    """
    names = find_metrics([run for group in groups for run in group.runs])
    return [name for name in names if len({tuple(g.get_values(name)) for g in groups}) > 1]


def select_metrics(names: Sequence[str], wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names that are wanted, in the order wanted, and the wishes that none fulfils.

    Args:
        names: All there are.
        wanted: Names, or patterns as the shell has them: ``costs.*``.
    """
    matches = {wish: [name for name in names if fnmatchcase(name, wish)] for wish in wanted}
    chosen = dict.fromkeys(name for found in matches.values() for name in found)
    return list(chosen), [wish for wish, found in matches.items() if not found]
