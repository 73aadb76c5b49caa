"""The relayer of plain calls: block data as the scenario gives them."""

from collections import defaultdict, deque
from dataclasses import dataclass

from chain.containers import ShardBlock
from chain.shard import ShardTransition
from chain.types import ShardIndex, Slot
from simulator.actors.relayers.base import PackingView, Relayer
from simulator.events import CallDropped, name_shard
from simulator.world import World


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One block's worth of data."""

    slot: Slot
    data: bytes


class CallRelayer(Relayer):
    """Puts one call into each block, first come first served."""

    def __init__(self, script: str, world: World) -> None:
        """Start with nothing to do."""
        super().__init__(script)
        self._world = world
        self._waiting: dict[ShardIndex, deque[PlannedCall]] = defaultdict(deque)
        self._unusable: dict[ShardIndex, str] = {}

    def add(self, shard: ShardIndex, slot: Slot, data: bytes) -> None:
        """Take in a call."""
        if shard in self._unusable:
            self._drop(shard, self._unusable[shard])
        else:
            self._waiting[shard].append(PlannedCall(slot, data))

    def get_waiting_since(self, shard: ShardIndex) -> Slot | None:
        """Return the slot of the oldest call."""
        waiting = self._waiting[shard]
        return waiting[0].slot if waiting else None

    def pack(self, view: PackingView) -> bytes | None:
        """Return the oldest call's data; one over the limit is for the chain to refuse."""
        return self._waiting[view.shard][0].data

    def on_accepted(self, block: ShardBlock, transition: ShardTransition) -> None:
        """Forget the call: it ran, or its block was a no-op."""
        self._waiting[block.shard].popleft()
        if transition.result is None:
            self._drop(block.shard, "noop")

    def on_refused(self, shard: ShardIndex, code: str) -> None:
        """Drop the call."""
        self._waiting[shard].popleft()
        self._drop(shard, code)

    def on_unusable(self, shard: ShardIndex, code: str) -> None:
        """Drop all calls on a shard, and those to come."""
        self._unusable[shard] = code
        while self._waiting[shard]:
            self.on_refused(shard, code)

    def on_reverted(self, shard: ShardIndex, from_slot: Slot, *, retry: bool = True) -> None:
        """Leave reverted calls alone: who wants them back calls again."""

    def _drop(self, shard: ShardIndex, code: str) -> None:
        self._world.emit(CallDropped(self._world.slot, name_shard(shard), self.script, code))
