"""What the commands do: plain values in, data out; nothing here prints results.

Source:
    Ours.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from chain.config import DEMO, ExecutionLimits, PrimeField, Profile, UnsavedPostState
from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from chain.errors import InvalidScript
from chain.types import Fuel, Root
from simulator.errors import RunFolderError, UserError
from simulator.module_cache import DiskModuleCache, default_cache_folder
from simulator.store import DATABASE_NAME, clear_run_folder

if TYPE_CHECKING:
    from simulator.compare import Comparison
    from simulator.follow import FollowedDeposit
    from simulator.loader import LoadedScenario
    from simulator.routes import RouteResult
    from simulator.runner import Progress, RunResult
    from simulator.scout import ScoutFileResult

C = TypeVar("C", bound=StrEnum)

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
_FIRST_SCRIPTS: Final = (
    "helloworld.rs",
    "helloworld.wasm",
    "deposit_relay.rs",
    "deposit_relay.wasm",
    "build.sh",
    "sdk/toolchain.sh",
)
"""What the first scenario uses, with the sources and what builds them."""

_ROOT_BYTES: Final = 32
_MAX_FILE_BYTES: Final = 2**26
_VALIDATE_MAX_CODE_BYTES: Final = 1_048_576


def open_cache() -> DiskModuleCache:
    """Return the compiled-module cache of this user."""
    return DiskModuleCache(default_cache_folder())


def run_scenario(
    scenario: str,
    overrides: Sequence[str],
    seed: int | None,
    out: Path | None,
    *,
    force: bool,
    measure: bool = False,
) -> "RunResult":
    """Load and run a scenario, with a progress bar where somebody watches.

    Raises:
        UserError: The scenario or the run folder cannot be used.
    """
    from simulator.loader import load_scenario  # noqa: PLC0415 - only where it is used
    from simulator.runner import run  # noqa: PLC0415 - only where it is used

    loaded = load_scenario(scenario, overrides, seed)
    folder = _choose_run_folder(out, f"{loaded.name}-{loaded.scenario.seed}", force=force)
    with show_progress(loaded.name, loaded.scenario.slots) as progress:
        return run(loaded, folder, open_cache(), progress, measure=measure)


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
    from simulator.compare import build_comparison, compare, plan_runs  # noqa: PLC0415 - only where used

    planned = plan_runs(scenario, vary, overrides, seed, seeds)
    slots = sum(each.loaded.scenario.slots for each in planned)
    with show_progress("compare", slots) as progress:
        runs = compare(planned, open_cache(), progress, workers or count_cores())
        return build_comparison(list(runs), metrics)


def count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


def follow_deposits(
    folder: Path, number: int | None
) -> tuple[dict[str, Any], list["FollowedDeposit"]]:
    """Read a run's deposits, or one of them.

    Returns:
        What is known about the run, and the deposits.

    Raises:
        UserError: There is no such run, or no such deposit.
    """
    from simulator.follow import read_deposit, read_deposits  # noqa: PLC0415 - only where used
    from simulator.store import RunReader  # noqa: PLC0415 - only where it is used

    reader = RunReader(folder)
    try:
        if number is None:
            return reader.meta, read_deposits(reader)
        return reader.meta, [read_deposit(reader, number)]
    finally:
        reader.close()


def export_flows(folder: Path, form: str) -> str:
    """Return a run's deposit graph as text.

    Raises:
        UserError: There is no such run or format.
    """
    from simulator.flows import FlowFormat, build_flow_graph, encode_flow_graph  # noqa: PLC0415 - only where used

    chosen = parse_choice(FlowFormat, form, "--format")
    _, deposits = follow_deposits(folder, None)
    return encode_flow_graph(build_flow_graph(deposits), chosen)


def export_scout(
    folder: Path,
    shard: int,
    out: Path | None,
    first_slot: int,
    last_slot: int | None,
    *,
    force: bool,
) -> tuple[Path, int, dict[str, Any]]:
    """Write a shard's history as a Scout test file.

    Returns:
        The file, how many blocks it has, and what is known about the run.

    Raises:
        UserError: There is no such run or shard, or the file cannot be written.
    """
    from simulator.scout_export import (  # noqa: PLC0415 - only where it is used
        build_scout_export,
        get_scripts_folder,
        write_scout_export,
    )
    from simulator.store import RunReader  # noqa: PLC0415 - only where it is used

    path = Path(f"shard_{shard}.yaml") if out is None else out
    reader = RunReader(folder)
    try:
        scripts = get_scripts_folder(path)
        export = build_scout_export(reader, shard, scripts, first_slot, last_slot)
    finally:
        reader.close()
    write_scout_export(export, path, force=force)
    return path, export.blocks, reader.meta


def run_scout(
    files: Sequence[Path], *, unsaved: str, field: str, fuel: int | None, strict: bool
) -> Iterator["ScoutFileResult"]:
    """Run Scout files one by one.

    Raises:
        UserError: An option is not one of the choices.
    """
    from simulator.scout import ScoutOptions, run_scout_files  # noqa: PLC0415 - only where used

    options = ScoutOptions(
        unsaved=parse_choice(UnsavedPostState, unsaved, "--unsaved"),
        strict=strict,
        prime_field=parse_choice(PrimeField, field, "--field"),
    )
    if fuel is not None:
        options = replace(options, max_fuel=Fuel(fuel))
    return run_scout_files(files, options, open_cache())


def execute_script(
    script: Path,
    pre_state: str,
    data: str,
    *,
    unsaved: str,
    field: str,
    fuel: int | None,
    trace: bool,
) -> ScriptResult:
    """Run a script once.

    Raises:
        UserError: The script cannot be read, or an argument is not hex of the right size.
    """
    limits = ExecutionLimits(
        unsaved_post_state=parse_choice(UnsavedPostState, unsaved, "--unsaved"),
        prime_field=parse_choice(PrimeField, field, "--field"),
    )
    if fuel is not None:
        limits = replace(limits, max_fuel=Fuel(fuel))
    root = parse_hex(pre_state, "--pre-state")
    if len(root) != _ROOT_BYTES:
        raise UserError(f"--pre-state: needs 32 bytes of hex, not {len(root)}")
    call = ScriptCall(
        code=read_script(script), pre_state_root=Root(root), data=parse_hex(data, "--data")
    )
    return ScriptRuntime(limits, open_cache()).execute(call, trace=trace)


def validate_file(script: Path, profile: str) -> dict[str, Any]:
    """Judge a script.

    Returns:
        ``valid``, and the broken ``rule``, its byte ``offset`` and a ``message``.

    Raises:
        UserError: The script cannot be read, or there is no such profile.
    """
    from chain.validation import get_rules, validate_script  # noqa: PLC0415 - only where used

    chosen = parse_choice(Profile, profile, "--profile")
    config = replace(DEMO, profile=chosen, max_code_bytes=_VALIDATE_MAX_CODE_BYTES)
    runtime = ScriptRuntime(config.execution)
    try:
        validate_script(read_script(script), get_rules(config), runtime)
    except InvalidScript as error:
        return {
            "valid": False,
            "rule": error.code,
            "offset": error.offset,
            "message": error.detail,
        }
    return {"valid": True, "rule": None, "offset": None, "message": "no rule is broken"}


def init_folder(folder: Path) -> Path:
    """Make a folder with a first scenario.

    Returns:
        The scenario file.

    Raises:
        UserError: The folder holds something already, or cannot be made.
    """
    from simulator.shipped import get_scenarios_folder  # noqa: PLC0415 - only where it is used

    shipped = get_scenarios_folder()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder}: exists already and is not an empty folder")
        (folder / "scripts" / "sdk").mkdir(parents=True)
        shutil.copyfile(_TEMPLATES / "first.yaml", folder / "first.yaml")
        for file in _FIRST_SCRIPTS:
            shutil.copyfile(shipped / "scripts" / file, folder / "scripts" / file)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error.strerror}") from error
    return folder / "first.yaml"


def parse_choice(kind: type[C], text: str, option: str) -> C:
    """Return the member of an enumeration that an option names.

    Raises:
        UserError: There is none.
    """
    try:
        return kind(text)
    except ValueError:
        choices = ", ".join(member.value for member in kind)
        raise UserError(f"{option} {text}: choose one of {choices}") from None


def parse_hex(text: str, option: str) -> bytes:
    """Return the bytes that an option gives in hex, or in a file of hex as ``@FILE``.

    Raises:
        UserError: It is not hex, or the file cannot be read.
    """
    if text.startswith("@"):
        text = _read_file(Path(text[1:]), f"{option} {text}").decode("ascii", errors="replace")
    try:
        return bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        raise UserError(f"{option}: not hex, or an odd number of digits") from None


def read_script(path: Path) -> bytes:
    """Return a script's bytes.

    Raises:
        UserError: It cannot be read.
    """
    return _read_file(path, str(path))


def _read_file(path: Path, shown: str) -> bytes:
    """Return a file's bytes; a device that never ends is not worth waiting for.

    Raises:
        UserError: It cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(f"{shown}: cannot be read: {reason}") from error
    if len(data) > _MAX_FILE_BYTES:
        raise UserError(f"{shown}: larger than {_MAX_FILE_BYTES} bytes")
    return data


@contextmanager
def show_progress(name: str, slots: int) -> Iterator["Progress"]:
    """Show a progress bar on stderr, where that is a terminal."""
    from rich.console import Console  # noqa: PLC0415 - only where it is used
    from rich.progress import Progress as Bar  # noqa: PLC0415 - only where it is used

    console = Console(file=sys.stderr)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=slots)
        yield lambda done: bar.update(task, completed=done)


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
            hint = "use --force to replace the run" if (out / DATABASE_NAME).exists() else ""
            raise RunFolderError(f"{out}: is not empty{'; ' + hint if hint else ''}")
        clear_run_folder(out)
    return out
