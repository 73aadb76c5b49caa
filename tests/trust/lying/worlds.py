"""Honest chains, each stopped where a block with a bit of everything is due.

What happened before is as it would be in a run: scripts were registered and voted about,
deposits pushed and crosslinked, validators came and withdrew.

Source:
    Ours.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Final, Self

from chain.beacon import apply_beacon_block
from chain.config import BlsBackend, ChainConfig
from chain.constants import GWEI_PER_ETH
from chain.containers import (
    BeaconBlock,
    DepositData,
    NewValidator,
    ShardBlock,
    SignedBeaconBlock,
    SignedShardBlock,
    TimestampedDepositData,
    ValidationReport,
    Withdrawal,
)
from chain.effects import Effect
from chain.encoding import encode
from chain.errors import InvalidBlock
from chain.operations.crosslinks import is_crosslink_due
from chain.placement import ReportDraft
from chain.shard import apply_shard_block
from chain.types import Gwei, Root, Slot
from tests.helpers.chain import (
    CONFIG,
    DEPOSITOR,
    FLOATER,
    PUSHER,
    PUSHERS,
    RETIREE,
    STATE,
    TRAPPER,
    Lab,
    compile_pusher,
)
from tests.helpers.keys import (
    Key,
    make_key,
    sign_deposit,
    sign_registration,
    sign_report,
    sign_withdrawal,
)
from tests.helpers.placements import ask_reports, report

SHARD: Final = 2
ENV: Final = 1
TRAPPING_ENV: Final = 2
AMOUNT: Final = Gwei(32 * GWEI_PER_ETH)
FORTUNE: Final = Gwei(5_000 * GWEI_PER_ETH)
"""More than any script has."""

POOR_POSITION, FORGED_POSITION, EARLY_POSITION = 2, 3, 4
"""Of deposits that are pushed, crosslinked, and good for nothing."""


class Chronicle(Lab):
    """A lab that keeps what was signed in it, and who may vote."""

    def __init__(self, config: ChainConfig, scripts: Sequence[bytes] = ()) -> None:
        super().__init__(config, scripts, newcomers=[make_key("new", config.bls)])
        self.signed_blocks: list[SignedBeaconBlock] = []
        self.signed_shard_blocks: list[SignedShardBlock] = []
        self.seated: frozenset[int] = frozenset()

    def sign_beacon_block(self, block: BeaconBlock) -> SignedBeaconBlock:
        signed = super().sign_beacon_block(block)
        self.signed_blocks.append(signed)
        return signed

    def sign_shard_block(self, block: ShardBlock, shard: int = 0) -> SignedShardBlock:
        signed = super().sign_shard_block(block, shard)
        self.signed_shard_blocks.append(signed)
        return signed

    def make_key(self, name: str) -> Key:
        return make_key(name, self.config.bls)

    def blocks_are_taken(self) -> bool:
        """Tell whether any chain has a block in this slot."""
        slots = [self.beacon.latest_block_header.slot]
        slots += [state.parent_block.slot for state in self.shards]
        return self.beacon.slot in slots

    def fork(self) -> Self:
        """Return a lab that goes on from here without this one."""
        twin = copy.copy(self)
        twin.shards = list(self.shards)
        twin.blocks = [list(blocks) for blocks in self.blocks]
        twin.shard_roots = [list(roots) for roots in self.shard_roots]
        twin.past, twin.effects = dict(self.past), list(self.effects)
        twin.signed_blocks = list(self.signed_blocks)
        twin.signed_shard_blocks = list(self.signed_shard_blocks)
        return twin


@dataclass(frozen=True)
class Moment:
    """A chain that waits for a block.

    Attributes:
        name: What is special about it.
        lab: The chains, which nobody takes on from here.
        honest: The block that is due.
        old: Blocks of the same chain that were accepted before.
        shard: Which shard; None for the beacon chain.
        spare: Claims that break a rule although their proofs hold, by the rule's code.
    """

    name: str
    lab: Chronicle
    honest: SignedBeaconBlock | SignedShardBlock
    old: tuple[SignedBeaconBlock | SignedShardBlock, ...]
    shard: int | None = None
    spare: dict[str, NewValidator] = field(default_factory=dict)

    @property
    def pre_root(self) -> Root:
        """The root of the state that waits."""
        state = self.lab.beacon if self.shard is None else self.lab.shards[self.shard]
        return state.hash_tree_root

    @cached_property
    def expected(self) -> tuple[Root, str]:
        """The root before, and what comes of the honest block."""
        return self.pre_root, self.try_honest()

    def try_honest(self) -> str:
        """Return the root that the honest block leads to, or the code that refuses it."""
        try:
            return self.apply(encode(self.honest)).hex()
        except InvalidBlock as error:
            return error.code

    def apply(self, encoded: bytes, effects: list[Effect] | None = None) -> Root:
        """Import a block; return the root of the state it leads to.

        Raises:
            InvalidBlock: The block breaks a rule.
        """
        told = [] if effects is None else effects
        lab = self.lab
        if self.shard is None:
            return apply_beacon_block(lab.beacon, encoded, lab.context, told).hash_tree_root
        state = lab.shards[self.shard]
        return apply_shard_block(state, encoded, lab.beacon, lab.context, told).state.hash_tree_root

    def encode_states(self) -> bytes:
        """Return all that the chains remember, byte by byte."""
        return b"".join(map(encode, (self.lab.beacon, *self.lab.shards)))


@cache
def list_moments() -> tuple[Moment, ...]:
    """Return all moments, built once in a process."""
    return tuple(moment for build in _WORLDS for moment in build())


def _build_committee() -> list[Moment]:
    """Scripts that were registered, voted about and funded; a vote is under way."""
    lab = Chronicle(replace(CONFIG, strategy="committee", committee_size=6))
    lab.register(PUSHER, PUSHERS[0])
    lab.advance()
    drafts = ask_reports(lab)
    report(lab, *(draft for env in (0, 1) for draft in _select(drafts, env)[:4]))
    lab.advance()
    lab.add_beacon_block(withdrawals=[_sign_withdrawal(lab, 0)])
    crosslinked = _push(lab)
    _register_before_due(lab, PUSHER)
    drafts = ask_reports(lab)
    lab.seated = frozenset(draft.reporter for draft in drafts)
    votes = [_sign_report(lab, draft.reporter, 2, draft.data) for draft in drafts]
    return _stop("committee", lab, crosslinked, votes[:2])


def _build_optimistic() -> list[Moment]:
    """A bad script is pending and somebody objects; another one's deposit is held back."""
    lab = Chronicle(replace(CONFIG, strategy="optimistic"), scripts=[PUSHER, PUSHER])
    lab.register(PUSHER)
    held = _push(lab, env=2, shard=1)
    crosslinked = _push(lab)
    _register_before_due(lab, FLOATER)
    objection = _sign_report(lab, 3, 3, b"floats")
    moments = _stop("optimistic", lab, crosslinked, [objection])
    moments[0].spare["script_pending"] = lab.build_claim(held, shard=1)
    return moments


