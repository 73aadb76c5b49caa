"""Printing deposits: all of a run in a table, or the whole story of one.

Source:
    Ours. The JSON keys stay stable: programs read them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.text import Text

from simulator.terminal.formats import (
    format_gwei,
    format_number,
    open_stdout,
    shorten_address,
    shorten_root,
    start_table,
)
from simulator.wording import count_of

if TYPE_CHECKING:
    from simulator.events import DepositStep
    from simulator.follow import FollowedDeposit

_WIDE_COLUMNS: Final = 72
"""From here on there is room for a column that nobody misses."""


def describe_deposits(
    meta: Mapping[str, Any], deposits: Iterable["FollowedDeposit"]
) -> dict[str, Any]:
    """Return the machine-readable form of followed deposits."""
    return {
        "scenario": meta["scenario"],
        "seed": meta["seed"],
        "status": meta["status"],
        "deposits": [deposit.to_json() for deposit in deposits],
    }


def print_deposits(meta: Mapping[str, Any], deposits: Sequence["FollowedDeposit"]) -> None:
    """Print all deposits of a run, a line each."""
    console = open_stdout()
    _print_run_heading(console, meta)
    wide = console.width >= _WIDE_COLUMNS
    table = start_table()
    for heading in ("deposit", "from", "to"):
        table.add_column(heading, justify="right")
    table.add_column("amount", justify="right", overflow="fold")
    for heading in [*(["route"] if wide else []), "state"]:
        table.add_column(heading)
    for heading in ("pushed", "latency"):
        table.add_column(heading, justify="right")
    for deposit in deposits:
        latency = deposit.latency_slots
        table.add_row(
            str(deposit.number),
            str(deposit.from_shard),
            str(deposit.to_shard),
            format_gwei(deposit.gwei),
            *([deposit.route] if wide else []),
            deposit.state,
            "-" if deposit.pushed_slot is None else str(deposit.pushed_slot),
            "-" if latency is None else count_of(latency, "slot"),
        )
    if deposits:
        console.print(table)
    else:
        console.print("No deposits were asked for in this run.")


def print_deposit(meta: Mapping[str, Any], deposit: "FollowedDeposit") -> None:
    """Print one deposit's whole life, slot by slot and chain by chain."""
    console = open_stdout()
    _print_run_heading(console, meta)
    for line in _introduce(deposit):
        console.print(Text(line))
    wide = console.width >= _WIDE_COLUMNS
    table = start_table()
    table.collapse_padding = True
    table.add_column("slot", justify="right", no_wrap=True)
    for heading in ("chain", "event", *(["block"] if wide else [])):
        table.add_column(heading, no_wrap=True)
    table.add_column("proof", justify="right", no_wrap=True)
    table.add_column("note", overflow="fold")
    for step in deposit.steps:
        proof = f"{step.proof_bytes} B" if step.proof_bytes else ""
        root = [shorten_root(step.block_root)] if wide else []
        table.add_row(str(step.slot), step.chain, step.event, *root, proof, _explain(step))
    if deposit.steps:
        console.print(table)
    console.print(Text(deposit.tell_end(meta["config"]["seconds_per_slot"])))


def _introduce(deposit: "FollowedDeposit") -> Iterator[str]:
    """Say what a deposit is, before its steps."""
    way = f"on shard {deposit.from_shard}"
    if deposit.route != "shard":
        way = f"from shard {deposit.from_shard} to shard {deposit.to_shard}"
    yield (
        f"Deposit {deposit.number}: {format_gwei(deposit.gwei)} {way} through {deposit.script}, "
        f"route {deposit.route}"
    )
    ends = {"Sender": deposit.sender, "recipient": deposit.recipient}
    named = [f"{end} {shorten_address(address)}" for end, address in ends.items() if address]
    if named:
        yield ", ".join(named)


def _explain(step: "DepositStep") -> str:
    """Return what to know about a step: its note, its account, its beacon operation."""
    parts = [step.note] if step.note else []
    if step.account:
        account = f"account {shorten_address(step.account)}"
        if step.before_gwei is not None and step.after_gwei is not None:
            before = format_gwei(step.before_gwei).removesuffix(" ETH")
            account += f" {before} -> {format_gwei(step.after_gwei)}"
        parts.append(account)
    if step.beacon_bytes:
        parts.append(f"{format_number(step.beacon_bytes)} B operation")
    return ", ".join(parts)


def _print_run_heading(console: Console, meta: Mapping[str, Any]) -> None:
    console.print(Text(str(meta["title"]), style="bold"))
    if meta["status"] != "complete":
        status = "not finished" if meta["status"] == "running" else meta["status"]
        console.print(Text(f"This run is {status}: it ends at slot {meta['slot']}.", style="red"))
