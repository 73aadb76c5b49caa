"""The command that goes on with an interrupted run.

Source:
    Ours.
"""

from typing import Annotated

import typer

from simulator.cli.options import JsonOption, RunArgument
from simulator.command_group import EXIT_FAILED

commands = typer.Typer()


@commands.command(epilog="Example: shardlab resume runs/small_world-1")
def resume(
    run_folder: RunArgument,
    *,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that make shard blocks; by default what pays off."),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Show lanes, deposits and costs while it runs.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Go on with an interrupted run; the end is that of a run that nobody interrupted.

    What was recorded is simulated again and compared, from the run's last checkpoint if it has
    one of this user's, else from its beginning. A run that is complete stays as it is.
    """
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands.resuming import resume_run  # noqa: PLC0415 - after --help

    result = resume_run(run_folder, workers=workers, live=live)
    if result is None:
        return
    if as_json:
        terminal.print_json(terminal.describe_result(result))
    else:
        terminal.print_result(result)
    if not result.expectations_met:
        raise typer.Exit(EXIT_FAILED)
