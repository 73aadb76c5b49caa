"""``toy-optimistic``: nobody validates until a validator objects.

A script is pending for a window of slots. A challenge within it makes the beacon nodes validate
the code; if it is bad, the shards take back everything since its registration.
"""

from collections.abc import Sequence
from typing import Final

from chain.config import ChainConfig
from chain.containers import BeaconState, NewExecutionScript, ValidationReport
from chain.effects import Effect
from chain.errors import InvalidOperation
from chain.placement.base import (
    MARKED_INVALID,
    MARKED_VALID,
    Call,
    CheckAs,
    CheckScript,
    Placement,
    RegistrationDecision,
    ReportDraft,
)
from chain.types import ScriptIndex, ShardIndex, Slot, ValidatorIndex

WINDOW_SLOTS: Final = 4
PENDING: Final = b"\x02"
CHALLENGER: Final = ValidatorIndex(0)


class ToyOptimisticPlacement(Placement):
    """``toy-optimistic``: w challengers in a window W."""

    name = "toy-optimistic"
    keeps_history = True

    def decide_registration(
        self,
        operation: NewExecutionScript,
        check: CheckScript,
        state: BeaconState,
        config: ChainConfig,
    ) -> RegistrationDecision:
        """Wait for objections."""
        del operation, check, config
        return RegistrationDecision(mark=PENDING + state.slot.to_bytes(8, "little"))

    def process_slot(
        self, state: BeaconState, check: CheckScript, effects: list[Effect], config: ChainConfig
    ) -> None:
        """Settle scripts to which nobody objected in time."""
        del check, effects, config
        for index, script in enumerate(state.execution_scripts):
            if script.mark[:1] == PENDING and state.slot > _read_slot(script.mark) + WINDOW_SLOTS:
                _write_mark(state, ScriptIndex(index), MARKED_VALID)

    def decide_reports(
        self, state: BeaconState, check_as: CheckAs, config: ChainConfig
    ) -> tuple[ReportDraft, ...]:
        """Let the challenger look at everything that is pending."""
        del config
        return tuple(
            ReportDraft(CHALLENGER, ScriptIndex(index), b"objection")
            for index, script in enumerate(state.execution_scripts)
            if script.mark[:1] == PENDING and not check_as(CHALLENGER, script.code).is_valid
        )

    def process_report(
        self,
        state: BeaconState,
        report: ValidationReport,
        check: CheckScript,
        effects: list[Effect],
        config: ChainConfig,
    ) -> None:
        """Judge an objection.

        Raises:
            InvalidOperation: ``window_closed``, ``objection_unfounded``.
        """
        del effects, config
        script = state.execution_scripts[report.script]
        if script.mark[:1] != PENDING:
            raise InvalidOperation("window_closed", script=report.script)
        if check(script.code).is_valid:
            raise InvalidOperation("objection_unfounded", script=report.script)
        _write_mark(state, report.script, MARKED_INVALID)

    def get_reverted_from(
        self, before: BeaconState, after: BeaconState, shard: ShardIndex, calls: Sequence[Call]
    ) -> Slot | None:
        """Take back everything since the registration of what turned out to be bad."""
        del shard, calls
        since = [
            _read_slot(old.mark)
            for old, new in zip(before.execution_scripts, after.execution_scripts, strict=False)
            if old.mark[:1] == PENDING and new.mark == MARKED_INVALID
        ]
        return min(since, default=None)


def _read_slot(mark: bytes) -> Slot:
    return Slot(int.from_bytes(mark[1:], "little"))


def _write_mark(state: BeaconState, index: ScriptIndex, mark: bytes) -> None:
    marked = state.execution_scripts[index].evolve(mark=mark)
    state.execution_scripts = state.execution_scripts.set(index, marked)
