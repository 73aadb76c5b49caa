"""Commands that run scenarios: one, many, or many in a comparison.

Source:
    Ours.
"""

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.options import (
    AllowOutsideOption,
    BackendOption,
    BlockWorkersOption,
    JsonOption,
    LibrariesOption,
    LiveOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
)
from simulator.cli.results import show_result

commands = typer.Typer()


@commands.command(epilog="Example: shardlab run deposit_journey --set slots=32")
def run(  # noqa: PLR0913 - one parameter an option
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
    workers: BlockWorkersOption = None,
    backend: BackendOption = None,
    libraries: LibrariesOption = None,
    live: LiveOption = False,
    allow_outside: AllowOutsideOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a scenario; print a summary and keep everything in a run folder."""
    from simulator.commands.runs import override_backend, run_scenario  # noqa: PLC0415 - after --help

    result = run_scenario(
        scenario,
        [*(overrides or ()), *override_backend(backend, libraries)],
        seed,
        out,
        force=force,
        measure=measure,
        workers=workers,
        live=live,
        allow_outside=allow_outside,
    )
    show_result(result, as_json=as_json)


@commands.command(
    epilog="Example: shardlab compare placements "
    "--vary validation.strategy=beacon-block,beacon-operation,shard-lazy --seeds 5"
)
def compare(  # noqa: PLR0913 - one parameter an option
    scenario: ScenarioArgument,
    vary: Annotated[
        list[str],
        typer.Option(
            metavar="KEY=A,B,C",
            help="A key to vary, lists in brackets; may be repeated, for a grid.",
        ),
    ],
    overrides: SetOption = None,
    seed: SeedOption = None,
    seeds: Annotated[
        str | None,
        typer.Option(metavar="N|A,B,C", help="Run N seeds, from the scenario's on; or these."),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metric", metavar="NAME", help="Show this one, or costs.*, or *; repeatable."
        ),
    ] = None,
    *,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes to use; by default one per core.")
    ] = None,
    allow_outside: AllowOutsideOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a scenario once per value of a key, and say which value does better.

    With several keys, once per combination; with --seeds, each of them several times. Shows the
    mean and spread of every metric in which the runs differ (of runs that differ in validation.*,
    those about validation), which value of the first key wins, by what factor, and whether the
    spread allows the claim; and how it grows with numeric keys.
    """
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands.runs import compare_runs  # noqa: PLC0415 - after --help
    from simulator.errors import UserError  # noqa: PLC0415 - after --help

    comparison = compare_runs(
        scenario,
        vary,
        overrides or (),
        seed,
        seeds=seeds,
        metrics=metrics or (),
        workers=workers,
        allow_outside=allow_outside,
    )
    if as_json:
        terminal.print_json(terminal.describe_comparison(comparison))
    else:
        terminal.print_comparison(comparison)
    for wish, close in comparison.missing.items():
        hint = f"; did you mean {close}?" if close else ""
        raise UserError(f"--metric {wish}: no run has such a metric{hint}")


@commands.command(epilog="Example: shardlab sweep scenarios/sweeps/places.yaml --workers 2")
def sweep(
    file: Annotated[Path, typer.Argument(help="A sweep file.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder; by default runs/sweeps/NAME.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local or ray.", metavar="ENGINE")] = "local",
    address: Annotated[
        str | None,
        typer.Option(help="An existing Ray cluster; without it one is started for the occasion."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Points to run at a time; by default one per core.")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the points; run and write nothing.")
    ] = False,
    allow_outside: AllowOutsideOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a grid or a sample of settings, and write the results as one Parquet file.

    Every point is kept as it finishes: the same command continues an interrupted sweep, and runs
    only what is new in an edited one. Exit status 70: a point crashed; the others have run.
    """
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands import sweeps  # noqa: PLC0415 - after --help

    if dry_run:
        plan, finished = sweeps.plan_points(file, out, allow_outside=allow_outside)
        if as_json:
            terminal.print_json(terminal.describe_plan(plan, finished))
        else:
            terminal.print_plan(plan, finished)
        return
    result = sweeps.run_sweep(
        file,
        out,
        engine=engine,
        address=address,
        workers=workers,
        allow_outside=allow_outside,
    )
    if as_json:
        terminal.print_json(terminal.describe_sweep(result))
    else:
        terminal.print_sweep(result)
    status = sweeps.judge_sweep(result)
    if status:
        raise typer.Exit(status)


@commands.command(epilog="Example: shardlab calibrate -o measured.json")
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


@commands.command(epilog="Example: shardlab routes three_routes --loads 1,4,16")
def routes(
    scenario: ScenarioArgument,
    loads: Annotated[
        str, typer.Option(metavar="A,B,C", help="Multiples of the scenario's load to try.")
    ] = "1,2,4,8",
    overrides: SetOption = None,
    seed: SeedOption = None,
    *,
    allow_outside: AllowOutsideOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make the same transfers by every route, and find the load that each can bear.

    A load is too much when a queue grows without bound while users ask, or when the share of
    transfers that settle falls below nine tenths of that under the smallest load.
    """
    from simulator import terminal  # noqa: PLC0415 - after --help
    from simulator.commands.runs import compare_routes  # noqa: PLC0415 - after --help

    results = compare_routes(scenario, loads, overrides or (), seed, allow_outside=allow_outside)
    if as_json:
        terminal.print_json(terminal.describe_routes(results))
    else:
        terminal.print_routes(results)
