"""Printing comparisons: tables of means and spreads, then sentences.

Source:
    Ours. The JSON keys stay stable: programs read them.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.text import Text

from simulator.terminal.columns import GAP, fill_columns, measure_column
from simulator.terminal.formats import format_number, open_stdout, start_table

if TYPE_CHECKING:
    from simulator.compare import Comparison, Group, Spread

_NOTHING: Final = "-"
_HEADING_WIDTH: Final = 14
_NAME_WIDTH: Final = 26
_EDGES: Final = 2
"""Columns left and right of a table, instead of the gap behind its last column."""

_VALIDATION_KEYS: Final = "validation."
_OF_VALIDATION: Final = (
    "beacon.blocks_lost",
    "calls.dropped",
    "costs.attack_seconds_per_eth",
    "costs.duplication",
    "costs.peak_slot_seconds",
    "costs.slots_over_budget",
    "costs.total_seconds",
    "costs.wasted_seconds",
    "costs.*.seconds",
    "scripts.slots_to_usable.p50",
    "shards.blocks_rejected",
    "shards.blocks_reverted",
    "shards.noop_blocks",
    "shards.rollback_depth_max",
    "state.dead_code_bytes",
    "state.mark_bytes",
    "validation.node_validations",
    "validation.wrong_verdicts",
    "work.bytes",
)
"""What is shown of a comparison of placements, unless somebody asks for more."""

_DIGITS_OF_SPREAD: Final = 2
_SMALL: Final = 0.001


def describe_comparison(comparison: "Comparison") -> dict[str, Any]:
    """Return the machine-readable form of a comparison."""
    from simulator.compare import to_json  # noqa: PLC0415 - avoids the engine for other commands

    return to_json(comparison)


def print_comparison(comparison: "Comparison") -> None:
    """Print the metrics in which settings differ, group by group, each with its sentences."""
    console = open_stdout()
    console.print(Text(comparison.runs[0].report["title"], style="bold"))
    console.print(Text(_tell_seeds(comparison.seeds), style="dim"))
    if not comparison.metrics and not comparison.is_chosen:
        console.print("The runs do not differ in any metric.")
    sentences = {finding.metric: finding.sentences for finding in comparison.findings}
    shown = _choose(comparison)
    for prefix, names in _divide(comparison, shown):
        _print_tables(console, comparison, prefix, names)
        for name in names:
            for sentence in sentences.get(name, ()):
                console.print(Text(f"* {sentence}"))
    others = len(comparison.metrics) - len(shown)
    if others:
        console.print(f"{others} more metrics differ; --metric '*' shows all there are.")
    _print_unmet(console, comparison)


def _tell_seeds(seeds: Sequence[int]) -> str:
    from simulator.compare import tell_seeds  # noqa: PLC0415 - as above

    if len(seeds) == 1:
        return f"Seed {seeds[0]} alone: {tell_seeds(1)}; --seeds 5 runs everything five times."
    is_range = list(seeds) == list(range(seeds[0], seeds[0] + len(seeds)))
    named = f"{seeds[0]} to {seeds[-1]}" if is_range else ", ".join(map(str, seeds))
    return f"{len(seeds)} seeds ({named}): mean ± sample standard deviation over them."


def _choose(comparison: "Comparison") -> Sequence[str]:
    """Return the metrics to show: of a comparison about validation, those about validation."""
    is_about = any(key.startswith(_VALIDATION_KEYS) for key in comparison.keys)
    if comparison.is_chosen or not is_about:
        return comparison.metrics
    return [
        name
        for name in comparison.metrics
        if any(fnmatchcase(name, pattern) for pattern in _OF_VALIDATION)
    ]


def _divide(comparison: "Comparison", shown: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the metrics by the first part of their names; those that were chosen, as one."""
    if comparison.is_chosen:
        if shown:
            yield "", list(shown)
        return
    for part, names in groupby(shown, lambda name: name.partition(".")[0]):
        yield f"{part}.", list(names)


def _print_tables(
    console: Console, comparison: "Comparison", prefix: str, names: Sequence[str]
) -> None:
    """Print settings as columns if there is one key and they fit; as rows otherwise."""
    groups = comparison.groups
    cells = {name: [format_spread(group.summarize(name)) for group in groups] for name in names}
    if len(comparison.keys) == 1:
        values = [group.settings[comparison.keys[0]] for group in groups]
        columns = zip(values, *cells.values(), strict=True)
        used = sum(max(map(len, column)) + GAP for column in columns)
        left = console.width - used - _EDGES
        if left >= max(_NAME_WIDTH, len(comparison.keys[0])):
            _print_side_by_side(console, comparison.keys[0], values, cells, left)
            return
    _print_rows(console, groups, prefix, cells)


def _print_side_by_side(
    console: Console,
    key: str,
    values: Sequence[str],
    cells: Mapping[str, Sequence[str]],
    name_width: int,
) -> None:
    table = start_table()
    table.add_column(key, overflow="fold")
    for value in values:
        table.add_column(value, justify="right", overflow="fold")
    for name, row in cells.items():
        table.add_row(wrap_name(name, name_width), *row)
    console.print(table)


def _print_rows(
    console: Console, groups: Sequence["Group"], prefix: str, cells: Mapping[str, Sequence[str]]
) -> None:
    """Print one row per setting, and as many tables as the metrics need."""
    # The first key changes fastest, so it stands next to the numbers.
    first, *others = groups[0].settings
    settings = {key: [group.settings[key] for group in groups] for key in (*others, first)}
    named = {wrap_name(key, _HEADING_WIDTH): column for key, column in settings.items()}
    wrapped = {
        wrap_name(name.removeprefix(prefix), _HEADING_WIDTH): column
        for name, column in cells.items()
    }
    left = sum(measure_column(heading, column) for heading, column in named.items())
    for chosen in fill_columns(wrapped, console.width - left):
        table = start_table()
        for heading in named:
            table.add_column(heading, overflow="fold")
        for heading in chosen:
            table.add_column(heading, justify="right", overflow="fold")
        columns = [*named.values(), *(wrapped[heading] for heading in chosen)]
        for row in zip(*columns, strict=True):
            table.add_row(*row)
        if prefix:
            console.print(Text(prefix.removesuffix("."), style="bold"))
        console.print(table)


def wrap_name(name: str, width: int) -> str:
    """Break a dotted name into lines, after dots and underscores only."""
    lines = [""]
    for piece in re.findall(r"[^._]*[._]?", name):
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append("")
        lines[-1] += piece
    return "\n".join(lines)


def format_spread(spread: "Spread | None") -> str:
    """Return mean and sample standard deviation, to two digits of the latter.

    A number that is the same under every seed stands alone.
    """
    if spread is None:
        return _NOTHING
    if not spread.deviation:
        small = 0 < abs(spread.mean) < _SMALL
        return f"{spread.mean:.3g}" if small else format_number(spread.mean)
    digits = _DIGITS_OF_SPREAD - 1 - math.floor(math.log10(spread.deviation))
    places = max(0, digits)
    return f"{spread.mean:,.{places}f} ± {spread.deviation:,.{places}f}"


def _print_unmet(console: Console, comparison: "Comparison") -> None:
    for group in comparison.groups:
        unmet = [run.seed for run in group.runs if not run.expectations_met]
        if unmet:
            where = " ".join(
                value if key == comparison.keys[0] else f"{key}={value}"
                for key, value in group.settings.items()
            )
            under = f" under seed {', '.join(map(str, unmet))}" if len(group.runs) > 1 else ""
            line = f"{where}: an expectation is not met{under}"
            console.print(Text(line, style="red"))
