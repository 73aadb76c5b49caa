"""The journal of a sweep: every point that finished, one JSON document a line.

A line is on the disk before the next point is looked at. Whoever ends the program, and be it the
power, costs at most the line that was being written: a last line without its end is cut off when
the journal is opened again.

Source:
    Ours.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from simulator.bounded_json import parse_json
from simulator.errors import RunFolderError
from simulator.locks import lock_file
from simulator.sweep.results import PointResult

JOURNAL_NAME: Final = "journal.jsonl"
JOURNAL_FORMAT: Final = 1


class Journal:
    """What a journal says; ``open_journal`` gives one that can be written."""

    def __init__(self, path: Path, descriptor: int | None = None) -> None:
        """Name the file.

        Args:
            path: Of the journal.
            descriptor: The file opened for appending, if it may be written.
        """
        self._path = path
        self._descriptor = descriptor
        self._places: dict[str, int] = {}
        self._finished: set[str] = set()

    def load(self, owner: str) -> int:
        """Read what is there.

        Args:
            owner: The sweep file, as its folder sees it.

        Returns:
            The size of its whole lines, in bytes.

        Raises:
            RunFolderError: It belongs to another sweep file, or was damaged.
        """
        place = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n"):
                    self._read_line(number, line, place, owner)
                    place += len(line)
        return place

    def begin(self, owner: str) -> None:
        """Read what is there, cut off a line that was not finished, and begin a new journal.

        Raises:
            RunFolderError: As for ``load``, or it cannot be written.
        """
        size = self.load(owner)
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, size)
        if size == 0:
            self._append({"format": JOURNAL_FORMAT, "sweep": owner})

    def _read_line(self, number: int, line: bytes, place: int, owner: str) -> None:
        try:
            record = parse_json(line)
            if number > 1:
                self._note(PointResult.from_json(record), place)
                return
            form, sweep = record["format"], record["sweep"]
        except (ValueError, TypeError, KeyError) as error:
            raise RunFolderError(f"{self._path}:{number}: not a line of a journal") from error
        if form != JOURNAL_FORMAT:
            raise RunFolderError(f"{self._path}: another version of shardlab wrote it")
        if sweep != owner:
            raise RunFolderError(
                f"{self._path.parent}: has the results of another sweep file, {sweep}; choose "
                "another folder with --out"
            )

    def is_finished(self, point: str) -> bool:
        """Tell whether a point need not run again."""
        return point in self._finished

    def add(self, result: PointResult) -> None:
        """Keep a result; it is on the disk when this returns.

        Raises:
            RunFolderError: It cannot be written.
        """
        self._note(result, self._append(result.to_json()))

    def read_all(self, points: Iterable[str]) -> Iterator[PointResult]:
        """Yield the last result of each point, in their order; all of them have one."""
        with self._path.open("rb") as file:
            for point in points:
                file.seek(self._places[point])
                yield PointResult.from_json(parse_json(file.readline()))

    def _note(self, result: PointResult, place: int) -> None:
        self._places[result.point] = place
        if result.is_finished:
            self._finished.add(result.point)

    def _append(self, record: Mapping[str, Any]) -> int:
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        descriptor = self._descriptor
        if descriptor is None:
            raise RunFolderError(f"{self._path}: is open for reading only")
        try:
            place = os.lseek(descriptor, 0, os.SEEK_END)
            # Not through a buffer: what a failed write left there would be written on closing.
            while line:
                line = line[os.write(descriptor, line) :]
            os.fsync(descriptor)
        except OSError as error:
            raise RunFolderError(
                f"{self._path}: cannot be written: {error.strerror}; the {len(self._finished):,} "
                "points before are kept"
            ) from error
        return place


@contextmanager
def open_journal(folder: Path, sweep: Path) -> Iterator[Journal]:
    """Open the journal of a folder, for this program alone.

    Args:
        folder: Made if it is missing.
        sweep: The sweep file that it must belong to.

    Raises:
        RunFolderError: It cannot be used.
    """
    path = folder / JOURNAL_NAME
    if folder.exists() and not folder.is_dir():
        raise RunFolderError(f"{folder}: is a file; the results of a sweep need a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists() and any(folder.iterdir()):
            raise RunFolderError(f"{folder}: is not empty, and has no results of a sweep")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError as error:
        raise RunFolderError(f"{folder}: cannot be written: {error.strerror}") from error
    try:
        _lock(descriptor, folder)
        journal = Journal(path, descriptor)
        journal.begin(name_owner(folder, sweep))
        yield journal
    finally:
        os.close(descriptor)


def peek_journal(folder: Path, sweep: Path) -> Journal | None:
    """Read the journal of a folder, if it has one, and leave it as it is.

    Raises:
        RunFolderError: It belongs to another sweep file, or was damaged.
    """
    path = folder / JOURNAL_NAME
    if not path.is_file():
        return None
    journal = Journal(path)
    journal.load(name_owner(folder, sweep))
    return journal


def name_owner(folder: Path, sweep: Path) -> str:
    """Return a sweep file as its folder sees it, so that both can move together."""
    target, start = sweep.resolve(), folder.resolve()
    try:
        return Path(os.path.relpath(target, start)).as_posix()
    except ValueError:  # another drive
        return target.as_posix()


def _lock(descriptor: int, folder: Path) -> None:
    """Keep other programs out until this one ends, however it ends."""
    if not lock_file(descriptor):
        raise RunFolderError(f"{folder}: another program runs this sweep now")
