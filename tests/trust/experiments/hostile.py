"""Hostile scripts, alone and in whole runs."""

from typing import Final

from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.hostile.executions import attempt_script
from tests.trust.hostile.runs import attempt_run
from tests.trust.hostile.warden import try_guarded


def _try_scripts(cases: Cases, tally: Tally) -> None:
    try_guarded(attempt_script, cases, tally)


def _try_runs(cases: Cases, tally: Tally) -> None:
    try_guarded(attempt_run, cases, tally)


EXPERIMENTS: Final = (
    Experiment(
        name="hostile_scripts",
        section=Section.ATTACKS,
        claim="No script crashes, hangs or fills the process that runs it, and whatever it comes "
        "to has a name.",
        method="Damaged copies of the shipped scripts, random host calls with arguments from the "
        "edges, sections whose sizes lie, and nine families of attacks: storms of host calls, "
        "memory growth, recursion, branch tables, nesting, bulk instructions, floods of parts, "
        "start functions, odd imports and exports. Each is run by the API (twice, with the same "
        "result), by `exec` or by `scout`, on either backend, with every kind of libraries and "
        "metering, and validated under both profiles, in a process that is watched: it must "
        "answer within 120 s, and its memory is measured after every script.",
        unit="scripts",
        full=100_000,
        quick=600,
        examine=_try_scripts,
    ),
    Experiment(
        name="hostile_runs",
        section=Section.ATTACKS,
        claim="No run in which every script is hostile crashes, hangs or loses ETH, and whatever "
        "is refused in it is refused by a documented name.",
        method="Scenarios in which 20 hostile scripts are registered and called, by careful and "
        "careless proposers, under every place of validation, profile, backend and metering, some "
        "with worker processes, some with a run folder that is read back. Every code of every "
        "event is looked up in `docs/error-codes.md`.",
        unit="runs",
        full=500,
        quick=8,
        examine=_try_runs,
    ),
)
