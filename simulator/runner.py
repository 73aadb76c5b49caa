"""Running a scenario: the Python API, and what the command line does.

    >>> from simulator import load_scenario, run
    >>> result = run(load_scenario("deposit_journey"))
    >>> result.metrics["deposits.settled"]

Source:
    Ours.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from chain.containers import BeaconState, ShardState
from chain.eei import CompiledStore
from chain.errors import ConservationBreach
from simulator.checkpoints import CheckpointKeeper
from simulator.costs.measure import MeasuringChecker
from simulator.costs.state_size import compute_state_bytes
from simulator.engine import Engine
from simulator.errors import RunFolderError, ScriptTooSlow, WorkerDied
from simulator.events import Event
from simulator.findings import compute_findings
from simulator.loader import LoadedScenario
from simulator.metrics import Metrics, Number
from simulator.report import encode_report
from simulator.scenario.kept import keep_scenario
from simulator.setup import build_engine
from simulator.store import COMPLETE, FAILED, INTERRUPTED, REPORT_NAME, RunWriter
from simulator.watchdog import keep_watch

Progress = Callable[[int], None]
"""Told the number of slots done."""

Watch = Callable[[int, Sequence[Event]], None]
"""Told every slot that is over, and what happened in it; must not change anything."""

_REPORTED_LIBRARIES: Final = ("wasmtime", "ssz", "py-ecc", "py_arkworks_bls12381", "trie")


@dataclass(frozen=True, slots=True)
class CheckedExpectation:
    """An expectation and what came of it.

    Attributes:
        metric: Dotted name.
        condition: The bounds, as the scenario gives them.
        value: The metric's value; None if there is no such metric.
        met: Whether it keeps to the bounds.
    """

    metric: str
    condition: Mapping[str, float]
    value: Number | None
    met: bool


@dataclass(frozen=True, slots=True)
class FinalStates:
    """The states of all chains at the end of a run."""

    beacon: BeaconState
    shards: tuple[ShardState, ...]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to.

    Attributes:
        scenario: Its name.
        title: Its title.
        seed: The seed it ran with.
        slots: How many slots it simulated.
        states: The final states.
        events: Everything that happened, if it was kept.
        metrics: Numbers by dotted name.
        findings: What a reader should know before trusting the numbers, one sentence each.
        expectations: The scenario's expectations, checked.
        report: All of it that is the same on every machine, ready for JSON.
        run_dir: The run folder, if there is one.
        measured: What the clock said, if it was asked; no report has it.
    """

    scenario: str
    title: str
    seed: int
    slots: int
    states: FinalStates
    events: tuple[Event, ...]
    metrics: Mapping[str, Number]
    findings: tuple[str, ...]
    expectations: tuple[CheckedExpectation, ...]
    report: Mapping[str, Any]
    run_dir: Path | None
    measured: Mapping[str, Number] = field(default_factory=dict)

    @property
    def expectations_met(self) -> bool:
        """Tell whether every expectation holds."""
        return all(expectation.met for expectation in self.expectations)


class SimulationBug(RuntimeError):
    """A bug of ours, with what is needed to meet it again."""


def run(
    loaded: LoadedScenario,
    run_dir: Path | None = None,
    compiled: CompiledStore | None = None,
    progress: Progress | None = None,
    *,
    watch: Watch | None = None,
    keep_events: bool | None = None,
    measure: bool = False,
    workers: int = 1,
) -> RunResult:
    """Run a scenario from genesis to its last slot.

    Args:
        loaded: The scenario.
        run_dir: Folder for the database and the report, if wanted.
        compiled: Where compiled scripts are kept between runs, if anywhere.
        progress: Told after every slot.
        watch: Told after every slot what happened in it.
        keep_events: Whether the result holds all events; by default only without a folder.
        measure: Whether to look at the clock while scripts are validated; this changes nothing
            but what ``measured`` says.
        workers: Processes that make shard blocks, beside this one if more than one. The results
            are the same for any number; what is measured is measured here, by one.

    Raises:
        WorkerDied: A worker process was killed.
        ScriptTooSlow: The watchdog ended a script; the database keeps the slots before.
        RunFolderError: The run folder cannot be written.
        ConservationBreach: ETH appeared or vanished; the database keeps the slots before.
        SimulationBug: Anything that no rule accounts for, with scenario, seed and slot.

    Source:
        Ours.
    """
    workers = 1 if measure else workers
    with closing(build_engine(loaded, compiled, measure=measure, workers=workers)) as engine:
        writer, keeper = None, None
        if run_dir is not None:
            meta = describe_kept_run(loaded)
            writer = RunWriter.create(run_dir, meta, loaded.scripts.values())
            # What the clock says belongs to one process, so such a run has no checkpoints.
            keeper = None if measure else CheckpointKeeper(run_dir, meta)
        tell = combine(progress, watch)
        return conduct(engine, loaded, Record(writer, keeper), tell, keep_events=keep_events)


