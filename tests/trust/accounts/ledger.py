"""A naive second accounting: events in, every balance at the end of every slot out.

Reads a run database with ``sqlite3`` and ``json`` and shares no code with the packages. It is
given the balances at genesis, which no event tells, and nothing else.

Source:
    PROTOCOL 3.2-3.4, 3.6, 7 (bonds), 8 and 10, written down a second time.
"""

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from tests.trust.accounts.books import BeaconBook, Row, ShardBook

_EVENTS: Final = """
SELECT kind, chain, details, data, is_packed FROM events
LEFT JOIN shard_blocks ON event = id WHERE slot = ? ORDER BY id
"""

_RELAYS: Final = ("deposit_relay", "floating")
_MANAGERS: Final = "deposit_manager"

History = list[tuple[int, ShardBook]]
"""A shard's book after each of its blocks, with the block's slot."""


class Ledger:
    """Follows a run slot by slot, while it is written or afterwards.

    Attributes:
        beacon: The beacon chain's book at the end of the last slot read.
        figures: What the run itself says of that slot's end.
    """

    def __init__(self, database: Path, opening: Sequence[int]) -> None:
        """Open a run database.

        Args:
            database: Its file.
            opening: Balances at genesis by validator, Gwei.
        """
        self._connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
        self._config: Row = self._read_meta("config")
        paths: dict[str, str] = self._read_meta("scripts")
        self._stems = {digest: Path(path).stem for path, digest in paths.items()}
        self._codes: dict[str, str] = {}
        self._created: dict[int, Row] = {}
        self._before: dict[int, BeaconBook] = {0: BeaconBook(list(opening))}
        self._shards: dict[int, History] = defaultdict(lambda: [(0, ShardBook())])
        self.beacon = BeaconBook(list(opening))
        self.figures: Row = {}

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def get_shard(self, shard: int) -> ShardBook:
        """Return a shard's book."""
        return self._shards[shard][-1][1]

    def is_relay(self, script: str) -> bool:
        """Tell whether a script has one pool per shard."""
        return self._codes.get(script, "") in _RELAYS

    def is_manager(self, script: str) -> bool:
        """Tell whether a script has accounts."""
        return self._codes.get(script, "").startswith(_MANAGERS)

    def advance(self, slot: int) -> None:
        """Write down what happened in a slot; slots come in order."""
        earlier: list[tuple[str, Row]] = []
        lost_slot = 0
        for kind, chain, row, data in self._read(slot):
            if lost_slot and not _is_undone(kind, row):
                # The slot that comes next may be lost, too.
                self._before[lost_slot] = self.beacon.copy()
                lost_slot = 0
            if kind == "beacon_block_orphaned":
                lost_slot = row["block_slot"]
                self._go_back(lost_slot, earlier)
            elif kind == "shard_block_accepted":
                self._run_block(slot, row, data)
            elif kind == "shard_reverted":
                self._revert(row["shard"], row["from_slot"])
            else:
                self._write(kind, row, on_beacon=chain == "beacon")
            earlier.append((kind, row))
        self._before[slot] = self.beacon.copy()
        self._before.pop(slot - 3, None)

    def compute_figures(self) -> Row:
        """Return what the run should say of the end of the slot."""
        books = [history[-1][1] for history in self._shards.values()]
        in_flight, backed = self.beacon.sum_in_flight(self._created)
        under_way = sum(book.under_way for book in books)
        return {
            "total_eth": self.beacon.total,
            "burned": self.beacon.burned,
            "error": 0,
            "pooled": sum(self.beacon.pools),
            "accounted": sum(book.accounted for book in books),
            "in_flight": in_flight + max(0, under_way),
            "backing": backed + self.beacon.granted + under_way,
            "reserve": sum(sum(book.locked.values()) for book in books),
            "reserve_drawn": sum(book.drawn for book in books),
            "printed": sum(book.printed for book in books),
        }

    def _read(self, slot: int) -> Iterator[tuple[str, str, Row, bytes]]:
        rows = self._connection.execute(_EVENTS, (slot,)).fetchall()
        for kind, chain, details, data, is_packed in rows:
            unpacked = zlib.decompress(data) if is_packed else data
            yield kind, chain, json.loads(details), unpacked or b""

    def _read_meta(self, key: str) -> Any:  # noqa: ANN401 - JSON
        found = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,))
        return json.loads(found.fetchone()[0])

    def _write(self, kind: str, row: Row, *, on_beacon: bool) -> None:
        beacon = self.beacon
        match kind:
            case "script_submitted":
                self._codes[row["script"]] = self._stems.get(row["code_hash"], "")
            case "script_registered":
                beacon.register(row, self._bond)
            case "bond_settled":
                beacon.settle_bond(row, self._bond)
            case "pool_robbed":
                beacon.rob(row)
            case "pool_funded":
                self._fund(row)
            case "deposit_created":
                self._created[row["deposit"]] = row
            case "deposit_step":
                beacon.step(row, self._created[row["deposit"]], on_beacon=on_beacon)
            case "slot_closed":
                self.figures = row

    @property
    def _bond(self) -> int:
        is_optimistic = self._config["strategy"] == "optimistic"
        return int(self._config["challenge_bond_gwei"]) if is_optimistic else 0

    def _fund(self, row: Row) -> None:
        beacon, gwei = self.beacon, row["gwei"]
        if row["event"] == "withdrawn":
            moved = beacon.withdraw(row["script"], row["validator"])
            if moved != gwei:
                raise ValueError(f"validator {row['validator']} had {moved}, not {gwei}")
        beacon.granted += {"withdrawn": gwei, "settled": -gwei, "reverted": gwei}[row["event"]]

    def _run_block(self, slot: int, row: Row, data: bytes) -> None:
        script = row["script"]
        if row["noop_rule"]:
            return
        book = self.get_shard(row["shard"]).copy()
        if self.is_relay(script):
            book.run_relay(script, data)
        elif self.is_manager(script):
            book.run_manager(script, slot, data)
        self._shards[row["shard"]].append((slot, book))

    def _revert(self, shard: int, from_slot: int) -> None:
        history = self._shards[shard]
        while history[-1][0] >= from_slot:
            history.pop()

    def _go_back(self, lost_slot: int, passed: Sequence[tuple[str, Row]]) -> None:
        """Return to before a lost slot, which passed once more: without a block, but not idly.

        Args:
            lost_slot: The slot.
            passed: What happened in it without a block, told before we are told to go back.
        """
        self.beacon = self._before[lost_slot - 1].copy()
        for kind, row in passed:
            self._write(kind, row, on_beacon=True)


def _is_undone(kind: str, row: Row) -> bool:
    """Tell whether an event says what going back to before a lost slot undoes.

    A deposit whose debit is undone may not be sent again, and is rejected at once.
    """
    return kind == "shard_reverted" or row.get("event") in {"reverted", "rejected"}
