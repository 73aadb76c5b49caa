"""The command line: parses, calls one function a command, prints what it returns.

Results go to stdout, diagnostics and progress to stderr. Exit status 0: ran, and expectations
were met. 1: an expectation failed, a script is invalid, files differ. 2: unusable arguments or
input.

Everything heavy is imported inside the commands, so that ``--help`` answers at once.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from simulator import cli_report
from simulator.command_group import EXIT_FAILED, CommandGroup
from simulator.lessons.command import add_lesson_commands

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A mini shard-chain simulator for Ethereum 2.0 Phase 2 research.",
)

ScenarioArgument = Annotated[
    str, typer.Argument(help="A scenario file, or the name of a shipped scenario.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override any key; may be repeated."),
]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Replace the scenario's seed.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
RunArgument = Annotated[Path, typer.Argument(help="A run folder, as `run` made it.")]


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


@app.command(epilog="Example: shardlab run deposit_journey --set slots=32")
def run(
    scenario: ScenarioArgument,
    overrides: SetOption = None,
    seed: SeedOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; by default runs/NAME-SEED, numbered.")
    ] = None,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the run in an existing folder.")
    ] = False,
    measure: Annotated[
        bool,
        typer.Option("--measure", help="Time validating and compiling here; no report has it."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a scenario; print a summary and keep everything in a run folder."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands import run_scenario  # noqa: PLC0415 - after --help

    result = run_scenario(scenario, overrides or (), seed, out, force=force, measure=measure)
    if as_json:
        terminal.print_json(terminal.describe_result(result))
    else:
        terminal.print_result(result)
    if not result.expectations_met:
        raise typer.Exit(EXIT_FAILED)


@app.command(
    epilog="Example: shardlab compare placements "
    "--vary validation.strategy=beacon-block,beacon-operation,shard-lazy --seeds 5"
)
def compare(
    scenario: ScenarioArgument,
    vary: Annotated[
        list[str],
        typer.Option(metavar="KEY=A,B,C", help="A key to vary; may be repeated, for a grid."),
    ],
    overrides: SetOption = None,
    seed: SeedOption = None,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="N|A,B,C", help="Run N seeds, from the scenario's on; or these."),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="NAME", help="Show this one, or costs.*; repeatable."),
    ] = None,
    *,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes to use; by default one per core.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a scenario once per value of a key, and say which value does better.

    With several keys, once per combination; with --seeds, each of them several times. Shows the
    mean and spread of every metric in which the runs differ, which value of the first key wins,
    by what factor, and whether the spread allows the claim; and how it grows with numeric keys.
    """
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands import compare_runs  # noqa: PLC0415 - after --help
    from simulator.errors import UserError  # noqa: PLC0415 - after --help

    comparison = compare_runs(
        scenario,
        vary,
        overrides or (),
        seed,
        seeds=seeds,
        metrics=metrics or (),
        workers=workers,
    )
    if as_json:
        terminal.print_json(terminal.describe_comparison(comparison))
    else:
        terminal.print_comparison(comparison)
    for wish, close in comparison.missing.items():
        hint = f"; did you mean {close}?" if close else ""
        raise UserError(f"--metric {wish}: no run has such a metric{hint}")


@app.command(epilog="Example: shardlab calibrate -o measured.json")
def calibrate(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Profile file to write.", metavar="FILE")
    ] = Path("measured.json"),
    repeats: Annotated[
        int, typer.Option(min=1, max=1000, help="How often to time each module.")
    ] = 5,
    *,
    as_json: JsonOption = False,
) -> None:
    """Measure this machine, and write the file that `costs.profile: measured` reads."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.calibration import calibrate_machine  # noqa: PLC0415 - after --help

    calibration = calibrate_machine(out, repeats)
    if as_json:
        terminal.print_json(calibration.describe())
    else:
        terminal.print_calibration(calibration, out)


@app.command(epilog="Example: shardlab routes three_routes --loads 1,4,16")
def routes(
    scenario: ScenarioArgument,
    loads: Annotated[
        str, typer.Option(metavar="A,B,C", help="Multiples of the scenario's load to try.")
    ] = "1,2,4,8",
    overrides: SetOption = None,
    seed: SeedOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Make the same transfers by every route, and find the load that each can bear.

    A load is too much when a queue grows without bound while users ask, or when the share of
    transfers that settle falls below nine tenths of that under the smallest load.
    """
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands import compare_routes  # noqa: PLC0415 - after --help

    results = compare_routes(scenario, loads, overrides or (), seed)
    if as_json:
        terminal.print_json(terminal.describe_routes(results))
    else:
        terminal.print_routes(results)


