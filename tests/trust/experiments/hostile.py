"""Hostile scripts, alone and in whole runs."""

from typing import Final

from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.hostile.dearest import attempt_dear, count_dear
from tests.trust.hostile.executions import attempt_script
from tests.trust.hostile.planting import attempt_planting
from tests.trust.hostile.runs import attempt_run
from tests.trust.hostile.warden import try_guarded


def _try_scripts(cases: Cases, tally: Tally) -> None:
    try_guarded(attempt_script, cases, tally)


def _try_runs(cases: Cases, tally: Tally) -> None:
    try_guarded(attempt_run, cases, tally)


def _try_planting(cases: Cases, tally: Tally) -> None:
    try_guarded(attempt_planting, cases, tally)


def _try_dear(cases: Cases, tally: Tally) -> None:
    try_guarded(attempt_dear, cases, tally)


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
        quick=500,
        examine=_try_scripts,
        found=("The page of codes left out `type_check`, which the engine's own checker gives.",),
        # One process for all of them, so that nothing can leak unseen.
        is_parallel=False,
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
        full=5_000,
        quick=8,
        examine=_try_runs,
        found=("The page of codes left out `noop`, with which calls of bad scripts are dropped.",),
        is_parallel=False,
    ),
    Experiment(
        name="planted_cache",
        section=Section.ATTACKS,
        claim="Nothing in the cache of compiled modules is executed that this user's simulator did "
        "not put there for this very script.",
        method="Real machine code, which would lead to another state and is proven to do so where "
        "it is believed, is planted in 26 ways: without or with a wrong code, under another "
        "script's, truncated, damaged, linked, with its own key, in files and folders of others "
        "or open to them, of other settings and versions of the engine, as pipes and devices, and "
        "swapped while it is read. The script must come to its own state, compiled anew.",
        unit="plantings",
        full=2_600,
        quick=104,
        examine=_try_planting,
        found=(
            "A whole cache that came out of somebody's archive, key and all, was believed.",
            "A folder of an entry's name kept old entries from being deleted.",
        ),
    ),
    Experiment(
        name="dearest_scripts",
        section=Section.ATTACKS,
        claim="Fuel ends every loop, and under the default limits of any metering long before the "
        "watchdog would, which ends an execution after 300 s of real time.",
        method="A catalogue of endless loops over what may take long for its fuel: calls, growth, "
        "tables, divisions, loads and stores all over memory, bulk instructions and every host "
        "function with all sizes that the default fuel can pay, on both backends. Measured is the "
        "processor time of code that was compiled before.",
        unit="loops",
        full=count_dear,
        quick=40,
        examine=_try_dear,
        is_exhaustive=True,
        is_parallel=False,
    ),
)
