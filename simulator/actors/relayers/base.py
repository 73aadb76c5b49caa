"""What every relayer does: say what waits, pack it, hear what became of it.

Source:
    PROTOCOL 1.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from chain.containers import BeaconState, ShardBlock
from chain.shard import ShardTransition
from chain.types import Root, ScriptIndex, ShardIndex, Slot


@dataclass(frozen=True, slots=True)
class PackingView:
    """What a relayer sees when it packs block data.

    Attributes:
        shard: The shard whose block is proposed.
        slot: Its slot.
        env: The script's index.
        env_state: The script's 32 bytes on this shard.
        beacon: The beacon state that the block will see.
        max_data_bytes: Size limit of the block data.
    """

    shard: ShardIndex
    slot: Slot
    env: ScriptIndex
    env_state: Root
    beacon: BeaconState
    max_data_bytes: int


class Relayer(ABC):
    """Serves one script on all shards.

    Attributes:
        script: Name of the script.
    """

    def __init__(self, script: str) -> None:
        """Set the script."""
        self.script = script

    @abstractmethod
    def get_waiting_since(self, shard: ShardIndex) -> Slot | None:
        """Return since when the oldest piece of work on a shard waits, if any does."""

    @abstractmethod
    def pack(self, view: PackingView) -> bytes | None:
        """Return block data, or None when nothing of what waits can go now."""

    @abstractmethod
    def on_accepted(self, block: ShardBlock, transition: ShardTransition) -> None:
        """Hear that a block with the last packed data was accepted.

        The script may not have run: then ``transition.result`` is None.
        """

    @abstractmethod
    def on_refused(self, shard: ShardIndex, code: str) -> None:
        """Hear that the last packed data can never be accepted."""

    @abstractmethod
    def on_unusable(self, shard: ShardIndex, code: str) -> None:
        """Hear that the script can never run on a shard."""

    @abstractmethod
    def on_reverted(self, shard: ShardIndex, from_slot: Slot) -> None:
        """Hear that accepted blocks were called back: their work waits again."""
