"""Receipts and their proofs, from recent and from historical states."""

from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.constants import (
    BLOCKS_PER_CROSSLINK_LIMIT,
    DEPOSITS_PER_BLOCK_LIMIT,
    GWEI_PER_ETH,
)
from chain.containers import (
    EMPTY_SHARD_BLOCK_HEADER,
    BeaconState,
    DepositData,
    DepositReceiptProof,
    ShardBlockHeader,
    TimestampedDepositData,
    WithdrawalReceipt,
    WithdrawalReceiptProof,
)
from chain.encoding import Container, decode, encode, list_of
from chain.errors import InvalidProof, MalformedEncoding
from chain.merkle import compute_root
from chain.receipts import (
    PushedDeposit,
    build_deposit_branch,
    build_receipt_branch,
    build_state_anchor,
    compute_deposit_root,
    compute_headers_root,
    get_proven_timestamp,
    validate_deposit_receipt_proof,
    validate_withdrawal_receipt_proof,
)
from chain.types import Root, Slot
from tests.helpers import ssz_model
from tests.helpers.chain import PUSHER, RETIREE, Lab
from tests.helpers.keys import make_key, sign_deposit, sign_withdrawal
from tests.helpers.properties import HEAVY_PROPERTY, PROPERTY

C = TypeVar("C", bound=Container)

SLOT = Slot(6)
"""Where both receipts are: the last slot that sees it in its ring is 70."""

AGES = [1, 2, 58, 63, 64, 65, 122, 123, 199]
"""Slots after ``SLOT``; slots 64 and 128 are where the ring begins again."""

SHARD = 1
POSITION = st.integers(0, 2**16)
MASK = st.integers(1, 255)
AGE = st.sampled_from(AGES)


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Crosslink two blocks with deposits and issue two receipts in one slot, then wait."""
    lab = Lab(scripts=[PUSHER])
    lab.advance(4)
    lab.add_shard_block(shard=SHARD)
    lab.advance()
    deposits = [sign_deposit(make_key(f"new/{index}"), 32 * GWEI_PER_ETH) for index in range(3)]
    lab.add_shard_block(b"".join([bytes(32), *map(encode, deposits)]), shard=SHARD)
    lab.advance()
    lab.add_beacon_block(
        crosslinks=[lab.sign_crosslink(lab.build_crosslink(SHARD))],
        withdrawals=[
            sign_withdrawal(make_key(f"retiree/{index}"), validator=RETIREE + index)
            for index in range(2)
        ],
    )
    assert lab.beacon.slot == SLOT
    lab.advance(max(AGES) + 1)
    return lab


def build_withdrawal_proof(
    lab: Lab, age_slots: int, position: int = 1
) -> tuple[WithdrawalReceipt, WithdrawalReceiptProof, BeaconState]:
    """Return a receipt, its proof, and the state that it is proven against."""
    issued, visible = lab.past[SLOT], lab.past[SLOT + age_slots]
    anchor = build_state_anchor(visible, SLOT, lab.past[64].latest_state_roots)
    proof = WithdrawalReceiptProof.create(
        slot=SLOT,
        position=position,
        branch=[*build_receipt_branch(issued, position), *anchor.branch],
    )
    return issued.withdrawal_receipts[position], proof, visible


def build_deposit_proof(
    lab: Lab, age_slots: int, position: int = 1
) -> tuple[DepositData, DepositReceiptProof, BeaconState]:
    """Return a deposit, its proof, and the state that it is proven against."""
    visible = lab.past[SLOT + age_slots]
    now, lab.beacon = lab.beacon, visible
    claim = lab.build_claim(SLOT, shard=SHARD, position=position)
    lab.beacon = now
    return claim.deposit, claim.proof, visible


def flip(data: bytes, position: int, mask: int) -> bytes:
    at = position % len(data)
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def change(value: C, position: int, mask: int) -> C | None:
    """Change one byte of a value's encoding; None when that is no encoding any more."""
    try:
        return decode(type(value), flip(encode(value), position, mask))
    except MalformedEncoding:
        return None


