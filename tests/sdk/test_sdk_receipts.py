"""Withdrawal receipts in wasm: the same roots as chain.receipts leads to, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.containers import WithdrawalReceipt, WithdrawalReceiptProof
from chain.encoding import decode, encode
from chain.receipts import (
    build_receipt_branch,
    build_state_anchor,
)
from chain.types import Slot
from tests.helpers.chain import PUSHER, RETIREE, Lab
from tests.helpers.keys import make_key, sign_withdrawal
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.sdk import run_check

SLOT = Slot(3)
RECENT, HISTORICAL = 64, 130
"""Slots after ``SLOT`` at which the ring still holds it, and only the historical roots do."""


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Issue two receipts in one slot, then wait."""
    lab = Lab(scripts=[PUSHER])
    lab.advance(SLOT)
    lab.add_beacon_block(
        withdrawals=[
            sign_withdrawal(
                make_key(f"retiree/{index}"), validator=RETIREE + index, data=b"d" * 40 * index
            )
            for index in range(2)
        ]
    )
    assert lab.beacon.slot == SLOT
    lab.advance(HISTORICAL + 1)
    return lab


def build_proof(
    lab: Lab, age_slots: int, position: int
) -> tuple[WithdrawalReceipt, WithdrawalReceiptProof, bytes]:
    issued, visible = lab.past[SLOT], lab.past[SLOT + age_slots]
    anchor = build_state_anchor(visible, SLOT, lab.past[64].latest_state_roots)
    proof = WithdrawalReceiptProof.create(
        slot=SLOT,
        position=position,
        branch=[*build_receipt_branch(issued, position), *anchor.branch],
    )
    return issued.withdrawal_receipts[position], proof, visible.hash_tree_root


def encode_proven(receipt: WithdrawalReceipt, proof: WithdrawalReceiptProof) -> bytes:
    first, second = encode(receipt), encode(proof)
    return (8).to_bytes(4, "little") + (8 + len(first)).to_bytes(4, "little") + first + second


@pytest.mark.parametrize("age_slots", [1, RECENT, RECENT + 1, HISTORICAL])
@pytest.mark.parametrize("position", [0, 1])
def test_withdrawal_receipt_root_is_the_visible_state(
    lab: Lab, age_slots: int, position: int
) -> None:
    receipt, proof, root = build_proof(lab, age_slots, position)
    result = run_check("receipts", encode_proven(receipt, proof))
    assert result.outcome == "returned"
    assert result.post_state_root == root


@pytest.mark.parametrize("age_slots", [RECENT, HISTORICAL])
@HEAVY_PROPERTY
@given(at=st.integers(0, 2**16), mask=st.integers(1, 255))
def test_withdrawal_receipt_root_of_anything_changed_is_another(
    lab: Lab, age_slots: int, at: int, mask: int
) -> None:
    """A recent proof says a slot modulo the ring: other slots of the same place are the same."""
    receipt, proof, root = build_proof(lab, age_slots, 1)
    data = bytearray(encode_proven(receipt, proof))
    data[at % len(data)] ^= mask
    result = run_check("receipts", bytes(data))
    if result.outcome == "returned" and result.post_state_root == root:
        changed = decode(WithdrawalReceiptProof, bytes(data)[8 + len(encode(receipt)) :])
        assert age_slots == RECENT
        assert (changed.slot % 64, changed.position) == (SLOT % 64, proof.position)


@pytest.mark.parametrize("position", [1 << 10, 2**64 - 1])
def test_withdrawal_receipt_root_position_outside_the_list_traps(lab: Lab, position: int) -> None:
    receipt, proof, _ = build_proof(lab, RECENT, 1)
    moved = proof.evolve(position=position)
    assert run_check("receipts", encode_proven(receipt, moved)).outcome == "trapped:unreachable"


@pytest.mark.parametrize("size", [0, 24, 26, 49, 51])
def test_withdrawal_receipt_root_branch_of_another_length_traps(lab: Lab, size: int) -> None:
    receipt, proof, _ = build_proof(lab, RECENT, 1)
    branch = [*proof.branch, *proof.branch, *proof.branch][:size]
    data = encode_proven(receipt, proof.evolve(branch=branch))
    assert run_check("receipts", data).outcome == "trapped:unreachable"
