"""Making shard blocks in this very process, each when it is asked for.

Source:
    Ours.
"""

from collections.abc import Sequence

from chain.types import Root, ShardIndex
from simulator.parallel.blocks import BlockOrder, BlockOutcome, make_block
from simulator.parallel.executor import ShardExecutor
from simulator.world import World


class LocalExecutor(ShardExecutor):
    """Makes a block when its outcome is taken."""

    def __init__(self, world: World) -> None:
        """Work on a world's own states."""
        self._world = world
        self._orders: dict[ShardIndex, BlockOrder] = {}

    def start_slot(self) -> None:
        """Have nothing to prepare."""

    def submit(self, order: BlockOrder) -> None:
        """Take note of an order."""
        self._orders[order.shard] = order

    def take(self, shard: ShardIndex) -> BlockOutcome:
        """Make the block."""
        world = self._world
        order = self._orders.pop(shard)
        return make_block(world.shards[shard], order, world.beacon, world.context)

    def finish_slot(self) -> Sequence[Root]:
        """Hash the states."""
        return [state.hash_tree_root for state in self._world.shards]