@dataclass(frozen=True, slots=True)
class Record:
    """Where a run is recorded, if anywhere.

    Attributes:
        writer: Takes what happens; closed at the end.
        keeper: Makes checkpoints.
    """

    writer: RunWriter | None = None
    keeper: CheckpointKeeper | None = None


def conduct(
    engine: Engine,
    loaded: LoadedScenario,
    record: Record,
    tell: Watch,
    metrics: Metrics | None = None,
    *,
    keep_events: bool | None = None,
) -> RunResult:
    """Run an engine from where it stands to the last slot; see ``run``.

    Args:
        engine: At genesis, or behind any slot.
        loaded: The scenario.
        record: Takes what happens.
        tell: Told after every slot what happened in it.
        metrics: What was counted up to there; by default nothing.
        keep_events: As for ``run``.

    Source:
        Ours.
    """
    writer = record.writer
    if metrics is None:
        metrics = Metrics(loaded.config, loaded.costs, loaded.scenario.costs.light_clients)
    keeps = writer is None if keep_events is None else keep_events
    kept: list[Event] | None = [] if keeps else None
    with ExitStack() as opened:
        if writer is not None:
            opened.callback(writer.abandon)
        try:
            with keep_watch(engine.world.context.runtime):
                _run_slots(engine, loaded, metrics, record, kept, tell)
        except BaseException as error:
            _close_early(writer, metrics, error)
            if isinstance(error, Exception) and not isinstance(
                error, ConservationBreach | RunFolderError | ScriptTooSlow | WorkerDied
            ):
                raise SimulationBug(
                    f"scenario {loaded.name}, seed {loaded.scenario.seed}, slot {engine.world.slot}"
                ) from error
            raise
        result = _conclude(engine, loaded, metrics, writer, kept or ())
        if record.keeper is not None:
            record.keeper.remove()
        return result


def combine(progress: Progress | None, watch: Watch | None) -> Watch:
    """Return what tells both of them, as far as they are there."""

    def tell(slot: int, happened: Sequence[Event]) -> None:
        if progress is not None:
            progress(slot)
        if watch is not None:
            watch(slot, happened)

    return tell


def _run_slots(
    engine: Engine,
    loaded: LoadedScenario,
    metrics: Metrics,
    record: Record,
    kept: list[Event] | None,
    tell: Watch,
) -> None:
    writer, keeper = record.writer, record.keeper
    for slot in range(engine.world.slot + 1, loaded.scenario.slots + 1):
        happened = engine.run_slot()
        for event in happened:
            metrics.add(event)
        if kept is not None:
            kept.extend(happened)
        attack_codes = engine.take_attack_codes()
        if writer is not None:
            if attack_codes:
                writer.add_scripts(attack_codes)
            writer.write_slot(slot, happened)
            if keeper is not None:
                keeper.offer(engine, metrics, writer)
        tell(slot, happened)


def _close_early(writer: RunWriter | None, metrics: Metrics, error: BaseException) -> None:
    """Leave a database that can be read and says why it is incomplete.

    One that holds more slots than were simulated again says so already.
    """
    if writer is None or writer.is_behind or isinstance(error, RunFolderError):
        return
    status = INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED
    writer.finish(status, metrics.compute(), {"reason": f"{type(error).__name__}: {error}"})
    writer.close()


