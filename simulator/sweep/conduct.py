"""Conducting a sweep: run what is not finished, keep it as it comes, write the table at the end.

Source:
    Ours.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from simulator.errors import UserError
from simulator.pools import Crash, Pool
from simulator.runner import get_versions
from simulator.sweep.journal import Journal, open_journal
from simulator.sweep.plan import Point, SweepPlan
from simulator.sweep.results import Outcome, PointJob, PointResult, describe_crash, run_point
from simulator.sweep.table import RESULTS_NAME, ReadRows, Row, write_results


class Watcher(Protocol):
    """Is told how a sweep gets on."""

    def start(self, pending: Sequence[Point], finished: int) -> None:
        """Learn what is to be done, and how many points were finished before."""

    def advance(self, point: Point) -> None:
        """Learn that a point has finished."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep of which every point has been run.

    Attributes:
        plan: What was to be run.
        folder: Where everything is kept.
        read_rows: Gives every point with its result, in the order of the plan, again each time.
        ran: How many points ran now; the others were finished before.
        outcomes: How many points ended how.
        missing: Wishes for metrics that no point has.
    """

    plan: SweepPlan
    folder: Path
    read_rows: ReadRows
    ran: int
    outcomes: Mapping[Outcome, int]
    missing: Sequence[str]

    @property
    def results_path(self) -> Path:
        """Return the Parquet file."""
        return self.folder / RESULTS_NAME


def conduct_sweep(plan: SweepPlan, folder: Path, pool: Pool, watcher: Watcher) -> Sweep:
    """Run every point of a plan that is not finished, and write the results.

    Args:
        plan: The points.
        folder: Where the journal and the results are kept.
        pool: Where points run; the results are the same in any.
        watcher: Is told how far it is.

    Raises:
        RunFolderError: The folder cannot be used, or belongs to another sweep file.
        UserError: A script changed meanwhile, or the workers are not what was planned for.
    """
    with open_journal(folder, plan.path) as journal:
        pending = [point for point in plan.points if not journal.is_finished(point.id)]
        watcher.start(pending, len(plan.points) - len(pending))
        for point, result in _run_points(plan, pending, pool):
            journal.add(result)
            watcher.advance(point)
        return _conclude(plan, folder, journal, len(pending))


def _run_points(
    plan: SweepPlan, pending: Sequence[Point], pool: Pool
) -> Iterator[tuple[Point, PointResult]]:
    versions = get_versions()
    jobs = (PointJob(point.id, plan.load(point), versions) for point in pending)
    for position, came in pool.run(run_point, jobs) if pending else ():
        point = pending[position]
        result = describe_crash(point.id, came) if isinstance(came, Crash) else came
        if result.outcome is Outcome.FOREIGN:
            raise UserError(
                f"a worker has {result.error}: results would depend on which worker ran them; "
                "install the same versions everywhere"
            )
        yield point, result


def _conclude(plan: SweepPlan, folder: Path, journal: Journal, ran: int) -> Sweep:
    def read_rows() -> Iterator[Row]:
        results = journal.read_all(point.id for point in plan.points)
        return zip(plan.points, results, strict=True)

    is_wanted = make_filter(plan.settings.metrics)
    write_results(folder / RESULTS_NAME, plan.settings.title, plan.keys, is_wanted, read_rows)
    outcomes: Counter[Outcome] = Counter()
    missing = dict.fromkeys(plan.settings.metrics or ())
    for _, result in read_rows():
        outcomes[result.outcome] += 1
        for wish in [wish for wish in missing if has_metric(result, wish)]:
            del missing[wish]
    return Sweep(plan, folder, read_rows, ran, outcomes, tuple(missing))


def has_metric(result: PointResult, wish: str) -> bool:
    """Tell whether a result has a metric of this name or pattern."""
    return any(fnmatchcase(name, wish) for name in result.metrics)


def make_filter(wanted: Sequence[str] | None) -> Callable[[str], bool]:
    """Return what tells whether a metric is a column: one that is named, or any if none is."""
    if wanted is None:
        return lambda _name: True
    return lambda name: any(fnmatchcase(name, wish) for wish in wanted)
