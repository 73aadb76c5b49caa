"""What a placement decides, and when it is asked.

A placement decides three times. At *registration* it may refuse the operation, ask for a bond
or leave a mark on the new script. At *import* of a shard block it may refuse the block because
of marks alone, which costs nothing. At *execution* it may validate the code first, write the
shard's mark, and turn the block into a no-op. Between blocks it may look after its marks
(``process_slot`` on the beacon chain, ``process_shard_slot`` on every shard), listen to what
validators report (``process_report``), hold deposits back (``validate_claim``), and call shard
blocks back (``get_reverted_from``).

Marks are opaque bytes in the state, on the script for all and on a shard for one; only the
placement that wrote them can read them.

Source:
    PROTOCOL 7.
"""

from abc import ABC
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from chain.beacon_view import BeaconView
from chain.config import ChainConfig
from chain.containers import (
    BeaconState,
    ExecutionScript,
    NewExecutionScript,
    ShardState,
    ValidationReport,
)
from chain.effects import Effect
from chain.errors import InvalidOperation, InvalidShardBlock
from chain.types import Gwei, ScriptIndex, ShardIndex, Slot, ValidatorIndex

UNMARKED: Final = b""
MARKED_INVALID: Final = b"\x00"
MARKED_VALID: Final = b"\x01"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What validating a script found.

    Attributes:
        rule: Code of the broken rule, empty when the script is valid.
        offset: Byte offset at which it is broken, 0 when valid.
    """

    rule: str = ""
    offset: int = 0

    @property
    def is_valid(self) -> bool:
        """Tell whether no rule is broken."""
        return not self.rule


CheckScript = Callable[[bytes], Verdict]
"""Validates code; every node that runs the transition pays for the call."""


CheckAs = Callable[[ValidatorIndex, bytes], Verdict]
"""Validates code on one validator's node, which alone pays for it."""


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """A report that still has to be signed by its author.

    Attributes:
        reporter: The author.
        script: The script it is about.
        data: What it says, in the placement's own encoding.
    """

    reporter: ValidatorIndex
    script: ScriptIndex
    data: bytes


@dataclass(frozen=True, slots=True)
class RegistrationDecision:
    """What becomes of a NewExecutionScript whose other rules hold.

    Attributes:
        mark: Bytes to remember with the script.
        rule: Why the code is refused, empty when it is not. A refused script pays its fee and
            keeps its index, but its code is not stored.
        bond: ETH that leaves the sender beside the fee; the mark says that it is held.
    """

    mark: bytes = UNMARKED
    rule: str = ""
    bond: Gwei = Gwei(0)


@dataclass(frozen=True, slots=True)
class MarkedVerdict:
    """What a mark says about its script.

    Attributes:
        is_valid: The verdict, which may be wrong.
        until: First slot in which it holds no longer, None when it holds for good.
    """

    is_valid: bool
    until: Slot | None = None


Call = tuple[Slot, ScriptIndex]
"""A shard block: its slot, and the script it called."""


@dataclass(frozen=True, slots=True)
class ExecutionDecision:
    """What becomes of a shard block whose other rules hold.

    Attributes:
        runs: Whether the script is run; otherwise the block is a no-op.
        mark: New mark of the script on this shard, None to leave it.
        rule: Why the script is not run.
    """

    runs: bool = True
    mark: bytes | None = None
    rule: str = ""


