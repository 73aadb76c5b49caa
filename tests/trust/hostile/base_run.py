"""A small run, and its database with other texts in it."""

import json
import shutil
import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from simulator.store import DATABASE_NAME
from tests.helpers.scenarios import build_journey, run_scenario

_TEXTS = frozenset({"script", "note", "event", "route", "sender", "recipient", "account", "rule",
    "reason", "error", "code", "block_root", "detail"})  # fmt: skip


@cache
def make_base_database() -> bytes:
    """Return the database of a run with a deposit on its way."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_scenario(build_journey(), folder, folder / "run")
        return (folder / "run" / DATABASE_NAME).read_bytes()


def write_database(folder: Path, data: bytes) -> Path:
    """Put a database into a run folder of its own; return the folder."""
    run = folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir()
    (run / DATABASE_NAME).write_bytes(data)
    return run


def rename_everything(database: Path, text: str) -> None:
    """Put a text wherever a run database has one that is free."""
    with sqlite3.connect(database) as connection:
        for key, value in (("title", text), ("scenario", text), ("findings", [text])):
            connection.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value))
            )
        rows = connection.execute("SELECT id, kind, details FROM events").fetchall()
        for number, kind, details in rows:
            fields = json.loads(details)
            for name in _TEXTS & fields.keys():
                if isinstance(fields[name], str) and not (
                    kind == "deposit_step" and name == "event"
                ):
                    fields[name] = text
            changed = (json.dumps(fields), number)
            connection.execute("UPDATE events SET details = ? WHERE id = ?", changed)
    connection.close()
