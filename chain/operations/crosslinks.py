"""Crosslinks: a shard's committee tells the beacon chain what the shard did.

Source:
    PROTOCOL 2 (what a crosslink commits to) and 8 (the preset's pace). The committee's votes
    are ours: without them a beacon proposer could crosslink anything.
"""

from chain.bls import compute_signing_root, verify_aggregate
from chain.committees import get_shard_committee
from chain.config import ChainConfig
from chain.constants import DOMAIN_CROSSLINK
from chain.containers import BeaconState, SignedCrosslink
from chain.context import ChainContext
from chain.effects import CrosslinkIncluded, Effect
from chain.errors import InvalidOperation
from chain.types import Slot, ValidatorIndex


def is_crosslink_due(slot: Slot, config: ChainConfig) -> bool:
    """Tell whether a beacon block of this slot may include crosslinks."""
    return slot % config.crosslink_interval_slots == 0 and slot > config.crosslink_lag_slots


def process_crosslink(
    state: BeaconState, signed: SignedCrosslink, context: ChainContext, effects: list[Effect]
) -> None:
    """Replace a shard's crosslink by its successor.

    Raises:
        InvalidOperation: ``crosslink_shard``, ``crosslink_pace``, ``crosslink_gap``,
            ``crosslink_committee``, ``crosslink_quorum``, ``crosslink_signature``.

    Source:
        PROTOCOL 2 and 8.
    """
    crosslink, config = signed.crosslink, context.config
    validate_crosslink_shard(signed, config)
    validate_crosslink_pace(state, signed, config)
    validate_crosslink_gap(state, signed)
    validate_crosslink_committee(state, signed, config)
    validate_crosslink_quorum(signed)
    validate_crosslink_signature(state, signed, config)
    state.crosslinks = state.crosslinks.set(crosslink.shard, crosslink)
    effects.append(CrosslinkIncluded(crosslink.shard, crosslink.start_slot, crosslink.end_slot))


def validate_crosslink_shard(signed: SignedCrosslink, config: ChainConfig) -> None:
    """Refuse a shard that does not exist."""
    shard = signed.crosslink.shard
    if shard >= config.shard_count:
        raise InvalidOperation("crosslink_shard", shard=shard, shards=config.shard_count)


def validate_crosslink_pace(
    state: BeaconState, signed: SignedCrosslink, config: ChainConfig
) -> None:
    """Refuse a crosslink at a slot, or up to a slot, that the preset's pace does not allow."""
    end_slot = state.slot - config.crosslink_lag_slots
    if not is_crosslink_due(state.slot, config) or signed.crosslink.end_slot != end_slot:
        raise InvalidOperation(
            "crosslink_pace", end_slot=signed.crosslink.end_slot, due=end_slot, slot=state.slot
        )


def validate_crosslink_gap(state: BeaconState, signed: SignedCrosslink) -> None:
    """Refuse a crosslink that does not start right after the shard's last one."""
    crosslink = signed.crosslink
    due = state.crosslinks[crosslink.shard].end_slot + 1
    if crosslink.start_slot != due or crosslink.end_slot < due:
        raise InvalidOperation(
            "crosslink_gap", start=crosslink.start_slot, end=crosslink.end_slot, due=due
        )


def validate_crosslink_committee(
    state: BeaconState, signed: SignedCrosslink, config: ChainConfig
) -> None:
    """Refuse votes that are not one bit per committee member."""
    members = len(get_shard_committee(state, signed.crosslink.shard, state.slot, config))
    if len(signed.aggregation_bits) != members:
        raise InvalidOperation(
            "crosslink_committee", bits=len(signed.aggregation_bits), members=members
        )


def validate_crosslink_quorum(signed: SignedCrosslink) -> None:
    """Refuse fewer votes than two thirds."""
    votes, members = sum(signed.aggregation_bits), len(signed.aggregation_bits)
    if votes * 3 < members * 2:
        raise InvalidOperation("crosslink_quorum", votes=votes, members=members)


def validate_crosslink_signature(
    state: BeaconState, signed: SignedCrosslink, config: ChainConfig
) -> None:
    """Refuse an aggregate signature that is not exactly the voters'."""
    voters = get_crosslink_voters(state, signed, config)
    pubkeys = [state.validators[voter].pubkey for voter in voters]
    message = compute_signing_root(signed.crosslink.hash_tree_root, DOMAIN_CROSSLINK)
    if not verify_aggregate(config.bls, pubkeys, message, signed.signature):
        raise InvalidOperation(
            "crosslink_signature", shard=signed.crosslink.shard, votes=len(voters)
        )


def get_crosslink_voters(
    state: BeaconState, signed: SignedCrosslink, config: ChainConfig
) -> list[ValidatorIndex]:
    """Return the committee members whose bit is set, in committee order."""
    committee = get_shard_committee(state, signed.crosslink.shard, state.slot, config)
    votes = zip(committee, signed.aggregation_bits, strict=True)
    return [member for member, voted in votes if voted]
