"""Printing routes side by side, and the load that each can bear.

Source:
    Ours. The JSON keys stay stable: programs read them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.text import Text

from simulator.terminal.formats import format_gwei, format_number, open_stdout, start_table
from simulator.wording import count_of

if TYPE_CHECKING:
    from simulator.routes import RouteResult, RouteRun

_NOTHING: Final = "-"

_LEGEND: Final = (
    "Latencies are p50 / p95 / max, queues max / end; operations and bytes are means over the "
    "settled transfers."
)

_Format = Callable[[Any], str]

_ROWS: Final[tuple[tuple[str, tuple[str, ...], _Format], ...]] = (
    ("created", ("created",), format_number),
    ("settled", ("settled",), format_number),
    ("rejected", ("rejected",), format_number),
    ("returned", ("returned",), format_number),
    ("still open", ("open",), format_number),
    ("settled per slot", ("settled_per_slot",), format_number),
    (
        "latency, slots",
        ("latency_slots.p50", "latency_slots.p95", "latency_slots.max"),
        format_number,
    ),
    (
        "latency, seconds",
        ("latency_seconds.p50", "latency_seconds.p95", "latency_seconds.max"),
        format_number,
    ),
    (
        "with waiting, slots",
        ("wait_slots.p50", "wait_slots.p95", "wait_slots.max"),
        format_number,
    ),
    ("beacon operations", ("beacon_operations_per_transfer",), format_number),
    ("beacon bytes", ("beacon_bytes_per_transfer",), format_number),
    ("proof bytes", ("proof_bytes_per_transfer",), format_number),
    ("relay queue", ("/queues.relay_max", "/queues.relay_end"), format_number),
    ("claim queue", ("/claims.queue_max", "/claims.queue_end"), format_number),
    (
        "withdrawal queue",
        ("/withdrawals.queue_max", "/withdrawals.queue_end"),
        format_number,
    ),
    ("delivery queue", ("/queues.delivery_max", "/queues.delivery_end"), format_number),
    ("ETH in flight, max", ("in_flight_max_gwei",), format_gwei),
    ("locked reserve", ("/eth.reserve_gwei",), format_gwei),
    ("reserve drawn, max", ("/eth.reserve_drawn_max_gwei",), format_gwei),
    ("solvency", ("/eth.solvency_gwei",), format_gwei),
    ("printed", ("/eth.printed_gwei",), format_gwei),
)
"""Rows of the table: label, metrics of the route (of the whole run with a slash), format."""


def describe_routes(results: Sequence["RouteResult"]) -> dict[str, Any]:
    """Return the machine-readable form of a comparison of routes."""
    from simulator.routes import to_json  # noqa: PLC0415 - avoids the engine for other commands

    loaded = results[0].base.plan.loaded
    return {
        "scenario": loaded.name,
        "seed": loaded.scenario.seed,
        "routes": [to_json(result) for result in results],
    }


def print_routes(results: Sequence["RouteResult"]) -> None:
    """Print what the routes did under the same load, then which load each can bear."""
    console = open_stdout()
    base = results[0].base.plan
    console.print(Text(base.loaded.scenario.title, style="bold"))
    console.print(
        Text(
            f"{base.per_slot:g} transfers per slot by every route, "
            f"{count_of(base.loaded.scenario.slots, 'slot')}, seed {base.loaded.scenario.seed}",
            style="dim",
        )
    )
    _print_table(console, results)
    _print_findings(console, results)
    _print_loads(console, results)
    for result in results:
        console.print(Text(f"* {result.tell_limit()}"))


def _print_table(console: Console, results: Sequence["RouteResult"]) -> None:
    table = start_table()
    table.add_column("route", overflow="fold")
    for result in results:
        table.add_column(result.route, justify="right", overflow="fold")
    for label, names, form in _ROWS:
        cells = [_fill_cell(result.base, names, form) for result in results]
        table.add_row(label, *cells)
    console.print(table)
    console.print(Text(_LEGEND, style="dim"))


def _fill_cell(run: "RouteRun", names: Sequence[str], form: _Format) -> str:
    values = [
        run.metrics.get(name.removeprefix("/")) if name.startswith("/") else run.get(name)
        for name in names
    ]
    return " / ".join(_NOTHING if value is None else form(value) for value in values)


def _print_findings(console: Console, results: Sequence["RouteResult"]) -> None:
    """Print what is to be known about each run, and once what holds for all."""
    findings: Mapping[str, Sequence[str]] = {
        str(result.route): result.base.findings for result in results
    }
    shared = [
        each for each in results[0].base.findings if all(each in f for f in findings.values())
    ]
    for finding in shared:
        console.print(Text(f"* all routes: {finding}"))
    for route, found in findings.items():
        for finding in found:
            if finding not in shared:
                console.print(Text(f"* {route}: {finding}"))


def _print_loads(console: Console, results: Sequence["RouteResult"]) -> None:
    table = start_table()
    table.add_column("route")
    for heading in ("load per slot", "settled per slot", "settled share"):
        table.add_column(heading, justify="right", overflow="fold")
    table.add_column("too much because", overflow="fold")
    for result in results:
        for run in result.runs:
            table.add_row(
                result.route,
                format_number(run.plan.per_slot),
                format_number(run.get("settled_per_slot") or 0),
                f"{run.settled_share:.0%}",
                "; ".join(run.saturated_by),
            )
    console.print(table)
