"""Arguments and options that several commands share.

Source:
    Ours: the same words mean the same everywhere.
"""

from pathlib import Path
from typing import Annotated

import typer

ScenarioArgument = Annotated[
    str, typer.Argument(help="A scenario file, or the name of a shipped one (shardlab scenarios).")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override any key; may be repeated."),
]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Replace the scenario's seed.")]
AllowOutsideOption = Annotated[
    bool,
    typer.Option(
        "--allow-outside", help="Let the file name files outside its folder; trust it first."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
RunArgument = Annotated[Path, typer.Argument(help="A run folder, as `run` made it.")]
BlockWorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, help="Processes that make shard blocks; by default what pays off."
    ),
]
LiveOption = Annotated[
    bool, typer.Option("--live", help="Show lanes, deposits and costs while it runs.")
]
BackendOption = Annotated[
    str | None,
    typer.Option(help="linked: host calls stay inside; host: they go to Python.", metavar="NAME"),
]
LibrariesOption = Annotated[
    str | None,
    typer.Option(help="System libraries: native, or wasm (linked only).", metavar="KIND"),
]
