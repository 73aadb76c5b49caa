"""The run database: what happened and what came of it, in one SQLite file.

Events are written slot by slot, each slot in one transaction, so that a run which ends early
leaves a database that is consistent up to its last whole slot and says that it is incomplete.
The bytes of shard blocks and of scripts are kept in tables of their own, so that a run folder
holds all that a replay needs; the scenario is kept too, so that the run can go on.

Source:
    Ours.
"""

from simulator.store.folder import clear_run_folder
from simulator.store.reader import RunReader
from simulator.store.schema import (
    CHECKPOINT_DRAFT_NAME,
    CHECKPOINT_NAME,
    COMPLETE,
    DATABASE_NAME,
    FAILED,
    INTERRUPTED,
    REPORT_NAME,
    RUNNING,
    SCHEMA_VERSION,
)
from simulator.store.writer import RunWriter, tidy_run_folder

__all__ = [
    "CHECKPOINT_DRAFT_NAME",
    "CHECKPOINT_NAME",
    "COMPLETE",
    "DATABASE_NAME",
    "FAILED",
    "INTERRUPTED",
    "REPORT_NAME",
    "RUNNING",
    "SCHEMA_VERSION",
    "RunReader",
    "RunWriter",
    "clear_run_folder",
    "tidy_run_folder",
]