def _build_proposal() -> list[Moment]:
    """Proposal 2: a bad registration costs the block, and deposits carry a timestamp."""
    execution = replace(CONFIG.execution, deposit_min_timestamp=True)
    config = replace(CONFIG, strategy="beacon-block", execution=execution)
    pusher = compile_pusher(192)
    lab = Chronicle(config, scripts=[pusher, pusher, TRAPPER])
    return _stop("proposal 2", lab, _push(lab), [])


def _build_historical() -> list[Moment]:
    """Real signatures, and a claim whose crosslink has left the ring of state roots."""
    config = replace(CONFIG, strategy="beacon-operation", bls=BlsBackend.FAST)
    lab = Chronicle(config, scripts=[PUSHER, PUSHER])
    crosslinked = _push(lab)
    for shard in range(lab.config.shard_count):
        lab.add_crosslink(shard)
    lab.advance_to(crosslinked + 70)
    return _stop("historical", lab, crosslinked, [], shards=(SHARD,))


def _build_lazy() -> list[Moment]:
    """A bad script is called for the first time: the block that is due does nothing."""
    lab = Chronicle(replace(CONFIG, strategy="shard-lazy"), scripts=[PUSHER, FLOATER])
    lab.advance(2)
    lab.add_shard_block(shard=SHARD)
    lab.advance()
    old = tuple(lab.signed_shard_blocks)
    return [Moment("lazy shard", lab, lab.build_shard_block(env=1, shard=SHARD), old, SHARD)]


