"""Commands for a first scenario: the shipped ones, the schema, new folders and scripts.

Source:
    Ours.
"""

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.options import JsonOption

commands = typer.Typer()


@commands.command(epilog="Example: shardlab scenarios")
def scenarios(*, as_json: JsonOption = False) -> None:
    """List the shipped scenarios and the question each answers."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.shipped import list_shipped  # noqa: PLC0415 - after --help

    shipped = list_shipped()
    if as_json:
        entries = [{"name": item.name, "question": item.question} for item in shipped]
        terminal.print_json({"scenarios": entries})
    else:
        terminal.print_scenarios(shipped)


@commands.command(epilog="Example: shardlab schema > scenario.schema.json")
def schema() -> None:
    """Write the JSON Schema of scenario files, for editors."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.scenario import Scenario  # noqa: PLC0415 - after --help

    terminal.print_json(Scenario.model_json_schema())


@commands.command(
    epilog="Example: shardlab init my-experiment && shardlab run my-experiment/first.yaml"
)
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
) -> None:
    """Make a folder with a commented first scenario and the scripts it uses."""
    from simulator.commands.starting import init_folder  # noqa: PLC0415 - after --help

    first = init_folder(folder)
    typer.echo(f"{first} is ready; run it with: shardlab run {first}")


@commands.command("new-script", epilog="Example: shardlab new-script savings && savings/build.sh")
def new_script(
    name: Annotated[str, typer.Argument(help="What the script is called.")],
    folder: Annotated[
        Path, typer.Option("--in", help="Where to make its folder.", metavar="FOLDER")
    ] = Path(),
) -> None:
    """Make a Rust crate for a new script, built already, with a scenario that runs it."""
    from simulator.new_script import create_script  # noqa: PLC0415 - after --help

    scenario = create_script(name, folder)
    typer.echo(f"{scenario} is ready; run it with: shardlab run {scenario}")
