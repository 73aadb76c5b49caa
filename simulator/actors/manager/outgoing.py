"""Users' signed operations: transfers by every route, and the reserve.

The wallet signs when its relayer takes the task up, with the account's nonce of that moment,
and again when an earlier transfer of its owner came to nothing.

Source:
    PROTOCOL 1 (naked transactions), 8 (the routes) and 10 (the operations).
"""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any, Final

from chain.bls import sign
from chain.constants import ZERO_SIGNATURE
from chain.containers import ShardBlock
from chain.types import Gwei, Pubkey, ShardIndex, Slot
from simulator.actors.manager.deliveries import Credit, Letter
from simulator.actors.manager.tasks import Built, Desk, Done, Office, Task
from simulator.deposits import Deposit
from simulator.manager.data import (
    NEVER_EXPIRES,
    DepositOut,
    LockReserve,
    Message,
    Selector,
    Send,
    SignedOperation,
    Table,
    Transfer,
    compute_message,
    get_shard_key,
)
from simulator.manager.state import BalanceChange

_MAY_COME: Final = frozenset({"no_account", "insufficient_balance"})


@dataclass(eq=False, slots=True)
class Outgoing(Task):
    """A signed operation of a user."""

    since: Slot
    sender: Pubkey

    @abstractmethod
    def compose(self, desk: Desk, nonce: int) -> tuple[Selector, SignedOperation]:
        """Return the operation without its signature."""

    def build(self, desk: Desk) -> Built:
        """Sign with the account's present nonce."""
        account = desk.batch.state.read_account(self.sender)
        nonce = 0 if account is None else account.nonce
        selector, unsigned = self.compose(desk, nonce)
        message = compute_message(selector, unsigned, desk.around.shard, desk.around.env)
        secret = desk.world.keys.get_secret(self.sender)
        signature = sign(desk.around.bls, secret, message)
        return Built(selector, unsigned.evolve(signature=signature))

    def may_wait(self, code: str, desk: Desk) -> bool:
        """Wait while genesis ETH of the sender is still on its way."""
        return code in _MAY_COME and desk.states.expected[desk.around.shard, self.sender] > 0


@dataclass(eq=False, slots=True)
class Lock(Outgoing):
    """Somebody locks a reserve."""

    amount: Gwei

    def compose(self, _desk: Desk, nonce: int) -> tuple[Selector, SignedOperation]:
        """Return the LOCK_RESERVE operation."""
        return Selector.LOCK_RESERVE, LockReserve.create(
            sender=self.sender, nonce=nonce, amount=self.amount, signature=ZERO_SIGNATURE
        )

    def on_done(self, _office: Office, _block: ShardBlock, _done: Done) -> None:
        """Rest."""

    def on_refused(self, _office: Office, _shard: ShardIndex, _code: str) -> None:
        """Give up: transfers by netting then wait for proofs."""

    def on_undone(self, office: Office, shard: ShardIndex, *, retry: bool) -> None:  # noqa: ARG002 - a reserve is locked whatever users do
        """Lock it again."""
        office.put_back(shard, self)


@dataclass(eq=False, slots=True)
class Outbound(Outgoing):
    """A user's transfer, by the route that its deposit names.

    Attributes:
        deposit: The transfer.
        expiry_slot: Last slot in which it may arrive, on the receipt route.
        follower: The task that delivers it, once it was sent.
    """

    deposit: Deposit
    expiry_slot: Slot = NEVER_EXPIRES
    follower: Task | None = None
    number: int = 0
    sent: Send | None = field(default=None, repr=False)

    @property
    def recipient(self) -> Pubkey:
        """Return who is to be credited."""
        return self.deposit.recipient or self.sender

    def compose(self, desk: Desk, nonce: int) -> tuple[Selector, SignedOperation]:
        """Return the operation that the route begins with."""
        deposit = self.deposit
        operation: SignedOperation
        common: dict[str, Any] = {
            "sender": self.sender,
            "nonce": nonce,
            "signature": ZERO_SIGNATURE,
        }
        match deposit.route:
            case "shard":
                selector = Selector.TRANSFER
                operation = Transfer.create(
                    **common, recipient=self.recipient, amount=deposit.amount
                )
            case "beacon":
                selector = Selector.DEPOSIT
                operation = DepositOut.create(**common, deposit=deposit.data)
            case _:
                is_netted = deposit.route == "netting"
                selector = Selector.SEND_NETTED if is_netted else Selector.SEND
                self.number = desk.batch.state.read_number(
                    get_shard_key(Table.SENT, deposit.to_shard)
                )
                operation = Send.create(
                    **common,
                    to_shard=deposit.to_shard,
                    recipient=self.recipient,
                    amount=deposit.amount,
                    expiry_slot=NEVER_EXPIRES if is_netted else self.expiry_slot,
                )
        return selector, operation

    def get_reach(self, slot: Slot) -> ShardIndex | None:  # noqa: ARG002 - whenever
        """Return the shard on which it is delivered, unless the beacon chain does so."""
        return self.deposit.to_shard if self.deposit.route in ("receipt", "netting") else None

    def build(self, desk: Desk) -> Built:
        """Sign, and keep what the other shard will have to see."""
        built = Outgoing.build(self, desk)
        if isinstance(built.operation, Send):
            self.sent = built.operation
        return built

    def on_done(self, office: Office, block: ShardBlock, done: Done) -> None:
        """Tell what the debit did, and see to the delivery."""
        deposit, root = self.deposit, block.hash_tree_root
        debit, *credit = done.changes
        office.advance(deposit, "pushed", block.shard, change=debit, block_root=root)
        if deposit.route == "shard":
            [change] = credit
            office.advance(deposit, "settled", block.shard, change=change, block_root=root)
            return
        note = f"shard state {block.state_root.hex()[:8]}"
        office.advance(deposit, "committed", block.shard, block_root=root, note=note)
        if self.follower is not None:  # credited before its debit was called back
            office.advance(
                deposit, "settled", deposit.to_shard, note="was credited before, out of the reserve"
            )
            return
        self.follower = self._follow(block)
        if self.follower is not None:
            office.post(deposit.to_shard, self.follower)

    def _follow(self, block: ShardBlock) -> Task | None:
        if self.deposit.route == "receipt":
            message = Message.create(
                sender=self.sender,
                recipient=self.recipient,
                amount=self.deposit.amount,
                expiry_slot=self.expiry_slot,
            )
            return Letter(block.slot, block.shard, self.number, message, self.deposit)
        if self.sent is not None:
            return Credit(block.slot, block.shard, self.sent, self.deposit)
        return None

    def on_refused(self, office: Office, shard: ShardIndex, code: str) -> None:
        """Tell the user."""
        account = office.states.ledgers[shard].get_account(self.sender)
        value = Gwei(0) if account is None else account.value
        change = BalanceChange(self.sender, value, value)
        office.advance(self.deposit, "rejected", shard, change=change, note=code)

    def on_undone(self, office: Office, shard: ShardIndex, *, retry: bool) -> None:
        """Send again, or not; what was credited already stays credited."""
        deposit = self.deposit
        was_settled = deposit.step == "settled" and deposit.route == "netting"
        office.advance(deposit, "reverted", shard, note="the block with the debit was called back")
        if self.follower is not None and not was_settled:
            office.withdraw(deposit.to_shard, self.follower)
            self.follower = None
        if retry:
            office.put_back(shard, self)
        elif was_settled:
            office.advance(
                deposit, "settled", deposit.to_shard, note="out of the reserve, for good"
            )
        else:
            office.advance(deposit, "rejected", shard, note="orphaned, and not sent again")