@pytest.mark.parametrize("age_slots", AGES)
@pytest.mark.parametrize("position", [0, 1])
def test_withdrawal_receipt_is_proven_to_every_later_state(
    lab: Lab, age_slots: int, position: int
) -> None:
    receipt, proof, visible = build_withdrawal_proof(lab, age_slots, position)

    validate_withdrawal_receipt_proof(receipt, proof, visible.hash_tree_root, visible.slot)

    assert receipt.receipt_index == position


@pytest.mark.parametrize("age_slots", AGES)
@pytest.mark.parametrize("position", [0, 2])
def test_deposit_receipt_is_proven_to_every_later_state(
    lab: Lab, age_slots: int, position: int
) -> None:
    deposit, proof, visible = build_deposit_proof(lab, age_slots, position)

    validate_deposit_receipt_proof(deposit, proof, visible, timestamped=False)

    assert deposit.pubkey == make_key(f"new/{position}").pubkey


@PROPERTY
@given(age=AGE, part=st.sampled_from(["receipt", "proof", "root"]), position=POSITION, mask=MASK)
def test_withdrawal_proof_with_any_byte_changed_is_refused(
    lab: Lab, age: int, part: str, position: int, mask: int
) -> None:
    receipt, proof, visible = build_withdrawal_proof(lab, age)
    root = visible.hash_tree_root
    changed_receipt = change(receipt, position, mask) if part == "receipt" else receipt
    changed_proof = change(proof, position, mask) if part == "proof" else proof
    changed_root = Root(flip(root, position, mask)) if part == "root" else root
    if changed_receipt is None or changed_proof is None:
        return

    with pytest.raises(InvalidProof):
        validate_withdrawal_receipt_proof(
            changed_receipt, changed_proof, changed_root, visible.slot
        )


@PROPERTY
@given(age=AGE, part=st.sampled_from(["deposit", "proof", "root"]), position=POSITION, mask=MASK)
def test_deposit_proof_with_any_byte_changed_is_refused(
    lab: Lab, age: int, part: str, position: int, mask: int
) -> None:
    deposit, proof, visible = build_deposit_proof(lab, age)
    changed_deposit = change(deposit, position, mask) if part == "deposit" else deposit
    changed_proof = change(proof, position, mask) if part == "proof" else proof
    changed_state = change_root(visible, age, position, mask) if part == "root" else visible
    if changed_deposit is None or changed_proof is None:
        return

    with pytest.raises(InvalidProof):
        validate_deposit_receipt_proof(
            changed_deposit, changed_proof, changed_state, timestamped=False
        )


def change_root(state: BeaconState, age: int, position: int, mask: int) -> BeaconState:
    """Change one byte of the root against which a deposit is proven."""
    if age <= 64:
        ring = state.latest_state_roots
        return state.evolve(
            latest_state_roots=ring.set(SLOT, Root(flip(ring[SLOT], position, mask)))
        )
    old = state.historical_roots
    return state.evolve(historical_roots=old.set(0, Root(flip(old[0], position, mask))))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"position": 0}, "wrong_root"),
        ({"position": 2}, "wrong_root"),
        ({"position": 1024}, "position_out_of_range"),
        ({"slot": SLOT - 1}, "wrong_root"),
        ({"slot": SLOT + 10}, "state_not_visible"),
        ({"slot": 2**64 - 1}, "state_not_visible"),
        ({"branch": []}, "wrong_branch_length"),
    ],
)
def test_withdrawal_proof_of_something_else_is_refused(
    lab: Lab, changes: dict[str, object], code: str
) -> None:
    receipt, proof, visible = build_withdrawal_proof(lab, 10)

    with pytest.raises(InvalidProof) as caught:
        validate_withdrawal_receipt_proof(
            receipt, proof.evolve(**changes), visible.hash_tree_root, visible.slot
        )

    assert caught.value.code == code


@pytest.mark.parametrize(("built_for", "shown_to"), [(64, 65), (65, 64), (65, 200)])
def test_withdrawal_proof_built_for_another_state_is_refused(
    lab: Lab, built_for: int, shown_to: int
) -> None:
    receipt, proof, _ = build_withdrawal_proof(lab, built_for)
    visible = lab.past.get(SLOT + shown_to, lab.beacon)

    with pytest.raises(InvalidProof) as caught:
        validate_withdrawal_receipt_proof(receipt, proof, visible.hash_tree_root, visible.slot)

    assert caught.value.code in {"wrong_branch_length", "wrong_root"}


