"""The watchdog: what takes too long is ended, and no chain ever sees it."""

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chain.eei import ScriptCall, ScriptRuntime
from chain.types import Fuel
from simulator.errors import ScriptTooSlow, UserError
from simulator.events import Event
from simulator.lessons import Simulation
from simulator.loader import LoadedScenario, load_scenario
from simulator.runner import run
from simulator.scout import ScoutOptions, run_scout_files
from simulator.store import FAILED, RunReader
from simulator.watchdog import DEFAULT_SECONDS, WATCHDOG_VARIABLE, keep_watch, read_limit_seconds
from tests.helpers.cli import shardlab
from tests.helpers.scenarios import (
    HELLO,
    build_scenario,
    call,
    load,
    register,
    save_scenario,
    write_script,
)
from tests.helpers.scout import CASE
from tests.helpers.wat import KEEP, PRE_STATE, build_script

SLOT = 5
ENDLESS_BODY = "(loop $again (br $again))"
ENDLESS = ScriptCall(build_script(ENDLESS_BODY), PRE_STATE, b"")
SHORT = ScriptCall(build_script(""), PRE_STATE, b"")
NO_LIMIT = replace(KEEP, max_fuel=Fuel(10**17))


@pytest.fixture(autouse=True)
def _limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WATCHDOG_VARIABLE, "0.2")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A scenario in which nothing but the watchdog would end a call."""
    script = write_script(tmp_path, "endless", ENDLESS_BODY)
    events = [register("hello", HELLO), register("endless", script)]
    changes = {"chain": {"execution": {"metering": "none", "watchdog_fuel": 10**13}}}
    calls = [call("hello", SLOT - 2), call("endless", SLOT, shard=1)]
    built = build_scenario(8, events=[*events, *calls], **changes)
    return save_scenario(built, tmp_path)


@pytest.fixture
def loaded(scenario: Path) -> LoadedScenario:
    return load_scenario(str(scenario))


MESSAGE = (
    f"script 1, shard 1, slot {SLOT}: ran for longer than 0.2 seconds of real time, and no limit "
    "of the chain ended it; what a chain does must not depend on the clock, so the run was "
    "stopped. SHARDLAB_WATCHDOG_SECONDS sets another limit, 0 none"
)


def test_keep_watch_ends_what_takes_too_long_and_nothing_else() -> None:
    runtime = ScriptRuntime(NO_LIMIT)

    with keep_watch(runtime):
        outcomes = [runtime.attempt(each).outcome for each in (SHORT, ENDLESS, SHORT)]

    assert outcomes == ["returned", "overran", "returned"]


def test_keep_watch_lets_many_short_executions_take_longer_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(WATCHDOG_VARIABLE, "1")
    runtime = ScriptRuntime(replace(KEEP, max_fuel=Fuel(5_000_000)))
    results = set()

    with keep_watch(runtime):
        began = time.monotonic()
        while time.monotonic() < began + 2:
            result = runtime.attempt(ENDLESS)
            results.add((result.outcome, result.fuel_used))

    assert results == {("out_of_fuel", 5_000_000)}


def test_keep_watch_leaves_no_thread_behind() -> None:
    before = threading.active_count()

    with keep_watch(ScriptRuntime(KEEP)):
        assert threading.active_count() == before + 1

    assert threading.active_count() == before


def test_keep_watch_without_a_limit_watches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WATCHDOG_VARIABLE, "0")
    before = threading.active_count()

    with keep_watch(ScriptRuntime(KEEP)):
        assert threading.active_count() == before


@pytest.mark.parametrize("text", ["-1", "soon", "nan", "inf", "1e7", "0x10"])
def test_read_limit_seconds_of_anything_else_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WATCHDOG_VARIABLE, text)

    with pytest.raises(UserError, match=f"{WATCHDOG_VARIABLE}: needs seconds from 0 to 1e\\+06"):
        read_limit_seconds()


def test_read_limit_seconds_is_generous_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WATCHDOG_VARIABLE)

    assert read_limit_seconds() == DEFAULT_SECONDS == 300


@pytest.mark.parametrize("workers", [1, 2])
def test_run_with_a_script_that_takes_too_long_stops_and_can_be_read(
    workers: int, loaded: LoadedScenario, tmp_path: Path
) -> None:
    folder = tmp_path / "run"

    with pytest.raises(ScriptTooSlow) as caught:
        run(loaded, folder, workers=workers)

    assert caught.value.message == MESSAGE
    with closing(RunReader(folder)) as reader:
        assert reader.meta["status"] == FAILED
        assert reader.meta["slot"] == SLOT - 1
        assert reader.meta["reason"] == f"ScriptTooSlow: {MESSAGE}"
        assert {event.slot for event in reader.read_events()} <= set(range(1, SLOT))


def test_run_is_the_same_with_any_limit_that_is_long_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = {"calls": {"script": "hello", "per_slot": 1.0, "start": 2}}
    built = build_scenario(6, events=[register("hello", HELLO)], workload=[calls])
    reports = []
    for seconds in ("0", "0.5", "600"):
        monkeypatch.setenv(WATCHDOG_VARIABLE, seconds)
        reports.append(run(load(built, tmp_path)).report)

    assert reports[0] == reports[1] == reports[2]


def test_run_of_the_command_line_ends_with_a_message(scenario: Path, tmp_path: Path) -> None:
    outcome = shardlab("run", scenario, "--out", tmp_path / "run")

    assert (outcome.status, outcome.stdout) == (2, "")
    assert outcome.stderr.strip() == f"error: {MESSAGE}"


def test_simulation_of_a_lesson_is_watched(loaded: LoadedScenario) -> None:
    simulation = Simulation(loaded)

    with pytest.raises(ScriptTooSlow, match=f"script 1, shard 1, slot {SLOT}"):
        simulation.run_to()


def test_exec_of_a_script_that_takes_too_long_shows_an_outcome(tmp_path: Path) -> None:
    script = write_script(tmp_path, "endless", ENDLESS_BODY)

    for options in ((), ("--trace",), ("--backend", "host")):
        outcome = shardlab("exec", script, "--fuel", 10**17, *options)

        assert outcome.status == 1
        assert "outcome:    overran" in outcome.stdout


def test_scout_file_whose_script_takes_too_long_fails_and_the_next_one_runs(
    tmp_path: Path,
) -> None:
    paths = _write_scout_files(tmp_path, {"endless": ENDLESS_BODY, "trapping": "unreachable"})

    results = list(run_scout_files(paths, ScoutOptions(max_fuel=Fuel(10**17))))

    assert [result.differences[0].split(": ")[1] for result in results] == [
        "overran",
        "trapped:unreachable",
    ]


def _write_scout_files(folder: Path, bodies: dict[str, str]) -> Sequence[Path]:
    paths = []
    for name, body in bodies.items():
        write_script(folder, name, body)
        paths.append(folder / f"{name}.yaml")
        paths[-1].write_text(CASE.replace("script.wasm", f"{name}.wasm"), encoding="utf-8")
    return paths


def test_events_of_a_stopped_run_are_told_up_to_the_slot_before(loaded: LoadedScenario) -> None:
    seen: list[int] = []

    def watch(slot: int, _happened: Sequence[Event]) -> None:
        seen.append(slot)

    with pytest.raises(ScriptTooSlow):
        run(loaded, watch=watch)

    assert seen == list(range(1, SLOT))
