"""The run database: what happened and what came of it, in one SQLite file.

Events are written slot by slot, each slot in one transaction, so that a run which ends early
leaves a database that is consistent up to its last whole slot and says that it is incomplete.
The bytes of shard blocks and of scripts are kept in tables of their own, so that a run folder
holds all that a replay needs.

Source:
    Ours.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Final, Self

from simulator.errors import RunFolderError
from simulator.events import EVENT_KINDS, Event, ShardBlockAccepted

DATABASE_NAME: Final = "run.db"
REPORT_NAME: Final = "report.json"
SCHEMA_VERSION: Final = 2

RUNNING: Final = "running"
COMPLETE: Final = "complete"
INTERRUPTED: Final = "interrupted"
FAILED: Final = "failed"

_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    slot INTEGER NOT NULL,
    chain TEXT NOT NULL,
    kind TEXT NOT NULL,
    deposit INTEGER,
    details TEXT NOT NULL
);
CREATE INDEX events_by_deposit ON events (deposit, id) WHERE deposit IS NOT NULL;
CREATE INDEX events_by_slot ON events (slot, id);
CREATE TABLE shard_blocks (
    event INTEGER PRIMARY KEY REFERENCES events,
    data BLOB NOT NULL,
    is_packed INTEGER NOT NULL,
    deposits BLOB NOT NULL,
    deposit_count INTEGER NOT NULL
);
CREATE TABLE scripts (hash TEXT PRIMARY KEY, code BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE metrics (name TEXT PRIMARY KEY, value NUMERIC NOT NULL) WITHOUT ROWID;
"""

_SELECT_EVENTS: Final = """
SELECT slot, chain, kind, details, data, is_packed, deposits, deposit_count
FROM events LEFT JOIN shard_blocks ON event = id
"""

_ENCODER: Final = json.JSONEncoder(sort_keys=True)
"""As ``json.dumps``, which makes one for every call."""

_PACK_LEVEL: Final = 1
"""Of zlib: witnesses hardly pack any better at higher levels, and a slot has many blocks."""


class RunWriter:
    """Writes one run; nothing is on disk until ``create`` succeeded."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        """Take over an open database; use ``create``."""
        self._connection = connection
        self.folder = folder
        self._event_count = 0

    @classmethod
    def create(cls, folder: Path, meta: Mapping[str, Any], scripts: Iterable[bytes] = ()) -> Self:
        """Make the run folder and its database.

        Args:
            folder: New or empty, or one that ``clear_run_folder`` has cleared.
            meta: What identifies the run; values are kept as JSON.
            scripts: Code of the scripts that may be registered.

        Raises:
            RunFolderError: The folder cannot be made or written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with ExitStack() as opened:
                connection = sqlite3.connect(folder / DATABASE_NAME)
                opened.callback(connection.close)
                # One writer, readers at any time; a lost power supply may cost the last slots,
                # never consistency.
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = OFF")
                connection.executescript(_SCHEMA)
                writer = cls(connection, folder)
                writer.add_scripts(scripts)
                writer.set_meta({**meta, "schema": SCHEMA_VERSION, "status": RUNNING, "slot": 0})
                opened.pop_all()
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or error
            raise RunFolderError(f"{folder}: cannot be written: {reason}") from error
        return writer

    def write_slot(self, slot: int, events: Iterable[Event]) -> None:
        """Keep everything that happened in one slot.

        Raises:
            RunFolderError: The disk is full, or the folder has gone.
        """
        numbered = list(enumerate(events, self._event_count + 1))
        blocks = ((key, event) for key, event in numbered if isinstance(event, ShardBlockAccepted))
        with self._guard(), self._connection:
            self._connection.executemany(
                "INSERT INTO events (id, slot, chain, kind, deposit, details) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [(key, *_encode_row(event)) for key, event in numbered],
            )
            self._connection.executemany(
                "INSERT INTO shard_blocks (event, data, is_packed, deposits, deposit_count) "
                "VALUES (?, ?, ?, ?, ?)",
                [(key, *_encode_block(event)) for key, event in blocks],
            )
            self._put_meta({"slot": slot})
        self._event_count += len(numbered)

    def add_scripts(self, codes: Iterable[bytes]) -> None:
        """Keep the code of scripts, each once."""
        with self._guard(), self._connection:
            self._connection.executemany(
                "INSERT OR IGNORE INTO scripts (hash, code) VALUES (?, ?)",
                [(hashlib.sha256(code).hexdigest(), code) for code in codes],
            )

    def set_meta(self, values: Mapping[str, Any]) -> None:
        """Add or replace what is known about the run."""
        with self._guard(), self._connection:
            self._put_meta(values)

    def finish(self, status: str, metrics: Mapping[str, float], meta: Mapping[str, Any]) -> None:
        """Write the results and say how the run ended."""
        with self._guard(), self._connection:
            self._connection.executemany(
                "INSERT INTO metrics (name, value) VALUES (?, ?)", sorted(metrics.items())
            )
            self._put_meta({**meta, "status": status})

    def close(self) -> None:
        """Close the database; a plain file is left, or one with side files if somebody reads it."""
        with self._guard():
            with suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA journal_mode = DELETE")
            self._connection.close()

    def _put_meta(self, values: Mapping[str, Any]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
            [(key, json.dumps(value, sort_keys=True)) for key, value in values.items()],
        )

    def _guard(self) -> "_Guard":
        return _Guard(self.folder)


