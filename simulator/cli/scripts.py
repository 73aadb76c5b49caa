"""Commands about single scripts and Scout files.

Source:
    Ours.
"""

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.options import BackendOption, JsonOption, LibrariesOption, RunArgument
from simulator.command_group import EXIT_FAILED

commands = typer.Typer()


@commands.command(epilog="Example: shardlab scout scenarios/scout/*.yaml")
def scout(
    files: Annotated[list[Path], typer.Argument(help="Scout test files.")],
    unsaved: Annotated[
        str, typer.Option(help="Post state of a script that saves none: zero, keep or trap.")
    ] = "zero",
    field: Annotated[
        str, typer.Option(help="Field of f1m_* and frm_*: bls12-381, bn128 or secp256k1.")
    ] = "bls12-381",
    fuel: Annotated[int | None, typer.Option(min=1, help="Fuel of one block.")] = None,
    backend: BackendOption = None,
    libraries: LibrariesOption = None,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Deposits must be exactly the listed ones, in order.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run Scout test files and compare their post states."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands.scripts import run_scout  # noqa: PLC0415 - after --help

    results = run_scout(
        files,
        unsaved=unsaved,
        field=field,
        fuel=fuel,
        strict=strict,
        backend=backend,
        libraries=libraries,
    )
    status = terminal.print_scout(results, as_json=as_json)
    if status:
        raise typer.Exit(status)


@commands.command("export-scout", epilog="Example: shardlab export-scout runs/crowded-3 --shard 2")
def export_scout(
    run_folder: RunArgument,
    shard: Annotated[int, typer.Option(help="The shard.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Test file; by default shard_SHARD.yaml here."),
    ] = None,
    first_slot: Annotated[
        int, typer.Option(min=0, help="Leave out the blocks before this slot.")
    ] = 0,
    last_slot: Annotated[
        int | None, typer.Option(min=0, help="End with this slot, not with the run.")
    ] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Write a shard's history as a Scout test file, with its scripts beside it."""
    from simulator.commands.scripts import export_scout as export  # noqa: PLC0415 - after --help
    from simulator.store import COMPLETE  # noqa: PLC0415 - after --help
    from simulator.wording import count_of  # noqa: PLC0415 - after --help

    path, blocks, meta = export(run_folder, shard, out, first_slot, last_slot, force=force)
    if meta["status"] != COMPLETE:
        note = f"note: the run did not reach its end ({meta['status']}): up to slot {meta['slot']}"
        typer.echo(note, err=True)
    typer.echo(
        f"{path}: {count_of(blocks, 'block')} of shard {shard}; run it with: shardlab scout {path}"
    )


@commands.command(
    "exec", epilog="Example: shardlab exec helloworld.wasm --pre-state 00..00 --data ''"
)
def execute(  # noqa: PLR0913 - one parameter an option
    script: Annotated[Path, typer.Argument(help="A .wasm file.")],
    pre_state: Annotated[str, typer.Option(metavar="HEX", help="Pre-state root, 32 bytes.")] = "00"
    * 32,
    data: Annotated[
        str, typer.Option(metavar="HEX", help="Block data; @FILE reads the hex from a file.")
    ] = "",
    *,
    unsaved: Annotated[
        str, typer.Option(help="Post state of a script that saves none: zero, keep or trap.")
    ] = "trap",
    field: Annotated[
        str, typer.Option(help="Field of f1m_* and frm_*: bls12-381, bn128 or secp256k1.")
    ] = "bls12-381",
    fuel: Annotated[int | None, typer.Option(min=1, help="Fuel; of injected, ticks.")] = None,
    metering: Annotated[
        str,
        typer.Option(help="Who counts: none, fuel, ticks or injected.", metavar="KIND"),
    ] = "fuel",
    backend: BackendOption = None,
    libraries: LibrariesOption = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show every host call, on the host backend.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a script once, outside any chain."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands import scripts  # noqa: PLC0415 - after --help

    limits = scripts.build_limits(
        unsaved,
        field,
        fuel,
        backend=backend,
        libraries=libraries,
        metering=metering,
        trace=trace,
    )
    result = scripts.execute_script(script, pre_state, data, limits, trace=trace)
    sizes = scripts.measure_metering(script, limits)
    if as_json:
        terminal.print_json(terminal.describe_execution(result, limits, sizes))
    else:
        terminal.print_execution(result, limits, sizes)
    if result.outcome != "returned":
        raise typer.Exit(EXIT_FAILED)


@commands.command(epilog="Example: shardlab validate my_script.wasm --profile strict")
def validate(
    script: Annotated[Path, typer.Argument(help="A .wasm file.")],
    profile: Annotated[str, typer.Option(help="strict or scout.")] = "strict",
    *,
    as_json: JsonOption = False,
) -> None:
    """Check a script against the rules of a profile."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands.scripts import validate_file  # noqa: PLC0415 - after --help

    judgement = validate_file(script, profile)
    if as_json:
        terminal.print_json(judgement)
    else:
        terminal.print_judgement(script, profile, judgement)
    if not judgement["valid"]:
        raise typer.Exit(EXIT_FAILED)
