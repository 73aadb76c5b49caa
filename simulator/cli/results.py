"""What commands that run a scenario to its end do with the result.

Source:
    Ours.
"""

from typing import TYPE_CHECKING

import typer

from simulator.command_group import EXIT_FAILED

if TYPE_CHECKING:
    from simulator.runner import RunResult


def show_result(result: "RunResult", *, as_json: bool) -> None:
    """Print what a run came to.

    Raises:
        typer.Exit: An expectation is not met.

    Source:
        Ours.
    """
    from simulator import terminal  # noqa: PLC0415 - after --help

    if as_json:
        terminal.print_json(terminal.describe_result(result))
    else:
        terminal.print_result(result)
    if not result.expectations_met:
        raise typer.Exit(EXIT_FAILED)
