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
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

from simulator.errors import RunFolderError
from simulator.events import Event, ShardBlockAccepted
from simulator.stored_events import decode_event, parse_json
from simulator.stored_meta import Settings, find_problem

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

_NOT_SHOWN: Final = "not a run that this version can show"
_SELECT_TABLES: Final = "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL"

_MAX_VALUE_BYTES: Final = 16_000_000
"""Of one text or blob: more than code, data, or what identifies a run ever take."""

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
                self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
                self._connection.execute("PRAGMA trusted_schema = OFF")
                tables = self._read_tables()
                self.meta = self._read_meta(tables)
            except (sqlite3.Error, ValueError) as error:
                raise RunFolderError(f"{self.path}: not a run database: {error}") from error
            if self.meta.get("schema") != SCHEMA_VERSION:
                raise RunFolderError(f"{self.path}: written by another version of shardlab")
            if tables != _get_own_tables():
                raise RunFolderError(f"{self.path}: not a run database: its tables are not a run's")
            problem = find_problem(self.meta)
            if problem:
                raise RunFolderError(f"{self.path}: {_NOT_SHOWN}: {problem}")
            opened.pop_all()

    @property
    def is_complete(self) -> bool:
        """Tell whether the run reached its end."""
        return bool(self.meta["status"] == COMPLETE)

    def read_metrics(self) -> dict[str, float]:
        """Return the metrics; none if the run did not reach its end.

        Raises:
            RunFolderError: They are no numbers.
        """
        metrics = dict(self._query("SELECT name, value FROM metrics ORDER BY name"))
        for name, value in metrics.items():
            if not isinstance(name, str) or not isinstance(value, int | float):
                raise RunFolderError(f"{self.path}: {_NOT_SHOWN}: not a metric: {name!r}")
        return metrics

    def read_script(self, code_hash: str) -> bytes:
        """Return the code of a script.

        Args:
            code_hash: sha256 of the code, hex.

        Raises:
            RunFolderError: The run does not hold it, or another under its name.
        """
        for (code,) in self._query("SELECT code FROM scripts WHERE hash = ?", code_hash):
            if isinstance(code, bytes) and hashlib.sha256(code).hexdigest() == code_hash:
                return code
            raise RunFolderError(f"{self.path}: holds other code as the script {code_hash}")
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
            contents = None if block == [None] * len(block) else block
            try:
                yield decode_event(row_kind, slot, chain, details, contents)
            except ValueError as error:
                raise RunFolderError(f"{self.path}: {_NOT_SHOWN}: {error}") from error

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def _read_tables(self) -> dict[str, tuple[str, str]]:
        """Return what makes each table and index: a view or a trigger could do anything."""
        with closing(self._connection.execute(_SELECT_TABLES)) as cursor:
            return {name: (kind, sql) for name, kind, sql in cursor}

    def _read_meta(self, tables: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        if tables.get("meta") != _get_own_tables()["meta"]:
            raise ValueError("it has no table of a run's settings")
        with closing(self._connection.execute("SELECT key, value FROM meta")) as cursor:
            values = {key: parse_json(value) for key, value in cursor}
        return Settings(values, self.path)

    def _query(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with ExitStack() as opened:
            try:
                cursor = self._connection.execute(query, values)
                opened.callback(_close, cursor)
                for row in cursor:  # noqa: UP028 - that would close the cursor, too
                    yield row
            except sqlite3.Error as error:
                raise RunFolderError(f"{self.path}: cannot be read: {error}") from error


def _close(cursor: sqlite3.Cursor) -> None:
    with suppress(sqlite3.ProgrammingError):  # of a reader who has closed the database first
        cursor.close()


@cache
def _get_own_tables() -> Mapping[str, tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA)
        return {name: (kind, sql) for name, kind, sql in connection.execute(_SELECT_TABLES)}


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
