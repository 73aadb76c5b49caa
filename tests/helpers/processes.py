"""Waiting for processes: never for a time, always until something is so.

A busy machine may take a hundred times as long as an idle one, so nothing here fails before the
test itself would.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from simulator.store import RunReader

PATIENCE_SECONDS: Final = 500
"""How long anything may take: a little less than a test."""


def get_unmeasured_environment() -> dict[str, str]:
    """Return what a process needs in order to import nothing for ``make coverage``."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be so"
        time.sleep(0.05)


def is_running(process_id: int) -> bool:
    """Tell whether a process runs; one that has ended and was not waited for does not."""
    with suppress(OSError):
        state = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1]
        return state.split()[0] != "Z"
    return False


def wait_until_ended(process_ids: list[int]) -> None:
    wait_until(lambda: not any(map(is_running, process_ids)))


def list_children(process_id: int) -> list[int]:
    listed = Path(f"/proc/{process_id}/task/{process_id}/children")
    return list(map(int, listed.read_text(encoding="utf-8").split()))


def list_workers(process_id: int) -> list[int]:
    """Return the children of a process that ``multiprocessing`` made to do work."""
    found = []
    for child in list_children(process_id):
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


def list_own_workers() -> list[int]:
    return list_workers(os.getpid())


def is_at_work(process_id: int) -> bool:
    """Tell whether a worker got as far as its job: then a thread of its follows the parent."""
    with suppress(OSError):
        return len(list(Path(f"/proc/{process_id}/task").iterdir())) > 1
    return False


def has_slots(folder: Path) -> bool:
    """Tell whether a run under way has written some slots: a reader may look at any time."""
    if not (folder / "run.db").exists():
        return False
    try:
        reader = RunReader(folder)
    except Exception:  # noqa: BLE001 - the database is just being made
        return False
    slot = reader.meta["slot"]
    reader.close()
    return bool(slot >= 5)
