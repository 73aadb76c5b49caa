"""Crashes: programs are killed at random moments, and what they were at goes on."""

import os
import signal
import time
from contextlib import suppress
from typing import Final

from simulator.sweep.table import RESULTS_NAME
from tests.helpers.crashes import describe_difference, finish_shardlab
from tests.trust.crash_stage import (
    Stage,
    get_scenario,
    get_sweep,
    list_scenarios,
    open_stage,
    run_whole,
    sweep_whole,
)
from tests.trust.experiment import Cases, Experiment, Section, Tally

_SLOWER: Final = 1.5
"""A run of few shards is slower with workers, as these have to start first."""


def _examine_killed_runs(cases: Cases, tally: Tally) -> None:
    for number in cases:
        with open_stage(cases.make_rng(number), tally) as stage:
            _tell(number, tally, _kill_run(stage, workers=1))


def _examine_killed_workers(cases: Cases, tally: Tally) -> None:
    """Kill the whole program in one half of the cases, one of its workers in the other."""
    for number in cases:
        with open_stage(cases.make_rng(number), tally) as stage:
            _tell(number, tally, _kill_worker(stage) if number % 2 else _kill_run(stage, workers=2))


def _examine_killed_resumes(cases: Cases, tally: Tally) -> None:
    for number in cases:
        with open_stage(cases.make_rng(number), tally) as stage:
            _tell(number, tally, _kill_resumes(stage))


def _examine_killed_sweeps(cases: Cases, tally: Tally) -> None:
    for number in cases:
        with open_stage(cases.make_rng(number), tally) as stage:
            _tell(number, tally, _kill_sweep(stage, 1 + number % 2))


def _tell(number: int, tally: Tally, trouble: str | None) -> None:
    if trouble is not None:
        tally.fail(number, trouble)


def _kill_run(stage: Stage, workers: int) -> str | None:
    """Kill a run, then go on with it; say what went wrong."""
    chosen = stage.rng.randrange(len(list_scenarios()))
    whole, seconds = run_whole(chosen)
    seconds *= _SLOWER if workers > 1 else 1
    stage.kill(seconds, "run", get_scenario(chosen), "--out", stage.run, "--workers", workers)
    then = stage.rng.choice([1, workers])
    return (
        stage.find_orphans()
        or stage.continue_run(chosen, "--workers", then)
        or describe_difference(stage.run, whole)
    )


def _kill_worker(stage: Stage) -> str | None:
    """Kill one worker of a run, which must say so and end; then go on with the run."""
    chosen = stage.rng.randrange(len(list_scenarios()))
    whole, seconds = run_whole(chosen)
    process = stage.start("run", get_scenario(chosen), "--out", stage.run, "--workers", 2)
    time.sleep(stage.rng.uniform(0.3, 1.0) * seconds * _SLOWER)
    workers = set(stage.list_processes()) - {process.pid}
    for worker in sorted(workers)[:1]:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    status, errors = finish_shardlab(process)
    if status == 0:
        stage.tally.count("ended before a worker was killed")
        return stage.find_orphans() or describe_difference(stage.run, whole)
    if status != 2 or not errors.startswith("error: a worker process was ended by SIGKILL"):
        return f"a worker was killed, and the run ended with {status}: {errors.strip()[-600:]}"
    stage.tally.count("a worker was killed, and the run said so")
    return (
        stage.find_orphans()
        or stage.continue_run(chosen, "--workers", stage.rng.choice([1, 2]))
        or describe_difference(stage.run, whole)
    )


def _kill_resumes(stage: Stage) -> str | None:
    """Kill a run, and what goes on with it; say what went wrong."""
    chosen = stage.rng.randrange(len(list_scenarios()))
    whole, seconds = run_whole(chosen)
    stage.kill(seconds, "run", get_scenario(chosen), "--out", stage.run)
    for _ in range(stage.rng.randrange(1, 4)):
        before = stage.look()
        if before is None:
            break
        stage.kill(seconds, "resume", stage.run)
        after = stage.look()
        if after is None or after[1] < before[1]:
            return f"what was recorded was lost: {before}, then {after}"
    return stage.continue_run(chosen) or describe_difference(stage.run, whole)


def _kill_sweep(stage: Stage, workers: int) -> str | None:
    """Kill a sweep, then run it again; say what went wrong."""
    table, seconds = sweep_whole()
    out = stage.folder / "out"
    command = ("sweep", get_sweep(), "--out", out, "--workers")
    for _ in range(stage.rng.randrange(1, 3)):
        stage.kill(seconds, *command, workers)
    trouble = stage.find_orphans() or stage.finish(*command, stage.rng.choice([1, workers]))
    if trouble is None and (out / RESULTS_NAME).read_bytes() != table:
        return "the table differs from that of a sweep that nobody killed"
    return trouble


EXPERIMENTS: Final = (
    Experiment(
        name="killed_runs",
        section=Section.CRASHES,
        claim="A run that was killed at any moment goes on to the end that it would have had.",
        method=(
            "`shardlab run` is killed (SIGKILL) at a random moment between its start and its "
            "end, in half of the cases with a checkpoint behind every slot. The database must be "
            "whole and hold whole slots; after `shardlab resume` every row of every table, the "
            "report's bytes and the list of files must be those of a run that nobody killed."
        ),
        unit="kills",
        full=100,
        quick=3,
        examine=_examine_killed_runs,
        found=(
            (
                "A run killed while it made its tables left some of them, which could be neither "
                "read nor continued: all are made at once now."
            ),
            (
                "`run --force` replaced a database that another program was writing: a lock that "
                "ends with its program refuses that now."
            ),
            (
                "A killed run on a read-only disk could not be read where the index of its log was "
                "missing: it is read from a copy now."
            ),
            (
                "Nobody waited for the disk before the log went into the database, so a lost power "
                "supply could have cost more than the last slots (found by reading): it is waited "
                "for now."
            ),
        ),
        is_parallel=False,
    ),
    Experiment(
        name="killed_workers",
        section=Section.CRASHES,
        claim="So does a run with worker processes, be it or one of its workers killed.",
        method=(
            "As killed_runs, with two workers; in every other case one worker is killed, and the "
            "run must end with an error that says so. No process may outlive the one that was "
            "killed. Runs go on with one or two workers, whatever it was before."
        ),
        unit="kills",
        full=100,
        quick=2,
        examine=_examine_killed_workers,
        is_parallel=False,
    ),
    Experiment(
        name="killed_resumes",
        section=Section.CRASHES,
        claim="A run may be killed again and again while it goes on, and loses nothing.",
        method=(
            "A run is killed, and `shardlab resume` one to three times after it, at random "
            "moments; the last recorded slot never goes back, and the end is as in killed_runs."
        ),
        unit="runs",
        full=100,
        quick=2,
        examine=_examine_killed_resumes,
        is_parallel=False,
    ),
    Experiment(
        name="killed_sweeps",
        section=Section.CRASHES,
        claim="The command of a sweep that was killed continues it, to the same table.",
        method=(
            "A sweep of six points, with one or two workers in turn, is killed once or twice at "
            "random moments and run again: its Parquet file must be that of a sweep that nobody "
            "killed to the byte, and no worker may outlive its parent."
        ),
        unit="sweeps",
        full=100,
        quick=1,
        examine=_examine_killed_sweeps,
        is_parallel=False,
    ),
)
