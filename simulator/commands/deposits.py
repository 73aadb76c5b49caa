"""Reading the deposits of a run folder.

Source:
    Ours.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.commands.shared import parse_choice

if TYPE_CHECKING:
    from simulator.follow import FollowedDeposit


def follow_deposits(
    folder: Path, number: int | None
) -> tuple[dict[str, Any], list["FollowedDeposit"]]:
    """Read a run's deposits, or one of them.

    Returns:
        What is known about the run, and the deposits.

    Raises:
        UserError: There is no such run, or no such deposit.
    """
    from simulator.follow import read_deposit, read_deposits  # noqa: PLC0415 - only where used
    from simulator.store import RunReader  # noqa: PLC0415 - only where it is used

    reader = RunReader(folder)
    try:
        if number is None:
            return reader.meta, read_deposits(reader)
        return reader.meta, [read_deposit(reader, number)]
    finally:
        reader.close()


def export_flows(folder: Path, form: str) -> str:
    """Return a run's deposit graph as text.

    Raises:
        UserError: There is no such run or format.
    """
    from simulator.flows import FlowFormat, build_flow_graph, encode_flow_graph  # noqa: PLC0415 - only where used

    chosen = parse_choice(FlowFormat, form, "--format")
    _, deposits = follow_deposits(folder, None)
    return encode_flow_graph(build_flow_graph(deposits), chosen)
