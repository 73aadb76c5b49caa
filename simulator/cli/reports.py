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
) -> None:
    """Write a page about runs: one file that opens in a browser, offline.

    Shows the chains slot by slot, and several runs beside one another.
    """
    from simulator.report.page import write_page  # noqa: PLC0415 - after --help

    page = write_page(runs, out)
    typer.echo(f"{page} is ready: {page.stat().st_size:,} bytes; open it in a browser")
