"""What happened to blocks and crosslinks, on the beacon chain and on shards.

Source:
    Ours.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from simulator.events.base import Event


@dataclass(frozen=True, slots=True)
class BeaconBlockAccepted(Event):
    """A beacon block became part of the chain."""

    kind: ClassVar[str] = "beacon_block_accepted"

    proposer: int
    block_root: str
    size_bytes: int
    crosslinks: int
    registrations: int
    claims: int
    withdrawals: int
    reports: int


@dataclass(frozen=True, slots=True)
class BeaconBlockRejected(Event):
    """A beacon block was refused, and its proposer lost the slot."""

    kind: ClassVar[str] = "beacon_block_rejected"

    proposer: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class BeaconBlockOrphaned(Event):
    """A beacon block that was accepted turned out to be on the losing fork.

    Attributes:
        block_slot: Its slot.
        shard: Shard whose crosslink was orphaned with it, and its blocks since the last one.
    """

    kind: ClassVar[str] = "beacon_block_orphaned"

    block_slot: int
    shard: int


@dataclass(frozen=True, slots=True)
class ShardBlockAccepted(Event):
    """A shard block became part of its chain.

    Attributes:
        env_state: The script's state on the shard after the block.
        beacon_root: The beacon state that the block was built on.
        noop_rule: Empty unless the placement kept the script from running.
        data: The block's data, as its script saw it.
        pushed: Serialized deposits that the script pushed, in order, all of one size.
    """

    kind: ClassVar[str] = "shard_block_accepted"

    shard: int
    proposer: int
    script: str
    block_root: str
    env_state: str
    size_bytes: int
    data_bytes: int
    deposits: int
    fuel: int
    ticks: int
    host_calls: int
    noop_rule: str
    beacon_root: str
    data: bytes = b""
    pushed: tuple[bytes, ...] = ()

    def get_details(self) -> dict[str, Any]:
        """Return all but the block's bytes, which are no details: the store keeps them apart."""
        details = Event.get_details(self)
        return {name: value for name, value in details.items() if name not in ("data", "pushed")}


@dataclass(frozen=True, slots=True)
class ShardBlockRejected(Event):
    """A shard block was refused, and its proposer lost the slot.

    ``outcome`` and ``fuel`` are of the script that failed in it, if that was why.
    """

    kind: ClassVar[str] = "shard_block_rejected"

    shard: int
    proposer: int
    script: str
    code: str
    reason: str
    outcome: str = ""
    fuel: int = 0


@dataclass(frozen=True, slots=True)
class ShardReverted(Event):
    """Shard blocks were called back, from ``from_slot`` on."""

    kind: ClassVar[str] = "shard_reverted"

    shard: int
    from_slot: int
    blocks: int


@dataclass(frozen=True, slots=True)
class CrosslinkIncluded(Event):
    """The beacon chain learned of a run of shard blocks.

    Attributes:
        shard_state_root: What scripts on all shards now see of the shard.
    """

    kind: ClassVar[str] = "crosslink_included"

    shard: int
    start_slot: int
    end_slot: int
    blocks: int
    shard_state_root: str
