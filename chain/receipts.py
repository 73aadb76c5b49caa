"""Receipts that cross between the chains, and the proofs that carry them.

A deposit receipt travels from a shard block to the beacon chain, a withdrawal receipt from a
beacon state to a shard. Both are proven against a beacon state root: of a recent slot, which
the visible state keeps in its ring, or of an older one, through its historical roots.

Source:
    PROTOCOL 2 (proofs) and 3.3; the anchoring is ours, the record only says "recent or
    historical".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chain.constants import (
    BLOCKS_PER_CROSSLINK_LIMIT,
    DEPOSITS_PER_BLOCK_LIMIT,
    HISTORICAL_ROOTS_LIMIT,
    SCRIPT_LIMIT,
    SHARD_LIMIT,
    STATE_ROOTS_RING_SLOTS,
    WITHDRAWAL_RECEIPTS_LIMIT,
)
from chain.containers import (
    BeaconState,
    Crosslink,
    DepositData,
    DepositReceiptProof,
    ShardBlockHeader,
    ShardState,
    TimestampedDepositData,
    WithdrawalReceipt,
    WithdrawalReceiptProof,
)
from chain.encoding import SszList, merkleize_chunks, mix_in_length
from chain.errors import InvalidProof
from chain.merkle import (
    build_element_branch,
    build_field_branch,
    build_leaf_branch,
    compute_depth,
    compute_element_index,
    compute_field_index,
    compute_root,
    concatenate,
    validate_branch,
)
from chain.types import GeneralizedIndex, Root, ScriptIndex, ShardIndex, Slot

PushedDeposit = DepositData | TimestampedDepositData
"""What a script pushed, in the form the run's config asks for."""


@dataclass(frozen=True, slots=True)
class StateAnchor:
    """How one beacon state sees the root of an earlier one.

    Attributes:
        index: Generalized index of the earlier root below the visible state's root.
        branch: Siblings on that way, from the earlier root upwards.
    """

    index: GeneralizedIndex
    branch: tuple[Root, ...]


def compute_deposit_root(deposits: Sequence[PushedDeposit]) -> Root:
    """Return the ``deposit_root`` of a shard block: the root of its list of deposits.

    Source:
        PROTOCOL 2 and 4.
    """
    roots = [deposit.hash_tree_root for deposit in deposits]
    return mix_in_length(merkleize_chunks(roots, DEPOSITS_PER_BLOCK_LIMIT), len(roots))


def compute_headers_root(header_roots: Sequence[Root]) -> Root:
    """Return the ``headers_root`` of a crosslink: the root of the list of headers."""
    root = merkleize_chunks(header_roots, BLOCKS_PER_CROSSLINK_LIMIT)
    return mix_in_length(root, len(header_roots))


def build_deposit_branch(deposits: Sequence[PushedDeposit], position: int) -> list[Root]:
    """Return the siblings from one DepositData up to its block's ``deposit_root``."""
    roots = [deposit.hash_tree_root for deposit in deposits]
    branch = build_leaf_branch(roots, DEPOSITS_PER_BLOCK_LIMIT, position)
    deposit = deposits[position]
    if isinstance(deposit, TimestampedDepositData):
        return [_compute_timestamp_chunk(deposit.min_timestamp), *branch]
    return branch


def build_crosslink_branch(
    state: BeaconState, shard: ShardIndex, header_roots: Sequence[Root], position: int
) -> list[Root]:
    """Return the siblings from a shard block header up to a beacon state's root.

    Args:
        state: A beacon state that holds the shard's crosslink.
        shard: The shard.
        header_roots: Roots of all headers that this crosslink commits to.
        position: Which header.
    """
    crosslink = state.crosslinks[shard]
    return [
        *build_leaf_branch(header_roots, BLOCKS_PER_CROSSLINK_LIMIT, position),
        *build_field_branch(crosslink, "headers_root"),
        *build_element_branch(state.crosslinks, SHARD_LIMIT, shard, in_list=True),
        *build_field_branch(state, "crosslinks"),
    ]


