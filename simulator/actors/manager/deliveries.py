"""What arrives on a shard: receipts, messages, netted credits, and proofs of rows.

Source:
    PROTOCOL 8 (the routes) and 10 (the operations).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from chain.containers import ShardBlock, WithdrawalReceipt
from chain.errors import InvalidProof
from chain.types import Gwei, ShardIndex, Slot
from simulator.actors.manager.states import SourceProof
from simulator.actors.manager.tasks import Built, Desk, Done, Office, Task
from simulator.actors.relayers import ExpectedReceipt
from simulator.actors.state_provider import count_proof_bytes
from simulator.deposits import Deposit
from simulator.events import PoolFunded, name_shard
from simulator.manager.data import (
    NEVER_EXPIRES,
    Message,
    NumberedMessage,
    ProveRow,
    Receive,
    ReceiveNetted,
    Selector,
    Send,
    Table,
    TakeIn,
    get_outbox_key,
    get_shard_key,
)
from simulator.manager.state import WorkingState
from simulator.relay_data import WithdrawalRoute

_ROOT_BYTES: Final = 32


@dataclass(eq=False, slots=True)
class TakeReceipt(Task):
    """A withdrawal receipt: ETH that comes from the beacon chain."""

    since: Slot
    expected: ExpectedReceipt

    @property
    def receipt(self) -> WithdrawalReceipt:
        """Return the receipt itself."""
        return self.expected.issued.receipt

    @property
    def amount(self) -> Gwei:
        """Return the ETH that it brings."""
        return self.receipt.amount

    def build(self, desk: Desk) -> Built | None:
        """Prove the receipt; one of this very slot has to wait."""
        try:
            proof = desk.provider.build_receipt_proof(self.expected.issued, desk.beacon)
        except InvalidProof:
            return None
        operation = TakeIn.create(receipt=self.receipt, proof=proof)
        return Built(Selector.TAKE_IN, operation, count_proof_bytes(proof))

    def on_done(self, office: Office, block: ShardBlock, done: Done) -> None:
        """Tell whose account it filled."""
        world, deposit = office.world, self.expected.deposit
        if deposit is None:
            world.granted = Gwei(world.granted - self.amount)
            self._expect(office, block.shard, -self.amount)
            self._tell_funded(office, block.shard, "settled")
            return
        [change] = done.changes
        root, note = block.hash_tree_root, f"receipt {self.receipt.receipt_index}"
        office.advance(
            deposit,
            "delivered",
            block.shard,
            block_root=root,
            proof_bytes=done.proof_bytes,
            note=note,
        )
        office.advance(deposit, "settled", block.shard, change=change, block_root=root)

    def on_refused(self, office: Office, shard: ShardIndex, code: str) -> None:
        """Tell that the ETH stays in the pool, and reaches nobody."""
        if self.expected.deposit is not None:
            office.advance(self.expected.deposit, "stuck", shard, note=code)

    def on_undone(self, office: Office, shard: ShardIndex, *, retry: bool) -> None:  # noqa: ARG002 - a receipt is delivered again whatever users do
        """Put the receipt on its way again: the beacon chain, which issued it, goes on."""
        world, deposit = office.world, self.expected.deposit
        if deposit is None:
            world.granted = Gwei(world.granted + self.amount)
            self._expect(office, shard, self.amount)
            self._tell_funded(office, shard, "reverted")
        else:
            office.advance(deposit, "reverted", shard, note="delivery called back")
            world.deposits.reopen(deposit)
        office.put_back(shard, self)

    def _expect(self, office: Office, shard: ShardIndex, change: int) -> None:
        route = WithdrawalRoute.decode(self.receipt.withdrawal.data)
        office.states.expected[shard, route.recipient] += change

    def _tell_funded(self, office: Office, shard: ShardIndex, event: str) -> None:
        world = office.world
        world.emit(
            PoolFunded(world.slot, name_shard(shard), office.script, shard, self.amount, event)
        )


@dataclass(eq=False, slots=True)
class Letter(Task):
    """A message in another shard's outbox.

    Attributes:
        since: Slot of the block that sent it.
        from_shard: That shard.
        number: Its number among the messages from there to here.
        message: What it says.
        deposit: The transfer that it carries.
        is_return: Whether it brings back what expired.
        return_number: Number of the message that brings it back, should it have expired.
    """

    since: Slot
    from_shard: ShardIndex
    number: int
    message: Message
    deposit: Deposit
    is_return: bool = False
    return_number: int = 0
    returning: "Letter | None" = None

    @property
    def amount(self) -> Gwei:
        """Return the ETH that it brings."""
        return self.message.amount

    def get_reach(self, slot: Slot) -> ShardIndex | None:
        """Return where it goes back to, should it come too late."""
        return self.from_shard if slot > self.message.expiry_slot else None

    def build(self, desk: Desk) -> Built | None:
        """Prove this message alone."""
        return build_mail(desk, [self])

    def on_done(self, office: Office, block: ShardBlock, done: Done) -> None:
        """Tell whom it paid, or that it came too late."""
        deposit, root = self.deposit, block.hash_tree_root
        if not done.changes:
            self._send_back(office, block, done)
            return
        [change] = done.changes
        last = "returned" if self.is_return else "settled"
        office.advance(
            deposit,
            "delivered",
            block.shard,
            block_root=root,
            proof_bytes=done.proof_bytes,
            note=f"message {self.number} of shard {self.from_shard}",
        )
        office.advance(deposit, last, block.shard, change=change, block_root=root)

    def _send_back(self, office: Office, block: ShardBlock, done: Done) -> None:
        office.advance(
            self.deposit,
            "expired",
            block.shard,
            block_root=block.hash_tree_root,
            proof_bytes=done.proof_bytes,
            note=f"after slot {self.message.expiry_slot}; goes back",
        )
        back = Message.create(
            sender=self.message.recipient,
            recipient=self.message.sender,
            amount=self.message.amount,
            expiry_slot=NEVER_EXPIRES,
        )
        self.returning = Letter(
            block.slot, block.shard, self.return_number, back, self.deposit, is_return=True
        )
        office.post(self.from_shard, self.returning)

    def on_refused(self, office: Office, shard: ShardIndex, code: str) -> None:
        """Tell that the ETH stays in an outbox for good."""
        office.advance(self.deposit, "stuck", shard, note=code)

    def on_undone(self, office: Office, shard: ShardIndex, *, retry: bool) -> None:  # noqa: ARG002 - a message is delivered again whatever users do
        """Deliver it again: it still lies in its outbox."""
        if self.returning is not None:
            office.withdraw(self.from_shard, self.returning)
            self.returning = None
        office.advance(self.deposit, "reverted", shard, note="delivery called back")
        office.put_back(shard, self)


@dataclass(eq=False, slots=True)
class Mail(Task):
    """Messages from one shard that share a proof."""

    since: Slot
    letters: Sequence[Letter]
    taken: Sequence[Letter] = ()

    @property
    def parts(self) -> Sequence[Task]:
        """Return the messages that were taken along."""
        return self.taken

    def shorten(self) -> "Mail | None":
        """Return three quarters of the messages, the first ones."""
        count = len(self.taken) * 3 // 4
        return Mail(self.since, self.taken[:count]) if count else None

    def build(self, desk: Desk) -> Built | None:
        """Prove as many messages as the crosslinked state holds."""
        proof = desk.states.prove_source(self.letters[0].from_shard, desk.around.env, desk.beacon)
        if proof is None:
            return None
        self.taken = [letter for letter in self.letters if _is_proven(letter, desk, proof)]
        return build_mail(desk, self.taken)

    def on_done(self, office: Office, block: ShardBlock, done: Done) -> None:
        """Hand every message its share of what happened."""
        changes = iter(done.changes)
        share, rest = divmod(done.proof_bytes, len(self.taken))
        for position, letter in enumerate(self.taken):
            is_late = block.slot > letter.message.expiry_slot
            own = () if is_late else (next(changes),)
            proof_bytes = share + (rest if position == 0 else 0)
            letter.on_done(office, block, replace(done, changes=own, proof_bytes=proof_bytes))

    def on_refused(self, office: Office, shard: ShardIndex, code: str) -> None:
        """Tell it of every message."""
        for letter in self.taken:
            letter.on_refused(office, shard, code)

    def on_undone(self, office: Office, shard: ShardIndex, *, retry: bool) -> None:
        """Put every message back, in order."""
        for letter in reversed(self.taken):
            letter.on_undone(office, shard, retry=retry)


def build_mail(desk: Desk, letters: Sequence[Letter]) -> Built | None:
    """Return the operation that receives messages of one shard; None without a proof."""
    if not letters:
        return None
    source = letters[0].from_shard
    proof = desk.states.prove_source(source, desk.around.env, desk.beacon)
    if proof is None or not all(_is_proven(letter, desk, proof) for letter in letters):
        return None
    _number_returns(desk, letters)
    siblings = proof.build_siblings(
        [get_outbox_key(desk.around.shard, letter.number) for letter in letters]
    )
    operation = Receive.create(
        from_shard=source,
        script_root=proof.env_state,
        state_branch=proof.branch,
        messages=[
            NumberedMessage.create(number=letter.number, message=letter.message)
            for letter in letters
        ],
        siblings=siblings,
    )
    return Built(Selector.RECEIVE, operation, _count_bytes(proof, siblings))


def _number_returns(desk: Desk, letters: Sequence[Letter]) -> None:
    """Say which numbers the messages get that bring expired ones back."""
    late = [letter for letter in letters if desk.around.slot > letter.message.expiry_slot]
    if late:
        counter = get_shard_key(Table.SENT, late[0].from_shard)
        first = desk.batch.state.read_number(counter)
        for position, letter in enumerate(late):
            letter.return_number = first + position


def _is_proven(letter: Letter, desk: Desk, proof: SourceProof) -> bool:
    key = get_outbox_key(desk.around.shard, letter.number)
    written = WorkingState(proof.trie).read_container(Message, key)
    return written == letter.message


def _count_bytes(proof: SourceProof, siblings: bytes) -> int:
    return (1 + len(proof.branch)) * _ROOT_BYTES + len(siblings)


@dataclass(eq=False, slots=True)
class Credit(Task):
    """A netted transfer, as its sender signed it on another shard."""

    since: Slot
    from_shard: ShardIndex
    send: Send
    deposit: Deposit

    @property
    def amount(self) -> Gwei:
        """Return the ETH that it brings."""
        return self.send.amount

    @property
    def queue(self) -> Hashable:
        """Return the sender: credited out of order, its earlier transfers would be lost."""
        return self.from_shard, self.send.sender

    def build(self, _desk: Desk) -> Built:
        """Return the RECEIVE_NETTED operation: no proof, only a signature."""
        operation = ReceiveNetted.create(from_shard=self.from_shard, send=self.send)
        return Built(Selector.RECEIVE_NETTED, operation)

    def may_wait(self, code: str, _desk: Desk) -> bool:
        """Wait for a proof of the row while the reserve cannot cover it."""
        return code == "reserve_exhausted"

    def on_done(self, office: Office, block: ShardBlock, done: Done) -> None:
        """Tell whom it paid."""
        [change] = done.changes
        root = block.hash_tree_root
        proof_bytes = office.take_row_bytes(block.shard)
        office.advance(
            self.deposit, "delivered", block.shard, block_root=root, proof_bytes=proof_bytes
        )
        office.advance(self.deposit, "settled", block.shard, change=change, block_root=root)

    def on_refused(self, office: Office, shard: ShardIndex, code: str) -> None:
        """Tell that the recipient gets nothing."""
        office.advance(self.deposit, "stuck", shard, note=code)

    def on_undone(self, office: Office, shard: ShardIndex, *, retry: bool) -> None:  # noqa: ARG002 - it is credited again whatever users do
        """Credit it again."""
        office.advance(self.deposit, "reverted", shard, note="credit called back")
        office.put_back(shard, self)


@dataclass(eq=False, slots=True)
class RowProof(Task):
    """The proof that another shard's row owes this one so much."""

    since: Slot
    from_shard: ShardIndex
    proven: Gwei

    @property
    def parts(self) -> Sequence[Task]:
        """Return nothing: nobody waits for a proof as such."""
        return ()

    def build(self, desk: Desk) -> Built | None:
        """Prove the entry, if it says more than was proven before."""
        proof = desk.states.prove_source(self.from_shard, desk.around.env, desk.beacon)
        if proof is None:
            return None
        key = get_shard_key(Table.ROW, desk.around.shard)
        total = WorkingState(proof.trie).read_signed(key)
        if total <= self.proven:
            return None
        siblings = proof.build_siblings([key])
        operation = ProveRow.create(
            from_shard=self.from_shard,
            script_root=proof.env_state,
            state_branch=proof.branch,
            total=total,
            siblings=siblings,
        )
        return Built(Selector.PROVE_ROW, operation, _count_bytes(proof, siblings))

    def on_done(self, office: Office, block: ShardBlock, done: Done) -> None:
        """Note what it cost; the credits that it covers are told."""
        office.add_row_bytes(block.shard, done.proof_bytes)

    def on_refused(self, _office: Office, _shard: ShardIndex, _code: str) -> None:
        """Rest."""

    def on_undone(self, _office: Office, _shard: ShardIndex, *, retry: bool) -> None:
        """Rest: the next block may prove it again."""


Delivery = TakeReceipt | Letter | Credit
"""What pays somebody."""