def test_state_anchor_indices_by_hand(lab: Lab) -> None:
    """Eleven fields: the ring of 64 is node 24, the historical roots, up to 2**24, node 25."""
    old_ring = lab.past[64].latest_state_roots

    recent = build_state_anchor(lab.past[70], SLOT)
    historical = build_state_anchor(lab.past[71], SLOT, old_ring)
    second = build_state_anchor(lab.past[200], Slot(67), lab.past[128].latest_state_roots)

    assert recent.index == 24 * 64 + 6
    assert historical.index == (25 * 2 * 2**24 + 0) * 64 + 6
    assert second.index == (25 * 2 * 2**24 + 1) * 64 + 3


@pytest.mark.parametrize("slot", [0, 5, 63, 64, 127, 140, 199])
def test_state_anchor_leads_from_any_earlier_root(lab: Lab, slot: int) -> None:
    visible = lab.past[200]
    old_ring = lab.past[(slot // 64 + 1) * 64].latest_state_roots if slot < 136 else None

    anchor = build_state_anchor(visible, Slot(slot), old_ring)

    earlier = lab.past[slot].hash_tree_root
    assert compute_root(earlier, anchor.branch, anchor.index) == visible.hash_tree_root


@pytest.mark.parametrize(
    ("visible", "slot"),
    [(6, 6), (6, 7), (6, 2**64 - 1), (71, 6)],
    ids=["own", "next", "far", "old"],
)
def test_state_anchor_out_of_sight_is_refused(lab: Lab, visible: int, slot: int) -> None:
    with pytest.raises(InvalidProof) as caught:
        build_state_anchor(lab.past[visible], Slot(slot))

    assert caught.value.code == "state_not_visible"


def test_state_anchor_through_the_wrong_ring_leads_elsewhere(lab: Lab) -> None:
    visible = lab.past[200]

    anchor = build_state_anchor(visible, SLOT, lab.past[128].latest_state_roots)

    earlier = lab.past[SLOT].hash_tree_root
    assert compute_root(earlier, anchor.branch, anchor.index) != visible.hash_tree_root


@HEAVY_PROPERTY
@given(deposits=st.lists(ssz_model.values_of(DepositData), max_size=4))
def test_deposit_root_is_that_of_a_list_of_deposits(deposits: list[DepositData]) -> None:
    kind = list_of(DepositData, DEPOSITS_PER_BLOCK_LIMIT)

    assert compute_deposit_root(deposits) == ssz_model.compute_naive_root(kind, deposits)


@HEAVY_PROPERTY
@given(headers=st.lists(ssz_model.values_of(ShardBlockHeader), max_size=4))
def test_headers_root_is_that_of_a_list_of_headers(headers: list[ShardBlockHeader]) -> None:
    kind = list_of(ShardBlockHeader, BLOCKS_PER_CROSSLINK_LIMIT)

    root = compute_headers_root([header.hash_tree_root for header in headers])

    assert root == ssz_model.compute_naive_root(kind, headers)


@HEAVY_PROPERTY
@given(
    deposit=ssz_model.values_of(DepositData),
    timestamp=st.integers(0, 2**64 - 1),
    others=st.lists(ssz_model.values_of(TimestampedDepositData), max_size=3),
)
def test_timestamp_is_the_first_sibling_of_its_deposit(
    deposit: DepositData, timestamp: int, others: list[TimestampedDepositData]
) -> None:
    own = TimestampedDepositData.create(deposit=deposit, min_timestamp=timestamp)
    pushed: list[PushedDeposit] = [*others, own]

    branch = build_deposit_branch(pushed, len(others))

    assert branch[0] == ssz_model.compute_naive_root(
        TimestampedDepositData.get_kind("min_timestamp"), timestamp
    )
    proof = DepositReceiptProof.create(
        header=EMPTY_SHARD_BLOCK_HEADER.evolve(deposit_root=compute_deposit_root(pushed)),
        deposit_index=len(others),
        deposit_branch=branch,
        header_index=0,
        beacon_slot=0,
        crosslink_branch=[],
    )
    assert get_proven_timestamp(proof) == timestamp