def build_receipt_branch(state: BeaconState, position: int) -> list[Root]:
    """Return the siblings from a withdrawal receipt up to the root of the state that holds it."""
    receipts = state.withdrawal_receipts
    return [
        *build_element_branch(receipts, WITHDRAWAL_RECEIPTS_LIMIT, position, in_list=True),
        *build_field_branch(state, "withdrawal_receipts"),
    ]


def build_script_branch(state: ShardState, env: ScriptIndex) -> list[Root]:
    """Return the siblings from a script's 32 bytes up to the root of its shard's state.

    Args:
        state: A shard state in which the script has state.
        env: The script.

    Source:
        PROTOCOL 8 (the receipt route proves against a crosslinked state root).
    """
    return [
        *build_element_branch(state.exec_env_states, SCRIPT_LIMIT, env, in_list=True),
        *build_field_branch(state, "exec_env_states"),
    ]


def compute_script_index(env: ScriptIndex) -> GeneralizedIndex:
    """Return the generalized index of a script's 32 bytes below its shard's state root."""
    return concatenate(
        compute_field_index(ShardState, "exec_env_states"),
        compute_element_index(SCRIPT_LIMIT, env, in_list=True),
    )


def build_state_anchor(
    visible: BeaconState, slot: Slot, old_ring: SszList[Root] | None = None
) -> StateAnchor:
    """Return the way from the root of an earlier beacon state to the visible state's root.

    Args:
        visible: The state whose root the verifier knows.
        slot: Slot of the earlier state.
        old_ring: The full ring that ``slot`` was in, for slots that left the visible ring.

    Raises:
        InvalidProof: ``state_not_visible`` when the slot is not in the past, or is
            historical and its ring is missing.
    """
    age_slots = int(visible.slot) - int(slot)
    position = slot % STATE_ROOTS_RING_SLOTS
    if 0 < age_slots <= STATE_ROOTS_RING_SLOTS:
        ring, above = visible.latest_state_roots, build_field_branch(visible, "latest_state_roots")
    elif age_slots > 0 and old_ring is not None:
        batch = slot // STATE_ROOTS_RING_SLOTS
        ring = old_ring
        above = [
            *build_element_branch(
                visible.historical_roots, HISTORICAL_ROOTS_LIMIT, batch, in_list=True
            ),
            *build_field_branch(visible, "historical_roots"),
        ]
    else:
        raise InvalidProof("state_not_visible", slot=slot, visible=visible.slot)
    inside = build_element_branch(ring, STATE_ROOTS_RING_SLOTS, position, in_list=False)
    return StateAnchor(_compute_anchor_index(visible.slot, slot), (*inside, *above))


def validate_deposit_receipt_proof(
    deposit: DepositData, proof: DepositReceiptProof, state: BeaconState, *, timestamped: bool
) -> None:
    """Refuse a proof that does not lead from the deposit to a crosslink the state holds.

    Args:
        deposit: The claimed deposit.
        proof: Its proof.
        state: The beacon state that processes the claim.
        timestamped: Whether deposits carry a min_timestamp, one level more.

    Raises:
        InvalidProof: ``wrong_branch_length``, ``wrong_root``, ``position_out_of_range``,
            ``state_not_visible``.

    Source:
        PROTOCOL 2 and 3.3.
    """
    leaf_index = compute_element_index(DEPOSITS_PER_BLOCK_LIMIT, proof.deposit_index, in_list=True)
    if timestamped:
        leaf_index = concatenate(leaf_index, compute_field_index(TimestampedDepositData, "deposit"))
    validate_branch(
        deposit.hash_tree_root, tuple(proof.deposit_branch), leaf_index, proof.header.deposit_root
    )
    header_index = concatenate(
        compute_field_index(BeaconState, "crosslinks"),
        compute_element_index(SHARD_LIMIT, proof.header.shard, in_list=True),
        compute_field_index(Crosslink, "headers_root"),
        compute_element_index(BLOCKS_PER_CROSSLINK_LIMIT, proof.header_index, in_list=True),
    )
    _validate_against_state(proof.header, proof, header_index, state)


