"""One hostile script by the ways in which scripts are run: the API, exec, scout, validation."""

import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from chain.config import (
    DEMO,
    Backend,
    ExecutionLimits,
    Libraries,
    Metering,
    Profile,
    UnsavedPostState,
)
from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from chain.errors import InvalidScript
from chain.types import Fuel, Root, Ticks
from chain.validation import get_rules, validate_script
from simulator.commands.scripts import execute_script
from simulator.scout import ScoutOptions, run_scout_files
from tests.trust.experiment import Cases
from tests.trust.hostile.documented import read_outcomes, read_rules
from tests.trust.hostile.scripts import HostileScript, draw_script
from tests.trust.hostile.warden import Answer

STATE: Final = Root(bytes(range(32)))
_FUEL: Final = (2_000_000, 1_000, 300_000, 1_000_000)
_MUCH_FUEL: Final = 40_000_000
_LEAST_TIMED_FUEL: Final = 1_000_000
_LARGEST_CODE_BYTES: Final = 2**20
_SHARE_BY_FILE: Final = 0.1
_SHARE_WITH_WASM: Final = 0.2
"""Linked libraries are compiled with each script, which takes longer than all the rest."""

_SHARE_WITH_MUCH_FUEL: Final = 0.004


def attempt_script(cases: Cases, number: int, folder: Path) -> Answer:
    """Run one hostile script."""
    rng = cases.make_rng(number)
    script = draw_script(rng)
    limits = _draw_limits(rng)
    answer = Answer()
    began = time.process_time()
    way = rng.random()
    if way < _SHARE_BY_FILE:
        _run_exec(script, limits, folder, answer, is_traced=limits.backend is Backend.HOST)
    elif way < 2 * _SHARE_BY_FILE:
        _run_scout(script, limits, folder, answer)
    else:
        _run_twice(script, limits, answer, is_traced=rng.random() < _SHARE_BY_FILE)
    for profile in Profile:
        _validate(script, profile, answer)
    answer.peaks["s of processor time for one script"] = time.process_time() - began
    return answer


def _draw_limits(rng: Random) -> ExecutionLimits:
    """Choose among few, each with a runtime of its own that keeps what it compiled."""
    if rng.random() < _SHARE_WITH_MUCH_FUEL:
        return rng.choice(_GENEROUS)
    return rng.choice(_WITH_WASM if rng.random() < _SHARE_WITH_WASM else _NATIVE)


def _build_limits(
    metering: Metering,
    unsaved: UnsavedPostState,
    fuel: int,
    backend: Backend,
    libraries: Libraries = Libraries.NATIVE,
) -> ExecutionLimits:
    return ExecutionLimits(
        metering=metering,
        max_fuel=Fuel(fuel),
        max_ticks=Ticks(fuel),
        watchdog_fuel=Fuel(fuel),
        unsaved_post_state=unsaved,
        backend=backend,
        libraries=libraries,
    )


_UNSAVED: Final = (*UnsavedPostState, UnsavedPostState.TRAP)
_SETTINGS: Final = tuple(zip(Metering, _UNSAVED, _FUEL, strict=True))
_NATIVE: Final = tuple(_build_limits(*each, backend) for each in _SETTINGS for backend in Backend)
_WITH_WASM: Final = tuple(
    _build_limits(*each, Backend.LINKED, Libraries.WASM) for each in _SETTINGS
)
_GENEROUS: Final = tuple(
    _build_limits(Metering.FUEL, UnsavedPostState.TRAP, _MUCH_FUEL, backend) for backend in Backend
)


@cache
def _get_runtime(limits: ExecutionLimits) -> ScriptRuntime:
    return ScriptRuntime(limits)


def _run_twice(
    script: HostileScript, limits: ExecutionLimits, answer: Answer, *, is_traced: bool
) -> None:
    """Run it, and run it once more: compiled by now, timed, and with the same result."""
    runtime = _get_runtime(limits)
    call = ScriptCall(script.code, STATE, script.data)
    first = runtime.attempt(call, trace=is_traced)
    began = time.process_time()
    second = runtime.attempt(call, trace=is_traced)
    seconds = time.process_time() - began
    _judge(script, first, answer)
    if first != second:
        answer.failures.append(f"{script.family}: {first.outcome}, then {second.outcome}")
    if first.fuel_used >= _LEAST_TIMED_FUEL:
        answer.peaks[f"ns of processor time a unit of fuel, {limits.backend}"] = (
            seconds * 1e9 / first.fuel_used
        )


def _run_exec(
    script: HostileScript,
    limits: ExecutionLimits,
    folder: Path,
    answer: Answer,
    *,
    is_traced: bool,
) -> None:
    path = folder / "script.wasm"
    path.write_bytes(script.code)
    data = script.data.hex()
    _judge(script, execute_script(path, STATE.hex(), data, limits, trace=is_traced), answer)


def _judge(script: HostileScript, result: ScriptResult, answer: Answer) -> None:
    answer.outcomes.append(f"ended: {result.outcome}")
    if result.outcome not in read_outcomes() or result.outcome == "overran":
        answer.failures.append(f"{script.family}: ended as {result.outcome}: {result.detail}")
    if result.outcome != "returned" and (result.post_state_root != STATE or result.deposits):
        answer.failures.append(f"{script.family}: {result.outcome}, and there are effects")


def _run_scout(
    script: HostileScript, limits: ExecutionLimits, folder: Path, answer: Answer
) -> None:
    """Run it as the only block of a test file that expects the state to stay."""
    (folder / "script.wasm").write_bytes(script.code)
    path = folder / "test.yaml"
    path.write_text(
        f"beacon_state: {{execution_scripts: [script.wasm]}}\n"
        f"shard_pre_state: {{exec_env_states: ['{STATE.hex()}']}}\n"
        f"shard_blocks: [{{env: 0, data: '{script.data.hex()}'}}]\n"
        f"shard_post_state: {{exec_env_states: ['{STATE.hex()}']}}\n",
        encoding="utf-8",
    )
    options = ScoutOptions(
        max_fuel=limits.max_fuel, backend=limits.backend, libraries=limits.libraries
    )
    [result] = run_scout_files([path], options)
    if result.error:
        answer.failures.append(f"{script.family}: {result.error}")
        return
    failure = next((line for line in result.differences if line.startswith("shard_blocks")), "")
    outcome = failure.split(": ")[1] if failure else "returned"
    answer.outcomes.append(f"ended: {outcome}")
    if outcome not in read_outcomes() or outcome == "overran":
        answer.failures.append(f"{script.family}: {failure}")


def _validate(script: HostileScript, profile: Profile, answer: Answer) -> None:
    config = replace(DEMO, profile=profile, max_code_bytes=_LARGEST_CODE_BYTES)
    try:
        validate_script(script.code, get_rules(config), _get_runtime(config.execution))
    except InvalidScript as error:
        answer.outcomes.append(f"{profile}: breaks a rule")
        if error.code not in read_rules():
            answer.failures.append(f"{script.family}: refused by no known rule: {error.code}")
    else:
        answer.outcomes.append(f"{profile}: keeps all rules")
