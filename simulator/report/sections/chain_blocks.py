"""Blocks and crosslinks as columns, and which of them were undone later.

Source:
    Ours.
"""

from typing import Final

from simulator import events
from simulator.report.model import Table, Words

_FULL_ROOT_DIGITS: Final = 64
_SHORT_ROOT_DIGITS: Final = 8
_FULL_ROOTS: Final = 8_000
"""So many blocks keep their whole roots: beyond, roots alone would be megabytes."""

_STATES: Final = 40_000
"""So many blocks keep the roots of their scripts' states at all."""


class BlockCollector:
    """Keeps one record per block, and goes back to those that a fork undid."""

    def __init__(self, words: Words) -> None:
        """Start empty."""
        self._words = words
        self.beacon = Table(
            "slot", "proposer", "root", "size", "crosslinks", "registrations", "claims",
            "withdrawals", "reports", "refused", "reason", "undone",
        )  # fmt: skip
        self.shards = Table(
            "slot", "lane", "proposer", "script", "root", "state", "beacon", "frame", "data",
            "deposits", "fuel", "ticks", "calls", "noop", "refused", "reason", "undone",
        )  # fmt: skip
        self.crosslinks = Table("slot", "shard", "start", "end", "blocks", "root", "undone")
        self._standing: dict[int, list[int]] = {}
        self._standing_beacon: dict[int, int] = {}
        self._standing_crosslinks: dict[tuple[int, int], int] = {}

    def add(self, event: events.Event) -> None:
        """Take in one event, if it is about blocks."""
        match event:
            case events.ShardBlockAccepted():
                self._add_shard_block(event)
            case events.ShardBlockRejected():
                self._add_refused_shard_block(event)
            case events.ShardReverted():
                self._revert(event)
            case events.BeaconBlockAccepted():
                self._add_beacon_block(event)
            case events.BeaconBlockRejected():
                self._add_refused_beacon_block(event)
            case events.BeaconBlockOrphaned():
                self._orphan(event)
            case events.CrosslinkIncluded():
                self._add_crosslink(event)

    def shorten_roots(self) -> int:
        """Cut roots where there are too many blocks for whole ones; return the digits kept."""
        blocks = len(self.shards)
        if blocks <= _FULL_ROOTS:
            return _FULL_ROOT_DIGITS
        for table, name in (
            (self.shards, "root"),
            (self.shards, "state"),
            (self.crosslinks, "root"),
        ):
            table.change(name, lambda root: root[:_SHORT_ROOT_DIGITS])
        if blocks > _STATES:
            self.shards.change("state", lambda _root: "")
        return _SHORT_ROOT_DIGITS

    def _add_shard_block(self, event: events.ShardBlockAccepted) -> None:
        position = self.shards.add(
            slot=event.slot,
            lane=event.shard + 1,
            proposer=event.proposer,
            script=self._words.add(event.script),
            root=event.block_root,
            state=event.env_state,
            beacon=self._words.add(event.beacon_root),
            frame=event.size_bytes - event.data_bytes,  # nearly always the same: it packs well
            data=event.data_bytes,
            deposits=event.deposits,
            fuel=event.fuel,
            ticks=event.ticks,
            calls=event.host_calls,
            noop=self._words.add(event.noop_rule),
            refused=0,
            reason=0,
            undone=0,
        )
        self._standing.setdefault(event.shard, []).append(position)

    def _add_refused_shard_block(self, event: events.ShardBlockRejected) -> None:
        nothing = dict.fromkeys(
            ("frame", "data", "deposits", "ticks", "calls", "noop", "undone"), 0
        )
        self.shards.add(
            slot=event.slot,
            lane=event.shard + 1,
            proposer=event.proposer,
            script=self._words.add(event.script),
            root="",
            state="",
            beacon=0,
            fuel=event.fuel,
            refused=self._words.add(event.code),
            reason=self._words.add(event.reason),
            **nothing,
        )

    def _revert(self, event: events.ShardReverted) -> None:
        standing = self._standing.get(event.shard, [])
        while standing and self.shards.get(standing[-1], "slot") >= event.from_slot:
            self.shards.replace(standing.pop(), "undone", event.slot)

    def _add_beacon_block(self, event: events.BeaconBlockAccepted) -> None:
        self._standing_beacon[event.slot] = self.beacon.add(
            slot=event.slot,
            proposer=event.proposer,
            root=event.block_root,
            size=event.size_bytes,
            crosslinks=event.crosslinks,
            registrations=event.registrations,
            claims=event.claims,
            withdrawals=event.withdrawals,
            reports=event.reports,
            refused=0,
            reason=0,
            undone=0,
        )

    def _add_refused_beacon_block(self, event: events.BeaconBlockRejected) -> None:
        contents = ("crosslinks", "registrations", "claims", "withdrawals", "reports")
        self.beacon.add(
            slot=event.slot,
            proposer=event.proposer,
            root="",
            size=0,
            refused=self._words.add(event.code),
            reason=self._words.add(event.reason),
            undone=0,
            **dict.fromkeys(contents, 0),
        )

    def _orphan(self, event: events.BeaconBlockOrphaned) -> None:
        """Mark a beacon block; once per crosslink that went with it."""
        position = self._standing_beacon.get(event.block_slot)
        if position is not None:
            self.beacon.replace(position, "undone", event.slot)
        crosslink = self._standing_crosslinks.get((event.block_slot, event.shard))
        if crosslink is not None:
            self.crosslinks.replace(crosslink, "undone", event.slot)

    def _add_crosslink(self, event: events.CrosslinkIncluded) -> None:
        self._standing_crosslinks[event.slot, event.shard] = self.crosslinks.add(
            slot=event.slot,
            shard=event.shard,
            start=event.start_slot,
            end=event.end_slot,
            blocks=event.blocks,
            root=event.shard_state_root,
            undone=0,
        )
