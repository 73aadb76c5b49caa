"""The shards' part of a slot: every shard moves on, and has a block made of what waits there.

Blocks of different shards depend on each other only where one brings work to another within the
slot. So a shard's data are packed while blocks of the shards before are still being made, except
where one of these may reach it. What happened is told in the order of shards either way.

Source:
    PROTOCOL 4; the order within a slot is ours.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chain.effects import Effect
from chain.shard import apply_shard_slot
from chain.types import ShardIndex
from simulator.actors.relayers import Relayer
from simulator.actors.shard_proposer import ShardOffer, ShardProposers, describe_refusal
from simulator.actors.state_provider import StateProvider
from simulator.actors.thieves import CorruptCommittees
from simulator.forks import Forks
from simulator.parallel import BlockOutcome, ShardExecutor
from simulator.shard_observer import ShardObserver
from simulator.world import Journal, World


@dataclass(slots=True)
class _Opened:
    """A shard whose block is being made.

    Attributes:
        shard: The shard.
        journal: What happened there in this slot.
        offers: What else its block could be made of.
        offer: What it is being made of; None when there is no block.
    """

    shard: ShardIndex
    journal: Journal = field(default_factory=list)
    offers: Iterator[ShardOffer] = field(default_factory=lambda: iter(()))
    offer: ShardOffer | None = None


class ShardSlots:
    """Runs all shards through one slot after the other.

    Attributes:
        executor: Who makes the blocks.
    """

    def __init__(
        self,
        world: World,
        relayers: Sequence[Relayer],
        provider: StateProvider,
        forks: Forks,
        executor: ShardExecutor,
    ) -> None:
        """Know who has work, and who does it."""
        self._world = world
        self._forks = forks
        self.executor = executor
        self._proposers = ShardProposers(world, relayers)
        self._observer = ShardObserver(world, provider)
        self._thieves = CorruptCommittees(world, provider)

    def run(self) -> None:
        """Run all shards through the slot; the beacon chain has reached it."""
        world = self._world
        self.executor.start_slot()
        outer = world.events
        waiting: deque[_Opened] = deque()
        reached_by: dict[ShardIndex, ShardIndex] = {}
        for shard in map(ShardIndex, range(len(world.shards))):
            reaching = reached_by.get(shard)
            while waiting and reaching is not None and waiting[0].shard <= reaching:
                self._settle(waiting.popleft(), outer)
            opened = self._open(shard)
            if self.executor.works_aside:
                waiting.append(opened)
                reached_by |= dict.fromkeys(self._get_reach(opened), shard)
            else:
                self._settle(opened, outer)
        while waiting:
            self._settle(waiting.popleft(), outer)
        world.redirect_events(outer)
        for index, root in enumerate(self.executor.finish_slot()):
            world.shard_roots[index].append(root)
            self._forks.keep_history(ShardIndex(index))

    def _open(self, shard: ShardIndex) -> _Opened:
        """Move a shard on by one slot, and order its block."""
        world = self._world
        opened = _Opened(shard)
        world.redirect_events(opened.journal)
        effects: list[Effect] = []
        world.shards[shard] = apply_shard_slot(
            world.shards[shard],
            world.beacon,
            world.context,
            effects,
            pre_root=world.shard_roots[shard][-1],
        )
        self._observer.on_slot(shard, effects)
        if not self._thieves.forge(shard) and not world.faults.is_halted(shard, world.slot):
            opened.offers = self._proposers.offer(shard)
            self._order(opened)
        return opened

    def _get_reach(self, opened: _Opened) -> frozenset[ShardIndex]:
        """Return the shards on which this one's block may bring new work, if it has a block."""
        if opened.offer is None:
            return frozenset()
        return self._proposers.get_reach(opened.shard)

    def _order(self, opened: _Opened) -> None:
        opened.offer = next(opened.offers, None)
        if opened.offer is not None:
            self.executor.submit(opened.offer.order)

    def _settle(self, opened: _Opened, events: Journal) -> None:
        """Hear what became of a shard's block, and tell."""
        self._world.redirect_events(opened.journal)
        while opened.offer is not None:
            outcome = self.executor.take(opened.shard)
            if outcome.was_proposed:
                self._tell(opened.offer, outcome)
                break
            if outcome.error is not None:
                opened.offer.relayer.on_refused(opened.shard, describe_refusal(outcome.error))
            self._order(opened)
        events += opened.journal

    def _tell(self, offer: ShardOffer, outcome: BlockOutcome) -> None:
        if outcome.error is not None:
            self._observer.on_rejected(offer, outcome.error, outcome.effects)
        if outcome.transition is not None:
            self._world.shards[offer.order.shard] = outcome.transition.state
            self._observer.on_accepted(
                offer, outcome.transition, outcome.effects, outcome.size_bytes
            )
