"""``optimistic``: everybody believes the sender, until somebody objects."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from chain.committees import is_active
from chain.config import ChainConfig
from chain.constants import DOMAIN_CHALLENGE
from chain.containers import BeaconState, ExecutionScript, NewExecutionScript, ValidationReport
from chain.effects import BondSettled, Effect
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
from chain.placement.marks import (
    MARKED_PENDING,
    bury_script,
    decode_numbers,
    encode_numbers,
    find_marked,
    write_script_mark,
)
from chain.placement.seats import get_adversary, get_seats
from chain.types import Gwei, Root, ScriptIndex, ShardIndex, Slot, ValidatorIndex

_NUMBERS_END: Final = 1 + 3 * 8


@dataclass(frozen=True, slots=True)
class PendingMark:
    """A script whose window is open.

    Attributes:
        registered: Slot of its registration.
        bond: What its sender staked, Gwei.
        sender: Who did.
        credentials: Who that was: an index can become somebody else's.
    """

    registered: Slot
    bond: Gwei
    sender: ValidatorIndex
    credentials: Root

    def encode(self) -> bytes:
        """Return the mark."""
        numbers = encode_numbers(self.registered, self.bond, self.sender)
        return MARKED_PENDING + numbers + self.credentials

    @classmethod
    def decode(cls, mark: bytes) -> Self:
        """Read a mark that begins with ``MARKED_PENDING``."""
        registered, bond, sender = decode_numbers(mark[1:_NUMBERS_END])
        credentials = Root(mark[_NUMBERS_END:])
        return cls(Slot(registered), Gwei(bond), ValidatorIndex(sender), credentials)


class OptimisticPlacement(Placement):
    """``optimistic``: a script is good unless somebody objects within a window.

    Who, when: ``challengers`` validators, drawn for every script, each at a slot of its own
    within ``challenge_window_slots``; only if one objects, all N beacon nodes, when the block
    with the objection is imported. Mark: pending, with the bond and who staked it. Usable at
    once; settled when the window closes, which returns the bond.

    A bad script that is caught costs its sender fee and bond, half of which goes to whoever
    objected, the rest is burned. It costs the shards their work: every block that no crosslink
    has made final is called back, from the first that called the script on. What is final
    stands, but the deposits that the script pushed cannot be claimed before the window has
    closed, and never if it was caught. An objection to a good script costs the objector a bond:
    half goes to the sender, and the script is settled at once. A bad script that nobody objects
    to in time stays. Total cost: w x, with an objection N x.

    Source:
        PROTOCOL 7. The shares of the bond, and that claims wait, are ours: a crosslink would
        otherwise pay out before anybody could object.
    """

    name = "optimistic"
    keeps_history = True
    reporter_role = "challenger"

    def decide_registration(
        self,
        operation: NewExecutionScript,
        check: CheckScript,
        state: BeaconState,
        config: ChainConfig,
    ) -> RegistrationDecision:
        """Take the bond and open the window."""
        del check
        credentials = state.validators[operation.sender].withdrawal_credentials
        bond = config.challenge_bond_gwei
        mark = PendingMark(state.slot, bond, operation.sender, credentials)
        return RegistrationDecision(mark=mark.encode(), bond=bond)

    def process_slot(
        self, state: BeaconState, check: CheckScript, effects: list[Effect], config: ChainConfig
    ) -> None:
        """Close the windows that nobody objected in."""
        del check
        for index, pending in _find_pending(state):
            if state.slot > pending.registered + config.challenge_window_slots:
                write_script_mark(state, index, MARKED_VALID, effects)
                returned = _pay_sender(state, pending, pending.bond)
                burned = Gwei(pending.bond - returned)
                effects.append(BondSettled(index, returned, Gwei(0), burned))

    def decide_reports(
        self, state: BeaconState, check_as: CheckAs, config: ChainConfig
    ) -> tuple[ReportDraft, ...]:
        """Let challengers look when their slot has come; the first that finds fault objects."""
        adversary = get_adversary(state, state.slot, config)
        drafts = []
        for index, pending in _find_pending(state):
            code = state.execution_scripts[index].code
            objectors = [
                challenger
                for challenger in get_challengers(state, index, pending.registered, config)
                if compute_look_slot(challenger, index, pending.registered, config) <= state.slot
                and not check_as(challenger, code).is_valid
                and challenger not in adversary
            ]
            drafts += [ReportDraft(objector, index, b"") for objector in objectors[:1]]
        return tuple(drafts)

    def process_report(
        self,
        state: BeaconState,
        report: ValidationReport,
        check: CheckScript,
        effects: list[Effect],
        config: ChainConfig,
    ) -> None:
        """Judge an objection: all beacon nodes validate.

        Raises:
            InvalidOperation: ``window_closed``, ``challenger_off_duty``, ``bond_not_covered``.
        """
        script = state.execution_scripts[report.script]
        if script.mark[:1] != MARKED_PENDING:
            raise InvalidOperation("window_closed", script=report.script)
        validate_challenger(state, report.reporter, config)
        pending = PendingMark.decode(script.mark)
        if check(script.code).is_valid:
            write_script_mark(state, report.script, MARKED_VALID, effects)
            effects.append(_punish_challenger(state, report, pending, config))
        else:
            bury_script(state, report.script, effects)
            reward = Gwei(pending.bond // 2)
            _add_balance(state, report.reporter, reward)
            burned = Gwei(pending.bond - reward)
            effects.append(BondSettled(report.script, Gwei(0), reward, burned, report.reporter))

    def validate_claim(self, executor: ScriptIndex, script: ExecutionScript) -> None:
        """Hold deposits back while their script may still turn out to be bad.

        Raises:
            InvalidOperation: ``script_pending``, ``script_called_back``.
        """
        if script.mark[:1] == MARKED_PENDING:
            raise InvalidOperation("script_pending", executor=executor)
        if script.mark == MARKED_INVALID:
            raise InvalidOperation("script_called_back", executor=executor)

    def get_reverted_from(
        self, before: BeaconState, after: BeaconState, shard: ShardIndex, calls: Sequence[Call]
    ) -> Slot | None:
        """Call back what depends on a script that was caught: its first call, and all behind."""
        del shard
        caught = {
            index
            for index, _ in _find_pending(before)
            if after.execution_scripts[index].mark == MARKED_INVALID
        }
        return next((slot for slot, script in calls if script in caught), None)

    def is_settled(self, mark: bytes) -> bool:
        """Tell whether the window is closed."""
        return mark[:1] != MARKED_PENDING

    def get_bonded_eth(self, state: BeaconState) -> Gwei:
        """Return all bonds of open windows."""
        return Gwei(sum(pending.bond for _, pending in _find_pending(state)))


def get_challengers(
    state: BeaconState, script: ScriptIndex, registered: Slot, config: ChainConfig
) -> tuple[ValidatorIndex, ...]:
    """Return the validators that look at a script of their own accord."""
    seats = get_seats(state, script, registered, DOMAIN_CHALLENGE, config)
    return seats[: config.challengers]


def compute_look_slot(
    challenger: ValidatorIndex, script: ScriptIndex, registered: Slot, config: ChainConfig
) -> Slot:
    """Return when a challenger gets around to a script: a slot of the window, drawn.

    Source:
        Ours: that all look at once would hide what waiting costs.
    """
    named = config.shuffling_seed + DOMAIN_CHALLENGE + encode_numbers(challenger, script)
    drawn = int.from_bytes(hashlib.sha256(named).digest()[:8], "little")
    return Slot(registered + 1 + drawn % config.challenge_window_slots)


def validate_challenger(
    state: BeaconState, challenger: ValidatorIndex, config: ChainConfig
) -> None:
    """Refuse an objection from off duty, or without the bond that it may cost."""
    if not is_active(state.validators[challenger], config.compute_epoch(state.slot)):
        raise InvalidOperation("challenger_off_duty", reporter=challenger)
    balance = state.balances[challenger]
    if balance < config.challenge_bond_gwei:
        raise InvalidOperation("bond_not_covered", balance=balance, bond=config.challenge_bond_gwei)


def _punish_challenger(
    state: BeaconState, report: ValidationReport, pending: PendingMark, config: ChainConfig
) -> BondSettled:
    stake = config.challenge_bond_gwei
    balance = Gwei(state.balances[report.reporter] - stake)
    state.balances = state.balances.set(report.reporter, balance)
    returned = _pay_sender(state, pending, pending.bond)
    rewarded = _pay_sender(state, pending, Gwei(stake // 2))
    burned = Gwei(pending.bond + stake - returned - rewarded)
    return BondSettled(report.script, returned, rewarded, burned, report.reporter)


def _pay_sender(state: BeaconState, pending: PendingMark, amount: Gwei) -> Gwei:
    """Pay a script's sender, unless it is gone; return what was paid."""
    if state.validators[pending.sender].withdrawal_credentials != pending.credentials:
        return Gwei(0)
    _add_balance(state, pending.sender, amount)
    return amount


def _add_balance(state: BeaconState, validator: ValidatorIndex, amount: Gwei) -> None:
    balance = Gwei(state.balances[validator] + amount)
    state.balances = state.balances.set(validator, balance)


def _find_pending(state: BeaconState) -> list[tuple[ScriptIndex, PendingMark]]:
    scripts = state.execution_scripts
    return [
        (index, PendingMark.decode(scripts[index].mark))
        for index in find_marked(scripts, MARKED_PENDING)
    ]
