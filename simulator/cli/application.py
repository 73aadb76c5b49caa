"""The whole command line, as Typer parses it.

Results go to stdout, diagnostics and progress to stderr. Exit status 0: ran, and expectations
were met. 1: an expectation failed, a script is invalid, files differ. 2: unusable arguments or
input, or output that cannot be written. 141: whoever read it has seen enough.

Everything heavy is imported inside the commands, so that ``--help`` answers at once.

Source:
    Ours.
"""

from typing import Annotated

import typer

from simulator.cli import deposits, lessons, reports, resuming, runs, scripts, starting
from simulator.command_group import CommandGroup

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A mini shard-chain simulator for Ethereum 2.0 Phase 2 research.",
)
for _family in (runs, resuming, reports, deposits, scripts, starting, lessons):
    app.add_typer(_family.commands)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback form
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - only where it is used

        typer.echo(f"shardlab {version('shardlab')}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    del version
