"""Printing costs: the three kinds in columns of their own, and what a calibration found.

Source:
    PROTOCOL 7 ("never mix in one column").
"""

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from simulator.costs import Role
from simulator.terminal.columns import fill_columns, measure_column
from simulator.terminal.formats import format_gwei, format_number, open_stdout, start_table

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.costs.calibrate import Calibration
    from simulator.runner import RunResult

_ROLE_LABELS: Final = {
    Role.BEACON_NODE: "beacon nodes",
    Role.SHARD_COMMITTEE: "shard committees",
    Role.SHARD_FULL_NODE: "shard full nodes",
    Role.CHALLENGER: "challengers",
    Role.LIGHT_CLIENT: "light clients",
}
_WORK: Final = ("bytes", "functions", "instructions")
_TITLE: Final = "Validating"
_NETWORK: Final = "network"

_MEASURED_ROWS: Final = {
    "here, validating": "measured.validating_seconds",
    "here, compiling": "measured.compiling_seconds",
}
_MEGABYTE: Final = 1_000_000
_MILLISECOND: Final = 1_000


def print_costs(console: Console, result: "RunResult") -> None:
    """Print who paid what for validating, if anybody did: as many tables as the width needs."""
    if not (result.metrics.get("validation.node_validations") or result.measured):
        return
    rows = _list_rows(result)
    headings = ("modelled s", *_WORK, *(["measured s"] if result.measured else []))
    columns = dict(zip(headings, zip(*rows.values(), strict=True), strict=True))
    left = console.width - measure_column(_TITLE, list(rows))
    for chosen in fill_columns(columns, left):
        table = start_table()
        table.add_column(_TITLE, no_wrap=True)
        for heading in chosen:
            table.add_column(heading, justify="right", overflow="fold")
        for label, *cells in zip(rows, *(columns[heading] for heading in chosen), strict=True):
            if any(cells):
                table.add_row(label, *cells, style="bold" if label == _NETWORK else None)
        console.print(table)
    _print_remarks(console, result)


def _list_rows(result: "RunResult") -> dict[str, list[str]]:
    """Return the cells by label: modelled seconds, kinds of work, and what was measured."""
    numbers, measured = result.metrics, result.measured
    blank = [""] if measured else []
    rows = {}
    for role, label in _ROLE_LABELS.items():
        seconds = numbers.get(f"costs.{role}.seconds", 0)
        work = [numbers.get(f"work.{role}.{kind}", 0) for kind in _WORK]
        if any((seconds, *work)):
            rows[label] = [format_seconds(seconds), *map(format_number, work), *blank]
    total = format_seconds(numbers["costs.total_seconds"])
    work = [numbers[f"work.{kind}"] for kind in _WORK]
    rows[_NETWORK] = [total, *map(format_number, work), *blank]
    for label, key in _MEASURED_ROWS.items() if measured else ():
        rows[label] = ["", *("" for _ in _WORK), format_seconds(measured[key])]
    return rows


def _print_remarks(console: Console, result: "RunResult") -> None:
    numbers = result.metrics
    costs = result.report["costs"]
    budget_ms = costs["budget_seconds"] * _MILLISECOND
    peak_ms = numbers["costs.peak_slot_seconds"] * _MILLISECOND
    remark = (
        f"Engine profile: {costs['profile']}. Busiest node in one slot: {format_number(peak_ms)} "
        f"ms of {format_number(budget_ms)} ms; slots over budget: "
        f"{numbers['costs.slots_over_budget']}. Each code was paid for "
        f"{format_number(numbers['costs.duplication'])} times."
    )
    console.print(Text(remark, style="dim"))
    if numbers["costs.attack_seconds"]:
        console.print(
            Text(
                f"Bad and hostile scripts: {format_seconds(numbers['costs.attack_seconds'])} "
                f"modelled s, for {format_gwei(int(numbers['costs.attack_fees_gwei']))} of fees.",
                style="dim",
            )
        )
    if result.measured:
        note = "Measured here, once for each code, whoever pays for it in the simulation."
        console.print(Text(note, style="dim"))


def print_calibration(calibration: "Calibration", path: "Path") -> None:
    """Print the rates that were measured, and how to use them."""
    table = start_table()
    table.add_column("module", overflow="fold")
    for heading in ("bytes", "validating, ms", "compiling, ms"):
        table.add_column(heading, justify="right", overflow="fold")
    for module in calibration.modules:
        table.add_row(
            module.name,
            format_number(module.size_bytes),
            format_number(round(module.validating_seconds * _MILLISECOND, 3)),
            format_number(round(module.compiling_seconds * _MILLISECOND, 3)),
        )
    console = open_stdout()
    console.print(table)
    for label, rate in (
        ("Validating", calibration.validating_rate),
        ("Compiling", calibration.compiling_rate),
    ):
        console.print(Text(f"{label}: {format_number(round(rate / _MEGABYTE, 3))} MB/s"))
    console.print(Text(f"{path}: use it with costs: {{profile: measured, path: {path.name}}}"))


def format_seconds(seconds: float) -> str:
    """Return seconds to the microsecond, without zeros at the end."""
    return f"{seconds:,.6f}".rstrip("0").rstrip(".")