def get_proven_timestamp(proof: DepositReceiptProof) -> int:
    """Return the min_timestamp, in seconds, that a valid timestamped proof passes through.

    Source:
        Ours: the timestamp is the deposit's sibling, so a valid branch proves it.
    """
    return int.from_bytes(proof.deposit_branch[0], "little")


def validate_withdrawal_receipt_proof(
    receipt: WithdrawalReceipt, proof: WithdrawalReceiptProof, root: Root, slot: Slot
) -> None:
    """Refuse a proof that does not lead from the receipt to a visible beacon state root.

    Args:
        receipt: The receipt.
        proof: Its proof.
        root: Root of the beacon state that the verifier sees.
        slot: Slot of that state.

    Raises:
        InvalidProof: ``wrong_branch_length``, ``wrong_root``, ``position_out_of_range``,
            ``state_not_visible``.

    Source:
        PROTOCOL 2 and 10 (taking a receipt in).
    """
    if proof.slot >= slot:
        raise InvalidProof("state_not_visible", slot=proof.slot, visible=slot)
    index = concatenate(
        _compute_anchor_index(slot, proof.slot),
        compute_field_index(BeaconState, "withdrawal_receipts"),
        compute_element_index(WITHDRAWAL_RECEIPTS_LIMIT, proof.position, in_list=True),
    )
    validate_branch(receipt.hash_tree_root, tuple(proof.branch), index, root)


def _compute_anchor_index(visible_slot: Slot, slot: Slot) -> GeneralizedIndex:
    inside = compute_element_index(
        STATE_ROOTS_RING_SLOTS, slot % STATE_ROOTS_RING_SLOTS, in_list=False
    )
    if visible_slot - slot <= STATE_ROOTS_RING_SLOTS:
        return concatenate(compute_field_index(BeaconState, "latest_state_roots"), inside)
    batch = compute_element_index(
        HISTORICAL_ROOTS_LIMIT, slot // STATE_ROOTS_RING_SLOTS, in_list=True
    )
    return concatenate(compute_field_index(BeaconState, "historical_roots"), batch, inside)


def _validate_against_state(
    header: ShardBlockHeader,
    proof: DepositReceiptProof,
    header_index: GeneralizedIndex,
    state: BeaconState,
) -> None:
    """Lead a header to the state root of ``proof.beacon_slot`` and look that root up.

    A recent root is an element of the state's ring. A historical one is below an element of
    ``historical_roots``, and the branch continues through the old ring.
    """
    slot = proof.beacon_slot
    branch = tuple(proof.crosslink_branch)
    if slot >= state.slot:
        raise InvalidProof("state_not_visible", slot=slot, visible=state.slot)
    if state.slot - slot <= STATE_ROOTS_RING_SLOTS:
        root = state.latest_state_roots[slot % STATE_ROOTS_RING_SLOTS]
        validate_branch(header.hash_tree_root, branch, header_index, root)
        return
    depth = compute_depth(header_index)
    state_root = compute_root(header.hash_tree_root, branch[:depth], header_index)
    ring_index = compute_element_index(
        STATE_ROOTS_RING_SLOTS, slot % STATE_ROOTS_RING_SLOTS, in_list=False
    )
    batch_root = state.historical_roots[slot // STATE_ROOTS_RING_SLOTS]
    validate_branch(state_root, branch[depth:], ring_index, batch_root)


def _compute_timestamp_chunk(min_timestamp: int) -> Root:
    return Root(min_timestamp.to_bytes(32, "little"))
