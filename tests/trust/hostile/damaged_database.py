"""Damage to a run database: to its bytes, to its tables, and to what they say."""

import json
import sqlite3
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

_PAGE: Final = 4096
_BOMB_BYTES: Final = 200_000_000

_VALUES: Final[tuple[Any, ...]] = (
    None,
    -1,
    0,
    1,
    2**31,
    2**63 - 1,
    -(2**63),
    2**64,
    10**400,
    1.5,
    1e308,
    True,
    "",
    "x",
    "x" * 100_000,
    "\x1b[31m",
    "\ud800",
    "../x",
    [],
    [1],
    {},
    {"a": 1},
    [[]] * 9,
    10_000_001,
    4096,
    65_536,
    "00" * 32,
    "zz",
    "shard 9",
    "beacon",
    "settled",
    "complete",
)
_JSON: Final = (
    "",
    "{",
    "[]",
    "null",
    "5",
    '"x"',
    "NaN",
    '{"a": NaN}',
    "[" * 100_000,
    '{"a":' * 5000,
    "9" * 5000,
    "\0",
    "{}",
    '{"slot": 5}',
    '{"data": 5}',
    '{"chain": "x"}',
    "\x1b",
)
_META: Final = (
    "title",
    "scenario",
    "seed",
    "slots",
    "slot",
    "status",
    "config",
    "overrides",
    "costs",
    "scripts",
    "versions",
    "findings",
    "expectations",
    "schema",
    "reason",
)
_TABLES: Final = ("meta", "events", "shard_blocks", "scripts", "metrics")
_STATEMENTS: Final = (
    "DROP TABLE {table}",
    "ALTER TABLE {table} RENAME TO other",
    "ALTER TABLE {table} ADD COLUMN more",
    "DELETE FROM {table}",
    "DELETE FROM {table} WHERE abs(random()) % 2",
    "CREATE TABLE more (x)",
    "CREATE INDEX more ON events (kind)",
    "DROP INDEX events_by_slot",
    "CREATE TRIGGER more AFTER INSERT ON events BEGIN SELECT 1; END",
    "CREATE VIEW more AS SELECT 1",
    (
        "DROP TABLE {table}; CREATE VIEW {table} AS WITH RECURSIVE c (key) AS "
        "(SELECT 1 UNION ALL SELECT key + 1 FROM c) "
        "SELECT key, randomblob(1000000000) AS value FROM c"
    ),
    (
        "DROP TABLE metrics; CREATE TABLE metrics (name TEXT, value NUMERIC GENERATED ALWAYS AS "
        "(zeroblob(900000000)))"
    ),
    (
        "DROP TABLE events; "
        "CREATE VIRTUAL TABLE events USING fts5 (slot, chain, kind, deposit, details)"
    ),
    "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'nonsense' WHERE name = '{table}'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 2",
    "PRAGMA user_version = 99",
    "PRAGMA journal_mode = WAL",
    "PRAGMA encoding = 'UTF-16'; VACUUM",
    "UPDATE events SET kind = 'from_the_future' WHERE id = {id}",
    "UPDATE events SET kind = (SELECT kind FROM events WHERE id = {other}) WHERE id = {id}",
    "UPDATE events SET slot = {number} WHERE id = {id}",
    "UPDATE events SET chain = 'shard {number}' WHERE id = {id}",
    "UPDATE events SET deposit = {id} WHERE id = {other}",
    "UPDATE events SET details = x'ff00ff' WHERE id = {id}",
    "UPDATE events SET details = zeroblob(100000000) WHERE id = {id}",
    "UPDATE events SET id = id + {number} WHERE id = {id}",
    "DELETE FROM events WHERE id = {id}",
    "DELETE FROM events WHERE kind = 'deposit_created'",
    "DELETE FROM events WHERE kind LIKE 'script%'",
    "INSERT INTO events SELECT id + 1000, slot, chain, kind, deposit, details FROM events",
    "UPDATE shard_blocks SET deposit_count = {number}",
    "UPDATE shard_blocks SET is_packed = 1 - is_packed",
    "UPDATE shard_blocks SET data = randomblob(50), is_packed = 1",
    "UPDATE shard_blocks SET data = 'text', deposits = 5",
    "UPDATE shard_blocks SET data = zeroblob(50000000), is_packed = 0",
    "UPDATE shard_blocks SET event = {id} WHERE event = (SELECT max(event) FROM shard_blocks)",
    "UPDATE scripts SET code = randomblob(50)",
    "UPDATE scripts SET code = 5",
    "UPDATE metrics SET value = 'x'",
    "UPDATE metrics SET name = x'ff', value = 9e999",
)


