"""Making shard blocks with workers, each of which holds the states of its own shards.

Down goes what changed of the beacon chain, and the data of blocks. Up come headers, what
executions did, and state roots. With these every state is brought up to date here as well,
without executing or hashing, because actors look at them.

Source:
    Ours.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

from chain.constants import ZERO_ROOT
from chain.containers import BeaconState
from chain.encoding import encode
from chain.types import Root, ShardIndex
from simulator.parallel.beacon_updates import compute_update
from simulator.parallel.blocks import BlockOrder, BlockOutcome
from simulator.parallel.executor import ShardExecutor
from simulator.parallel.messages import (
    Answer,
    Message,
    SentOutcome,
    SentRoots,
    SlotEnd,
    SlotStart,
    unpack_outcome,
)
from simulator.world import World


class WorkerLink(ABC):
    """The way to one worker, which answers in the order in which it is asked.

    Attributes:
        shards: The worker's shards, ascending.
    """

    def __init__(self, shards: Sequence[ShardIndex]) -> None:
        """Say whose states the worker holds."""
        self.shards: Final = shards
        self._outcomes: dict[ShardIndex, SentOutcome] = {}

    @abstractmethod
    def send(self, message: Message) -> None:
        """Tell the worker something; do not wait for what it does."""

    def flush(self) -> None:  # noqa: B027 - most do not keep anything back
        """Send what was kept back to be sent together."""

    @abstractmethod
    def receive(self) -> Answer:
        """Wait for the next answer."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """End the worker, whatever it does."""

    def receive_outcome(self, shard: ShardIndex) -> SentOutcome:
        """Return a shard's outcome; those of others that come before are kept for later."""
        while shard not in self._outcomes:
            answer = self.receive()
            if isinstance(answer, SentOutcome):
                self._outcomes[answer.shard] = answer
        return self._outcomes.pop(shard)

    def receive_roots(self) -> Sequence[Root]:
        """Return the roots of the worker's shards; all outcomes have been taken."""
        while True:
            answer = self.receive()
            if isinstance(answer, SentRoots):
                return answer.roots


class CrewExecutor(ShardExecutor):
    """Has blocks made by workers, all at the same time.

    Attributes:
        links: The workers.
    """

    works_aside = True

    def __init__(self, world: World, links: Sequence[WorkerLink]) -> None:
        """Know who holds which shard.

        Args:
            world: The chains, at genesis or behind any slot.
            links: The workers, at genesis; every shard belongs to one of them.
        """
        self._world = world
        self.links = links
        self._by_shard = {shard: link for link in links for shard in link.shards}
        self._orders: dict[ShardIndex, BlockOrder] = {}
        self._seen: BeaconState | None = None
        # Behind genesis, every state is sent with the first slot.
        self._held: list[Root] = [
            ZERO_ROOT if world.slot else state.hash_tree_root for state in world.shards
        ]

    def start_slot(self) -> None:
        """Tell everybody what the shards see now, and which of them were called back."""
        world = self._world
        update = compute_update(self._seen, world.beacon)
        self._seen = world.beacon
        for link in self.links:
            moved = {
                shard: encode(world.shards[shard])
                for shard in link.shards
                if world.shard_roots[shard][-1] != self._held[shard]
            }
            link.send(SlotStart(update, moved))

    def submit(self, order: BlockOrder) -> None:
        """Send an order to who holds the shard."""
        self._orders[order.shard] = order
        self._by_shard[order.shard].send(order)

    def take(self, shard: ShardIndex) -> BlockOutcome:
        """Wait for an outcome, and bring the shard's state up to date with it."""
        self._flush()
        sent = self._by_shard[shard].receive_outcome(shard)
        return unpack_outcome(sent, self._world.shards[shard], self._orders.pop(shard))

    def finish_slot(self) -> Sequence[Root]:
        """Ask everybody for the roots."""
        for link in self.links:
            link.send(SlotEnd())
        self._flush()
        for link in self.links:
            for shard, root in zip(link.shards, link.receive_roots(), strict=True):
                self._held[shard] = root
        return list(self._held)

    def _flush(self) -> None:
        """Let nobody wait for what was only written down."""
        for link in self.links:
            link.flush()

    def close(self) -> None:
        """End all processes at once."""
        for link in self.links:
            link.close()