class _Guard:
    """Turns database trouble into an error that names the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise RunFolderError(f"{self._folder}: cannot be written: {error}") from error


class RunReader:
    """Reads a run, complete or not."""

    def __init__(self, folder: Path) -> None:
        """Open a run folder, or its database.

        Raises:
            RunFolderError: There is no run, or not one that this version can read.
        """
        self.path = folder / DATABASE_NAME if folder.is_dir() else folder
        if not self.path.is_file():
            raise RunFolderError(f"{folder}: holds no run (no {DATABASE_NAME})")
        with ExitStack() as opened:
            try:
                uri = f"{self.path.resolve().as_uri()}?mode=ro"
                self._connection = sqlite3.connect(uri, uri=True)
                opened.callback(self._connection.close)
                self.meta = self._read_meta()
            except (sqlite3.Error, ValueError) as error:
                raise RunFolderError(f"{self.path}: not a run database: {error}") from error
            if self.meta.get("schema") != SCHEMA_VERSION:
                raise RunFolderError(f"{self.path}: written by another version of shardlab")
            opened.pop_all()

    @property
    def is_complete(self) -> bool:
        """Tell whether the run reached its end."""
        return bool(self.meta["status"] == COMPLETE)

    def read_metrics(self) -> dict[str, float]:
        """Return the metrics; none if the run did not reach its end."""
        return dict(self._query("SELECT name, value FROM metrics ORDER BY name"))

    def read_script(self, code_hash: str) -> bytes:
        """Return the code of a script.

        Args:
            code_hash: sha256 of the code, hex.

        Raises:
            RunFolderError: The run does not hold it.
        """
        for (code,) in self._query("SELECT code FROM scripts WHERE hash = ?", code_hash):
            return bytes(code)
        raise RunFolderError(f"{self.path}: does not hold the script {code_hash}")

    def read_events(
        self,
        kind: str | None = None,
        deposit: int | None = None,
        chains: Sequence[str] = (),
    ) -> Iterator[Event]:
        """Return what happened, in order: all of it, or only what meets every condition.

        Args:
            kind: Of one kind.
            deposit: Of one deposit.
            chains: On one of these chains.
        """
        query = _SELECT_EVENTS
        conditions, values = [], list[Any]()
        if kind is not None:
            conditions.append("kind = ?")
            values.append(kind)
        if deposit is not None:
            conditions.append("deposit = ?")
            values.append(deposit)
        if chains:
            conditions.append(f"chain IN ({', '.join('?' * len(chains))})")
            values += chains
        if conditions:
            query += " WHERE " + " AND ".join(conditions)
        for slot, chain, row_kind, details, *block in self._query(f"{query} ORDER BY id", *values):
            contents = {} if block[0] is None else _decode_block(*block)
            yield EVENT_KINDS[row_kind](slot, chain, **json.loads(details), **contents)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def _read_meta(self) -> dict[str, Any]:
        with closing(self._connection.execute("SELECT key, value FROM meta")) as cursor:
            return {key: json.loads(value) for key, value in cursor}

    def _query(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        try:
            with closing(self._connection.execute(query, values)) as cursor:
                yield from cursor
        except sqlite3.Error as error:
            raise RunFolderError(f"{self.path}: cannot be read: {error}") from error


def clear_run_folder(folder: Path) -> None:
    """Remove a run's own files from a folder, and nothing else.

    Raises:
        RunFolderError: The files cannot be removed.
    """
    try:
        for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm", REPORT_NAME):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise RunFolderError(f"{folder}: cannot be cleared: {error.strerror}") from error


def _encode_row(event: Event) -> tuple[int, str, str, int | None, str]:
    details = event.get_details()
    return (
        event.slot,
        event.chain,
        event.kind,
        details.get("deposit") if event.kind.startswith("deposit_") else None,
        _ENCODER.encode(details),
    )


def _encode_block(block: ShardBlockAccepted) -> tuple[bytes, bool, bytes, int]:
    packed = zlib.compress(block.data, _PACK_LEVEL)
    is_packed = len(packed) < len(block.data)
    data = packed if is_packed else block.data
    return data, is_packed, b"".join(block.pushed), len(block.pushed)


def _decode_block(data: bytes, is_packed: int, deposits: bytes, count: int) -> dict[str, Any]:
    """Return the fields of an event that its details leave out."""
    size_bytes = len(deposits) // count if count else 0
    return {
        "data": zlib.decompress(data) if is_packed else data,
        "pushed": tuple(
            deposits[position * size_bytes : (position + 1) * size_bytes]
            for position in range(count)
        ),
    }
