"""Printing: data in, Rich tables or JSON out. Formats only; computes nothing.

Source:
    Ours. The JSON keys stay stable: programs read them.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from chain.eei import HostCall, ScriptResult
    from simulator.compare import ComparedRun
    from simulator.follow import FollowedDeposit
    from simulator.runner import RunResult
    from simulator.scout import ScoutFileResult
    from simulator.shipped import ShippedScenario

_GWEI_PER_ETH: Final = 10**9
_ROOT_SHOWN: Final = 8
_WIDE_COLUMNS: Final = 72
"""From here on there is room for a column that nobody misses."""

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
        ("stuck", "deposits.stuck"),
        ("latency, median slots", "deposits.latency_slots.p50"),
        ("latency, slowest", "deposits.latency_slots.max"),
        ("longest claim queue", "claims.queue_max"),
    ),
    "ETH": (
        ("conservation error, Gwei", "conservation_error"),
        ("burned fees, Gwei", "eth.burned_gwei"),
        ("in flight at the end, Gwei", "eth.in_flight_gwei"),
        ("solvency, Gwei", "eth.solvency_gwei"),
    ),
}


def open_stdout() -> Console:
    """Return a console on today's stdout, plain when it is not a terminal."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=False)


def print_json(document: Mapping[str, Any]) -> None:
    """Write one JSON document."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def format_gwei(gwei: int) -> str:
    """Return an amount in ETH, without trailing zeros."""
    whole, rest = divmod(gwei, _GWEI_PER_ETH)
    fraction = f"{rest:09d}".rstrip("0")
    return f"{whole:,}.{fraction} ETH" if fraction else f"{whole:,} ETH"


def format_number(value: float) -> str:
    """Return a number with thousands separated."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3f}"


def shorten_root(root: str) -> str:
    """Return the beginning of a hex root."""
    return root[:_ROOT_SHOWN]


# --- run ----------------------------------------------------------------------------------


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
        "findings": list(result.findings),
        "expectations": result.report["expectations"],
        "run_dir": None if result.run_dir is None else str(result.run_dir),
    }


def print_result(result: "RunResult") -> None:
    """Print the summary of a run."""
    console = open_stdout()
    console.print(Text(result.title, style="bold"))
    root = shorten_root(result.report["beacon_state_root"])
    console.print(
        Text(f"{result.slots} slots, seed {result.seed}, final beacon state {root}", style="dim")
    )
    table = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for section, rows in _SUMMARY.items():
        shown = [(label, result.metrics[name]) for label, name in rows if name in result.metrics]
        if any(value for _, value in shown):
            table.add_row(Text(section, style="bold"), "")
            for label, value in shown:
                table.add_row(f"  {label}", format_number(value))
    console.print(table)
    for finding in result.findings:
        console.print(Text(f"* {finding}"))
    _print_expectations(console, result)
    if result.run_dir is not None:
        console.print(Text(f"Run folder: {result.run_dir}"))
        if result.metrics.get("deposits.created"):
            console.print(Text(f"Next: shardlab follow {result.run_dir}", style="dim"))


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


# --- compare ------------------------------------------------------------------------------


def describe_comparison(runs: Sequence["ComparedRun"]) -> dict[str, Any]:
    """Return the machine-readable form of a comparison."""
    from simulator.compare import to_json  # noqa: PLC0415 - avoids the engine for other commands

    return {"scenario": runs[0].result.scenario, "runs": [to_json(run) for run in runs]}


def print_comparison(runs: Sequence["ComparedRun"]) -> None:
    """Print the metrics in which runs differ, one column per run."""
    from simulator.compare import find_differing  # noqa: PLC0415 - as above

    console = open_stdout()
    console.print(Text(runs[0].result.title, style="bold"))
    key = next(iter(runs[0].settings))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(key, overflow="fold")
    for run in runs:
        table.add_column(run.settings[key], justify="right", overflow="fold")
    differing = find_differing(runs)
    for name in differing:
        table.add_row(name, *(format_number(run.result.metrics.get(name, 0)) for run in runs))
    if differing:
        console.print(table)
    else:
        console.print("The runs do not differ in any metric.")
    for run in runs:
        if not run.result.expectations_met:
            console.print(Text(f"{run.settings[key]}: an expectation is not met", style="red"))


# --- follow -------------------------------------------------------------------------------


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
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("deposit", "from", "to"):
        table.add_column(heading, justify="right")
    table.add_column("amount", justify="right", overflow="fold")
    table.add_column("state")
    table.add_column("pushed", justify="right")
    table.add_column("latency", justify="right")
    for deposit in deposits:
        pushed = [step.slot for step in deposit.steps if step.event == "pushed"]
        latency = deposit.latency_slots
        table.add_row(
            str(deposit.number),
            str(deposit.from_shard),
            str(deposit.to_shard),
            format_gwei(deposit.gwei),
            deposit.state,
            str(pushed[-1]) if pushed else "-",
            "-" if latency is None else f"{latency} slots",
        )
    if deposits:
        console.print(table)
    else:
        console.print("No deposits were asked for in this run.")