def damage_database(data: bytes, rng: Random) -> tuple[str, bytes]:
    """Return the name of a damage, and a database that has it."""
    damage = rng.choice(_DAMAGES)
    return damage.__name__.strip("_"), damage(data, rng)


def _flip_bits(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 4, 32, 500))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _flip_in_header(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    changed[rng.choice((rng.randrange(100), 100 + rng.randrange(12)))] = rng.randrange(256)
    return bytes(changed)


def _truncate(data: bytes, rng: Random) -> bytes:
    pages = rng.randrange(len(data) // _PAGE)
    return data[: rng.choice((pages * _PAGE, rng.randrange(len(data)), 0, 16, 100))]


def _change_page(data: bytes, rng: Random) -> bytes:
    pages = [data[at : at + _PAGE] for at in range(0, len(data), _PAGE)]
    one, other = rng.randrange(len(pages)), rng.randrange(len(pages))
    replacements = (pages[other], bytes(_PAGE), b"\xff" * _PAGE, rng.randbytes(_PAGE))
    pages[one] = rng.choice(replacements)
    return b"".join(pages)


def _replace_all(data: bytes, rng: Random) -> bytes:
    return rng.choice(
        (
            b"",
            b"SQLite format 3\0",
            rng.randbytes(5000),
            b"not a database",
            data * 2,
            b"\0" * _PAGE,
            data[:_PAGE] + rng.randbytes(5 * _PAGE),
        )
    )


def _run_statement(data: bytes, rng: Random) -> bytes:
    statement = rng.choice(_STATEMENTS)
    numbers = (-1, 0, 1, 7, 1000, 4096, 10**7 + 1, 2**31, 2**62)
    filled = statement.format(
        table=rng.choice(_TABLES),
        id=rng.randint(1, 80),
        other=rng.randint(1, 80),
        number=rng.choice(numbers),
    )
    return _change(data, lambda connection: connection.executescript(filled))


def _change_details(data: bytes, rng: Random) -> bytes:
    def change(connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT id, details FROM events").fetchall()
        number, details = rng.choice(rows)
        fields = json.loads(details)
        name = rng.choice([*fields, "more"])
        if rng.random() < 0.2:
            fields.pop(name, None)
        else:
            fields[name] = rng.choice(_VALUES)
        text = rng.choice((json.dumps(fields),) * 4 + (rng.choice(_JSON),))
        connection.execute("UPDATE events SET details = ? WHERE id = ?", (text, number))

    return _change(data, change)


def _change_meta(data: bytes, rng: Random) -> bytes:
    def change(connection: sqlite3.Connection) -> None:
        key = rng.choice(_META)
        value = json.dumps(rng.choice(_VALUES))
        found = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        whole = json.loads(found[0]) if found else None
        if isinstance(whole, dict) and whole and rng.random() < 0.7:
            whole[rng.choice(list(whole))] = rng.choice(_VALUES)
            value = json.dumps(whole)
        elif rng.random() < 0.2:
            value = rng.choice(_JSON)
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    return _change(data, change)


def _pack_bombs(data: bytes, rng: Random) -> bytes:
    packer = zlib.compressobj(9)
    zeros = bytes(1_000_000)
    size = rng.choice((5_000_000, _BOMB_BYTES))
    packed = b"".join(packer.compress(zeros) for _ in range(size // len(zeros))) + packer.flush()

    def change(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE shard_blocks SET is_packed = 1, data = ?", (packed,))

    return _change(data, change)


def _change(data: bytes, change: Callable[[sqlite3.Connection], object]) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "run.db"
        path.write_bytes(data)
        connection = sqlite3.connect(path)
        try:
            change(connection)
            connection.commit()
        except (sqlite3.Error, UnicodeEncodeError):
            connection.rollback()
        finally:
            connection.close()
        return path.read_bytes()


_DAMAGES: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    *(_flip_bits, _run_statement, _change_details, _change_meta) * 5,
    *(_flip_in_header, _truncate, _change_page) * 2,
    _replace_all,
    _pack_bombs,
)
"""Those that many readers get to see, more often."""
