"""Names and tables of a run folder.

Source:
    Ours.
"""

from typing import Final

DATABASE_NAME: Final = "run.db"
LOG_NAME: Final = f"{DATABASE_NAME}-wal"
INDEX_NAME: Final = f"{DATABASE_NAME}-shm"
REPORT_NAME: Final = "report.json"
CHECKPOINT_NAME: Final = "checkpoint"
CHECKPOINT_DRAFT_NAME: Final = "checkpoint.new"

SCHEMA_VERSION: Final = 2

RUNNING: Final = "running"
COMPLETE: Final = "complete"
INTERRUPTED: Final = "interrupted"
FAILED: Final = "failed"

SCHEMA: Final = """
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