def print_deposit(meta: Mapping[str, Any], deposit: "FollowedDeposit") -> None:
    """Print one deposit's whole life, slot by slot and chain by chain."""
    console = open_stdout()
    _print_run_heading(console, meta)
    console.print(
        Text(
            f"Deposit {deposit.number}: {format_gwei(deposit.gwei)} from shard "
            f"{deposit.from_shard} to shard {deposit.to_shard} through {deposit.script}"
        )
    )
    wide = console.width >= _WIDE_COLUMNS
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("slot", justify="right", no_wrap=True)
    for heading in ("chain", "event", *(["block"] if wide else [])):
        table.add_column(heading, no_wrap=True)
    table.add_column("proof", justify="right", no_wrap=True)
    table.add_column("note", overflow="fold")
    for step in deposit.steps:
        proof = f"{step.proof_bytes} B" if step.proof_bytes else ""
        root = [shorten_root(step.block_root)] if wide else []
        table.add_row(str(step.slot), step.chain, step.event, *root, proof, step.note)
    console.print(table)
    latency = deposit.latency_slots
    if latency is not None:
        seconds = latency * meta["config"]["seconds_per_slot"]
        console.print(f"Settled {latency} slots ({seconds} seconds) after it was pushed.")
    else:
        console.print(f"Its last state is: {deposit.state}.")


def _print_run_heading(console: Console, meta: Mapping[str, Any]) -> None:
    console.print(Text(str(meta["title"]), style="bold"))
    if meta["status"] != "complete":
        status = "not finished" if meta["status"] == "running" else meta["status"]
        console.print(Text(f"This run is {status}: it ends at slot {meta['slot']}.", style="red"))


# --- scripts ------------------------------------------------------------------------------


def describe_execution(result: "ScriptResult") -> dict[str, Any]:
    """Return the machine-readable form of one execution."""
    return {
        "outcome": result.outcome,
        "detail": result.detail,
        "post_state": result.post_state_root.hex(),
        "deposits": [deposit.hex() for deposit in result.deposits],
        "fuel": result.fuel_used,
        "ticks": result.ticks_used,
        "debug": list(result.debug),
        "calls": [
            {
                "name": call.function,
                "arguments": list(call.arguments),
                "read": list(call.read),
                "written": list(call.written),
                "result": call.result,
                "fault": call.fault or None,
            }
            for call in result.calls
        ],
        "call_count": result.host_call_count,
    }


def format_call(call: "HostCall") -> str:
    """Return a traced host call as one line."""
    text = f"{call.function}({', '.join(map(str, call.arguments))})"
    if call.result is not None:
        text += f" = {call.result}"
    if call.read:
        text += f"  read {', '.join(call.read)}"
    if call.written:
        text += f"  wrote {', '.join(call.written)}"
    return f"{text}  FAULT {call.fault}" if call.fault else text


def print_execution(result: "ScriptResult") -> None:
    """Print one execution, host calls first."""
    console = open_stdout()
    for call in result.calls:
        console.print(Text(format_call(call)), soft_wrap=True)
    for line in result.debug:
        console.print(Text(f"debug: {line}"))
    console.print(Text(f"outcome:    {result.outcome}", style="bold"))
    if result.detail:
        console.print(Text(f"            {result.detail}"))
    console.print(Text(f"post state: {result.post_state_root.hex()}"), soft_wrap=True)
    console.print(f"fuel:       {result.fuel_used:,}")
    console.print(f"ticks:      {result.ticks_used:,}")
    for deposit in result.deposits:
        console.print(Text(f"deposit:    {deposit.hex()}"), soft_wrap=True)


def print_judgement(path: Path, profile: str, judgement: Mapping[str, Any]) -> None:
    """Print a verdict about a script."""
    console = open_stdout()
    if judgement["valid"]:
        console.print(Text(f"{path}: valid under {profile}"))
        return
    where = f"byte {judgement['offset']} (0x{judgement['offset']:x})"
    console.print(Text(f"{path}: breaks {judgement['rule']} at {where}: {judgement['message']}"))


def print_scout(results: Iterable["ScoutFileResult"], *, as_json: bool) -> int:
    """Print each file's result as it comes.

    Returns:
        The exit status: 0 all passed, 1 some differ, 2 some could not be run.
    """
    console = open_stdout()
    files = []
    status = 0
    for result in results:
        status = max(status, 2 if result.error else 0 if result.passed else 1)
        for warning in result.warnings:
            sys.stderr.write(f"warning: {warning}\n")
        if result.error:
            sys.stderr.write(f"error: {result.error}\n")
        files.append(
            {
                "path": result.path,
                "passed": result.passed,
                "differences": list(result.differences),
                "error": result.error or None,
            }
        )
        if not as_json:
            word = "pass" if result.passed else "ERROR" if result.error else "FAIL"
            console.print(Text(f"{word:5} {result.path}"), soft_wrap=True)
            for difference in result.differences:
                console.print(Text(f"      {difference}"), soft_wrap=True)
    if as_json:
        print_json({"files": files})
    return status


def print_scenarios(shipped: Sequence["ShippedScenario"]) -> None:
    """Print the shipped scenarios and their questions."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("scenario", no_wrap=True)
    table.add_column("the question it answers", overflow="fold")
    for scenario in shipped:
        table.add_row(scenario.name, scenario.question)
    open_stdout().print(table)
