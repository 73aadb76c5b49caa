"""Who makes shard blocks: this process itself, unless others do.

Source:
    Ours.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from chain.types import Root, ShardIndex
from simulator.parallel.blocks import BlockOrder, BlockOutcome


class ShardExecutor(ABC):
    """Makes the blocks of all shards, slot by slot.

    Attributes:
        works_aside: Whether blocks are made while others are ordered.
    """

    works_aside: bool = False

    @abstractmethod
    def start_slot(self) -> None:
        """Get ready for a slot, whose beacon state is there; the shards are in the slot before."""

    @abstractmethod
    def submit(self, order: BlockOrder) -> None:
        """Have a block made on a shard that has reached the slot; one at a time for each."""

    @abstractmethod
    def take(self, shard: ShardIndex) -> BlockOutcome:
        """Return what became of a shard's order, as soon as it is known."""

    @abstractmethod
    def finish_slot(self) -> Sequence[Root]:
        """Return the roots of all shards' states at the end of the slot."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """End at once whatever still runs."""
