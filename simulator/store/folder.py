"""The folder of a run: who may write in it, and what of it is the run's own.

Source:
    Ours.
"""

from pathlib import Path
from typing import Final

from simulator.errors import RunFolderError
from simulator.locks import FolderLock
from simulator.store.schema import (
    CHECKPOINT_DRAFT_NAME,
    CHECKPOINT_NAME,
    DATABASE_NAME,
    INDEX_NAME,
    LOG_NAME,
    REPORT_NAME,
)

_OWN_FILES: Final = (
    DATABASE_NAME,
    LOG_NAME,
    INDEX_NAME,
    REPORT_NAME,
    CHECKPOINT_NAME,
    CHECKPOINT_DRAFT_NAME,
)


def lock_run_folder(folder: Path) -> FolderLock:
    """Keep other programs from writing this run, until this one lets go or ends in any way.

    Raises:
        OSError: There is no such folder, or it cannot be read.
        RunFolderError: Another program writes the run now.
    """
    lock = FolderLock(folder)
    if not lock.is_held:
        raise RunFolderError(f"{folder}: another program writes this run now")
    return lock


def clear_run_folder(folder: Path) -> None:
    """Remove a run's own files from a folder, and nothing else.

    Raises:
        RunFolderError: The files cannot be removed, or another program writes them now.
    """
    try:
        lock = lock_run_folder(folder)
        try:
            for name in _OWN_FILES:
                (folder / name).unlink(missing_ok=True)
        finally:
            lock.release()
    except OSError as error:
        raise RunFolderError(f"{folder}: cannot be cleared: {error.strerror}") from error
