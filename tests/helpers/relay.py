"""Beacon states with withdrawal receipts, and proofs of them, hashed the naive way.

Nothing here uses the chain's own Merkle code, so that the deposit_relay script is tested
against a second opinion.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chain.constants import ZERO_PUBKEY, ZERO_ROOT
from chain.containers import (
    BeaconBlockHeader,
    BeaconState,
    DepositData,
    Validator,
    Withdrawal,
    WithdrawalReceipt,
    WithdrawalReceiptProof,
)
from chain.types import Epoch, Gwei, Pubkey, Root, ScriptIndex, ShardIndex, ValidatorIndex
from simulator.relay_data import ProvenReceipt, WithdrawalRoute

RING = 64


def hash_pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(left + right).digest()


def build_branch(leaves: Sequence[bytes], depth: int, position: int) -> list[bytes]:
    """Siblings from a leaf upwards in a tree of 2**depth leaves, the missing ones zero."""
    branch, layer, zero = [], list(leaves), bytes(32)
    for _ in range(depth):
        sibling = position ^ 1
        branch.append(layer[sibling] if sibling < len(layer) else zero)
        layer += [zero] * (len(layer) % 2)
        layer = [hash_pair(layer[at], layer[at + 1]) for at in range(0, len(layer), 2)]
        position, zero = position // 2, hash_pair(zero, zero)
    return branch


def merkleize(leaves: Sequence[bytes]) -> bytes:
    """Root of a full tree."""
    layer = list(leaves)
    while len(layer) > 1:
        layer = [hash_pair(layer[at], layer[at + 1]) for at in range(0, len(layer), 2)]
    return layer[0]


def build_list_branch(leaves: Sequence[bytes], depth: int, position: int) -> list[bytes]:
    length = len(leaves).to_bytes(32, "little")
    return [*build_branch(leaves, depth, position), length]


def build_field_branch(state: BeaconState, field: int) -> list[bytes]:
    roots = [
        bytes(BeaconState.get_kind(name).get_hash_tree_root(getattr(state, name)))
        for name in BeaconState.get_field_names()
    ]
    return build_branch(roots, 4, field)


def build_receipt(
    index: int,
    *,
    shard: int = 1,
    target: int = 2,
    amount: int = 32 * 10**9,
    data: bytes | None = None,
) -> WithdrawalReceipt:
    route = WithdrawalRoute(ShardIndex(shard), Pubkey(bytes(range(48)))).encode()
    withdrawal = Withdrawal.create(
        validator_index=ValidatorIndex(7 + index % 100),
        target=ScriptIndex(target),
        data=route if data is None else data,
        pubkey=bytes(range(100, 148)),
        signature=bytes(range(150, 246)),
    )
    return WithdrawalReceipt.create(receipt_index=index, withdrawal=withdrawal, amount=Gwei(amount))


def build_deposit(amount: int, seed: int = 1) -> DepositData:
    return DepositData.create(
        pubkey=Pubkey(bytes([seed] * 48)),
        withdrawal_credentials=Root(bytes([seed + 1] * 32)),
        amount=Gwei(amount),
        signature=bytes([seed + 2] * 96),
    )


def build_state(
    slot: int,
    receipts: Sequence[WithdrawalReceipt] = (),
    ring: Sequence[bytes] = (ZERO_ROOT,) * RING,
    historical_roots: Sequence[bytes] = (),
) -> BeaconState:
    validator = Validator.create(
        pubkey=ZERO_PUBKEY,
        withdrawal_credentials=ZERO_ROOT,
        activation_eligibility_epoch=Epoch(0),
        activation_epoch=Epoch(0),
        exit_epoch=Epoch(9),
        withdrawable_epoch=Epoch(9),
    )
    header = BeaconBlockHeader.create(
        slot=slot,
        parent_root=ZERO_ROOT,
        state_root=ZERO_ROOT,
        proposer_index=0,
        body_root=ZERO_ROOT,
    )
    return BeaconState.create(
        slot=slot,
        validators=[validator],
        balances=[32 * 10**9],
        execution_scripts=[],
        withdrawal_receipts=receipts,
        next_withdrawal_receipt_index=500,
        crosslinks=[],
        latest_block_header=header,
        latest_state_roots=ring,
        historical_roots=historical_roots,
        claims=[],
    )


def prove_in_state(state: BeaconState, position: int, above: Sequence[bytes] = ()) -> ProvenReceipt:
    """Prove a receipt to the root of the state that holds it, and from there on ``above``."""
    leaves = [bytes(receipt.hash_tree_root) for receipt in state.withdrawal_receipts]
    branch = [*build_list_branch(leaves, 10, position), *build_field_branch(state, 4), *above]
    proof = WithdrawalReceiptProof.create(slot=state.slot, position=position, branch=branch)
    return ProvenReceipt.create(receipt=state.withdrawal_receipts[position], proof=proof)


@dataclass(frozen=True)
class ReceiptHistory:
    """The beacon states that held receipts, and the later one whose root a shard sees.

    Attributes:
        visible: The state that the shard sees.
        holders: States that held receipts, by slot.
        roots: Roots of all states before the visible one, by slot.
    """

    visible: BeaconState
    holders: Mapping[int, BeaconState]
    roots: Sequence[bytes]

    @property
    def root(self) -> Root:
        return self.visible.hash_tree_root

    def prove(self, slot: int, position: int = 0, *, historical: bool = False) -> ProvenReceipt:
        above = self._lead_to_visible(slot, historical=historical)
        return prove_in_state(self.holders[slot], position, above)

    def _lead_to_visible(self, slot: int, *, historical: bool) -> list[bytes]:
        if not historical:
            ring = list(self.visible.latest_state_roots)
            return build_branch(ring, 6, slot % RING) + build_field_branch(self.visible, 8)
        batch = slot // RING
        old_ring = self.roots[batch * RING : (batch + 1) * RING]
        batches = [bytes(root) for root in self.visible.historical_roots]
        above = build_list_branch(batches, 24, batch) + build_field_branch(self.visible, 9)
        return build_branch(old_ring, 6, slot % RING) + above


def build_history(
    receipts: Mapping[int, Sequence[WithdrawalReceipt]], visible_slot: int
) -> ReceiptHistory:
    """Build a history in which the states of some slots hold receipts.

    Args:
        receipts: Receipts by slot.
        visible_slot: Slot of the state that the shard sees, at least 64.
    """
    holders = {slot: build_state(slot, held) for slot, held in receipts.items()}
    filler = [hashlib.sha256(b"%d" % slot).digest() for slot in range(visible_slot)]
    for slot, holder in holders.items():
        filler[slot] = holder.hash_tree_root
    newest = {slot % RING: root for slot, root in enumerate(filler)}
    full_rings = [filler[end - RING : end] for end in range(RING, visible_slot + 1, RING)]
    visible = build_state(
        visible_slot,
        ring=[newest[at] for at in range(RING)],
        historical_roots=[merkleize(ring) for ring in full_rings],
    )
    return ReceiptHistory(visible, holders, filler)