class Placement(ABC):
    """A strategy: who validates a script, when, and what is remembered.

    Attributes:
        name: As in scenario files.
        costs_block: Whether a NewExecutionScript that breaks any rule invalidates its block.
        validates_at_registration: Whether all beacon nodes validate what a beacon block
            registers, at once or later; an honest beacon proposer then checks before it
            includes.
        keeps_history: Whether shard blocks may be called back, so that their states are kept.
        validates_at_execution: Whether shard nodes may validate what a shard block calls; an
            honest shard proposer then checks before it calls.
        nodes_remember: Whether a node that has validated code never does so again. Without
            any mark it has no reason to expect the same code, and keeps nothing.
        reporter_role: In which role those who report validate.
    """

    name: ClassVar[str]
    costs_block: ClassVar[bool] = False
    validates_at_registration: ClassVar[bool] = False
    validates_at_execution: ClassVar[bool] = False
    keeps_history: ClassVar[bool] = False
    nodes_remember: ClassVar[bool] = True
    reporter_role: ClassVar[str] = "reporter"

    def decide_registration(
        self,
        operation: NewExecutionScript,
        check: CheckScript,
        state: BeaconState,
        config: ChainConfig,
    ) -> RegistrationDecision:
        """Decide about new code; the state is a draft that may be changed.

        Raises:
            InvalidOperation: ``script_invalid``, where a bad script costs the whole block.
        """
        del operation, check, state, config
        return RegistrationDecision()

    def process_slot(
        self, state: BeaconState, check: CheckScript, effects: list[Effect], config: ChainConfig
    ) -> None:
        """Look after the marks at the start of a beacon slot; the state is a draft."""
        del state, check, effects, config

    def process_shard_slot(
        self,
        state: ShardState,
        beacon_state: BeaconView,
        check: CheckScript,
        effects: list[Effect],
    ) -> None:
        """Look after a shard's marks at the start of its slot; its state is a draft.

        Args:
            state: The shard.
            beacon_state: The beacon state that the shard sees in this slot.
            check: Validates on the nodes of this shard.
            effects: Told what was marked.
        """
        del state, beacon_state, check, effects

    def decide_reports(
        self, state: BeaconState, check_as: CheckAs, config: ChainConfig
    ) -> tuple[ReportDraft, ...]:
        """Return what validators have to say after a beacon slot, unsigned and in order."""
        del state, check_as, config
        return ()

    def process_report(
        self,
        state: BeaconState,
        report: ValidationReport,
        check: CheckScript,
        effects: list[Effect],
        config: ChainConfig,
    ) -> None:
        """Take in a vote or a challenge, whose signature is valid; the state is a draft.

        Raises:
            InvalidOperation: ``report_not_expected`` where the strategy asks for none.
        """
        del state, check, effects, config
        raise InvalidOperation("report_not_expected", script=report.script, strategy=self.name)

    def validate_claim(self, executor: ScriptIndex, script: ExecutionScript) -> None:
        """Refuse the claim of a deposit because of what is known about the script behind it.

        Raises:
            InvalidOperation: ``script_pending`` for now, ``script_called_back`` for good.
        """
        del executor, script

    def validate_import(
        self, env: ScriptIndex, script: ExecutionScript, shard_mark: bytes, slot: Slot
    ) -> None:
        """Refuse a shard block because of what is already known about its script.

        Raises:
            InvalidShardBlock: ``script_marked_invalid``, ``script_not_usable``.
        """
        del slot
        if MARKED_INVALID in (script.mark, shard_mark):
            raise InvalidShardBlock("script_marked_invalid", env=env)

    def decide_execution(
        self, script: ExecutionScript, shard_mark: bytes, check: CheckScript, slot: Slot
    ) -> ExecutionDecision:
        """Decide whether a shard block runs its script.

        Raises:
            InvalidShardBlock: ``script_invalid``, where a bad script costs the caller's block.
        """
        del script, shard_mark, check, slot
        return ExecutionDecision()

    def get_reverted_from(
        self, before: BeaconState, after: BeaconState, shard: ShardIndex, calls: Sequence[Call]
    ) -> Slot | None:
        """Return the first slot of a shard that a beacon block calls back, if any.

        Args:
            before: Beacon state at the end of the slot before.
            after: Beacon state after this slot and its block.
            shard: The shard that asks.
            calls: Its blocks that no crosslink has made final, oldest first.
        """
        del before, after, shard, calls
        return None

    def get_verdict(self, mark: bytes) -> MarkedVerdict | None:
        """Return what a mark, of the beacon chain or a shard, says about its script."""
        if mark in (MARKED_VALID, MARKED_INVALID):
            return MarkedVerdict(is_valid=mark == MARKED_VALID)
        return None

    def is_settled(self, mark: bytes) -> bool:
        """Tell whether calls of a script with this mark can no longer be called back."""
        del mark
        return True

    def get_bonded_eth(self, state: BeaconState) -> Gwei:
        """Return the ETH that marks hold; it belongs to the books of PROTOCOL 3.6."""
        del state
        return Gwei(0)

    def compute_spread_slots(self, size_bytes: int, config: ChainConfig) -> int:
        """Return over how many slots beacon nodes spread the validation of some code."""
        del size_bytes, config
        return 1
