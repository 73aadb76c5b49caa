"""The tables of one run, open for writing by this program alone.

Source:
    Ours.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

from simulator.bounded_json import parse_json
from simulator.errors import RunFolderError
from simulator.locks import FolderLock
from simulator.store.folder import lock_run_folder
from simulator.store.rows import BlockRow, EventRow, SlotRows
from simulator.store.schema import DATABASE_NAME, SCHEMA

_SELECT_EVENTS: Final = "SELECT id, slot, chain, kind, deposit, details FROM events"
_SELECT_BLOCKS: Final = "SELECT event, data, is_packed, deposits, deposit_count FROM shard_blocks"
_SELECT_TABLES: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
_COUNT_ROWS: Final = "SELECT (SELECT COUNT(*) FROM events), (SELECT COUNT(*) FROM shard_blocks)"


class RunTables:
    """Reads and writes rows; knows nothing of what they mean."""

    def __init__(self, connection: sqlite3.Connection, lock: FolderLock) -> None:
        """Take over an open database; use ``open``."""
        self._connection = connection
        self._lock = lock

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a run folder's database, which is made if there is none.

        Raises:
            RunFolderError: Another program writes it now.
            OSError: There is no such folder.
            sqlite3.Error: The database cannot be used.
        """
        with ExitStack() as opened:
            lock = lock_run_folder(folder)
            opened.callback(lock.release)
            connection = sqlite3.connect(folder / DATABASE_NAME)
            opened.callback(connection.close)
            # One writer, readers at any time; a lost power supply may cost the last slots, never
            # consistency: the log is on the disk before the database takes anything from it.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            # What cannot be written says so now, and not when there is something to write.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("PRAGMA user_version = 1")
            connection.rollback()
            opened.pop_all()
        return cls(connection, lock)

    def create(self, meta: Mapping[str, Any], scripts: Iterable[bytes]) -> None:
        """Make all tables at once: a run that is killed here has nothing, or all it needs."""
        with self._connection:
            self._connection.executescript(f"BEGIN; {SCHEMA}")
            self.put_scripts(scripts)
            self.put_meta(meta)

    def are_ours(self) -> bool:
        """Tell whether the tables are those of ``create``, without a trigger or anything else."""
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(SCHEMA)
            expected = list(connection.execute(_SELECT_TABLES))
        return list(self._stream(_SELECT_TABLES)) == expected

    def close(self) -> None:
        """Close the database; a plain file is left, or one with side files if somebody reads it."""
        with suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()
        self._lock.release()

    def abandon(self) -> None:
        """Close the database as it is, whatever the trouble with it."""
        with suppress(sqlite3.Error):
            self._connection.close()
        self._lock.release()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make changes together, or none of them."""
        with self._connection:
            yield

    def read_meta(self, key: str) -> Any:  # noqa: ANN401 - what JSON holds
        """Return a value, None if there is none.

        Raises:
            ValueError: It is not JSON.
        """
        for (value,) in self._stream("SELECT value FROM meta WHERE key = ?", key):
            return parse_json(value)
        return None

    def read_slot(self, slot: int, expected: SlotRows) -> SlotRows:
        """Return the rows of a slot: as many as expected, and one more if there are more.

        Args:
            slot: The slot.
            expected: What should be there; says which events may have blocks.
        """
        first, last = (expected.events[end].id for end in (0, -1))
        events = self._stream(
            f"{_SELECT_EVENTS} WHERE slot = ? ORDER BY id LIMIT ?", slot, len(expected.events) + 1
        )
        blocks = self._stream(
            f"{_SELECT_BLOCKS} WHERE event BETWEEN ? AND ? ORDER BY event", first, last
        )
        return SlotRows([EventRow(*row) for row in events], [_read_block(row) for row in blocks])

    def find_last_event(self, slot: int) -> int:
        """Return the number of the last event up to a slot; 0 if there is none."""
        [(last,)] = self._stream("SELECT MAX(id) FROM events WHERE slot <= ?", slot)
        return last or 0

    def stream_events(self, last: int) -> Iterator[EventRow]:
        """Yield the first events."""
        for row in self._stream(f"{_SELECT_EVENTS} WHERE id <= ? ORDER BY id", last):
            yield EventRow(*row)

    def stream_blocks(self, last: int) -> Iterator[BlockRow]:
        """Yield the shard blocks of the first events."""
        for row in self._stream(f"{_SELECT_BLOCKS} WHERE event <= ? ORDER BY event", last):
            yield _read_block(row)

    def count_rows(self) -> tuple[int, int]:
        """Return how many events and how many shard blocks there are."""
        [(events, blocks)] = self._stream(_COUNT_ROWS)
        return events, blocks

    def read_script(self, code_hash: str) -> object:
        """Return what is kept under a hash, None if nothing is."""
        for (code,) in self._stream("SELECT code FROM scripts WHERE hash = ?", code_hash):
            kept: object = code
            return kept
        return None

    def put_rows(self, rows: SlotRows) -> None:
        """Add the rows of a slot."""
        self._connection.executemany(
            "INSERT INTO events (id, slot, chain, kind, deposit, details) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            rows.events,
        )
        self._connection.executemany(
            "INSERT INTO shard_blocks (event, data, is_packed, deposits, deposit_count) "
            "VALUES (?, ?, ?, ?, ?)",
            rows.blocks,
        )

    def put_scripts(self, codes: Iterable[bytes]) -> None:
        """Add scripts, each once."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO scripts (hash, code) VALUES (?, ?)",
            [(hashlib.sha256(code).hexdigest(), code) for code in codes],
        )

    def put_metrics(self, metrics: Mapping[str, float]) -> None:
        """Add the metrics."""
        self._connection.executemany(
            "INSERT INTO metrics (name, value) VALUES (?, ?)", sorted(metrics.items())
        )

    def put_meta(self, values: Mapping[str, Any]) -> None:
        """Add or replace what is known about the run."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
            [(key, json.dumps(value, sort_keys=True)) for key, value in values.items()],
        )

    def forget_ending(self) -> None:
        """Remove what an earlier program said when it ended."""
        self._connection.execute("DELETE FROM metrics")
        self._connection.execute("DELETE FROM meta WHERE key = 'reason'")

    def _stream(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with closing(self._connection.execute(query, values)) as cursor:
            yield from cursor


def _read_block(row: Sequence[Any]) -> BlockRow:
    """Return a row as we write it: a database does not keep others from putting in anything."""
    event, data, is_packed, deposits, count = row
    return BlockRow(event, _read_bytes(data), bool(is_packed), _read_bytes(deposits), count)


def _read_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


@contextmanager
def name_trouble(folder: Path) -> Iterator[None]:
    """Turn database trouble into an error that names the folder.

    Raises:
        RunFolderError: There was some.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunFolderError(f"{folder}: cannot be written: {reason}") from error
