"""The relayer of deposit_relay: takes receipts in, pushes deposits out.

Source:
    PROTOCOL 8 and 10.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from chain.constants import DEPOSITS_PER_BLOCK_LIMIT
from chain.containers import DepositData, ShardBlock
from chain.encoding import encode
from chain.errors import InvalidProof
from chain.shard import ShardTransition
from chain.types import Gwei, Root, ShardIndex, Slot
from simulator.actors.relayers.base import Books, ExpectedReceipt, PackingView, Relayer
from simulator.actors.state_provider import StateProvider, count_proof_bytes
from simulator.deposits import Deposit
from simulator.events import PoolFunded, name_shard
from simulator.relay_data import ProvenReceipt, RelayData, RelayPool
from simulator.world import World

_LIST_OFFSETS_BYTES: Final = 8
_ELEMENT_OFFSET_BYTES: Final = 4
_DEPOSIT_BYTES: Final = 184


@dataclass(slots=True)
class _Packed:
    """What the last packed data of a shard contains."""

    receipts: list[ExpectedReceipt] = field(default_factory=list)
    proof_bytes: list[int] = field(default_factory=list)
    deposits: list[Deposit] = field(default_factory=list)


class DepositRelayer(Relayer):
    """Serves deposit_relay, whose whole state on a shard is one pool."""

    def __init__(self, script: str, world: World, provider: StateProvider) -> None:
        """Start with empty pools."""
        super().__init__(script)
        self._world = world
        self._provider = provider
        self._receipts: dict[ShardIndex, deque[ExpectedReceipt]] = defaultdict(deque)
        self._deposits: dict[ShardIndex, deque[Deposit]] = defaultdict(deque)
        self._packed: dict[ShardIndex, _Packed] = {}
        self._unusable: dict[ShardIndex, str] = {}
        self._history: dict[ShardIndex, list[tuple[Slot, _Packed]]] = defaultdict(list)

    def get_books(self) -> Books:
        """Return the ETH in the pools of all shards, and who waits."""
        shards = map(ShardIndex, range(len(self._world.shards)))
        return Books(
            accounted=sum(self._get_pool(shard).balance for shard in shards),
            relay_queue=sum(map(len, self._deposits.values())),
            delivery_queue=sum(map(len, self._receipts.values())),
        )

    def add_deposit(self, deposit: Deposit) -> None:
        """Take in a deposit that a user wants to send."""
        if deposit.from_shard in self._unusable:
            self._reject(deposit, self._unusable[deposit.from_shard])
        else:
            self._deposits[deposit.from_shard].append(deposit)

    def add_receipt(self, shard: ShardIndex, expected: ExpectedReceipt) -> None:
        """Take in a receipt that names a shard."""
        if shard in self._unusable and expected.deposit is not None:
            self._strand(expected.deposit, self._unusable[shard])
        else:
            self._receipts[shard].append(expected)

    def get_waiting_since(self, shard: ShardIndex) -> Slot | None:
        """Return since when a receipt or a deposit that the pool covers waits."""
        since = []
        if self._receipts[shard]:
            since.append(self._receipts[shard][0].issued.slot)
        if self._deposits[shard]:
            first = self._deposits[shard][0]
            if first.amount <= self._get_pool(shard).balance:
                since.append(first.created_slot)
        return min(since, default=None)

    def pack(self, view: PackingView) -> bytes | None:
        """Return as many receipts as fit, then as many deposits as fit and are covered."""
        packed = _Packed()
        budget = view.max_data_bytes - _LIST_OFFSETS_BYTES
        proven, budget = self._pack_receipts(view, packed, budget)
        data = self._pack_deposits(view, packed, budget)
        if not proven and not data:
            return None
        self._packed[view.shard] = packed
        return encode(RelayData.create(receipts=proven, deposits=data))

    def on_accepted(self, block: ShardBlock, transition: ShardTransition) -> None:
        """Move every deposit of the block on."""
        packed = self._packed.pop(block.shard)
        if transition.result is None:
            return
        self._take_off_queues(block.shard, packed)
        if self._world.keeps_history:
            self._history[block.shard].append((block.slot, packed))
        root = block.hash_tree_root
        for expected, proof_bytes in zip(packed.receipts, packed.proof_bytes, strict=True):
            self._settle(block.shard, expected, proof_bytes, root)
        for deposit in packed.deposits:
            self._push(block, deposit, root)

    def on_refused(self, shard: ShardIndex, code: str) -> None:
        """Give up what was packed: deposits are rejected, receipts stay undelivered."""
        packed = self._packed.pop(shard)
        self._take_off_queues(shard, packed)
        self._give_up(packed.receipts, packed.deposits, code)

    def on_unusable(self, shard: ShardIndex, code: str) -> None:
        """Give up everything on a shard, and what is to come."""
        self._unusable[shard] = code
        self._packed.pop(shard, None)
        receipts, deposits = list(self._receipts[shard]), list(self._deposits[shard])
        self._receipts[shard].clear()
        self._deposits[shard].clear()
        self._give_up(receipts, deposits, code)

    def on_reverted(self, shard: ShardIndex, from_slot: Slot, *, retry: bool = True) -> None:
        """Queue again what reverted blocks had done, in its old order."""
        undone = [packed for slot, packed in self._history[shard] if slot >= from_slot]
        self._history[shard] = [kept for kept in self._history[shard] if kept[0] < from_slot]
        for packed in reversed(undone):
            self._receipts[shard].extendleft(reversed(packed.receipts))
            for deposit in packed.deposits:
                self._world.advance_deposit(deposit, "reverted", shard, note="block called back")
            if retry:
                self._deposits[shard].extendleft(reversed(packed.deposits))
            else:
                self._give_up([], packed.deposits, "orphaned")
            for expected in packed.receipts:
                self._unsettle(shard, expected)

    def on_crosslinked(self, shard: ShardIndex, end_slot: Slot, block_root: Root) -> None:  # noqa: ARG002 - whatever block it was
        """Forget how to take back what is final."""
        self._history[shard] = [kept for kept in self._history[shard] if kept[0] > end_slot]

    def _get_pool(self, shard: ShardIndex) -> RelayPool:
        """Return the pool as the chain has it: others may call the script, too."""
        env = self._world.scripts.find(self.script)
        return (
            RelayPool() if env is None else RelayPool.decode(self._world.get_env_state(shard, env))
        )

    def _pack_receipts(
        self, view: PackingView, packed: _Packed, budget: int
    ) -> tuple[list[ProvenReceipt], int]:
        proven: list[ProvenReceipt] = []
        if self._world.faults.is_withheld(view.shard, view.slot):
            return proven, budget
        for expected in self._receipts[view.shard]:
            try:
                proof = self._provider.build_receipt_proof(expected.issued, view.beacon)
            except InvalidProof:
                break  # issued in this very slot: a state cannot prove itself
            receipt = ProvenReceipt.create(receipt=expected.issued.receipt, proof=proof)
            size = _ELEMENT_OFFSET_BYTES + len(encode(receipt))
            if size > budget:
                break
            budget -= size
            proven.append(receipt)
            packed.receipts.append(expected)
            packed.proof_bytes.append(count_proof_bytes(proof))
        return proven, budget

    def _pack_deposits(self, view: PackingView, packed: _Packed, budget: int) -> list[DepositData]:
        received = sum(expected.issued.receipt.amount for expected in packed.receipts)
        balance = self._get_pool(view.shard).balance + received
        for deposit in islice(self._deposits[view.shard], DEPOSITS_PER_BLOCK_LIMIT):
            if budget < _DEPOSIT_BYTES or deposit.amount > balance:
                break
            budget -= _DEPOSIT_BYTES
            balance -= deposit.amount
            packed.deposits.append(deposit)
        return [deposit.data for deposit in packed.deposits if deposit.data is not None]

    def _take_off_queues(self, shard: ShardIndex, packed: _Packed) -> None:
        receipts, deposits = self._receipts[shard], self._deposits[shard]
        self._receipts[shard] = deque(islice(receipts, len(packed.receipts), None))
        self._deposits[shard] = deque(islice(deposits, len(packed.deposits), None))

    def _push(self, block: ShardBlock, deposit: Deposit, root: Root) -> None:
        state = block.state_root.hex()[:8]
        self._world.advance_deposit(deposit, "pushed", block.shard, block_root=root)
        self._world.advance_deposit(
            deposit, "committed", block.shard, block_root=root, note=f"shard state {state}"
        )

    def _settle(
        self, shard: ShardIndex, expected: ExpectedReceipt, proof_bytes: int, root: Root
    ) -> None:
        deposit = expected.deposit
        if deposit is None:
            amount = expected.issued.receipt.amount
            self._world.granted = Gwei(self._world.granted - amount)
            self._world.emit(
                PoolFunded(
                    self._world.slot, name_shard(shard), self.script, shard, amount, "settled"
                )
            )
            return
        self._world.advance_deposit(
            deposit,
            "delivered",
            shard,
            block_root=root,
            proof_bytes=proof_bytes,
            note=f"receipt {expected.issued.receipt.receipt_index}",
        )
        balance = self._get_pool(shard).balance
        self._world.advance_deposit(
            deposit, "settled", shard, block_root=root, note=f"pool holds {balance} Gwei"
        )

    def _unsettle(self, shard: ShardIndex, expected: ExpectedReceipt) -> None:
        """Put a receipt on its way again: the beacon chain, which issued it, goes on."""
        world, deposit = self._world, expected.deposit
        if deposit is None:
            amount = expected.issued.receipt.amount
            world.granted = Gwei(world.granted + amount)
            world.emit(
                PoolFunded(world.slot, name_shard(shard), self.script, shard, amount, "reverted")
            )
            return
        world.advance_deposit(deposit, "reverted", shard, note="delivery called back")
        world.deposits.reopen(deposit)

    def _give_up(self, receipts: list[ExpectedReceipt], deposits: list[Deposit], code: str) -> None:
        for expected in receipts:
            if expected.deposit is not None:
                self._strand(expected.deposit, code)
        for deposit in deposits:
            self._reject(deposit, code)

    def _reject(self, deposit: Deposit, code: str) -> None:
        self._world.advance_deposit(deposit, "rejected", deposit.from_shard, note=code)

    def _strand(self, deposit: Deposit, code: str) -> None:
        self._world.advance_deposit(deposit, "stuck", deposit.to_shard, note=code)
