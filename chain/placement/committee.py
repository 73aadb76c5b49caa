"""``committee``: a few validators vote, everybody believes them for a while."""

from dataclasses import dataclass, replace
from typing import Final

from chain.config import ChainConfig
from chain.constants import DOMAIN_VERDICT
from chain.containers import BeaconState, ExecutionScript, NewExecutionScript, ValidationReport
from chain.effects import Effect
from chain.errors import InvalidOperation, InvalidShardBlock
from chain.placement.base import (
    MARKED_INVALID,
    MARKED_VALID,
    CheckAs,
    CheckScript,
    MarkedVerdict,
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
from chain.types import ScriptIndex, Slot, ValidatorIndex

VOTE_VALID: Final = b"\x01"
VOTE_INVALID: Final = b"\x00"

_HEAD_BYTES: Final = 1 + 3 * 8


@dataclass(frozen=True, slots=True)
class CommitteeMark:
    """What the state says about a script under ``committee``.

    Attributes:
        is_accepted: Whether a verdict in its favour holds.
        valid_from: First slot in which that verdict holds.
        valid_until: First slot in which it holds no longer.
        started: Slot in which the vote under way began, 0 when there is none.
        ayes: Seats that voted for the script, as bits.
        nays: Seats that voted against it, as bits.
    """

    is_accepted: bool = False
    valid_from: Slot = Slot(0)
    valid_until: Slot = Slot(0)
    started: Slot = Slot(0)
    ayes: int = 0
    nays: int = 0

    def encode(self, config: ChainConfig) -> bytes:
        """Return the mark; the votes take a bit per seat and side while they are collected."""
        status = MARKED_VALID if self.is_accepted else MARKED_PENDING
        head = status + encode_numbers(self.valid_from, self.valid_until, self.started)
        if not self.started:
            return head
        size = _count_vote_bytes(config)
        return head + self.ayes.to_bytes(size, "little") + self.nays.to_bytes(size, "little")


class CommitteePlacement(Placement):
    """``committee``: members drawn by the seed vote, and a quorum makes the verdict.

    Who, when: ``committee_size`` validators, drawn anew for every script and every vote, in the
    slots after its registration. Mark: the votes so far, then the verdict with the slots from
    and until which it holds. Verdicts travel with crosslinks, so a good script is usable after
    the crosslink delay. A verdict must be renewed every ``verdict_epochs``; the vote begins
    early enough for the next one to follow without a gap, and a committee that has not agreed
    within an epoch is replaced. A bad script is rejected for good, its code dropped, its
    sender's fee burned, and nobody else has paid. Whoever holds a quorum of the seats decides:
    a bad script becomes usable until the next committee looks, a good one is lost. Total cost:
    n x, and the votes.

    Source:
        PROTOCOL 7. The vote's length and the renewal's start are ours.
    """

    name = "committee"
    reporter_role = "shard committee"

    def decide_registration(
        self,
        operation: NewExecutionScript,
        check: CheckScript,
        state: BeaconState,
        config: ChainConfig,
    ) -> RegistrationDecision:
        """Call a vote."""
        del operation, check
        return RegistrationDecision(mark=CommitteeMark(started=state.slot).encode(config))

    def process_slot(
        self, state: BeaconState, check: CheckScript, effects: list[Effect], config: ChainConfig
    ) -> None:
        """End verdicts whose time is over, and begin the votes that are due."""
        del check
        for index in _find_live(state):
            old = _read_mark(state.execution_scripts[index].mark)
            new = _move_on(old, state.slot, config)
            if new != old:
                write_script_mark(state, index, new.encode(config), effects)

    def decide_reports(
        self, state: BeaconState, check_as: CheckAs, config: ChainConfig
    ) -> tuple[ReportDraft, ...]:
        """Let every member that has not voted do so: as found, or the opposite."""
        adversary = get_adversary(state, state.slot, config)
        drafts = []
        for index in _find_live(state):
            script = state.execution_scripts[index]
            mark = _read_mark(script.mark)
            if not mark.started:
                continue
            for position, member in enumerate(_get_committee(state, index, mark, config)):
                if (mark.ayes | mark.nays) >> position & 1:
                    continue
                votes_for = check_as(member, script.code).is_valid != (member in adversary)
                data = VOTE_VALID if votes_for else VOTE_INVALID
                drafts.append(ReportDraft(member, index, data))
        return tuple(drafts)

    def process_report(
        self,
        state: BeaconState,
        report: ValidationReport,
        check: CheckScript,
        effects: list[Effect],
        config: ChainConfig,
    ) -> None:
        """Count a vote, and make the verdict when it was the last one needed.

        Raises:
            InvalidOperation: ``vote_not_open``, ``malformed_vote``, ``not_on_committee``,
                ``voted_already``.
        """
        del check
        script = state.execution_scripts[report.script]
        mark = None if script.mark == MARKED_INVALID else _read_mark(script.mark)
        if mark is None or not mark.started:
            raise InvalidOperation("vote_not_open", script=report.script)
        if report.data not in (VOTE_VALID, VOTE_INVALID):
            raise InvalidOperation("malformed_vote", data=report.data)
        committee = _get_committee(state, report.script, mark, config)
        voted = _count_vote(mark, report, committee)
        verdict = _judge(voted, len(committee), state.slot, config)
        if verdict is None:
            bury_script(state, report.script, effects)
        else:
            write_script_mark(state, report.script, verdict.encode(config), effects)

    def validate_import(
        self, env: ScriptIndex, script: ExecutionScript, shard_mark: bytes, slot: Slot
    ) -> None:
        """Refuse what no verdict allows in this slot.

        Raises:
            InvalidShardBlock: ``script_not_usable``, ``script_marked_invalid``.
        """
        super().validate_import(env, script, shard_mark, slot)
        mark = _read_mark(script.mark)
        if not mark.is_accepted or not mark.valid_from <= slot < mark.valid_until:
            raise InvalidShardBlock("script_not_usable", env=env, slot=slot)

    def get_verdict(self, mark: bytes) -> MarkedVerdict | None:
        """Return the verdict that holds."""
        if mark == MARKED_INVALID:
            return MarkedVerdict(is_valid=False)
        if mark[:1] != MARKED_VALID:
            return None
        return MarkedVerdict(is_valid=True, until=_read_mark(mark).valid_until)


def compute_crosslinked_slot(slot: Slot, config: ChainConfig) -> Slot:
    """Return the first slot with crosslinks that cover another one.

    Source:
        PROTOCOL 7 ("crosslink delay") and 8 (the preset's pace).
    """
    interval = config.crosslink_interval_slots
    return Slot(-(-(slot + config.crosslink_lag_slots) // interval) * interval)


def _find_live(state: BeaconState) -> tuple[ScriptIndex, ...]:
    scripts = state.execution_scripts
    return tuple(sorted(find_marked(scripts, MARKED_PENDING) + find_marked(scripts, MARKED_VALID)))


def _count_vote_bytes(config: ChainConfig) -> int:
    return (config.committee_size + 7) // 8


def _read_mark(data: bytes) -> CommitteeMark:
    valid_from, valid_until, started = map(Slot, decode_numbers(data[1:_HEAD_BYTES]))
    votes = data[_HEAD_BYTES:]
    half = len(votes) // 2
    return CommitteeMark(
        is_accepted=data[:1] == MARKED_VALID,
        valid_from=valid_from,
        valid_until=valid_until,
        started=started,
        ayes=int.from_bytes(votes[:half], "little"),
        nays=int.from_bytes(votes[half:], "little"),
    )


def _get_committee(
    state: BeaconState, index: ScriptIndex, mark: CommitteeMark, config: ChainConfig
) -> tuple[ValidatorIndex, ...]:
    seats = get_seats(state, index, mark.started, DOMAIN_VERDICT, config)
    return seats[: config.committee_size]


def _move_on(mark: CommitteeMark, slot: Slot, config: ChainConfig) -> CommitteeMark:
    """Return a mark as it is at the start of a slot."""
    vote_slots = config.slots_per_epoch
    # A vote takes an epoch at most, and its verdict then waits for a crosslink.
    lead_slots = compute_crosslinked_slot(Slot(slot + vote_slots), config) - slot
    is_over = bool(mark.started) and slot >= mark.started + vote_slots
    is_due = not mark.started and slot + lead_slots >= mark.valid_until
    if is_over or is_due:
        mark = replace(mark, started=slot, ayes=0, nays=0)
    if mark.is_accepted and slot >= mark.valid_until:
        mark = replace(mark, is_accepted=False)
    return mark


def _count_vote(
    mark: CommitteeMark, report: ValidationReport, committee: tuple[ValidatorIndex, ...]
) -> CommitteeMark:
    if report.reporter not in committee:
        raise InvalidOperation("not_on_committee", reporter=report.reporter, script=report.script)
    bit = 1 << committee.index(report.reporter)
    if (mark.ayes | mark.nays) & bit:
        raise InvalidOperation("voted_already", reporter=report.reporter, script=report.script)
    if report.data == VOTE_VALID:
        return replace(mark, ayes=mark.ayes | bit)
    return replace(mark, nays=mark.nays | bit)


def _judge(
    mark: CommitteeMark, seats: int, slot: Slot, config: ChainConfig
) -> CommitteeMark | None:
    """Return the mark with the verdict that its votes make, None when they reject."""
    numerator, denominator = config.committee_quorum
    if mark.nays.bit_count() * denominator >= seats * numerator:
        return None
    if mark.ayes.bit_count() * denominator < seats * numerator:
        return mark
    carried = compute_crosslinked_slot(slot, config)
    return CommitteeMark(
        is_accepted=True,
        # A renewal continues the verdict before it.
        valid_from=mark.valid_from if mark.is_accepted else carried,
        valid_until=Slot(carried + config.verdict_epochs * config.slots_per_epoch),
    )
