"""Going on with a run that was interrupted, from its run folder alone.

The run is simulated again, from its beginning or from a checkpoint of ours, and what happens is
compared with what was recorded; behind the last recorded slot it is written on. So the end is
that of a run that nobody interrupted, or an error that names the first difference.

Source:
    Ours.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

from chain.constants import CODE_BYTES_LIMIT
from chain.eei import CompiledStore
from simulator.checkpoints import Checkpoint, CheckpointKeeper
from simulator.costs import PROFILES, CostModel
from simulator.costs.profiles import EngineProfile, ProfileName
from simulator.errors import RunComplete, RunFolderError
from simulator.loader import LoadedScenario
from simulator.runner import (
    Progress,
    Record,
    RunResult,
    Watch,
    combine,
    conduct,
    describe_kept_run,
    describe_run,
)
from simulator.scenario import build_chain_config
from simulator.scenario.kept import KeptRun, parse_kept_run
from simulator.scenario_checks import find_impossible
from simulator.setup import build_engine, hire_workers
from simulator.store import COMPLETE, DATABASE_NAME, RunReader, RunWriter, tidy_run_folder
from simulator.yaml_source import format_keys


def resume(
    run_dir: Path,
    compiled: CompiledStore | None = None,
    progress: Progress | None = None,
    *,
    watch: Watch | None = None,
    workers: int = 1,
    note: Callable[[str], object] = len,
) -> RunResult:
    """Go on with an interrupted run to the end that it would have had.

    Args:
        run_dir: The run folder.
        compiled: Where compiled scripts are kept between runs, if anywhere.
        progress: Told after every slot that is simulated.
        watch: Told after every slot that is simulated what happened in it.
        workers: Processes that make shard blocks; any number, whatever it was before.
        note: Told in a sentence why a checkpoint is of no use.

    Raises:
        RunComplete: The run has reached its end.
        RunFolderError: The folder holds no run that can go on, or another program writes it, or
            its database is not what this version simulates.
        WorkerDied: As for ``run``, likewise the others.
        ConservationBreach: As for ``run``.
        SimulationBug: As for ``run``.

    Source:
        Ours.
    """
    folder = run_dir.parent if run_dir.name == DATABASE_NAME else run_dir
    refuse_complete(folder)
    loaded = load_run(folder)
    with ExitStack() as opened:
        writer = RunWriter.reopen(folder)
        opened.callback(writer.abandon)
        keeper = CheckpointKeeper(folder, describe_kept_run(loaded))
        checkpoint = _find_checkpoint(keeper, loaded, writer, compiled, note)
        metrics = None if checkpoint is None else checkpoint.metrics
        engine = build_engine(loaded, compiled) if checkpoint is None else checkpoint.engine
        hire_workers(engine, compiled, workers)
        opened.callback(engine.close)
        tell = combine(progress, watch)
        return conduct(engine, loaded, Record(writer, keeper), tell, metrics)


def _find_checkpoint(
    keeper: CheckpointKeeper,
    loaded: LoadedScenario,
    writer: RunWriter,
    compiled: CompiledStore | None,
    note: Callable[[str], object],
) -> Checkpoint | None:
    """Return the run's checkpoint, if it can be trusted and the database is that of its run."""
    if not keeper.exists:
        return None
    checkpoint = keeper.load(loaded.config, compiled)
    if checkpoint is None:
        note("the checkpoint is not this user's and version's, so the run is simulated again")
        return None
    if not writer.skip(checkpoint.slot, checkpoint.digest, checkpoint.scripts):
        note("the database is not that of the checkpoint, so the run is simulated again")
        return None
    return checkpoint


def refuse_complete(folder: Path) -> None:
    """Do nothing for a run that needs it not, but remove what a program left that was killed last.

    Raises:
        RunComplete: The run has reached its end.
        RunFolderError: There is no run.
    """
    with closing(RunReader(folder)) as reader:
        status, slot = reader.meta.get("status"), reader.meta.get("slot")
    if status == COMPLETE:
        with suppress(RunFolderError):
            tidy_run_folder(folder)
        raise RunComplete(f"{folder}: the run is complete, up to slot {slot}")


def load_run(folder: Path) -> LoadedScenario:
    """Return the scenario of a run, from its database alone.

    Raises:
        RunFolderError: There is no run, or it cannot go on.
    """
    with closing(RunReader(folder)) as reader:
        if "model" not in reader.meta:
            raise RunFolderError(
                f"{reader.path}: does not hold its scenario: an earlier version wrote it"
            )
        try:
            kept = parse_kept_run(reader.meta)
            scripts = {path: reader.read_script(name) for path, name in kept.scripts.items()}
            loaded = _rebuild(kept, scripts)
        except ValueError as error:
            raise RunFolderError(f"{reader.path}: not a run that can go on: {error}") from error
        _compare(reader, describe_run(loaded))
    return loaded


def _rebuild(kept: KeptRun, scripts: Mapping[str, bytes]) -> LoadedScenario:
    """Check a scenario as if it came from a file.

    Raises:
        ValueError: It cannot be meant.
    """
    scenario = kept.model
    if any(len(code) > CODE_BYTES_LIMIT for code in scripts.values()):
        raise ValueError(f"a script is longer than {CODE_BYTES_LIMIT} bytes")
    for event in scenario.events:
        register = event.register_script
        if register is not None and register.script not in scripts:
            raise ValueError(f"there is no script {register.script}")
    config = build_chain_config(scenario)
    for keys, message in find_impossible(scenario, config, scripts):
        raise ValueError(f"{format_keys(keys)}: {message}")
    costs = CostModel(_rebuild_profile(kept), scenario.costs.budget_ms / 1000)
    return LoadedScenario(kept.scenario, scenario, config, scripts, kept.overrides, costs)


def _rebuild_profile(kept: KeptRun) -> EngineProfile:
    profile, rates = kept.model.costs.profile, kept.costs
    if profile is not ProfileName.MEASURED:
        return PROFILES[profile]
    return EngineProfile(
        profile, rates.validating_bytes_per_second, rates.compiling_bytes_per_second
    )


def _compare(reader: RunReader, described: Mapping[str, Any]) -> None:
    """Refuse to go on with a run that would be another one: other versions, other scripts."""
    for key, value in json.loads(json.dumps(described)).items():
        recorded = reader.meta.get(key)
        if recorded == value:
            continue
        if key == "versions" and isinstance(recorded, dict):
            differing = sorted(name for name in value if recorded.get(name) != value[name])
            told = ", ".join(
                f"{name} {recorded.get(name)}, here {value[name]}" for name in differing
            )
            raise RunFolderError(
                f"{reader.path}: was begun with other versions: {told}; what follows could differ"
            )
        raise RunFolderError(f"{reader.path}: {key}: does not belong to the scenario that it holds")
