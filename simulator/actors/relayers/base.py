"""What every relayer does: say what waits, pack it, hear what became of it.

Source:
    PROTOCOL 1.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, fields

from chain.containers import BeaconState, ShardBlock
from chain.shard import ShardTransition
from chain.types import Root, ScriptIndex, ShardIndex, Slot
from simulator.actors.state_provider import IssuedReceipt
from simulator.deposits import Deposit


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


@dataclass(frozen=True, slots=True)
class ExpectedReceipt:
    """A receipt on its way to a shard.

    Attributes:
        issued: The receipt and its proof so far.
        deposit: The deposit that ends with it; None when it only funds the pool.
    """

    issued: IssuedReceipt
    deposit: Deposit | None


@dataclass(frozen=True, slots=True)
class Books:
    """Where the ETH of a script is, as its relayer knows; amounts in Gwei.

    Attributes:
        accounted: In pools, accounts and reserves.
        in_flight: Between shards without a beacon operation, and backed by the script's pool.
        reserve: Of what is accounted, locked to cover credits.
        reserve_drawn: Of the reserve, covering credits without proof.
        printed: Credited beyond what came in.
        relay_queue: Transfers that wait to leave a shard.
        delivery_queue: What waits to enter one.
    """

    accounted: int = 0
    in_flight: int = 0
    reserve: int = 0
    reserve_drawn: int = 0
    printed: int = 0
    relay_queue: int = 0
    delivery_queue: int = 0

    def __add__(self, other: "Books") -> "Books":
        """Add field by field."""
        names = [item.name for item in fields(self)]
        return Books(*(getattr(self, name) + getattr(other, name) for name in names))


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
    def on_reverted(self, shard: ShardIndex, from_slot: Slot, *, retry: bool = True) -> None:
        """Hear that accepted blocks were called back: their work waits again.

        Args:
            shard: Whose blocks.
            from_slot: Slot of the first of them.
            retry: Whether users want again what they wanted then.
        """

    def prepare(self, view: PackingView) -> None:  # noqa: B027 - most have nothing to prepare
        """Get ready to be asked for block data in this slot."""

    def get_reach(self, shard: ShardIndex) -> Collection[ShardIndex]:  # noqa: ARG002 - most do not
        """Return the shards on which a block of this one may bring work in the same slot.

        Blocks of different shards are made side by side, except where one waits for another.
        """
        return ()

    def on_crosslinked(  # noqa: B027 - most do not care
        self, shard: ShardIndex, end_slot: Slot, block_root: Root
    ) -> None:
        """Hear that a crosslink makes a shard's blocks up to a slot final."""

    def add_receipt(self, shard: ShardIndex, expected: ExpectedReceipt) -> None:  # noqa: B027 - only for scripts that hold ETH
        """Take in a withdrawal receipt that names a shard."""

    def get_books(self) -> Books:
        """Return where the script's ETH is; nothing of a script that has none."""
        return Books()
