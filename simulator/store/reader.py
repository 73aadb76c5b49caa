"""Reading a run, complete or not, also while it is written.

Source:
    Ours.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from simulator.bounded_json import parse_json
from simulator.errors import RunFolderError
from simulator.events import Event
from simulator.store.opening import open_database
from simulator.store.schema import COMPLETE, DATABASE_NAME, SCHEMA, SCHEMA_VERSION
from simulator.stored_events import decode_event
from simulator.stored_meta import Settings, find_problem

_SELECT_EVENTS: Final = """
SELECT slot, chain, kind, details, data, is_packed, deposits, deposit_count
FROM events LEFT JOIN shard_blocks ON event = id
"""

_NOT_SHOWN: Final = "not a run that this version can show"
_SELECT_TABLES: Final = "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL"

_MAX_VALUE_BYTES: Final = 16_000_000
"""Of one text or blob: more than code, data, or what identifies a run ever take."""


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
                self._connection = open_database(self.path, opened)
                self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
                self._connection.execute("PRAGMA trusted_schema = OFF")
                tables = self._read_tables()
                self.meta = self._read_meta(tables)
            except (sqlite3.Error, OSError, ValueError) as error:
                raise RunFolderError(f"{self.path}: not a run database: {error}") from error
            if self.meta.get("schema") != SCHEMA_VERSION:
                raise RunFolderError(f"{self.path}: written by another version of shardlab")
            if tables != _get_own_tables():
                raise RunFolderError(f"{self.path}: not a run database: its tables are not a run's")
            problem = find_problem(self.meta)
            if problem:
                raise RunFolderError(f"{self.path}: {_NOT_SHOWN}: {problem}")
            self._opened = opened.pop_all()

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
        self._opened.close()

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
        connection.executescript(SCHEMA)
        return {name: (kind, sql) for name, kind, sql in connection.execute(_SELECT_TABLES)}
