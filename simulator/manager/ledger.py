"""The deposit manager's book on one shard: the full trie behind its 32 bytes, and its sums.

Source:
    PROTOCOL 1 (relayers hold the full state), 3.6 (conservation inside a script) and 10.
"""

from dataclasses import dataclass, fields, replace
from typing import Final

from chain.constants import ZERO_ROOT
from chain.encoding import encode
from chain.multiproof import build_multiproof
from chain.trie import EMPTY_VALUE, ScriptTrie
from chain.types import Gwei, Pubkey, Root, Slot
from simulator.manager.data import (
    KEY_BYTES,
    DepositOut,
    EthAccount,
    LockReserve,
    ManagerData,
    Operation,
    Receive,
    ReceiveNetted,
    Selector,
    Send,
    TakeIn,
    encode_operation,
)
from simulator.manager.rules import Surroundings, get_reserve, process_operation
from simulator.manager.state import BalanceChange, WorkingState

Payment = tuple[int, ...]
"""What an incoming payment is known by: a kind, and its numbers."""

_RECEIPT: Final = 0
_MESSAGE: Final = 1


@dataclass(frozen=True, slots=True)
class Sums:
    """Where the ETH of one shard's book came from and went to, all in Gwei.

    A receipt or message that is paid twice counts once here, and twice in ``accounts``; that is
    how printed ETH shows.

    Attributes:
        accounts: In all accounts now.
        locked: In the reserve now.
        taken_in: Of withdrawal receipts.
        deposited: Pushed to the beacon chain.
        sent: In messages to other shards.
        received: In messages from other shards, bounced ones included.
        netted_out: Sent by netting.
        netted_in: Credited by netting, with proof or without.
    """

    accounts: int = 0
    locked: int = 0
    taken_in: int = 0
    deposited: int = 0
    sent: int = 0
    received: int = 0
    netted_out: int = 0
    netted_in: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        """Add field by field."""
        names = [item.name for item in fields(self)]
        return Sums(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def in_flight(self) -> int:
        """Return what left accounts on some shard and reached none, over all shards."""
        return self.sent - self.received + self.netted_out - self.netted_in

    @property
    def printed(self) -> int:
        """Return what there is beyond what came in, over all shards.

        Source:
            PROTOCOL 3.6.
        """
        return self.accounts + self.locked + self.in_flight - (self.taken_in - self.deposited)


class Batch:
    """Operations for one block, each tried before it is taken."""

    def __init__(self, trie: ScriptTrie, paid: frozenset[Payment] | set[Payment]) -> None:
        """Start with the state that the block will find.

        Args:
            trie: That state.
            paid: Incoming payments that counted before.
        """
        self.base = trie.root
        self.state = WorkingState(trie)
        self.operations: list[bytes] = []
        self.sums = Sums()
        self.paid: set[Payment] = set()
        self._paid_before = paid

    def add(
        self, selector: Selector, operation: Operation, around: Surroundings
    ) -> tuple[BalanceChange, ...]:
        """Take an operation and return what it did to accounts.

        Raises:
            InvalidManagerOperation: It breaks a rule; the batch is as before.
            MalformedEncoding: ``wrong_size`` of a receipt's route.
        """
        attempt = self.state.branch_off()
        process_operation(attempt, selector, operation, around)
        self.state = attempt
        self.operations.append(encode_operation(selector, operation))
        moved = sum(change.after - change.before for change in attempt.changes)
        self.sums = self.sums + self._account_for(selector, operation, moved, around)
        return tuple(attempt.changes)

    def touch(self, key: bytes) -> None:
        """Let the witness prove one more leaf."""
        self.state.read(key)

    def _account_for(
        self, selector: Selector, operation: Operation, moved: int, around: Surroundings
    ) -> Sums:
        sums = Sums(accounts=moved)
        match selector, operation:
            case Selector.TAKE_IN, TakeIn():
                fresh = self._count_once((_RECEIPT, operation.receipt.receipt_index))
                sums = replace(sums, taken_in=operation.receipt.amount * fresh)
            case Selector.DEPOSIT, DepositOut():
                sums = replace(sums, deposited=operation.deposit.amount)
            case Selector.SEND, Send():
                sums = replace(sums, sent=operation.amount)
            case Selector.RECEIVE, Receive():
                sums = self._account_for_messages(operation, moved, around)
            case Selector.SEND_NETTED, Send():
                sums = replace(sums, netted_out=operation.amount)
            case Selector.RECEIVE_NETTED, ReceiveNetted():
                sums = replace(sums, netted_in=operation.send.amount)
            case Selector.LOCK_RESERVE, LockReserve():
                sums = replace(sums, locked=operation.amount)
        return sums

    def _account_for_messages(self, operation: Receive, moved: int, around: Surroundings) -> Sums:
        received = bounced = 0
        for numbered in operation.messages:
            amount = int(numbered.message.amount)
            received += amount * self._count_once((_MESSAGE, operation.from_shard, numbered.number))
            if around.slot > numbered.message.expiry_slot:
                bounced += amount
        return Sums(accounts=moved, received=received, sent=bounced)

    def _count_once(self, payment: Payment) -> bool:
        fresh = payment not in self.paid and payment not in self._paid_before
        self.paid.add(payment)
        return fresh

    def encode(self) -> bytes:
        """Return block data: the operations with their one witness."""
        leaves = self.state.get_leaves_before()
        proof = build_multiproof(self.state.trie.view(self.base), list(leaves))
        data = ManagerData.create(
            keys=b"".join(leaves),
            values=[b"" if value == EMPTY_VALUE else value for value in leaves.values()],
            siblings=proof.siblings,
            operations=self.operations,
        )
        return encode(data)


@dataclass(frozen=True, slots=True)
class _Applied:
    """How to return to before a block."""

    slot: Slot
    root: Root
    sums: Sums
    paid: frozenset[Payment]


class ManagerLedger:
    """The book on one shard."""

    def __init__(self) -> None:
        """Open an empty book."""
        self._trie = ScriptTrie(KEY_BYTES)
        self._empty_root = self._trie.root
        self._paid: set[Payment] = set()
        self._history: list[_Applied] = []
        self._drawn: tuple[Root, Gwei] | None = None
        self.sums = Sums()

    @property
    def env_state(self) -> Root:
        """Return the 32 bytes that the chain has: zeros before the first block."""
        return ZERO_ROOT if self._trie.root == self._empty_root else self._trie.root

    def start_batch(self) -> Batch:
        """Return an empty batch on the present state."""
        return Batch(self._trie.view(self._trie.root), self._paid)

    def view(self, env_state: Root) -> ScriptTrie:
        """Return the trie as it was when the chain had these 32 bytes."""
        return self._trie.view(self._empty_root if env_state == ZERO_ROOT else env_state)

    def get_account(self, pubkey: Pubkey) -> EthAccount | None:
        """Return an account, None if there is none."""
        account = WorkingState(self._trie).read_account(pubkey)
        return account if account is not None and account.pubkey == pubkey else None

    def get_reserve_drawn(self) -> Gwei:
        """Return how much of the reserve covers credits without proof."""
        root = self._trie.root
        if self._drawn is None or self._drawn[0] != root:
            self._drawn = root, get_reserve(WorkingState(self._trie)).drawn
        return self._drawn[1]

    def commit(self, batch: Batch, slot: Slot) -> None:
        """Do what a block did.

        Args:
            batch: Its operations, added to this book's present state.
            slot: Its slot.
        """
        fresh = frozenset(batch.paid - self._paid)
        self._history.append(_Applied(slot, self._trie.root, self.sums, fresh))
        for key, value in sorted(batch.state.writes.items()):
            self._trie.set_value(key, value)
        self._paid |= fresh
        self.sums = self.sums + batch.sums

    def rewind(self, from_slot: Slot) -> None:
        """Undo all blocks from a slot on."""
        while self._history and self._history[-1].slot >= from_slot:
            applied = self._history.pop()
            self._trie.rewind(applied.root)
            self._paid -= applied.paid
            self.sums = applied.sums

    def forget(self, before_slot: Slot) -> None:
        """Make blocks before a slot final: what came after them can be proven, not what was before.

        The states before the blocks that are left include the one that was made final.
        """
        self._history = [applied for applied in self._history if applied.slot >= before_slot]
        self._trie.forget_all_but([applied.root for applied in self._history])
