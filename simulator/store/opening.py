"""Opening a run's database to read it, wherever it lies and whatever its writer left behind.

A database that is being written, or whose writer was killed, has its newest slots in a log
beside it, with an index that all who use it share. Where that index can be neither used nor made,
as in a read-only copy, nobody writes either: then a database without a log is read as it is, and
one with a log from a copy of both.

Source:
    Ours.
"""

import shutil
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from simulator.store.schema import INDEX_NAME, LOG_NAME

_UNUSABLE: Final = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
)
"""What SQLite says where it cannot make or use an index."""


def open_database(path: Path, opened: ExitStack) -> sqlite3.Connection:
    """Open a database for reading.

    Args:
        path: The file.
        opened: Is given all that is to be closed.

    Raises:
        sqlite3.Error: It is no database, or cannot be read.
        OSError: It would have to be copied, and cannot be.
    """
    try:
        return _open(path, "mode=ro", opened)
    except sqlite3.OperationalError as error:
        index, log = path.with_name(INDEX_NAME), path.with_name(LOG_NAME)
        if error.sqlite_errorcode & 0xFF not in _UNUSABLE or index.exists():
            raise
        if not log.exists() or not log.stat().st_size:
            return _open(path, "immutable=1", opened)
        folder = opened.enter_context(TemporaryDirectory(prefix="shardlab-"))
        copied = Path(folder) / path.name
        for source in (path, log):
            shutil.copyfile(source, copied.with_name(source.name))
        return _open(copied, "mode=ro", opened)


def _open(path: Path, how: str, opened: ExitStack) -> sqlite3.Connection:
    """Open a database, and read from it, as only then trouble shows."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)
    with ExitStack() as trying:
        trying.callback(connection.close)
        with closing(connection.execute("SELECT COUNT(*) FROM sqlite_master")) as cursor:
            [(tables,)] = cursor
        if not tables:
            raise sqlite3.DatabaseError("it holds nothing yet")
        trying.pop_all()
    opened.callback(connection.close)
    return connection
