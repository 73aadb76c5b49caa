"""Single scripts and Scout files.

Source:
    Ours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict

from chain.config import (
    DEMO,
    Backend,
    ExecutionLimits,
    Libraries,
    Metering,
    PrimeField,
    Profile,
    UnsavedPostState,
)
from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from chain.errors import InvalidScript
from chain.types import Fuel, Root, Ticks
from simulator.commands.shared import open_cache, parse_choice, parse_hex, read_script
from simulator.errors import UserError
from simulator.watchdog import keep_watch

if TYPE_CHECKING:
    from simulator.scout import ScoutFileResult

_ROOT_BYTES: Final = 32
_VALIDATE_MAX_CODE_BYTES: Final = 1_048_576


class _BackendChoice(TypedDict):
    backend: Backend
    libraries: Libraries


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
    files: Sequence[Path],
    *,
    unsaved: str,
    field: str,
    fuel: int | None,
    strict: bool,
    backend: str | None = None,
    libraries: str | None = None,
    allow_outside: bool = False,
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
        allow_outside=allow_outside,
        **choose_backend(backend, libraries),
    )
    if fuel is not None:
        options = replace(options, max_fuel=Fuel(fuel))
    return run_scout_files(files, options, open_cache())


def build_limits(
    unsaved: str,
    field: str,
    fuel: int | None,
    *,
    backend: str | None,
    libraries: str | None,
    metering: str,
    trace: bool,
) -> ExecutionLimits:
    """Return the limits that options ask for.

    Injected ticks count what fuel counts, so their budget is that of fuel, as in a scenario.

    Raises:
        UserError: An option is not one of the choices, or two contradict each other.
    """
    limits = ExecutionLimits(
        unsaved_post_state=parse_choice(UnsavedPostState, unsaved, "--unsaved"),
        prime_field=parse_choice(PrimeField, field, "--field"),
        metering=parse_choice(Metering, metering, "--metering"),
        **choose_backend(backend, libraries, trace=trace),
    )
    if fuel is not None:
        if limits.metering in (Metering.NONE, Metering.TICKS):
            raise UserError(f"--fuel: no budget ends a script under --metering {metering}")
        limits = replace(limits, max_fuel=Fuel(fuel))
    if limits.metering is Metering.INJECTED:
        return replace(limits, max_ticks=Ticks(limits.max_fuel))
    return limits


def measure_metering(script: Path, limits: ExecutionLimits) -> tuple[int, int] | None:
    """Return a script's size without and with the calls that injected metering adds, in bytes.

    Args:
        script: The file.
        limits: Say whether metering is injected, and the prices.

    Returns:
        None if it is not, or the script is no module.

    Raises:
        UserError: The script cannot be read.
    """
    from chain.wasm import decode_module, inject_metering  # noqa: PLC0415 - only where it is used

    code = read_script(script)
    if limits.metering is not Metering.INJECTED:
        return None
    try:
        return len(code), len(inject_metering(code, decode_module(code), limits.tick_costs))
    except InvalidScript:
        return None


def execute_script(
    script: Path, pre_state: str, data: str, limits: ExecutionLimits, *, trace: bool
) -> ScriptResult:
    """Run a script once.

    Raises:
        UserError: The script cannot be read, or an argument is not hex of the right size.
    """
    root = parse_hex(pre_state, "--pre-state")
    if len(root) != _ROOT_BYTES:
        raise UserError(f"--pre-state: needs 32 bytes of hex, not {len(root)}")
    call = ScriptCall(
        code=read_script(script), pre_state_root=Root(root), data=parse_hex(data, "--data")
    )
    runtime = ScriptRuntime(limits, open_cache())
    with keep_watch(runtime):
        return runtime.attempt(call, trace=trace)


def choose_backend(
    backend: str | None, libraries: str | None, *, trace: bool = False
) -> _BackendChoice:
    """Return what scripts run on, by default the fastest that does what is asked for.

    Args:
        backend: linked or host; only the host backend sees the calls that a trace shows.
        libraries: native or wasm; only the linked backend has wasm ones.
        trace: Whether a trace is asked for.

    Raises:
        UserError: An option is not one of the choices, or two contradict each other.
    """
    default = Backend.HOST if trace else Backend.LINKED
    chosen = default if backend is None else parse_choice(Backend, backend, "--backend")
    if trace and chosen is Backend.LINKED:
        raise UserError("--trace shows the calls of the host backend: not with --backend linked")
    usual = Libraries.WASM if chosen is Backend.LINKED else Libraries.NATIVE
    kind = usual if libraries is None else parse_choice(Libraries, libraries, "--libraries")
    if chosen is Backend.HOST and kind is Libraries.WASM:
        reason = "--trace" if backend is None else "--backend host"
        raise UserError(f"--libraries wasm: not with {reason}: they are linked into scripts")
    return {"backend": chosen, "libraries": kind}


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
