"""Reading a run wherever it lies, whatever its writer left, and while it is written."""

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from simulator.errors import RunFolderError
from simulator.loader import LoadedScenario
from simulator.locks import FolderLock, lock_file
from simulator.runner import run
from simulator.store import DATABASE_NAME, RunReader, RunWriter, clear_run_folder
from tests.helpers.crashes import KILLED_AT, SLOTS, describe_difference, dump_run

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB, where this user may make one."""
    yield from _mount(tmp_path / "disk", "size=300k")


def _mount(folder: Path, options: str) -> Iterator[Path]:
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    done = subprocess.run(  # noqa: S603 - a system's own
        [mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False
    )
    if done.returncode:
        pytest.skip("not even root may mount a disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607 - likewise


def make_read_only(folder: Path) -> None:
    command = ["mount", "-o", "remount,ro", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603 - a system's own


def read_slots(folder: Path) -> tuple[str, int, set[int]]:
    with closing(RunReader(folder)) as reader:
        slots = {event.slot for event in reader.read_events()}
        return reader.meta["status"], reader.meta["slot"], slots


def expect_killed(folder: Path) -> None:
    assert read_slots(folder) == ("running", KILLED_AT, set(range(1, KILLED_AT + 1)))


def test_reader_of_a_killed_run_sees_its_whole_slots(killed: Path) -> None:
    expect_killed(killed)


@pytest.mark.parametrize("has_index", [True, False], ids=["index", "no index"])
def test_reader_of_a_killed_run_on_a_read_only_disk_sees_its_whole_slots(
    killed: Path, tmp_path: Path, *, has_index: bool
) -> None:
    for disk in _mount(tmp_path / "disk", "size=8m"):
        shutil.copytree(killed, disk / "run")
        if not has_index:
            (disk / "run" / f"{DATABASE_NAME}-shm").unlink()
        make_read_only(disk)

        expect_killed(disk / "run")
        with pytest.raises(RunFolderError, match="cannot be written"):
            RunWriter.reopen(disk / "run")


def test_reader_of_a_database_without_its_log_on_a_read_only_disk_sees_what_is_there(
    journey: LoadedScenario, tmp_path: Path
) -> None:
    run(journey, tmp_path / "run")
    with closing(sqlite3.connect(tmp_path / "run" / DATABASE_NAME)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    for disk in _mount(tmp_path / "disk", "size=8m"):
        shutil.copy(tmp_path / "run" / DATABASE_NAME, disk)
        make_read_only(disk)

        assert read_slots(disk / DATABASE_NAME)[:2] == ("complete", SLOTS)


def test_reader_without_an_index_reads_a_copy_and_removes_it(
    killed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a read-only disk, for those who cannot mount one."""
    (killed / f"{DATABASE_NAME}-shm").unlink()
    whole = sqlite3.connect

    def connect(name: str, *, uri: bool) -> sqlite3.Connection:
        if str(killed) in name:
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise error
        return whole(name, uri=uri)

    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr("simulator.store.opening.sqlite3.connect", connect)
    reader = RunReader(killed)

    assert reader.meta["slot"] == KILLED_AT
    assert list((tmp_path / "temporary").iterdir())
    reader.close()
    assert not list((tmp_path / "temporary").iterdir())


def test_reader_of_an_empty_database_says_that_it_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).touch()

    with pytest.raises(RunFolderError, match="holds nothing yet"):
        RunReader(tmp_path)


def test_run_on_a_full_disk_ends_with_an_error_and_goes_on_with_room(
    journey: LoadedScenario, small_disk: Path, tmp_path: Path
) -> None:
    from simulator.resuming import resume  # noqa: PLC0415 - beside what it follows

    run(journey, tmp_path / "whole")
    folder = small_disk / "run"

    with pytest.raises(RunFolderError, match=r"cannot be written: .*full"):
        run(journey, folder)

    status, slot, slots = read_slots(folder)
    assert (status, slots) == ("running", set(range(1, slot + 1)))
    with pytest.raises(RunFolderError, match="cannot be written"):
        resume(folder)
    assert read_slots(folder) == (status, slot, slots)
    command = ["mount", "-o", "remount,size=8m", str(small_disk)]
    subprocess.run(command, check=True)  # noqa: S603 - a system's own
    resume(folder)
    assert describe_difference(folder, tmp_path / "whole") is None


def test_readers_follow_a_run_slot_by_slot_while_it_is_written(
    journey: LoadedScenario, tmp_path: Path
) -> None:
    folder, is_over = tmp_path / "run", threading.Event()
    seen: list[tuple[str, int, set[int]]] = []
    troubles: list[Exception] = []

    def look() -> None:
        while not is_over.is_set():
            if not (folder / DATABASE_NAME).exists():
                continue
            try:
                seen.append(read_slots(folder))
            except RunFolderError as error:
                if "holds nothing yet" not in str(error):
                    troubles.append(error)

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        run(journey, folder)
    finally:
        is_over.set()
        for reader in readers:
            reader.join()

    assert troubles == []
    assert {status for status, _, _ in seen} <= {"running", "complete"}
    # Events are read after the slot's number, when more may have come: never a part of a slot.
    assert all(slots >= set(range(1, slot + 1)) for _, slot, slots in seen)
    assert all(slots == set(range(1, len(slots) + 1)) for _, _, slots in seen)
    assert len({slot for _, slot, _ in seen}) > 1


def test_reader_that_stays_sees_slots_come_and_never_go(
    journey: LoadedScenario, tmp_path: Path
) -> None:
    counts: list[int] = []
    with suppress(FileNotFoundError):
        shutil.rmtree(tmp_path / "run")
    readers: list[RunReader] = []

    def look(slot: int) -> None:
        readers.append(RunReader(tmp_path / "run"))
        counts.append(max(event.slot for event in readers[0].read_events()))
        assert readers[-1].meta["slot"] == slot

    run(journey, tmp_path / "run", progress=look)
    for reader in readers:
        reader.close()

    assert counts == list(range(1, SLOTS + 1))
    assert dump_run(tmp_path / "run")["integrity"] == [("ok",)]


def test_clear_run_folder_of_a_run_that_is_written_is_refused(tmp_path: Path) -> None:
    writer = RunWriter.create(tmp_path / "run", {})

    with pytest.raises(RunFolderError, match="another program writes this run now"):
        clear_run_folder(tmp_path / "run")
    with pytest.raises(RunFolderError, match="another program writes this run now"):
        RunWriter.create(tmp_path / "run", {})

    writer.close()
    clear_run_folder(tmp_path / "run")
    assert not list((tmp_path / "run").iterdir())


def test_folder_lock_is_held_by_one_until_it_lets_go(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)

    assert (first.is_held, second.is_held) == (True, False)
    first.release()
    third = FolderLock(tmp_path)
    assert third.is_held
    third.release()


def test_lock_file_where_there_are_no_locks_is_everybody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", fail)

    assert lock_file(0)
