"""Writing a run, from its first slot or from where an earlier program left it.

Source:
    Ours.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from simulator.errors import RunFolderError
from simulator.events import Event
from simulator.store.rows import RowDigest, SlotRows, encode_slot, find_difference
from simulator.store.schema import (
    CHECKPOINT_DRAFT_NAME,
    CHECKPOINT_NAME,
    DATABASE_NAME,
    LOG_NAME,
    RUNNING,
    SCHEMA_VERSION,
)
from simulator.store.tables import RunTables, name_trouble


class RunWriter:
    """Writes one run; nothing is on disk until ``create`` succeeded.

    A run that goes on is simulated again as far as it was recorded: then nothing is written, and
    what happens is compared with what is there.

    Attributes:
        folder: The run folder.
        recorded_slot: The last slot that an earlier program wrote.
        slot: The last slot that was written or compared.
    """

    def __init__(self, tables: RunTables, folder: Path, recorded_slot: int | None = None) -> None:
        """Take over an open database; use ``create`` or ``reopen``.

        Args:
            tables: Of the run.
            folder: The run folder.
            recorded_slot: The last slot that is there already, None for a new run.
        """
        self._tables = tables
        self._digest = RowDigest()
        self._added: list[str] = []
        self._continues = recorded_slot is not None
        self.folder = folder
        self.recorded_slot = recorded_slot or 0
        self.slot = 0

    @classmethod
    def create(cls, folder: Path, meta: Mapping[str, Any], scripts: Iterable[bytes] = ()) -> Self:
        """Make the run folder and its database.

        Args:
            folder: New or empty, or one that ``clear_run_folder`` has cleared.
            meta: What identifies the run; values are kept as JSON.
            scripts: Code of the scripts that may be registered.

        Raises:
            RunFolderError: The folder cannot be made or written, or another program does so.
        """
        with name_trouble(folder):
            folder.mkdir(parents=True, exist_ok=True)
            tables = RunTables.open(folder)
            try:
                state = {"schema": SCHEMA_VERSION, "status": RUNNING, "slot": 0}
                tables.create({**meta, **state}, scripts)
            except BaseException:
                tables.abandon()
                raise
        return cls(tables, folder)

    @classmethod
    def reopen(cls, folder: Path) -> Self:
        """Open the database of a run that goes on.

        Raises:
            RunFolderError: It cannot be written, holds other tables than ours, or another program
                writes it now.
        """
        with name_trouble(folder):
            tables = RunTables.open(folder)
            try:
                slot = _find_recorded_slot(tables, folder)
            except BaseException:
                tables.abandon()
                raise
        return cls(tables, folder, slot)

    @property
    def is_behind(self) -> bool:
        """Tell whether there is more in the database than was simulated here."""
        return self.slot < self.recorded_slot

    def write_slot(self, slot: int, events: Iterable[Event]) -> None:
        """Keep everything that happened in one slot; or compare it with what was kept.

        Raises:
            RunFolderError: The disk is full, or the folder has gone, or something else happened
                than what was kept.
        """
        rows = encode_slot(events, self._digest.event_count + 1)
        with name_trouble(self.folder):
            if self.is_behind:
                self._compare(slot, rows)
            else:
                self._append(slot, rows)
        self._digest.add(rows)
        self.slot = slot

    def _append(self, slot: int, rows: SlotRows) -> None:
        self._check_all_was_met()
        with self._tables.change():
            self._tables.put_rows(rows)
            self._tables.put_meta({"slot": slot})
            if self._continues:
                self._tables.forget_ending()
                self._tables.put_meta({"status": RUNNING})
        self._continues = False

    def _compare(self, slot: int, rows: SlotRows) -> None:
        difference = find_difference(self._tables.read_slot(slot, rows), rows)
        if difference is not None:
            raise self._complain(f"slot {slot}: {difference}")

    def _check_all_was_met(self) -> None:
        """Refuse to go on behind rows that no slot accounts for."""
        met = self._digest.event_count, self._digest.block_count
        if self._continues and self._tables.count_rows() != met:
            raise self._complain(f"there is more than what happened up to slot {self.slot}")

    def _complain(self, difference: str) -> RunFolderError:
        return RunFolderError(
            f"{self.folder / DATABASE_NAME}: is not what this version simulates: {difference}; "
            "it was damaged, or written by another version"
        )

    def compute_digest(self) -> bytes:
        """Return what all rows up to here are known by."""
        return self._digest.compute()

    def list_added_scripts(self) -> tuple[str, ...]:
        """Return the hashes of all scripts that were added up to here."""
        return tuple(self._added)

    def skip(self, slot: int, digest: bytes, scripts: Sequence[str]) -> bool:
        """Take the first slots as they are, if they are known by a digest.

        Args:
            slot: The last of them.
            digest: What ``compute_digest`` returned behind that slot.
            scripts: What ``list_added_scripts`` did.

        Returns:
            Whether they were taken.

        Raises:
            RunFolderError: The database cannot be read.
        """
        if slot > self.recorded_slot:
            return False
        found = RowDigest()
        with name_trouble(self.folder):
            last = self._tables.find_last_event(slot)
            for row in self._tables.stream_events(last):
                found.add_event(row)
            for block in self._tables.stream_blocks(last):
                found.add_block(block)
            is_whole = all(
                _compute_hash(self._tables.read_script(name)) == name for name in scripts
            )
        if not is_whole or found.compute() != digest:
            return False
        self._digest, self._added, self.slot = found, list(scripts), slot
        return True

    def add_scripts(self, codes: Iterable[bytes]) -> None:
        """Keep the code of scripts, each once; or see that those of recorded slots are there.

        Raises:
            RunFolderError: As for ``write_slot``.
        """
        known = list(codes)
        with name_trouble(self.folder), self._tables.change():
            if self._continues:
                self._compare_scripts(known)
            self._tables.put_scripts(known)
        self._added += map(_compute_hash, known)

    def _compare_scripts(self, codes: Iterable[bytes]) -> None:
        for code in codes:
            code_hash = _compute_hash(code)
            kept = self._tables.read_script(code_hash)
            # Those of the next slot may be there already: they are written before it.
            if kept != code and (kept is not None or self.is_behind):
                raise self._complain(f"slot {self.slot + 1}: the script {code_hash} differs")

    def set_meta(self, values: Mapping[str, Any]) -> None:
        """Add or replace what is known about the run."""
        with name_trouble(self.folder), self._tables.change():
            self._tables.put_meta(values)

    def finish(self, status: str, metrics: Mapping[str, float], meta: Mapping[str, Any]) -> None:
        """Write the results and say how the run ended, instead of what was said before."""
        with name_trouble(self.folder):
            self._check_all_was_met()
            with self._tables.change():
                self._tables.forget_ending()
                self._tables.put_metrics(metrics)
                self._tables.put_meta({**meta, "status": status})
        self._continues = False

    def close(self) -> None:
        """Close the database; a plain file is left, or one with side files if somebody reads it."""
        with name_trouble(self.folder):
            self._tables.close()

    def abandon(self) -> None:
        """Close the database as it is, whatever the trouble with it."""
        self._tables.abandon()


def tidy_run_folder(folder: Path) -> None:
    """Remove what a program left beside a run's results that was killed behind its last word.

    Raises:
        RunFolderError: The folder cannot be written, or another program writes it now.
    """
    with name_trouble(folder):
        left = [folder / name for name in (CHECKPOINT_NAME, CHECKPOINT_DRAFT_NAME, LOG_NAME)]
        if any(path.exists() for path in left):
            RunWriter.reopen(folder).close()
            for path in left[:2]:
                path.unlink(missing_ok=True)


def _compute_hash(code: object) -> str:
    """Return the hash of a script, or nothing's of what is none."""
    return hashlib.sha256(code).hexdigest() if isinstance(code, bytes) else ""


def _find_recorded_slot(tables: RunTables, folder: Path) -> int:
    slot = tables.read_meta("slot") if tables.are_ours() else None
    if type(slot) is not int:
        raise RunFolderError(f"{folder / DATABASE_NAME}: has not the tables of a run")
    return slot
