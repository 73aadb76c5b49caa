"""The relayer of a deposit manager: collects tasks, orders them, attaches one witness.

Deliveries go first, because what they bring can be spent in the same block. A relayer prepares
its offer before it knows whether the proposer takes it; when another block lands first, the
witness is stale, and the state provider repairs it by proving the same work anew.

Source:
    PROTOCOL 1, 8 and 10.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from chain.containers import ShardBlock
from chain.shard import ShardTransition
from chain.types import Gwei, Root, ShardIndex, Slot
from simulator.actors.manager.deliveries import (
    Credit,
    Delivery,
    Letter,
    Mail,
    RowProof,
    TakeReceipt,
)
from simulator.actors.manager.mailroom import Mailroom
from simulator.actors.manager.outgoing import Outbound, Outgoing
from simulator.actors.manager.packing import Offer, Packer
from simulator.actors.manager.states import ManagerStates
from simulator.actors.manager.tasks import Desk, Done, Office, Task
from simulator.actors.relayers import Books, ExpectedReceipt, PackingView, Relayer
from simulator.actors.state_provider import StateProvider
from simulator.deposits import Deposit
from simulator.events import WitnessServed, name_shard
from simulator.manager.data import NEVER_EXPIRES, NettedCredit, Table, get_shard_key
from simulator.manager.rules import get_reserve
from simulator.manager.state import WorkingState
from simulator.world import World

_USED_UP: Final = ("out_of_fuel", "out_of_ticks", "watchdog")


class ManagerRelayer(Relayer, Office):
    """One relayer on all shards; several share the state provider, and compete for blocks."""

    def __init__(
        self,
        script: str,
        index: int,
        count: int,
        *,
        world: World,
        provider: StateProvider,
        states: ManagerStates,
        mail: Mailroom,
    ) -> None:
        """Start with nothing to do.

        Args:
            script: Name of the script.
            index: Which of the script's relayers this is.
            count: How many there are; each serves a part of the users.
            world: The chains.
            provider: Serves proofs of receipts.
            states: The script's books.
            mail: What waits to be delivered: anybody may, so all relayers see the same.
        """
        super().__init__(script)
        self.world = world
        self.states = states
        self._index = index
        self._count = count
        self._provider = provider
        self._outgoing: dict[ShardIndex, list[Outgoing]] = defaultdict(list)
        self._mail = mail
        self._offers: dict[ShardIndex, Offer] = {}
        self._packed: dict[ShardIndex, Offer] = {}
        self._history: dict[ShardIndex, list[tuple[Slot, list[Done]]]] = defaultdict(list)
        self._unusable: dict[ShardIndex, str] = {}
        self._fuel_divisors: dict[ShardIndex, int] = {}

    def add_transfer(self, deposit: Deposit, expiry_slot: Slot = NEVER_EXPIRES) -> None:
        """Take in what a user wants to send."""
        if deposit.sender is not None:
            self._accept(
                deposit.from_shard,
                Outbound(deposit.created_slot, deposit.sender, deposit, expiry_slot),
            )

    def add_lock(self, shard: ShardIndex, lock: Outgoing) -> None:
        """Take in that somebody wants to lock a reserve."""
        self._accept(shard, lock)

    def add_receipt(self, shard: ShardIndex, expected: ExpectedReceipt) -> None:
        """Take in a receipt that names a shard; one of the relayers does so for all."""
        if self.serves(0):
            self.post(shard, TakeReceipt(expected.issued.slot, expected))

    def serves(self, number: int) -> bool:
        """Tell whether this relayer serves a user of some number."""
        return number % self._count == self._index

    def _accept(self, shard: ShardIndex, task: Outgoing) -> None:
        if shard in self._unusable:
            task.on_refused(self, shard, self._unusable[shard])
        else:
            self._outgoing[shard].append(task)

    # What tasks ask for.

    def put_back(self, shard: ShardIndex, task: Task) -> None:
        """Queue a task again, in front."""
        if isinstance(task, Outgoing):
            self._outgoing[shard].insert(0, task)
        else:
            self._mail.waiting[shard].insert(0, task)
            self._mail.log.remove(shard, task)

    def post(self, shard: ShardIndex, task: Task) -> None:
        """Queue a delivery."""
        if shard in self._unusable:
            task.on_refused(self, shard, self._unusable[shard])
            return
        self._mail.waiting[shard].append(task)
        if isinstance(task, Credit):
            self._mail.sources[shard].add(task.from_shard)

    def withdraw(self, shard: ShardIndex, task: Task) -> bool:
        """Take a delivery off the queue again."""
        waiting = self._mail.waiting[shard]
        if task not in waiting:
            return False
        waiting.remove(task)
        return True

    def add_row_bytes(self, shard: ShardIndex, size: int) -> None:
        """Note the size of a row's proof; the next credit is told to have needed it."""
        self._mail.row_bytes[shard] += size

    def take_row_bytes(self, shard: ShardIndex) -> int:
        """Return the size of the proofs of rows since the last credit."""
        return self._mail.row_bytes.pop(shard, 0)

    # What proposers ask for.

    def get_waiting_since(self, shard: ShardIndex) -> Slot | None:
        """Return since when the oldest task waits."""
        incoming = () if self._is_withheld(shard) else self._mail.waiting[shard]
        since = (task.since for task in chain(incoming, self._outgoing[shard]))
        return min(since, default=None)

    def get_reach(self, shard: ShardIndex) -> set[ShardIndex]:
        """Return where anything that waits here may be posted to."""
        slot = self.world.slot
        tasks = chain(self._mail.waiting[shard], self._outgoing[shard])
        reached = (task.get_reach(slot) for task in tasks)
        return {target for target in reached if target is not None}

    def prepare(self, view: PackingView) -> None:
        """Make an offer for this slot, whether it is taken or not."""
        if view.shard not in self._offers:
            self._offers[view.shard] = self._make_offer(view)

    def pack(self, view: PackingView) -> bytes | None:
        """Return the offer's data; one that was made before is proven anew."""
        prepared = self._offers.pop(view.shard, None)
        is_stale = prepared is not None and self.states.is_stale(view.shard, prepared.env_state)
        if prepared is not None and prepared.slot == view.slot and not is_stale:
            offer = prepared
        else:
            offer = self._make_offer(view)
        self._give_up(view.shard, offer)
        if not offer.data:
            return None
        self._packed[view.shard] = offer
        self._tell_witness(view.shard, offer, repaired=is_stale)
        return offer.data

    def on_accepted(self, block: ShardBlock, transition: ShardTransition) -> None:
        """Do in the book what the block did, and move every transfer on."""
        offer = self._packed.pop(block.shard)
        if transition.result is None:
            return
        env_state = self.world.get_env_state(block.shard, block.env)
        self.states.commit(block.shard, offer.batch, block.slot, env_state)
        self._fuel_divisors.pop(block.shard, None)
        self._take_off_queues(block.shard, offer.done)
        for done in offer.done:
            done.task.on_done(self, block, done)
            for part in done.task.parts:
                if isinstance(part, Delivery):
                    self._mail.log.add(block.shard, part)
        self._history[block.shard].append((block.slot, offer.done))

    def on_refused(self, shard: ShardIndex, code: str) -> None:
        """Give up what was packed; if it was only too much, try with half of it."""
        offer = self._packed.pop(shard)
        is_too_much = code.endswith(_USED_UP)
        if is_too_much and sum(len(done.task.parts) for done in offer.done) > 1:
            self._fuel_divisors[shard] = 2 * self._fuel_divisors.get(shard, 1)
            return
        self._take_off_queues(shard, offer.done)
        for done in offer.done:
            done.task.on_refused(self, shard, code)

    def on_unusable(self, shard: ShardIndex, code: str) -> None:
        """Give up everything on a shard, and what is to come."""
        self._unusable[shard] = code
        self._packed.pop(shard, None)
        for task in [*self._mail.waiting.pop(shard, ()), *self._outgoing.pop(shard, ())]:
            task.on_refused(self, shard, code)

    def on_reverted(self, shard: ShardIndex, from_slot: Slot, *, retry: bool = True) -> None:
        """Queue again what reverted blocks had done, in its old order."""
        if self._index == 0:
            self.states.rewind(shard, from_slot)
        self._offers.pop(shard, None)
        history = self._history[shard]
        while history and history[-1][0] >= from_slot:
            _, undone = history.pop()
            for done in reversed(undone):
                done.task.on_undone(self, shard, retry=retry)

    def on_crosslinked(self, shard: ShardIndex, end_slot: Slot, block_root: Root) -> None:
        """Tell of every message that other shards can see now; its block is final."""
        kept = []
        for slot, dones in self._history[shard]:
            if slot > end_slot:
                kept.append((slot, dones))
                continue
            for done in dones:
                if isinstance(done.task, Outbound):
                    self._tell_crosslinked(done.task.deposit, end_slot, block_root)
        self._history[shard] = kept
        if self._index == 0:
            self.states.forget(shard, Slot(end_slot + 1))

    def get_books(self) -> Books:
        """Return the sums of the script's books, once for all of its relayers."""
        outgoing = sum(map(len, self._outgoing.values()))
        if self._index:
            return Books(relay_queue=outgoing)
        incoming = sum(map(len, self._mail.waiting.values()))
        sums = self.states.get_sums()
        return Books(
            accounted=sums.accounts + sums.locked,
            in_flight=sums.in_flight,
            reserve=sums.locked,
            reserve_drawn=self.states.get_reserve_drawn(),
            printed=sums.printed,
            relay_queue=outgoing,
            delivery_queue=incoming,
        )

    def _tell_crosslinked(self, deposit: Deposit, end_slot: Slot, block_root: Root) -> None:
        if deposit.route in ("receipt", "netting") and deposit.step == "committed":
            self.world.advance_deposit(
                deposit, "crosslinked", block_root=block_root, note=f"up to slot {end_slot}"
            )

    def _is_withheld(self, shard: ShardIndex) -> bool:
        return self.world.faults.is_withheld(shard, self.world.slot)

    def _make_offer(self, view: PackingView) -> Offer:
        """Pack as much as fits: if the witness turns out too large, pack less."""
        limits = self.world.context.config.execution
        max_fuel = limits.max_fuel // self._fuel_divisors.get(view.shard, 1)
        budget_bytes = view.max_data_bytes
        while True:
            desk = self._open_desk(view)
            packer = Packer(desk, view.env_state, budget_bytes, max_fuel)
            packer.fill(self._list_tasks(view, desk))
            offer = packer.offer
            if not offer.done:
                self._fuel_divisors.pop(view.shard, None)
                return offer
            offer.data = offer.batch.encode()
            if len(offer.data) <= view.max_data_bytes:
                return offer
            budget_bytes = budget_bytes * view.max_data_bytes // len(offer.data)

    def _open_desk(self, view: PackingView) -> Desk:
        return Desk(
            world=self.world,
            provider=self._provider,
            states=self.states,
            around=self.states.look_around(view.shard, view.env, view.slot),
            beacon=view.beacon,
            batch=self.states.start_batch(view.shard),
        )

    def _list_tasks(self, view: PackingView, desk: Desk) -> Iterator[Task]:
        """Return everything that may go, deliveries first."""
        if not self._is_withheld(view.shard):
            waiting = self._mail.waiting[view.shard]
            receipts = [task for task in waiting if isinstance(task, TakeReceipt)]
            yield from sorted(receipts, key=lambda task: task.receipt.receipt_index)
            yield from self._sort_mail(view.shard)
            yield from self._list_row_proofs(view.shard, desk)
            credits_due = [task for task in waiting if isinstance(task, Credit)]
            yield from sorted(credits_due, key=lambda task: (task.since, task.send.nonce))
        yield from self._outgoing[view.shard]

    def _sort_mail(self, shard: ShardIndex) -> Iterator[Mail]:
        by_source: dict[ShardIndex, list[Letter]] = defaultdict(list)
        for task in self._mail.waiting[shard]:
            if isinstance(task, Letter):
                by_source[task.from_shard].append(task)
        for source in sorted(by_source):
            letters = sorted(by_source[source], key=lambda letter: letter.number)
            yield Mail(letters[0].since, letters)

    def _list_row_proofs(self, shard: ShardIndex, desk: Desk) -> Iterator[RowProof]:
        """Prove rows when credits wait for that, or half of the reserve is drawn."""
        state = WorkingState(desk.batch.state.trie)
        reserve = get_reserve(state)
        left, is_low = int(reserve.locked) - int(reserve.drawn), reserve.drawn * 2 > reserve.locked
        waiting: dict[ShardIndex, int] = defaultdict(int)
        for task in self._mail.waiting[shard]:
            if isinstance(task, Credit):
                waiting[task.from_shard] += task.deposit.amount
        is_short = sum(waiting.values()) > left
        for source in sorted(self._mail.sources[shard]):
            key = get_shard_key(Table.COLUMN, source)
            credit = state.read_container(NettedCredit, key)
            proven = Gwei(0) if credit is None else credit.proven
            is_owed = credit is not None and credit.credited > credit.proven
            if (is_short and waiting[source]) or (is_low and is_owed):
                yield RowProof(desk.around.slot, source, proven)

    def _tell_witness(self, shard: ShardIndex, offer: Offer, *, repaired: bool) -> None:
        self.world.emit(
            WitnessServed(
                self.world.slot,
                name_shard(shard),
                script=self.script,
                keys=len(offer.batch.state.touched),
                witness_bytes=offer.witness_bytes,
                operations=len(offer.batch.operations),
                repaired=repaired,
            )
        )

    def _give_up(self, shard: ShardIndex, offer: Offer) -> None:
        """Tell the owners of tasks that can never go."""
        for refused in offer.refused:
            self._take_off(shard, refused.task.parts)
            refused.task.on_refused(self, shard, refused.code)

    def _take_off_queues(self, shard: ShardIndex, dones: list[Done]) -> None:
        self._take_off(shard, [part for done in dones for part in done.task.parts])

    def _take_off(self, shard: ShardIndex, tasks: Sequence[Task]) -> None:
        gone = set(map(id, tasks))
        self._mail.waiting[shard] = [
            task for task in self._mail.waiting[shard] if id(task) not in gone
        ]
        self._outgoing[shard] = [task for task in self._outgoing[shard] if id(task) not in gone]
