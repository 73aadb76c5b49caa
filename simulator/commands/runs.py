"""Running scenarios: one, a comparison, all routes.

Source:
    Ours.
"""

import sys
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.commands.run_folders import choose_run_folder, tell_what_is_kept
from simulator.commands.shared import count_cores, open_cache, show_progress
from simulator.errors import UserError

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


def run_scenario(  # noqa: PLR0913 - one parameter an option
    scenario: str,
    overrides: Sequence[str],
    seed: int | None,
    out: Path | None,
    *,
    force: bool,
    measure: bool = False,
    workers: int | None = None,
    live: bool = False,
    allow_outside: bool = False,
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
        allow_outside: Whether the file may name files outside its folder.

    Raises:
        UserError: The scenario or the run folder cannot be used.
    """
    from simulator.loader import load_scenario  # noqa: PLC0415 - only where it is used
    from simulator.parallel.choice import pays_off  # noqa: PLC0415 - only where it is used
    from simulator.runner import run  # noqa: PLC0415 - only where it is used

    loaded = load_scenario(scenario, overrides, seed, allow_outside=allow_outside)
    folder = choose_run_folder(out, f"{loaded.name}-{loaded.scenario.seed}", force=force)
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
        raise KeyboardInterrupt(tell_what_is_kept(folder)) from None


def compare_runs(
    scenario: str,
    vary: Sequence[str],
    overrides: Sequence[str],
    seed: int | None,
    *,
    seeds: str | None,
    metrics: Sequence[str],
    workers: int | None,
    allow_outside: bool = False,
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
        allow_outside: Whether the file may name files outside its folder.

    Raises:
        UserError: A variation cannot be used; nothing has run then.
    """
    from simulator.compare import build_comparison, compare, find_missing, plan_runs  # noqa: PLC0415 - only where used

    planned = plan_runs(scenario, vary, overrides, seed, seeds, allow_outside=allow_outside)
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
    scenario: str,
    loads: str,
    overrides: Sequence[str],
    seed: int | None,
    *,
    allow_outside: bool = False,
) -> list["RouteResult"]:
    """Load a scenario for every route and load, then run them.

    Raises:
        UserError: The scenario has no routes to compare, or a load cannot be used; nothing has
            run then.
    """
    from simulator import routes  # noqa: PLC0415 - only where it is used
    from simulator.runner import run  # noqa: PLC0415 - only where it is used

    plans = routes.plan_routes(
        scenario, overrides, seed, routes.parse_loads(loads), allow_outside=allow_outside
    )
    slots = sum(plan.loaded.scenario.slots for each in plans.values() for plan in each)
    cache = open_cache()
    with show_progress("routes", slots) as progress:
        done = count(1)

        def simulate(loaded: "LoadedScenario") -> "RunResult":
            return run(loaded, None, cache, lambda _slot: progress(next(done)), keep_events=False)

        return list(routes.compare_routes(plans, simulate))
