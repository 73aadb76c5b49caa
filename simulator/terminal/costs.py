"""Printing costs: the three kinds in columns of their own, and what a calibration found.

Source:
    PROTOCOL 7 ("never mix in one column").
"""

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from simulator.costs import Role
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
_WIDE_COLUMNS: Final = 80
"""From here on there is room for all kinds of work."""
_LEAST_MISSED: Final = "functions"

_MEASURED_ROWS: Final = {
    "here, validating": "measured.validating_seconds",
    "here, compiling": "measured.compiling_seconds",
}
_MEGABYTE: Final = 1_000_000
_MILLISECOND: Final = 1_000


def print_costs(console: Console, result: "RunResult") -> None:
    """Print who paid what for validating, if anybody did."""
    numbers, measured = result.metrics, result.measured
    if not (numbers.get("validation.node_validations") or measured):
        return
    kinds = [kind for kind in _WORK if console.width >= _WIDE_COLUMNS or kind != _LEAST_MISSED]
    table = start_table()
    table.add_column("Validating", no_wrap=True)
    for heading in ("modelled s", *kinds, *(["measured s"] if measured else [])):
        table.add_column(heading, justify="right", overflow="fold")
    for role, label in _ROLE_LABELS.items():
        seconds = numbers.get(f"costs.{role}.seconds", 0)
        work = [numbers.get(f"work.{role}.{kind}", 0) for kind in kinds]
        if any((seconds, *work)):
            table.add_row(label, format_seconds(seconds), *map(format_number, work))
    work = [numbers[f"work.{kind}"] for kind in kinds]
    total = format_seconds(numbers["costs.total_seconds"])
    table.add_row("network", total, *map(format_number, work), style="bold")
    for label, key in _MEASURED_ROWS.items() if measured else ():
        blank = [""] * (1 + len(kinds))
        table.add_row(label, *blank, format_seconds(measured[key]))
    console.print(table)
    _print_remarks(console, result)


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
    table.add_column("module")
    for heading in ("bytes", "validating, ms", "compiling, ms"):
        table.add_column(heading, justify="right")
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
