"""The command that goes on with an interrupted run.

Source:
    Ours.
"""

import typer

from simulator.cli.options import BlockWorkersOption, JsonOption, LiveOption, RunArgument
from simulator.cli.results import show_result

commands = typer.Typer()


@commands.command(epilog="Example: shardlab resume runs/small_world-1")
def resume(
    run_folder: RunArgument,
    *,
    workers: BlockWorkersOption = None,
    live: LiveOption = False,
    as_json: JsonOption = False,
) -> None:
    """Go on with an interrupted run; the end is that of a run that nobody interrupted.

    What was recorded is simulated again and compared, from the run's last checkpoint if it has
    one of this user's, else from its beginning. A run that is complete stays as it is.
    """
    from simulator.commands.resuming import resume_run  # noqa: PLC0415 - after --help

    result = resume_run(run_folder, workers=workers, live=live)
    if result is not None:
        show_result(result, as_json=as_json)
