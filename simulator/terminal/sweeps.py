"""Printing sweeps: one line per setting, and what did not go well.

Source:
    Ours. The JSON keys stay stable: programs read them.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.text import Text

from simulator.terminal.columns import fill_columns, measure_column
from simulator.terminal.compare import format_spread, wrap_name
from simulator.terminal.formats import open_stdout, start_table
from simulator.wording import count_of

if TYPE_CHECKING:
    from simulator.sweep import Point, PointResult, Sweep, SweepPlan

_MOST_ROWS: Final = 40
_MOST_PROBLEMS: Final = 5
_HEADING_WIDTH: Final = 14


def describe_sweep(sweep: "Sweep") -> dict[str, Any]:
    """Return the machine-readable form of a sweep: every row of the Parquet file."""
    from simulator.sweep import make_filter  # noqa: PLC0415 - avoids the engine for other commands

    is_wanted = make_filter(sweep.plan.settings.metrics)
    return {
        "title": sweep.plan.settings.title,
        "results": str(sweep.results_path),
        "outcomes": {outcome.value: count for outcome, count in sorted(sweep.outcomes.items())},
        "ran": sweep.ran,
        "points": [
            {
                **describe_point(point),
                "outcome": result.outcome.value,
                "unmet_expectations": list(result.unmet),
                "findings": list(result.findings),
                "error": result.error,
                "beacon_state_root": result.beacon_state_root,
                "metrics": {k: v for k, v in result.metrics.items() if is_wanted(k)},
            }
            for point, result in sweep.read_rows()
        ],
    }


def describe_point(point: "Point") -> dict[str, Any]:
    """Return the machine-readable form of what identifies a point."""
    return {
        "point": point.id,
        "scenario": point.scenario,
        "seed": point.seed,
        "settings": json.loads(json.dumps(point.settings, default=str)),
    }


def describe_plan(plan: "SweepPlan", finished: Collection[str]) -> dict[str, Any]:
    """Return the machine-readable form of what a sweep would run."""
    return {
        "title": plan.settings.title,
        "points": [
            {**describe_point(point), "finished": point.id in finished} for point in plan.points
        ],
    }


def print_plan(plan: "SweepPlan", finished: Collection[str]) -> None:
    """Print every point, and how many of them would run."""
    console = open_stdout()
    console.print(Text(plan.settings.title, style="bold"))
    table = start_table()
    for heading in ("point", "scenario", *plan.keys, "seed", ""):
        table.add_column(wrap_name(heading, _HEADING_WIDTH), overflow="fold")
    for point in plan.points:
        state = "finished" if point.id in finished else ""
        cells = (point.id, point.scenario, *_format_settings(point), str(point.seed), state)
        table.add_row(*cells)
    console.print(table)
    pending = sum(point.id not in finished for point in plan.points)
    console.print(f"{pending:,} of {count_of(len(plan.points), 'point')} would run.")
    _print_repeated(console, plan)


def _print_repeated(console: Console, plan: "SweepPlan") -> None:
    if plan.repeated:
        says = "says" if plan.repeated == 1 else "say"
        left = "is" if plan.repeated == 1 else "are"
        console.print(f"{plan.repeated:,} more {says} the same as another, and {left} left out.")


def _format_settings(point: "Point") -> list[str]:
    from simulator.sweep import format_value  # noqa: PLC0415 - avoids the engine for other commands

    return [format_value(value) for value in point.settings.values()]


@dataclass(slots=True)
class _Setting:
    """The points that differ in their seed alone."""

    cells: tuple[str, ...]
    results: list["PointResult"] = field(default_factory=list)


def print_sweep(sweep: "Sweep") -> None:
    """Print a line per setting with means over seeds, then what did not go well."""
    console = open_stdout()
    plan = sweep.plan
    console.print(Text(plan.settings.title, style="bold"))
    seeds = len({point.seed for point in plan.points})
    points = f"{count_of(len(plan.points), 'point')}, {sweep.ran:,} of them run now"
    spread = "; mean ± sample standard deviation over seeds" if seeds > 1 else ""
    console.print(Text(points + spread, style="dim"))
    _print_repeated(console, plan)
    settings, left_out = _group(sweep)
    _print_settings(console, sweep, settings)
    if left_out:
        are = "is" if left_out == 1 else "are"
        console.print(f"{count_of(left_out, 'more setting')} {are} in the file.")
    _print_problems(console, sweep)
    console.print(f"Results: {sweep.results_path}", soft_wrap=True)


def _group(sweep: "Sweep") -> tuple[list[_Setting], int]:
    """Return the first settings, each with its results, and how many there are besides."""
    groups: dict[tuple[str, ...], _Setting | None] = {}
    for point, result in sweep.read_rows():
        cells = (point.scenario, *_format_settings(point))
        if cells not in groups:
            groups[cells] = _Setting(cells) if len(groups) < _MOST_ROWS else None
        setting = groups[cells]
        if setting is not None:
            setting.results.append(result)
    shown = [setting for setting in groups.values() if setting is not None]
    return shown, len(groups) - len(shown)


def _print_settings(console: Console, sweep: "Sweep", settings: Sequence[_Setting]) -> None:
    """Print as many tables as the chosen metrics need; of all metrics, those that fit in one."""
    headings = ["scenario", *(wrap_name(key, _HEADING_WIDTH) for key in sweep.plan.keys)]
    columns = list(zip(*(setting.cells for setting in settings), strict=True))
    if len(set(columns[0])) == 1:
        headings, columns = headings[1:], columns[1:]
    names = choose_columns(sweep, settings)
    cells = {
        wrap_name(name, _HEADING_WIDTH): [_summarize(setting, name) for setting in settings]
        for name in names
    }
    used = sum(measure_column(*each) for each in zip(headings, columns, strict=True))
    tables: Iterator[list[str]] = fill_columns(cells, console.width - used)
    if sweep.plan.settings.metrics is None:
        tables = islice(tables, 1)
    for chosen in chain(tables if cells else [[]]):
        table = start_table()
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for heading in chosen:
            table.add_column(heading, justify="right", overflow="fold")
        for row in zip(*columns, *(cells[heading] for heading in chosen), strict=True):
            table.add_row(*row)
        console.print(table)


def choose_columns(sweep: "Sweep", settings: Sequence[_Setting]) -> list[str]:
    """Return the metrics to show.

    Those that were asked for; else those that the scenarios expect something of, then those in
    which the points differ.
    """
    from simulator.sweep import make_filter  # noqa: PLC0415 - avoids the engine for other commands

    results = [result for setting in settings for result in setting.results]
    names = sorted({name for result in results for name in result.metrics})
    wanted = sweep.plan.settings.metrics
    if wanted is not None:
        found = (filter(make_filter([wish]), names) for wish in wanted)
        return list(dict.fromkeys(chain.from_iterable(found)))
    differing = [
        name for name in names if len({result.metrics.get(name) for result in results}) > 1
    ]
    expected = [name for name in sweep.plan.expected if name in differing]
    return list(dict.fromkeys([*expected, *differing]))


def _summarize(setting: _Setting, name: str) -> str:
    from simulator.compare.spreads import summarize  # noqa: PLC0415 - as above

    values = [result.metrics[name] for result in setting.results if name in result.metrics]
    return format_spread(summarize(values) if values else None)


def _print_problems(console: Console, sweep: "Sweep") -> None:
    """Print which expectations are not met, and which points have no result."""
    from simulator.sweep import Outcome  # noqa: PLC0415 - avoids the engine for other commands

    unmet: dict[str, int] = {}
    ended: dict[Outcome, list[tuple[Point, PointResult]]] = {}
    for point, result in sweep.read_rows():
        for metric in result.unmet:
            unmet[metric] = unmet.get(metric, 0) + 1
        if result.outcome is not Outcome.COMPLETE:
            ended.setdefault(result.outcome, []).append((point, result))
    for metric, count in unmet.items():
        line = f"{metric}: not as the scenario expects, in {count:,} of the points"
        console.print(Text(line, style="red"))
    for outcome, rows in ended.items():
        for point, result in rows[:_MOST_PROBLEMS]:
            console.print(Text(f"{name_point(point)}: {outcome}: {result.error}", style="red"))
        if len(rows) > _MOST_PROBLEMS:
            more = f"{count_of(len(rows) - _MOST_PROBLEMS, 'more point')} {outcome}"
            console.print(Text(more, style="red"))


def name_point(point: "Point") -> str:
    """Return a point as people tell it from the others."""
    settings = zip(point.settings, _format_settings(point), strict=True)
    shown = [point.scenario, *(f"{key}={value}" for key, value in settings)]
    return " ".join([*shown, f"seed={point.seed}"])
