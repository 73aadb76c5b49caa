"""Running scenarios: one, a comparison, all routes.

Source:
    Ours.
"""

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.commands.shared import count_cores, open_cache, show_progress
from simulator.errors import RunFolderError, UserError
from simulator.store import COMPLETE, DATABASE_NAME, RUNNING, RunReader, clear_run_folder

if TYPE_CHECKING:
    from simulator.compare import Comparison
    from simulator.loader import LoadedScenario
    from simulator.routes import RouteResult
    from simulator.runner import RunResult


def override_backend(backend: str | None, libraries: str | None) -> list[str]:
    """Return the overrides that the options stand for, so that the report lists them.

    Raises:
        UserError: They contradict each other.
    """
    if (backend, libraries) == ("host", "wasm"):
        raise UserError("--libraries wasm: not with --backend host: they are linked into scripts")
    chosen = {"backend": backend, "libraries": libraries}
    return [f"chain.execution.{name}={value}" for name, value in chosen.items() if value]


def run_scenario(
    scenario: str,
    overrides: Sequence[str],
    seed: int | None,
    out: Path | None,
    *,
    force: bool,
    measure: bool = False,
    workers: int | None = None,
    live: bool = False,
) -> "RunResult":
    """Load and run a scenario, with a progress bar where somebody watches.

    Args:
        scenario: Name or path.
        overrides: ``key=value`` each.
        seed: Another seed than the scenario's.
        out: Run folder, by default one of its own.
        force: Whether to replace a run.
        measure: Whether to look at the clock.
        workers: Processes that make shard blocks; None for one per core where that pays off.
        live: Whether to show the run while it runs, instead of the bar.

    Raises:
        UserError: The scenario or the run folder cannot be used.
    """
    from simulator.loader import load_scenario  # noqa: PLC0415 - only where it is used
    from simulator.parallel.choice import pays_off  # noqa: PLC0415 - only where it is used
    from simulator.runner import run  # noqa: PLC0415 - only where it is used

    loaded = load_scenario(scenario, overrides, seed)
    folder = _choose_run_folder(out, f"{loaded.name}-{loaded.scenario.seed}", force=force)
    if workers is None:
        workers = count_cores() if pays_off(loaded) else 1
    try:
        if live:
            from simulator.live import show_live  # noqa: PLC0415 - only where it is used

            with show_live(loaded) as watch:
                return run(
                    loaded, folder, open_cache(), watch=watch, measure=measure, workers=workers
                )
        with show_progress(loaded.name, loaded.scenario.slots) as progress:
            return run(loaded, folder, open_cache(), progress, measure=measure, workers=workers)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_tell_what_is_kept(folder)) from None


def _tell_what_is_kept(folder: Path) -> str:
    """Return what an interrupted run left behind, and what can be done with it."""
    meta = _read_meta(folder)
    if meta is None:
        return "interrupted before the first slot; nothing is kept"
    slot, slots = meta["slot"], meta["slots"]
    if not slot:
        return f"interrupted before slot 1 of {slots:,} was over; {folder} holds no slots"
    kept = "slot 1 is" if slot == 1 else f"slots 1 to {slot:,} are"
    return (
        f"interrupted after slot {slot:,} of {slots:,}; {kept} kept in {folder}\n"
        f"`shardlab report {folder}` shows them; `run --out {folder} --force` begins again"
    )


def _read_meta(folder: Path) -> dict[str, Any] | None:
    """Return what a run folder's database says about the run, None if it says nothing."""
    try:
        with closing(RunReader(folder)) as reader:
            return reader.meta if {"slot", "slots", "status"} <= reader.meta.keys() else None
    except RunFolderError:
        return None


def compare_runs(
    scenario: str,
    vary: Sequence[str],
    overrides: Sequence[str],
    seed: int | None,
    *,
    seeds: str | None,
    metrics: Sequence[str],
    workers: int | None,
) -> "Comparison":
    """Load all variations, run them, and work out what they show.

    Args:
        scenario: File, or name of a shipped scenario.
        vary: ``key=value,value,...``, one a key.
        overrides: ``key=value``, for all runs.
        seed: Replaces the scenario's.
        seeds: How many seeds to run with, or which.
        metrics: Names or patterns of the metrics to show; by default all that differ.
        workers: Processes to use; by default one per core.

    Raises:
        UserError: A variation cannot be used; nothing has run then.
    """
    from simulator.compare import build_comparison, compare, find_missing, plan_runs  # noqa: PLC0415 - only where used

    planned = plan_runs(scenario, vary, overrides, seed, seeds)
    slots = sum(each.loaded.scenario.slots for each in planned)
    with show_progress("compare", slots) as progress:
        runs = []
        for made in compare(planned, open_cache(), progress, workers or count_cores()):
            runs.append(made)
            if len(runs) == 1:
                # Other runs may have it, so they are made, but nobody should wait for a slip.
                _warn_of_missing(find_missing(runs, metrics))
        return build_comparison(runs, metrics)


def _warn_of_missing(missing: Mapping[str, str | None]) -> None:
    for wish, close in missing.items():
        hint = f"; did you mean {close}?" if close else ""
        sys.stderr.write(f"warning: --metric {wish}: the first run has no such metric{hint}\n")


def compare_routes(
    scenario: str, loads: str, overrides: Sequence[str], seed: int | None
) -> list["RouteResult"]:
    """Load a scenario for every route and load, then run them.

    Raises:
        UserError: The scenario has no routes to compare, or a load cannot be used; nothing has
            run then.
    """
    from simulator import routes  # noqa: PLC0415 - only where it is used
    from simulator.runner import run  # noqa: PLC0415 - only where it is used

    plans = routes.plan_routes(scenario, overrides, seed, routes.parse_loads(loads))
    slots = sum(plan.loaded.scenario.slots for each in plans.values() for plan in each)
    cache = open_cache()
    with show_progress("routes", slots) as progress:
        done = count(1)

        def simulate(loaded: "LoadedScenario") -> "RunResult":
            return run(loaded, None, cache, lambda _slot: progress(next(done)), keep_events=False)

        return list(routes.compare_routes(plans, simulate))


def _choose_run_folder(out: Path | None, name: str, *, force: bool) -> Path:
    """Return where a run goes: the wanted folder if it is free, else the next free number."""
    if out is None:
        first = Path("runs") / name
        later = (Path("runs") / f"{name}-{number}" for number in count(2))
        return first if not first.exists() else next(path for path in later if not path.exists())
    if out.exists() and not out.is_dir():
        raise RunFolderError(f"{out}: is not a folder")
    if out.is_dir() and any(out.iterdir()):
        if not (force and (out / DATABASE_NAME).exists()):
            raise RunFolderError(f"{out}: {_tell_what_is_in(out)}")
        clear_run_folder(out)
    return out


def _tell_what_is_in(folder: Path) -> str:
    """Return why a folder cannot be used as it is, and what to do."""
    if not (folder / DATABASE_NAME).exists():
        return "is not empty, and holds no run; name another folder"
    meta = _read_meta(folder)
    if meta is None or meta["status"] == COMPLETE:
        return "holds a run already; use --force to replace it, or name another folder"
    how = "is not finished" if meta["status"] == RUNNING else f"was {meta['status']}"
    return (
        f"holds a run that {how} after slot {meta['slot']:,} of {meta['slots']:,}; "
        "use --force to replace it, or name another folder"
    )