@app.command(epilog="Example: shardlab follow runs/deposit_journey-7 1")
def follow(
    run_folder: RunArgument,
    deposit: Annotated[int | None, typer.Argument(help="Number of one deposit.")] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show all deposits of a run, or the whole life of one."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands import follow_deposits  # noqa: PLC0415 - after --help

    meta, deposits = follow_deposits(run_folder, deposit)
    if as_json:
        terminal.print_json(terminal.describe_deposits(meta, deposits))
    elif deposit is None:
        terminal.print_deposits(meta, deposits)
    else:
        terminal.print_deposit(meta, deposits[0])


@app.command(epilog="Example: shardlab flows runs/crowded-3 --format dot | dot -Tsvg > flows.svg")
def flows(
    run_folder: RunArgument,
    form: Annotated[
        str, typer.Option("--format", help="graphml, dot or json.", metavar="FORMAT")
    ] = "json",
) -> None:
    """Write the graph of deposits between shards."""
    from simulator.commands import export_flows  # noqa: PLC0415 - after --help

    typer.echo(export_flows(run_folder, form), nl=False)


@app.command(epilog="Example: shardlab scout scenarios/scout/*.yaml")
def scout(
    files: Annotated[list[Path], typer.Argument(help="Scout test files.")],
    unsaved: Annotated[
        str, typer.Option(help="Post state of a script that saves none: zero, keep or trap.")
    ] = "zero",
    field: Annotated[
        str, typer.Option(help="Field of f1m_* and frm_*: bls12-381, bn128 or secp256k1.")
    ] = "bls12-381",
    fuel: Annotated[int | None, typer.Option(min=1, help="Fuel of one block.")] = None,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Deposits must be exactly the listed ones, in order.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run Scout test files and compare their post states."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands import run_scout  # noqa: PLC0415 - after --help

    results = run_scout(files, unsaved=unsaved, field=field, fuel=fuel, strict=strict)
    status = terminal.print_scout(results, as_json=as_json)
    if status:
        raise typer.Exit(status)


@app.command("export-scout", epilog="Example: shardlab export-scout runs/crowded-3 --shard 2")
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
    from simulator.commands import export_scout as export  # noqa: PLC0415 - after --help
    from simulator.store import COMPLETE  # noqa: PLC0415 - after --help

    path, blocks, meta = export(run_folder, shard, out, first_slot, last_slot, force=force)
    if meta["status"] != COMPLETE:
        note = f"note: the run did not reach its end ({meta['status']}): up to slot {meta['slot']}"
        typer.echo(note, err=True)
    typer.echo(f"{path}: {blocks} blocks of shard {shard}; run it with: shardlab scout {path}")


@app.command("exec", epilog="Example: shardlab exec helloworld.wasm --pre-state 00..00 --data ''")
def execute(
    script: Annotated[Path, typer.Argument(help="A .wasm file.")],
    pre_state: Annotated[str, typer.Option(metavar="HEX", help="Pre-state root, 32 bytes.")] = "00"
    * 32,
    data: Annotated[
        str, typer.Option(metavar="HEX", help="Block data; @FILE reads the hex from a file.")
    ] = "",
    unsaved: Annotated[
        str, typer.Option(help="Post state of a script that saves none: zero, keep or trap.")
    ] = "trap",
    field: Annotated[
        str, typer.Option(help="Field of f1m_* and frm_*: bls12-381, bn128 or secp256k1.")
    ] = "bls12-381",
    fuel: Annotated[int | None, typer.Option(min=1, help="Fuel.")] = None,
    *,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show every host call; --json always does.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a script once, outside any chain."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands import execute_script  # noqa: PLC0415 - after --help

    result = execute_script(
        script, pre_state, data, unsaved=unsaved, field=field, fuel=fuel, trace=trace or as_json
    )
    if as_json:
        terminal.print_json(terminal.describe_execution(result))
    else:
        terminal.print_execution(result)
    if result.outcome != "returned":
        raise typer.Exit(EXIT_FAILED)


@app.command(epilog="Example: shardlab validate my_script.wasm --profile strict")
def validate(
    script: Annotated[Path, typer.Argument(help="A .wasm file.")],
    profile: Annotated[str, typer.Option(help="strict or scout.")] = "strict",
    *,
    as_json: JsonOption = False,
) -> None:
    """Check a script against the rules of a profile."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands import validate_file  # noqa: PLC0415 - after --help

    judgement = validate_file(script, profile)
    if as_json:
        terminal.print_json(judgement)
    else:
        terminal.print_judgement(script, profile, judgement)
    if not judgement["valid"]:
        raise typer.Exit(EXIT_FAILED)


@app.command(epilog="Example: shardlab scenarios")
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


@app.command(epilog="Example: shardlab schema > scenario.schema.json")
def schema() -> None:
    """Write the JSON Schema of scenario files, for editors."""
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.scenario import Scenario  # noqa: PLC0415 - after --help

    terminal.print_json(Scenario.model_json_schema())


@app.command(epilog="Example: shardlab init my-experiment && shardlab run my-experiment/first.yaml")
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
) -> None:
    """Make a folder with a commented first scenario and the scripts it uses."""
    from simulator.commands import init_folder  # noqa: PLC0415 - after --help

    first = init_folder(folder)
    typer.echo(f"{first} is ready; run it with: shardlab run {first}")


@app.command("new-script", epilog="Example: shardlab new-script savings && savings/build.sh")
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


app.add_typer(cli_report.commands)


add_lesson_commands(app)


def main(arguments: Iterable[str] | None = None) -> None:
    """Run the command line."""
    app(args=None if arguments is None else list(arguments), prog_name="shardlab")


if __name__ == "__main__":
    main()
