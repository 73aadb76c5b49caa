"""A placement for tests in which the objection to a bad script comes late.

Until then its calls run, and so do the calls of others beside it. All of that is called back
as far as no crosslink has made it final.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, Final

from chain.committees import get_active_indices
from chain.config import ChainConfig
from chain.containers import BeaconState, ExecutionScript, NewExecutionScript, ValidationReport
from chain.effects import Effect
from chain.errors import InvalidOperation
from chain.placement import (
    MARKED_INVALID,
    MARKED_VALID,
    Call,
    CheckAs,
    CheckScript,
    Placement,
    RegistrationDecision,
    ReportDraft,
    get_placements,
)
from chain.types import ScriptIndex, ShardIndex, Slot

NAME: Final = "late-optimism"
OBJECTION_AFTER_SLOTS: Final = 6
WINDOW_SLOTS: Final = 10
PENDING: Final = b"\x02"


@contextmanager
def define_late_optimism(*, judges_by_itself: bool = False) -> Iterator[str]:
    """Define the strategy; a strategy exists for as long as its class does.

    Args:
        judges_by_itself: Whether the chain looks at the code when the time has come, at the
            start of a slot, instead of waiting for a report.
    """

    class LateOptimism(Placement):
        name: ClassVar[str] = NAME
        keeps_history: ClassVar[bool] = True

        def decide_registration(
            self,
            operation: NewExecutionScript,
            check: CheckScript,
            state: BeaconState,
            config: ChainConfig,
        ) -> RegistrationDecision:
            del operation, check, config
            return RegistrationDecision(mark=PENDING + state.slot.to_bytes(8, "little"))

        def process_slot(
            self, state: BeaconState, check: CheckScript, effects: list[Effect], config: ChainConfig
        ) -> None:
            del effects, config
            if judges_by_itself:
                judge_all(state, check)
            accept_old(state)

        def decide_reports(
            self, state: BeaconState, check_as: CheckAs, config: ChainConfig
        ) -> tuple[ReportDraft, ...]:
            return tuple(find_objections(state, check_as, config))

        def process_report(
            self,
            state: BeaconState,
            report: ValidationReport,
            check: CheckScript,
            effects: list[Effect],
            config: ChainConfig,
        ) -> None:
            del effects, config
            if not judge(state, report.script, check):
                raise InvalidOperation("objection_unfounded", script=report.script)

        def get_reverted_from(
            self, before: BeaconState, after: BeaconState, shard: ShardIndex, calls: Sequence[Call]
        ) -> Slot | None:
            del shard, calls
            return min(find_unmasked(before, after), default=None)

    yield LateOptimism.name
    del LateOptimism
    gc.collect()
    if NAME in get_placements():
        raise AssertionError("somebody keeps the strategy beyond its test")


def find_pending(state: BeaconState) -> list[tuple[ScriptIndex, ExecutionScript, int]]:
    """The scripts that are pending, and for how many slots."""
    return [
        (ScriptIndex(index), script, state.slot - read_slot(script))
        for index, script in enumerate(state.execution_scripts)
        if script.mark[:1] == PENDING
    ]


def judge_all(state: BeaconState, check: CheckScript) -> None:
    """Look at every script whose time has come."""
    for index, _, age_slots in find_pending(state):
        if age_slots == OBJECTION_AFTER_SLOTS:
            judge(state, index, check)


def accept_old(state: BeaconState) -> None:
    """Mark the scripts to which nobody objected."""
    for index, script, age_slots in find_pending(state):
        if age_slots > WINDOW_SLOTS:
            write_mark(state, index, script, MARKED_VALID)


def find_objections(
    state: BeaconState, check_as: CheckAs, config: ChainConfig
) -> Iterator[ReportDraft]:
    """What the first validator on duty has to say, when the time has come."""
    challenger = get_active_indices(state.validators, config.compute_epoch(state.slot))[0]
    for index, script, age_slots in find_pending(state):
        late = age_slots >= OBJECTION_AFTER_SLOTS
        if late and not check_as(challenger, script.code).is_valid:
            yield ReportDraft(challenger, index, b"objection")


def find_unmasked(before: BeaconState, after: BeaconState) -> list[Slot]:
    """When the scripts were registered that have turned out to be bad."""
    pairs = zip(before.execution_scripts, after.execution_scripts, strict=False)
    return [
        read_slot(old)
        for old, new in pairs
        if old.mark[:1] == PENDING and new.mark == MARKED_INVALID
    ]


def judge(state: BeaconState, index: ScriptIndex, check: CheckScript) -> bool:
    """Mark a script if it is bad, and tell whether it is."""
    script = state.execution_scripts[index]
    is_bad = not check(script.code).is_valid
    if is_bad:
        write_mark(state, index, script, MARKED_INVALID)
    return is_bad


def write_mark(
    state: BeaconState, index: ScriptIndex, script: ExecutionScript, mark: bytes
) -> None:
    """Replace a script's mark."""
    state.execution_scripts = state.execution_scripts.set(index, script.evolve(mark=mark))


def read_slot(script: ExecutionScript) -> Slot:
    """The slot in which a pending script was registered."""
    return Slot(int.from_bytes(script.mark[1:], "little"))