_WORLDS: Final[tuple[Callable[[], list[Moment]], ...]] = (
    _build_committee,
    _build_optimistic,
    _build_proposal,
    _build_historical,
    _build_lazy,
)


def _stop(
    name: str,
    lab: Chronicle,
    crosslinked: Slot,
    reports: Sequence[ValidationReport],
    shards: Sequence[int] = range(CONFIG.shard_count),
) -> list[Moment]:
    """Stop at the next slot with crosslinks; return what is due on both chains."""
    while lab.blocks_are_taken() or not is_crosslink_due(lab.beacon.slot, lab.config):
        lab.advance()
    beacon_lab, shard_lab = lab.fork(), lab.fork()
    claims = [lab.build_claim(crosslinked, shard=SHARD, position=at) for at in range(5)]
    registration = sign_registration(
        lab.keys[DEPOSITOR], sender=DEPOSITOR, slot=lab.beacon.slot, code=PUSHER
    )
    # Two of three votes are enough, so that bits of all kinds are in the block.
    votes: list[tuple[bool, ...] | None] = [None, (True, True, False), None, (False, True, True)]
    block = beacon_lab.build_beacon_block(
        crosslinks=[
            lab.sign_crosslink(lab.build_crosslink(shard), votes[shard]) for shard in shards
        ],
        new_execution_scripts=[registration],
        new_validators=claims[:2],
        withdrawals=[_sign_withdrawal(lab, 1)],
        validation_reports=reports,
    )
    data = STATE[::-1] + b"".join(map(encode, _build_deposits(lab)[:2]))
    shard_block = shard_lab.build_shard_block(data, env=ENV, shard=SHARD)
    spare = {
        "script_balance_too_low": claims[POOR_POSITION],
        "wrong_deposit_signature": claims[FORGED_POSITION],
    }
    if lab.config.execution.deposit_min_timestamp:
        spare["deposit_too_early"] = claims[EARLY_POSITION]
    old = [signed for signed in lab.signed_shard_blocks if signed.message.shard == SHARD]
    return [
        Moment(f"{name} beacon", lab, block, tuple(lab.signed_blocks), spare=spare),
        Moment(f"{name} shard", lab, shard_block, tuple(old), SHARD),
    ]


def _push(lab: Chronicle, *, env: int = ENV, shard: int = SHARD) -> Slot:
    """Push deposits in the second of two blocks, which the next crosslink commits to."""
    lab.advance()
    lab.add_shard_block(env=env, shard=shard)
    return lab.push(*_build_deposits(lab), env=env, shard=shard)


def _build_deposits(lab: Chronicle) -> list[DepositData | TimestampedDepositData]:
    """Two good deposits, one too large, one that its key did not sign, and another good one."""
    new, known = lab.make_key("new"), lab.make_key("validator/4")
    good = [sign_deposit(new, AMOUNT), sign_deposit(known, AMOUNT)]
    forged = sign_deposit(new, AMOUNT).evolve(signature=good[1].signature)
    deposits = [*good, sign_deposit(new, FORTUNE), forged, sign_deposit(new, 2 * AMOUNT)]
    if not lab.config.execution.deposit_min_timestamp:
        return list(deposits)
    return [
        TimestampedDepositData.create(deposit=deposit, min_timestamp=timestamp)
        for deposit, timestamp in zip(deposits, (7, 11, 0, 0, 2**40), strict=True)
    ]


def _register_before_due(lab: Chronicle, code: bytes) -> None:
    """Register a script in the slot before one with crosslinks, and go there."""
    while not is_crosslink_due(Slot(lab.beacon.slot + 2), lab.config):
        lab.advance()
    lab.register(code)
    lab.advance()


def _select(drafts: Sequence[ReportDraft], script: int) -> list[ReportDraft]:
    return [draft for draft in drafts if draft.script == script]


def _sign_withdrawal(lab: Chronicle, number: int) -> Withdrawal:
    return sign_withdrawal(
        lab.make_key(f"retiree/{number}"),
        validator=RETIREE + number,
        target=ENV,
        data=b"for shard 2, account 9",
    )


def _sign_report(lab: Chronicle, reporter: int, script: int, data: bytes) -> ValidationReport:
    return sign_report(
        lab.keys[reporter], reporter=reporter, script=script, slot=lab.beacon.slot, data=data
    )
