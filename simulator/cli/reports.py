"""The command that makes a report page.

Source:
    Ours.
"""

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command(epilog="Example: shardlab report runs/deposit_journey-7 -o report.html")
def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders, as `run` made them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Page to write.", metavar="FILE")] = Path(
        "report.html"
    ),
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is not a page of shardlab's.")
    ] = False,
) -> None:
    """Write a page about runs: one file that opens in a browser, offline.

    Shows the chains slot by slot, and several runs beside one another. An older page is replaced.
    """
    from simulator.commands.reports import make_report  # noqa: PLC0415 - after --help

    page = make_report(runs, out, force=force)
    typer.echo(f"{page} is ready: {page.stat().st_size:,} bytes; open it in a browser")
