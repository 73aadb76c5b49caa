"""The run database: what happened and what came of it, in one SQLite file.

Events are written slot by slot, each slot in one transaction, so that a run which ends early
leaves a database that is consistent up to its last whole slot and says that it is incomplete.

Source:
    Ours.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Final, Self

from simulator.errors import RunFolderError
from simulator.events import EVENT_KINDS, Event

DATABASE_NAME: Final = "run.db"
REPORT_NAME: Final = "report.json"
SCHEMA_VERSION: Final = 1

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
CREATE TABLE metrics (name TEXT PRIMARY KEY, value NUMERIC NOT NULL) WITHOUT ROWID;
"""


class RunWriter:
    """Writes one run; nothing is on disk until ``create`` succeeded."""

    def __init__(self, connection: sqlite3.Connection, folder: Path) -> None:
        """Take over an open database; use ``create``."""
        self._connection = connection
        self.folder = folder

    @classmethod
    def create(cls, folder: Path, meta: Mapping[str, Any]) -> Self:
        """Make the run folder and its database.

        Args:
            folder: New or empty, or one that ``clear_run_folder`` has cleared.
            meta: What identifies the run; values are kept as JSON.

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
                writer.set_meta({**meta, "schema": SCHEMA_VERSION, "status": RUNNING, "slot": 0})
                opened.pop_all()
        except (OSError, sqlite3.Error) as error:
            raise RunFolderError(f"{folder}: cannot be written: {error}") from error
        return writer

    def write_slot(self, slot: int, events: Iterable[Event]) -> None:
        """Keep everything that happened in one slot.

        Raises:
            RunFolderError: The disk is full, or the folder has gone.
        """
        rows = [_encode_row(event) for event in events]
        with self._guard(), self._connection:
            self._connection.executemany(
                "INSERT INTO events (slot, chain, kind, deposit, details) VALUES (?, ?, ?, ?, ?)",
                rows,
            )
            self._put_meta({"slot": slot})

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

    def read_events(self, kind: str | None = None, deposit: int | None = None) -> Iterator[Event]:
        """Return what happened, in order: all of it, of one kind, or of one deposit."""
        query = "SELECT slot, chain, kind, details FROM events"
        conditions, values = [], list[Any]()
        if kind is not None:
            conditions.append("kind = ?")
            values.append(kind)
        if deposit is not None:
            conditions.append("deposit = ?")
            values.append(deposit)
        if conditions:
            query += " WHERE " + " AND ".join(conditions)
        for slot, chain, row_kind, details in self._query(query + " ORDER BY id", *values):
            yield EVENT_KINDS[row_kind](slot, chain, **json.loads(details))

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def _read_meta(self) -> dict[str, Any]:
        rows = list(self._query("SELECT key, value FROM meta"))
        return {key: json.loads(value) for key, value in rows}

    def _query(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with closing(self._connection.execute(query, values)) as cursor:
            yield from cursor


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
        json.dumps(details, sort_keys=True),
    )
