"""The relayer of key_value: holds every shard's trie and attaches witnesses.

Source:
    PROTOCOL 1 (relayers hold the full state); the accumulator is py-trie's.
"""

import random
from collections import defaultdict, deque
from dataclasses import dataclass
from functools import partial

from chain.containers import ShardBlock
from chain.shard import ShardTransition
from chain.trie import ScriptTrie
from chain.types import Root, ShardIndex, Slot
from simulator.actors.relayers.base import PackingView, Relayer
from simulator.events import CallDropped, name_shard
from simulator.key_value_data import KEY_BYTES, WRITE_BYTES, encode_write
from simulator.world import World


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """A naked transaction: a key and its new value, without a witness."""

    slot: Slot
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class _Applied:
    slot: Slot
    key: bytes
    old_value: bytes


class StorageRelayer(Relayer):
    """Serves key_value; each write's witness is for the state that the write before left."""

    def __init__(self, script: str, world: World) -> None:
        """Start with empty tries."""
        super().__init__(script)
        self._world = world
        self._tries: dict[ShardIndex, ScriptTrie] = defaultdict(partial(ScriptTrie, KEY_BYTES))
        self._waiting: dict[ShardIndex, deque[PlannedWrite]] = defaultdict(deque)
        self._packed: dict[ShardIndex, list[_Applied]] = {}
        self._history: dict[ShardIndex, list[_Applied]] = defaultdict(list)
        self._unusable: dict[ShardIndex, str] = {}

    def add(self, shard: ShardIndex, slot: Slot, key: bytes, value: bytes) -> None:
        """Take in a write."""
        if shard in self._unusable:
            self._drop(shard, self._unusable[shard])
        else:
            self._waiting[shard].append(PlannedWrite(slot, key, value))

    def get_waiting_since(self, shard: ShardIndex) -> Slot | None:
        """Return the slot of the oldest write."""
        waiting = self._waiting[shard]
        return waiting[0].slot if waiting else None

    def pack(self, view: PackingView) -> bytes | None:
        """Return as many writes as fit, each with its witness."""
        trie = self._tries[view.shard]
        count = min(len(self._waiting[view.shard]), view.max_data_bytes // WRITE_BYTES)
        data = b""
        applied = []
        for write in list(self._waiting[view.shard])[:count]:
            witness = trie.build_witness(write.key)
            data += encode_write(witness, write.value)
            applied.append(_Applied(view.slot, write.key, witness.value))
            trie.set_value(write.key, write.value)
        self._packed[view.shard] = applied
        return data or None

    def on_accepted(self, block: ShardBlock, transition: ShardTransition) -> None:
        """Forget the writes, unless the block was a no-op: then the trie goes back."""
        applied = self._packed.pop(block.shard)
        if transition.result is None:
            self._undo(block.shard, applied)
            return
        for _ in applied:
            self._waiting[block.shard].popleft()
        if self._world.keeps_history:
            self._history[block.shard].extend(applied)
        self._tries[block.shard].forget_all_but(())

    def on_refused(self, shard: ShardIndex, code: str) -> None:
        """Drop the packed writes."""
        applied = self._packed.pop(shard)
        self._undo(shard, applied)
        for _ in applied:
            self._waiting[shard].popleft()
            self._drop(shard, code)

    def on_unusable(self, shard: ShardIndex, code: str) -> None:
        """Drop all writes on a shard, and those to come."""
        self._unusable[shard] = code
        self._undo(shard, self._packed.pop(shard, []))
        while self._waiting[shard]:
            self._waiting[shard].popleft()
            self._drop(shard, code)

    def on_reverted(self, shard: ShardIndex, from_slot: Slot, *, retry: bool = True) -> None:  # noqa: ARG002 - whoever wants it back asks again
        """Take back the writes of reverted blocks; who wants them writes again."""
        undone = [applied for applied in self._history[shard] if applied.slot >= from_slot]
        self._history[shard] = [
            applied for applied in self._history[shard] if applied.slot < from_slot
        ]
        self._undo(shard, undone)

    def on_crosslinked(self, shard: ShardIndex, end_slot: Slot, block_root: Root) -> None:  # noqa: ARG002 - whatever block it was
        """Forget how to take back what is final."""
        self._history[shard] = [
            applied for applied in self._history[shard] if applied.slot > end_slot
        ]

    def _undo(self, shard: ShardIndex, applied: list[_Applied]) -> None:
        for write in reversed(applied):
            self._tries[shard].set_value(write.key, write.old_value)

    def _drop(self, shard: ShardIndex, code: str) -> None:
        self._world.emit(CallDropped(self._world.slot, name_shard(shard), self.script, code))


def draw_write(rng: random.Random, keys: int) -> tuple[bytes, bytes]:
    """Draw a key among the first ``keys`` and a new 32-byte value."""
    key = rng.randrange(keys).to_bytes(KEY_BYTES, "big")
    return key, rng.randbytes(32)
