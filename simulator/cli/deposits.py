"""Commands that read what a run left behind about deposits.

Source:
    Ours.
"""

from typing import Annotated

import typer

from simulator.cli.options import JsonOption, RunArgument

commands = typer.Typer()


@commands.command(epilog="Example: shardlab follow runs/deposit_journey-7 1")
def follow(
    run_folder: RunArgument,
    deposit: Annotated[int | None, typer.Argument(help="Number of one deposit.")] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show all deposits of a run, or the whole life of one."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands.deposits import follow_deposits  # noqa: PLC0415 - after --help

    meta, deposits = follow_deposits(run_folder, deposit)
    if as_json:
        terminal.print_json(terminal.describe_deposits(meta, deposits))
    elif deposit is None:
        terminal.print_deposits(meta, deposits)
    else:
        terminal.print_deposit(meta, deposits[0])


@commands.command(
    epilog="Example: shardlab flows runs/crowded-3 --format dot | dot -Tsvg > flows.svg"
)
def flows(
    run_folder: RunArgument,
    form: Annotated[
        str, typer.Option("--format", help="graphml, dot or json.", metavar="FORMAT")
    ] = "json",
) -> None:
    """Write the graph of deposits between shards."""
    from simulator.commands.deposits import export_flows  # noqa: PLC0415 - after --help

    typer.echo(export_flows(run_folder, form), nl=False)
