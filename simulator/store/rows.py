"""Events as rows, and what a run's rows are known by.

Source:
    Ours.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from simulator.events import Event, ShardBlockAccepted

_ENCODER: Final = json.JSONEncoder(sort_keys=True)
"""As ``json.dumps``, which makes one for every call."""

_PACK_LEVEL: Final = 1
"""Of zlib: witnesses hardly pack any better at higher levels, and a slot has many blocks."""


class EventRow(NamedTuple):
    """A row of ``events``."""

    id: int
    slot: int
    chain: str
    kind: str
    deposit: int | None
    details: str


class BlockRow(NamedTuple):
    """A row of ``shard_blocks``."""

    event: int
    data: bytes
    is_packed: bool
    deposits: bytes
    deposit_count: int


class SlotRows(NamedTuple):
    """All rows of one slot."""

    events: Sequence[EventRow]
    blocks: Sequence[BlockRow]


def encode_slot(events: Iterable[Event], first_id: int) -> SlotRows:
    """Return the rows of what happened in a slot.

    Args:
        events: In order.
        first_id: Number of the first of them in the whole run.
    """
    rows, blocks = [], []
    for number, event in enumerate(events, first_id):
        rows.append(_encode_event(number, event))
        if isinstance(event, ShardBlockAccepted):
            blocks.append(_encode_block(number, event))
    return SlotRows(rows, blocks)


def _encode_event(number: int, event: Event) -> EventRow:
    details = event.get_details()
    return EventRow(
        number,
        event.slot,
        event.chain,
        event.kind,
        details.get("deposit") if event.kind.startswith("deposit_") else None,
        _ENCODER.encode(details),
    )


def _encode_block(number: int, block: ShardBlockAccepted) -> BlockRow:
    packed = zlib.compress(block.data, _PACK_LEVEL)
    is_packed = len(packed) < len(block.data)
    data = packed if is_packed else block.data
    return BlockRow(number, data, is_packed, b"".join(block.pushed), len(block.pushed))


def find_difference(recorded: SlotRows, simulated: SlotRows) -> str | None:
    """Say in what the rows of a slot differ, None if they do not.

    Blocks may be packed in another way, by another build of the library that does it.
    """
    for found, meant in zip(recorded.events, simulated.events, strict=False):
        for name, before, after in zip(meant._fields, found, meant, strict=True):
            if before != after:
                return f"event {meant.id}, a {meant.kind} on {meant.chain}, differs in its {name}"
    if len(recorded.events) != len(simulated.events):
        return f"it has {len(recorded.events)} events instead of {len(simulated.events)}"
    if len(recorded.blocks) != len(simulated.blocks):
        return f"it has {len(recorded.blocks)} shard blocks instead of {len(simulated.blocks)}"
    for found_block, meant_block in zip(recorded.blocks, simulated.blocks, strict=True):
        if not _is_same_block(found_block, meant_block):
            return f"the block of event {meant_block.event} differs"
    return None


def _is_same_block(found: BlockRow, meant: BlockRow) -> bool:
    return found == meant or (
        found._replace(data=b"", is_packed=False) == meant._replace(data=b"", is_packed=False)
        and _unpack(found, meant) == _unpack(meant, meant)
    )


def _unpack(row: BlockRow, meant: BlockRow) -> bytes | None:
    """Return a block's data, or as much of it as tells that it is another's; None if damaged."""
    if not row.is_packed:
        return row.data
    most_bytes = len(zlib.decompress(meant.data)) if meant.is_packed else len(meant.data)
    try:
        return zlib.decompressobj().decompress(row.data, most_bytes + 1)
    except zlib.error:
        return None


class RowDigest:
    """What all rows of a run's first slots are known by."""

    def __init__(self) -> None:
        """Begin before the first slot."""
        self._events = hashlib.sha256()
        self._blocks = hashlib.sha256()
        self.event_count = 0
        self.block_count = 0

    def add(self, rows: SlotRows) -> None:
        """Take in the rows of the next slot."""
        for row in rows.events:
            self.add_event(row)
        for block in rows.blocks:
            self.add_block(block)

    def add_event(self, row: EventRow) -> None:
        """Take in the next event."""
        self._events.update(repr(tuple(row)).encode())
        self.event_count += 1

    def add_block(self, row: BlockRow) -> None:
        """Take in the next shard block."""
        event, data, is_packed, deposits, count = row
        sizes = (event, len(data), int(is_packed), len(deposits), count)
        self._blocks.update(repr(sizes).encode())
        self._blocks.update(data)
        self._blocks.update(deposits)
        self.block_count += 1

    def compute(self) -> bytes:
        """Return the 64 bytes."""
        return self._events.digest() + self._blocks.digest()
