"""Making report pages of run folders.

Source:
    Ours.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.errors import UserError
from simulator.page_file import validate_page_target
from simulator.store import COMPLETE, RUNNING, RunReader


def make_report(runs: Sequence[Path], out: Path, *, force: bool) -> Path:
    """Write the page of some runs; say on stderr which of them did not reach their end.

    Args:
        runs: Run folders.
        out: The page.
        force: Whether to replace a file that is not such a page.

    Returns:
        The page.

    Raises:
        UserError: A run cannot be shown or is given twice, or the page cannot be written.
    """
    from simulator.report.page import write_page  # noqa: PLC0415 - only where it is used

    _validate_differ(runs)
    validate_page_target(out, force=force)
    unfinished = [note for folder in runs if (note := _describe_early_end(folder))]
    page = write_page(runs, out)
    for note in unfinished:
        sys.stderr.write(f"warning: {note}\n")
    return page


def _validate_differ(runs: Sequence[Path]) -> None:
    seen: dict[Path, Path] = {}
    for folder in runs:
        first = seen.setdefault(folder.resolve(), folder)
        if first is not folder:
            raise UserError(f"{folder}: the run is given twice; each needs to be named once")


def _describe_early_end(folder: Path) -> str:
    """Return how far an unfinished run came, nothing of a complete one."""
    reader = RunReader(folder)
    try:
        meta = reader.meta
    finally:
        reader.close()
    status = meta.get("status")
    if status == COMPLETE:
        return ""
    how = "is not finished" if status == RUNNING else f"was {status}"
    slots = f"after slot {meta.get('slot')} of {meta.get('slots')}"
    return f"{folder}: the run {how}: the page shows it as it stood {slots}"
