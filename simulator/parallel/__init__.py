"""Making shard blocks: here, or in several processes with the same results.

Source:
    Ours.
"""

from simulator.parallel.blocks import BlockOrder, BlockOutcome, make_block
from simulator.parallel.executor import ShardExecutor

__all__ = ["BlockOrder", "BlockOutcome", "ShardExecutor", "make_block"]
