"""Printing a run.

Source:
    Ours. The JSON keys stay stable: programs read them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.text import Text

from simulator.metrics import ROUTES
from simulator.terminal.costs import print_costs
from simulator.terminal.formats import format_number, open_stdout, shorten_root, start_table
from simulator.wording import count_of

if TYPE_CHECKING:
    from simulator.runner import RunResult

_SUMMARY: Final = {
    "Chains": (
        ("beacon blocks", "beacon.blocks"),
        ("beacon blocks lost", "beacon.blocks_lost"),
        ("shard blocks", "shards.blocks"),
        ("shard blocks refused", "shards.blocks_rejected"),
        ("no-op blocks", "shards.noop_blocks"),
        ("calls dropped", "calls.dropped"),
    ),
    "Scripts": (
        ("submitted", "scripts.submitted"),
        ("registered", "scripts.registered"),
        ("of these failed", "scripts.failed"),
        ("refused", "scripts.refused"),
        ("(node, code) validations", "validation.node_validations"),
        ("bytes of marks", "validation.mark_bytes"),
    ),
    "Deposits": (
        ("asked for", "deposits.created"),
        ("pushed", "deposits.pushed"),
        ("crosslinked", "deposits.crosslinked"),
        ("claimed", "deposits.claimed"),
        ("withdrawn", "deposits.withdrawn"),
        ("settled", "deposits.settled"),
        ("rejected", "deposits.rejected"),
        ("returned to senders", "deposits.returned"),
        ("stuck", "deposits.stuck"),
        ("latency, median slots", "deposits.latency_slots.p50"),
        ("latency, slowest", "deposits.latency_slots.max"),
        ("longest claim queue", "claims.queue_max"),
    ),
    "Witnesses": (
        ("bytes", "witness.bytes"),
        ("bytes per operation", "witness.bytes_per_operation"),
        ("stale, made again", "witness.repaired"),
    ),
    "ETH": (
        ("conservation error, Gwei", "conservation_error"),
        ("burned fees, Gwei", "eth.burned_gwei"),
        ("in flight at the end, Gwei", "eth.in_flight_gwei"),
        ("solvency, Gwei", "eth.solvency_gwei"),
        ("printed by scripts, Gwei", "eth.printed_gwei"),
    ),
}

_ROUTE_ROWS: Final = (
    ("settled by {route}", "routes.{route}.settled"),
    ("latency by {route}, median slots", "routes.{route}.latency_slots.p50"),
)
"""What is told of each route, unless all transfers are deposits by the beacon chain."""


def describe_result(result: "RunResult") -> dict[str, Any]:
    """Return the machine-readable form of a run."""
    return {
        "scenario": result.scenario,
        "title": result.title,
        "seed": result.seed,
        "slots": result.slots,
        "beacon_state_root": result.report["beacon_state_root"],
        "shard_state_roots": result.report["shard_state_roots"],
        "metrics": dict(result.metrics),
        **({"measured": dict(result.measured)} if result.measured else {}),
        "findings": list(result.findings),
        "expectations": result.report["expectations"],
        "run_dir": None if result.run_dir is None else str(result.run_dir),
    }


def print_result(result: "RunResult") -> None:
    """Print the summary of a run."""
    console = open_stdout()
    console.print(Text(result.title, style="bold"))
    root = shorten_root(result.report["beacon_state_root"])
    heading = f"{count_of(result.slots, 'slot')}, seed {result.seed}, final beacon state {root}"
    console.print(Text(heading, style="dim"))
    table = start_table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for section, rows in {**_SUMMARY, "Routes": _list_route_rows(result)}.items():
        shown = [(label, result.metrics[name]) for label, name in rows if name in result.metrics]
        if any(value for _, value in shown):
            table.add_row(Text(section, style="bold"), "")
            for label, value in shown:
                table.add_row(f"  {label}", format_number(value))
    console.print(table)
    print_costs(console, result)
    for finding in result.findings:
        console.print(Text(f"* {finding}"))
    _print_expectations(console, result)
    if result.run_dir is not None:
        console.print(Text(f"Run folder: {result.run_dir}"))
        if result.metrics.get("deposits.created"):
            console.print(Text(f"Next: shardlab follow {result.run_dir}", style="dim"))


def _list_route_rows(result: "RunResult") -> Sequence[tuple[str, str]]:
    used = [route for route in ROUTES if f"routes.{route}.created" in result.metrics]
    if used == ["beacon"]:
        return ()
    return [
        (label.format(route=route), name.format(route=route))
        for route in used
        for label, name in _ROUTE_ROWS
    ]


def _print_expectations(console: Console, result: "RunResult") -> None:
    for expectation in result.expectations:
        bounds = ", ".join(
            f"{name.replace('_', ' ')} {format_number(bound)}"
            for name, bound in expectation.condition.items()
        )
        found = "no such metric" if expectation.value is None else format_number(expectation.value)
        word, style = ("met", "green") if expectation.met else ("NOT MET", "bold red")
        line = Text("Expected ").append(f"{expectation.metric} {bounds}: found {found}, ")
        console.print(line.append(word, style=style))
