"""Printing what scripts did, and the list of what there is.

Source:
    Ours. The JSON keys stay stable: programs read them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from simulator.terminal.formats import open_stdout, start_table

if TYPE_CHECKING:
    from chain.config import ExecutionLimits
    from chain.eei import HostCall, ScriptResult
    from simulator.shipped import ShippedScenario


Sizes = tuple[int, int] | None
"""Bytes of a script without and with injected metering, if it is injected."""


def describe_execution(
    result: "ScriptResult", limits: "ExecutionLimits", sizes: Sizes = None
) -> dict[str, Any]:
    """Return the machine-readable form of one execution."""
    return {
        "metering": limits.metering,
        **({"code_bytes": sizes[0], "metered_code_bytes": sizes[1]} if sizes else {}),
        "backend": limits.backend,
        "libraries": limits.libraries,
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


def print_execution(result: "ScriptResult", limits: "ExecutionLimits", sizes: Sizes = None) -> None:
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
    console.print(f"backend:    {limits.backend}, {limits.libraries} libraries")
    if sizes is not None:
        before, after = sizes
        growth = f"{before:,} to {after:,} bytes of code, {after / before - 1:+.0%}"
        console.print(f"metering:   {limits.metering}, {growth}")
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


def print_scenarios(shipped: Sequence["ShippedScenario"]) -> None:
    """Print the shipped scenarios and their questions."""
    table = start_table()
    table.add_column("scenario", no_wrap=True)
    table.add_column("the question it answers", overflow="fold")
    for scenario in shipped:
        table.add_row(scenario.name, scenario.question)
    open_stdout().print(table)