def _conclude(
    engine: Engine,
    loaded: LoadedScenario,
    metrics: Metrics,
    writer: RunWriter | None,
    kept: Sequence[Event],
) -> RunResult:
    world = engine.world
    checker = world.context.checker
    left_behind = compute_state_bytes(world.beacon, world.shards, world.context)
    numbers = dict(sorted({**metrics.compute(), **left_behind}.items()))
    expectations = check_expectations(loaded, numbers)
    findings = tuple(compute_findings(numbers, loaded.config))
    report = {
        **describe_run(loaded),
        "beacon_state_root": world.beacon.hash_tree_root.hex(),
        "shard_state_roots": [state.hash_tree_root.hex() for state in world.shards],
        "metrics": numbers,
        "findings": findings,
        "expectations": [asdict(expectation) for expectation in expectations],
    }
    if writer is not None:
        _write_report(writer.folder, report)
        results = ("beacon_state_root", "shard_state_roots", "findings", "expectations")
        writer.finish(COMPLETE, numbers, {key: report[key] for key in results})
        writer.close()
    return RunResult(
        scenario=loaded.name,
        title=loaded.scenario.title,
        seed=loaded.scenario.seed,
        slots=loaded.scenario.slots,
        states=FinalStates(world.beacon, tuple(world.shards)),
        events=tuple(kept),
        metrics=numbers,
        findings=findings,
        expectations=expectations,
        report=report,
        run_dir=None if writer is None else writer.folder,
        measured=checker.measurements.to_metrics() if isinstance(checker, MeasuringChecker) else {},
    )


def _write_report(folder: Path, report: Mapping[str, Any]) -> None:
    try:
        (folder / REPORT_NAME).write_bytes(encode_report(report))
    except OSError as error:
        raise RunFolderError(f"{folder}: cannot be written: {error.strerror}") from error


def check_expectations(
    loaded: LoadedScenario, metrics: Mapping[str, Number]
) -> tuple[CheckedExpectation, ...]:
    """Compare the metrics with what the scenario expects."""
    checked = []
    for expectation in loaded.scenario.expect:
        value = metrics.get(expectation.metric)
        bounds = expectation.model_dump(exclude={"metric"}, exclude_none=True)
        met = value is not None and expectation.is_met(value)
        checked.append(CheckedExpectation(expectation.metric, bounds, value, met))
    return tuple(checked)


def describe_run(loaded: LoadedScenario) -> dict[str, Any]:
    """Return what identifies a run, the same on every machine and without paths.

    Source:
        Ours: seed, settings, script hashes and library versions make a run repeatable.
    """
    settings = asdict(loaded.config)
    settings["shuffling_seed"] = loaded.config.shuffling_seed.hex()
    return {
        "scenario": loaded.name,
        "title": loaded.scenario.title,
        "seed": loaded.scenario.seed,
        "slots": loaded.scenario.slots,
        "overrides": list(loaded.overrides),
        "config": settings,
        "costs": {
            **loaded.costs.describe(),
            "shard_full_nodes": loaded.scenario.costs.shard_full_nodes,
            "light_clients": loaded.scenario.costs.light_clients,
        },
        "scripts": {
            path: hashlib.sha256(code).hexdigest() for path, code in sorted(loaded.scripts.items())
        },
        "versions": get_versions(),
    }


def describe_kept_run(loaded: LoadedScenario) -> dict[str, Any]:
    """Return what identifies a run, and the scenario, so that the run can go on without a file."""
    return {**describe_run(loaded), "model": keep_scenario(loaded.scenario)}


@cache
def _read_versions() -> tuple[tuple[str, str], ...]:
    return tuple((name, version(name)) for name in ("shardlab", *_REPORTED_LIBRARIES))


def get_versions() -> dict[str, str]:
    """Return the versions on which results depend: ours, and those of libraries."""
    return dict(_read_versions())
