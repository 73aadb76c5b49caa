"""The state provider: watches both kinds of chain and hands out proofs of receipts.

It keeps what a proof needs and nothing more: branches inside one state are cut when that state
is current, and extended to the state that the verifier sees when somebody asks.

Source:
    PROTOCOL 1 and 2.
"""

from dataclasses import dataclass
from typing import Final

from chain.constants import STATE_ROOTS_RING_SLOTS
from chain.containers import (
    BeaconState,
    DepositReceiptProof,
    ShardBlockHeader,
    WithdrawalReceipt,
    WithdrawalReceiptProof,
)
from chain.effects import CrosslinkIncluded, WithdrawalIssued
from chain.encoding import SszList
from chain.merkle import build_element_branch
from chain.receipts import (
    PushedDeposit,
    build_crosslink_branch,
    build_deposit_branch,
    build_receipt_branch,
    build_state_anchor,
)
from chain.types import Root, ShardIndex, Slot

_ROOT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class ShardBlockRecord:
    """What the provider remembers of a shard block until it is crosslinked."""

    header: ShardBlockHeader
    deposits: tuple[PushedDeposit, ...]


@dataclass(frozen=True, slots=True)
class CrosslinkedDeposit:
    """A deposit receipt that can be claimed: its proof up to one beacon state.

    Attributes:
        deposit: What the script pushed.
        header: Header of the block that pushed it.
        deposit_index: Position among the block's deposits.
        deposit_branch: From the deposit to the header.
        header_index: Position of the header below the crosslink.
        beacon_slot: Slot of the beacon state that took in the crosslink.
        crosslink_branch: From the header to that state's root.
    """

    deposit: PushedDeposit
    header: ShardBlockHeader
    deposit_index: int
    deposit_branch: tuple[Root, ...]
    header_index: int
    beacon_slot: Slot
    crosslink_branch: tuple[Root, ...]


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """A withdrawal receipt that can be delivered: its proof up to one beacon state."""

    receipt: WithdrawalReceipt
    slot: Slot
    position: int
    branch: tuple[Root, ...]


class StateProvider:
    """Watches the chains; see the module's docstring."""

    def __init__(self, shard_count: int) -> None:
        """Start at genesis."""
        self._runs: list[list[ShardBlockRecord]] = [[] for _ in range(shard_count)]
        self._old_rings: dict[int, SszList[Root]] = {}

    def on_beacon_slot(self, state: BeaconState) -> None:
        """Keep the ring of state roots whenever it is full, for historical proofs."""
        if state.slot % STATE_ROOTS_RING_SLOTS == 0:
            batch = state.slot // STATE_ROOTS_RING_SLOTS - 1
            self._old_rings[batch] = state.latest_state_roots

    def on_shard_block(self, header: ShardBlockHeader, deposits: tuple[PushedDeposit, ...]) -> None:
        """Remember an accepted shard block."""
        self._runs[header.shard].append(ShardBlockRecord(header, deposits))

    def on_shard_reverted(self, shard: ShardIndex, from_slot: Slot) -> None:
        """Forget the blocks that were called back."""
        self._runs[shard] = [block for block in self._runs[shard] if block.header.slot < from_slot]

    def get_run(self, shard: ShardIndex, end_slot: Slot) -> list[ShardBlockRecord]:
        """Return the blocks of a shard that wait for a crosslink up to a slot."""
        return [block for block in self._runs[shard] if block.header.slot <= end_slot]

    def on_crosslink(
        self, effect: CrosslinkIncluded, state: BeaconState
    ) -> list[CrosslinkedDeposit]:
        """Cut the proofs of all deposits below a new crosslink.

        Args:
            effect: The crosslink.
            state: Beacon state after the block that included it.
        """
        run = self.get_run(effect.shard, effect.end_slot)
        self._runs[effect.shard] = self._runs[effect.shard][len(run) :]
        roots = [block.header.hash_tree_root for block in run]
        proven = []
        for position, block in enumerate(run):
            if not block.deposits:
                continue
            branch = build_crosslink_branch(state, effect.shard, roots, position)
            proven.extend(_cut_deposits(block, position, state.slot, tuple(branch)))
        return proven

    def on_withdrawal(self, effect: WithdrawalIssued, state: BeaconState) -> IssuedReceipt:
        """Cut the proof of a new withdrawal receipt; the next slot forgets the receipt."""
        return IssuedReceipt(
            receipt=state.withdrawal_receipts[effect.position],
            slot=state.slot,
            position=effect.position,
            branch=tuple(build_receipt_branch(state, effect.position)),
        )

    def build_deposit_proof(
        self, proven: CrosslinkedDeposit, visible: BeaconState
    ) -> DepositReceiptProof:
        """Complete a deposit's proof for the beacon state that will process the claim."""
        branch = proven.crosslink_branch
        if visible.slot - proven.beacon_slot > STATE_ROOTS_RING_SLOTS:
            ring = self._old_rings[proven.beacon_slot // STATE_ROOTS_RING_SLOTS]
            position = proven.beacon_slot % STATE_ROOTS_RING_SLOTS
            inside = build_element_branch(ring, STATE_ROOTS_RING_SLOTS, position, in_list=False)
            branch = (*branch, *inside)
        return DepositReceiptProof.create(
            header=proven.header,
            deposit_index=proven.deposit_index,
            deposit_branch=proven.deposit_branch,
            header_index=proven.header_index,
            beacon_slot=proven.beacon_slot,
            crosslink_branch=branch,
        )

    def build_receipt_proof(
        self, issued: IssuedReceipt, visible: BeaconState
    ) -> WithdrawalReceiptProof:
        """Complete a receipt's proof for the beacon state that a shard block sees.

        Raises:
            InvalidProof: ``state_not_visible``: the receipt is as new as that state.
        """
        old_ring = self._old_rings.get(issued.slot // STATE_ROOTS_RING_SLOTS)
        anchor = build_state_anchor(visible, issued.slot, old_ring)
        return WithdrawalReceiptProof.create(
            slot=issued.slot, position=issued.position, branch=(*issued.branch, *anchor.branch)
        )


def count_proof_bytes(proof: DepositReceiptProof | WithdrawalReceiptProof) -> int:
    """Return the size of a proof's branches, bytes."""
    if isinstance(proof, WithdrawalReceiptProof):
        return len(proof.branch) * _ROOT_BYTES
    return (len(proof.deposit_branch) + len(proof.crosslink_branch)) * _ROOT_BYTES


def _cut_deposits(
    block: ShardBlockRecord, header_index: int, slot: Slot, crosslink_branch: tuple[Root, ...]
) -> list[CrosslinkedDeposit]:
    return [
        CrosslinkedDeposit(
            deposit=deposit,
            header=block.header,
            deposit_index=index,
            deposit_branch=tuple(build_deposit_branch(block.deposits, index)),
            header_index=header_index,
            beacon_slot=slot,
            crosslink_branch=crosslink_branch,
        )
        for index, deposit in enumerate(block.deposits)
    ]
