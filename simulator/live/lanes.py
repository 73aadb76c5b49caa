"""Lanes: what came of each slot on each chain, one byte a cell.

Source:
    Ours.
"""

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from simulator import events


class Outcome(IntEnum):
    """What came of a slot on a chain; where chains share a row, the greatest is shown."""

    EMPTY = 0
    RAN = 1
    DEPOSITS = 2
    NOOP = 3
    CALLED_BACK = 4
    REFUSED = 5


class Lane(NamedTuple):
    """A row of cells.

    Attributes:
        label: Which chains they are of.
        cells: Outcomes, the last slot last.
    """

    label: str
    cells: bytes


class Lanes:
    """The outcomes of all slots so far, on the beacon chain and every shard."""

    def __init__(self, shards: int, slots: int) -> None:
        """Make room for a whole run.

        Args:
            shards: How many.
            slots: How many, without genesis.
        """
        self.shards = shards
        self._beacon = bytearray(slots + 1)
        self._shards = [bytearray(slots + 1) for _ in range(shards)]

    def add_beacon_block(self, event: events.BeaconBlockAccepted) -> None:
        """Take in a block that was accepted."""
        carries = event.claims or event.withdrawals
        self._beacon[event.slot] = Outcome.DEPOSITS if carries else Outcome.RAN

    def refuse_beacon_block(self, event: events.BeaconBlockRejected) -> None:
        """Take in a block that was refused."""
        self._beacon[event.slot] = Outcome.REFUSED

    def orphan_beacon_block(self, event: events.BeaconBlockOrphaned) -> None:
        """Take in that a block is on the losing fork."""
        self._beacon[event.block_slot] = Outcome.CALLED_BACK

    def add_shard_block(self, event: events.ShardBlockAccepted) -> None:
        """Take in a block that was accepted."""
        if event.noop_rule:
            outcome = Outcome.NOOP
        else:
            outcome = Outcome.DEPOSITS if event.deposits else Outcome.RAN
        self._shards[event.shard][event.slot] = outcome

    def refuse_shard_block(self, event: events.ShardBlockRejected) -> None:
        """Take in a block that was refused."""
        self._shards[event.shard][event.slot] = Outcome.REFUSED

    def revert_shard(self, event: events.ShardReverted) -> None:
        """Take in that blocks of a shard were called back; slots without any stay so."""
        lane = self._shards[event.shard]
        for slot in range(event.from_slot, event.slot + 1):
            if lane[slot] not in (Outcome.EMPTY, Outcome.REFUSED):
                lane[slot] = Outcome.CALLED_BACK

    def read(self, first: int, last: int, rows: int) -> Iterator[Lane]:
        """Yield the beacon chain's lane, and those of the shards in as many rows as there are.

        Args:
            first: First slot.
            last: Last slot.
            rows: The most rows for shards, at least 1.
        """
        wanted = slice(first, last + 1)
        yield Lane("beacon", bytes(self._beacon[wanted]))
        size = -(-self.shards // max(1, rows))
        for start in range(0, self.shards, size):
            group = [lane[wanted] for lane in self._shards[start : start + size]]
            end = start + len(group) - 1
            label = f"shard {start}" if size == 1 else f"{start}-{end}" if end > start else f"{end}"
            yield Lane(label, bytes(map(max, *group)) if len(group) > 1 else bytes(group[0]))

    def count_rows(self, rows: int) -> int:
        """Return how many rows the shards take if they may take so many."""
        size = -(-self.shards // max(1, rows))
        return -(-self.shards // size)
