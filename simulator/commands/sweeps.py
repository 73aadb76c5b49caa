"""Sweeps: the plan, the pool, the progress.

Source:
    Ours.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.command_group import EXIT_CRASHED, EXIT_FAILED
from simulator.commands.shared import count_cores
from simulator.errors import UserError
from simulator.wording import count_of

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from simulator.pools import Pool
    from simulator.sweep import Point, Sweep, SweepPlan

_LINES: Final = 20
"""How many lines of progress at most, where there is no terminal."""


def plan_points(file: Path, out: Path | None) -> tuple["SweepPlan", frozenset[str]]:
    """Read a sweep file and load every point; run nothing.

    Returns:
        The plan, and the ids of the points that are finished already.

    Raises:
        UserError: The file, a point or the folder cannot be used.
    """
    from simulator.sweep import peek_journal, plan_sweep  # noqa: PLC0415 - only where it is used

    plan = plan_sweep(file)
    journal = peek_journal(choose_folder(file, out), file)
    finished = [] if journal is None else filter(journal.is_finished, (p.id for p in plan.points))
    return plan, frozenset(finished)


def run_sweep(
    file: Path, out: Path | None, *, engine: str, address: str | None, workers: int | None
) -> "Sweep":
    """Run the points of a sweep that are not finished.

    Raises:
        UserError: The file, a point, the folder or the engine cannot be used.
    """
    from simulator.sweep import conduct_sweep, plan_sweep  # noqa: PLC0415 - only where it is used

    pool = choose_pool(engine, address, workers)
    plan = plan_sweep(file)
    folder = choose_folder(file, out)
    try:
        with show_points(file.stem) as watcher:
            return conduct_sweep(plan, folder, pool, watcher)
    except KeyboardInterrupt:
        kept = f"every finished point is kept in {folder}; the same command continues"
        raise KeyboardInterrupt(f"interrupted; {kept}") from None


def judge_sweep(sweep: "Sweep") -> int:
    """Tell what went wrong on stderr, tracebacks of our bugs included.

    Returns:
        The exit status: 70 if a point crashed, 1 if ETH was not conserved in one, else 0.

    Raises:
        UserError: A metric was asked for that no point has.
    """
    from simulator.sweep import Outcome  # noqa: PLC0415 - only where it is used

    traces = {
        result.error: result.trace
        for _, result in sweep.read_rows()
        if result.outcome is Outcome.CRASHED
    }
    for error, trace in traces.items():
        sys.stderr.write(f"{trace or error}\n")
    if traces:
        crashed = sweep.outcomes[Outcome.CRASHED]
        sys.stderr.write(f"{crashed:,} of the points crashed; the same command tries them again\n")
        return EXIT_CRASHED
    if sweep.missing:
        raise UserError(f"metrics: no point has {', '.join(sweep.missing)}")
    return EXIT_FAILED if sweep.outcomes.get(Outcome.BREACHED) else 0


def choose_folder(file: Path, out: Path | None) -> Path:
    """Return where a sweep's results go."""
    return Path("runs") / "sweeps" / file.stem if out is None else out


def choose_pool(engine: str, address: str | None, workers: int | None) -> "Pool":
    """Return where points run.

    Raises:
        UserError: There is no such engine, or it is not installed.
    """
    if engine == "local":
        from simulator.pools import LocalPool  # noqa: PLC0415 - only where it is used

        if address is not None:
            raise UserError("--address: only --engine ray has one")
        return LocalPool(workers or count_cores())
    if engine == "ray":
        from simulator.pools.cluster import RayPool  # noqa: PLC0415 - only where it is used

        return RayPool(address, workers)
    raise UserError(f"--engine {engine}: choose one of local, ray")


@contextmanager
def show_points(name: str) -> Iterator["PointWatcher"]:
    """Show progress on stderr: a bar with the time left, or lines where there is no terminal."""
    from rich import progress  # noqa: PLC0415 - only where it is used
    from rich.console import Console  # noqa: PLC0415 - only where it is used

    console = Console(file=sys.stderr)
    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=None),
        progress.TextColumn("{task.fields[points]}"),
        progress.TimeRemainingColumn(),
        progress.TextColumn("left"),
        console=console,
        transient=True,
        expand=True,
        disable=not console.is_terminal,
    )
    with bar:
        yield PointWatcher(bar, name)


class PointWatcher:
    """Counts points and their slots: a point of a thousand slots is more than one of ten."""

    def __init__(self, bar: "Bar", name: str) -> None:
        """Show nothing yet.

        Args:
            bar: Knows the time left even where it is not shown.
            name: Of the sweep.
        """
        self._bar = bar
        self._name = name
        self._task = bar.add_task(name, total=None, points="")
        self._points = 0
        self._total = 0
        self._told = 0

    def start(self, pending: Sequence["Point"], finished: int) -> None:
        """Learn what is to be done, and how many points were finished before."""
        self._points = finished
        self._total = finished + len(pending)
        self._told = self._points * _LINES // max(1, self._total)
        slots = sum(point.slots for point in pending)
        self._bar.update(self._task, total=slots, points=self._describe())

    def advance(self, point: "Point") -> None:
        """Count a point."""
        self._points += 1
        self._bar.update(self._task, advance=point.slots, points=self._describe())
        share = self._points * _LINES // self._total
        if self._bar.disable and share > self._told:
            self._told = share
            left = self._bar.tasks[0].time_remaining
            tail = "" if not left else f", about {_format_seconds(round(left))} left"
            sys.stderr.write(f"{self._name}: {self._describe()}{tail}\n")
            sys.stderr.flush()

    def _describe(self) -> str:
        return f"{self._points:,} of {count_of(self._total, 'point')}"


def _format_seconds(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
