"""Reading a run, complete or not, also while it is written.

Source:
    Ours.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

from simulator.errors import RunFolderError
from simulator.events import EVENT_KINDS, Event
from simulator.store.opening import open_database
from simulator.store.schema import COMPLETE, DATABASE_NAME, SCHEMA_VERSION

_SELECT_EVENTS: Final = """
SELECT slot, chain, kind, details, data, is_packed, deposits, deposit_count
FROM events LEFT JOIN shard_blocks ON event = id
"""


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
                self.meta = self._read_meta()
            except (sqlite3.Error, OSError, ValueError) as error:
                raise RunFolderError(f"{self.path}: not a run database: {error}") from error
            if self.meta.get("schema") != SCHEMA_VERSION:
                raise RunFolderError(f"{self.path}: written by another version of shardlab")
            self._opened = opened.pop_all()

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
        self._opened.close()

    def _read_meta(self) -> dict[str, Any]:
        with closing(self._connection.execute("SELECT key, value FROM meta")) as cursor:
            return {key: json.loads(value) for key, value in cursor}

    def _query(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        try:
            with closing(self._connection.execute(query, values)) as cursor:
                yield from cursor
        except sqlite3.Error as error:
            raise RunFolderError(f"{self.path}: cannot be read: {error}") from error


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
