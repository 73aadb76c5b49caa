"""What our Scout files say beyond Scout's: the chain that the blocks were made for.

Scout's format knows scripts, states and block data. Scripts that ask for more than that, and
limits that decide whether a block is valid, need what stands here: one key for the file, and
three for each block. Other readers tolerate unknown keys; ours reads these only where the
file's own key is present, so that files by other people keep their meaning.

Source:
    Ours: PROTOCOL 5 (the extended profile) needs context that PROTOCOL 9 has no place for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from chain.config import (
    Backend,
    BlsBackend,
    ExecutionLimits,
    Libraries,
    PrimeField,
    UnsavedPostState,
)
from chain.constants import SHARD_LIMIT, ZERO_ROOT
from chain.types import Root, ShardIndex, Slot
from simulator.scout_place import MAX_UINT64, ROOT_BYTES, Place

CHAIN_KEY: Final = "shardlab"
"""The file's own key."""

BLOCK_KEYS: Final = ("slot", "beacon_root", "crosslinks")
"""Keys of a block, in the order in which they are written."""

MIN_TIMESTAMP_KEY: Final = "min_timestamp"
"""Of a deposit receipt, where deposits have one."""

_LIMIT_READERS: Final[Mapping[str, Callable[[Place], Any]]] = {
    "max_fuel": lambda place: place.number(10**13),
    "max_ticks": lambda place: place.number(2**63 - 1),
    "max_memory_pages": lambda place: place.number(65_536),
    "max_table_elements": lambda place: place.number(10_000_000),
    "unsaved_post_state": lambda place: place.choice(UnsavedPostState),
    "deposit_min_timestamp": lambda place: place.flag(),
    "prime_field": lambda place: place.choice(PrimeField),
    "bls": lambda place: place.choice(BlsBackend),
    "libraries": lambda place: place.choice(Libraries),
}
"""Fields of ``ExecutionLimits`` that a file can set, with the bounds of scenario files.

``max_debug_bytes`` is none of them: no state depends on it.
"""

_GUARDS: Final = ("max_fuel", "max_memory_pages", "max_table_elements")
"""Limits that protect whoever runs a file: it can lower them, not raise them."""


class BlockContext(NamedTuple):
    """Where a block stood.

    Attributes:
        slot: Its slot.
        beacon_root: Root of the beacon state that it was built on.
        crosslinks: Shard state roots that scripts see, as far as they changed since the
            block before.
    """

    slot: Slot = Slot(0)
    beacon_root: Root = ZERO_ROOT
    crosslinks: Mapping[ShardIndex, Root] = {}


@dataclass(frozen=True, slots=True)
class ScoutChain:
    """The chain that a file's blocks were made for; by default none, as Scout has it.

    Attributes:
        is_given: Whether the file has the key.
        shard: The shard that executes.
        shard_count: Shards whose roots scripts can ask for; zero roots at first.
        limits: Values of ``ExecutionLimits`` fields that the file sets, by name.
    """

    is_given: bool = False
    shard: ShardIndex = ShardIndex(0)
    shard_count: int = 0
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_timestamps(self) -> bool:
        """Tell whether deposits carry a min_timestamp."""
        return bool(self.limits.get("deposit_min_timestamp", False))

    def limit(self, base: ExecutionLimits) -> ExecutionLimits:
        """Return the limits that the file runs under.

        Args:
            base: Those of whoever runs it.
        """
        lowered = {
            name: min(self.limits[name], getattr(base, name))
            for name in _GUARDS
            if name in self.limits
        }
        limits = replace(base, **{**self.limits, **lowered})
        if limits.backend is Backend.HOST:
            # Whoever runs the file chose that, and it has no others.
            return replace(limits, libraries=Libraries.NATIVE)
        return limits


def read_chain(root: Place) -> ScoutChain:
    """Read the file's own key, if it is there.

    Args:
        root: The whole file.

    Raises:
        ScoutFileError: It is malformed.
    """
    if root.value.get(CHAIN_KEY) is None:
        return ScoutChain()
    place = root.at(CHAIN_KEY)
    place.expect_keys("shard", "shard_count", *_LIMIT_READERS)
    shard_count = place.at("shard_count").number(SHARD_LIMIT)
    shard = _read_shard(place.at("shard"), shard_count)
    given = [name for name in _LIMIT_READERS if name in place.value]
    limits = {name: _LIMIT_READERS[name](place.at(name)) for name in given}
    return ScoutChain(is_given=True, shard=shard, shard_count=shard_count, limits=limits)


def read_block_context(block: Place, chain: ScoutChain) -> BlockContext:
    """Read where a block stood; whatever a file leaves out is zero.

    Raises:
        ScoutFileError: A key is malformed.
    """
    if not chain.is_given:
        return BlockContext()
    slot, beacon_root = (block.optional(key) for key in ("slot", "beacon_root"))
    return BlockContext(
        Slot(0 if slot is None else slot.number(MAX_UINT64)),
        ZERO_ROOT if beacon_root is None else Root(beacon_root.hex(ROOT_BYTES)),
        {
            _read_shard(place, chain.shard_count, key): Root(place.hex(ROOT_BYTES))
            for key, place in block.optional_entries("crosslinks").items()
        },
    )


def describe_limits(limits: Mapping[str, Any], base: ExecutionLimits) -> dict[str, Any]:
    """Return the limits that a file must set for its blocks to run as they did.

    Args:
        limits: All of a run's, as its database has them.
        base: Those that a file runs under when it sets none.
    """
    known = [name for name in _LIMIT_READERS if name in limits]
    return {name: limits[name] for name in known if limits[name] != getattr(base, name)}


def _read_shard(place: Place, shard_count: int, key: str | None = None) -> ShardIndex:
    """Read the index of a shard: the value, or the key, at a place."""
    shard = place.number(MAX_UINT64, key)
    if shard >= shard_count:
        raise place.fail(f"{shard} is no shard: shard_count is {shard_count}")
    return ShardIndex(shard)
