"""Run folders: which one a run takes, and what is said of one that holds a run.

Source:
    Ours.
"""

from contextlib import closing
from itertools import count
from pathlib import Path
from shlex import quote
from typing import Any

from simulator.errors import RunFolderError
from simulator.store import COMPLETE, DATABASE_NAME, RUNNING, RunReader, clear_run_folder


def choose_run_folder(out: Path | None, name: str, *, force: bool) -> Path:
    """Return where a run goes: the wanted folder if it is free, else the next free number.

    Raises:
        RunFolderError: It is in use, or no folder.

    Source:
        Ours.
    """
    if out is None:
        first = Path("runs") / name
        later = (Path("runs") / f"{name}-{number}" for number in count(2))
        return first if not first.exists() else next(path for path in later if not path.exists())
    if out.exists() and not out.is_dir():
        raise RunFolderError(f"{out}: is not a folder")
    if out.is_dir() and any(out.iterdir()):
        if not (force and (out / DATABASE_NAME).exists()):
            raise RunFolderError(f"{out}: {_tell_what_is_in(out)}")
        clear_run_folder(out)
    return out


def _tell_what_is_in(folder: Path) -> str:
    """Return why a folder cannot be used as it is, and what to do."""
    if not (folder / DATABASE_NAME).exists():
        return "is not empty, and holds no run; name another folder"
    meta = _read_meta(folder)
    if meta is None or meta["status"] == COMPLETE:
        return "holds a run already; use --force to replace it, or name another folder"
    how = "is not finished" if meta["status"] == RUNNING else f"was {meta['status']}"
    return (
        f"holds a run that {how} after slot {meta['slot']:,} of {meta['slots']:,}; "
        f"`shardlab resume {quote(str(folder))}` goes on with it, --force replaces it"
    )


def tell_what_is_kept(folder: Path) -> str:
    """Return what an interrupted run left behind, and what can be done with it.

    Source:
        Ours.
    """
    meta = _read_meta(folder)
    if meta is None:
        return "interrupted before the first slot; nothing is kept"
    slot, slots = meta["slot"], meta["slots"]
    if not slot:
        return f"interrupted before slot 1 of {slots:,} was over; {folder} holds no slots"
    kept = "slot 1 is" if slot == 1 else f"slots 1 to {slot:,} are"
    name = quote(str(folder))
    return (
        f"interrupted after slot {slot:,} of {slots:,}; {kept} kept in {folder}\n"
        f"`shardlab resume {name}` goes on from there; `shardlab report {name}` shows them"
    )


def _read_meta(folder: Path) -> dict[str, Any] | None:
    """Return what a run folder's database says about the run, None if it says nothing."""
    try:
        with closing(RunReader(folder)) as reader:
            return reader.meta if {"slot", "slots", "status"} <= reader.meta.keys() else None
    except RunFolderError:
        return None
