"""The run database: what is written is read back, at any time and whatever became of the run."""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.errors import RunFolderError
from simulator.store import (
    COMPLETE,
    DATABASE_NAME,
    INTERRUPTED,
    REPORT_NAME,
    RUNNING,
    RunReader,
    RunWriter,
    clear_run_folder,
)
from tests.helpers.events import SAMPLES, created, shard_block, slot_closed, step

META = {"scenario": "tiny", "seed": 1, "title": "caf\u00e9"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def writer(folder: Path) -> Iterator[RunWriter]:
    writer = RunWriter.create(folder, META)
    yield writer
    writer.close()


def hash_number(number: int) -> bytes:
    return hashlib.sha256(bytes([number])).digest()


def write_run(folder: Path) -> None:
    writer = RunWriter.create(folder, META)
    writer.write_slot(1, SAMPLES)
    writer.finish(COMPLETE, {"a": 1}, {})
    writer.close()


def test_read_events_are_those_written_in_their_order(folder: Path) -> None:
    write_run(folder)
    reader = RunReader(folder)

    assert tuple(reader.read_events()) == SAMPLES
    reader.close()


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.kind)
def test_read_events_of_one_kind_are_that_kind(event: object, folder: Path) -> None:
    write_run(folder)
    reader = RunReader(folder)

    assert list(reader.read_events(type(event).kind)) == [event]  # type: ignore[attr-defined]  # an Event
    reader.close()


def test_read_events_of_one_deposit_are_its_own(folder: Path, writer: RunWriter) -> None:
    steps = [created(1), created(2), step(1, "pushed", 3), step(2, "pushed", 3), step(1, "x", 4)]
    writer.write_slot(1, [*steps, slot_closed()])
    reader = RunReader(folder)

    assert list(reader.read_events(deposit=1)) == [steps[0], steps[2], steps[4]]
    assert list(reader.read_events("deposit_step", 2)) == [steps[3]]
    assert list(reader.read_events(deposit=3)) == []
    reader.close()


@pytest.mark.parametrize(
    ("data", "pushed"),
    [
        (b"", ()),
        (b"\x01", (b"\x03" * 184,)),
        (bytes(5000), (bytes(184),)),
        (b"".join(map(hash_number, range(200))), (b"\x01" * 192, b"\x02" * 192)),
    ],
)
def test_read_events_give_blocks_with_their_bytes(
    data: bytes, pushed: tuple[bytes, ...], folder: Path, writer: RunWriter
) -> None:
    blocks = [replace(shard_block(slot), data=data, pushed=pushed) for slot in (1, 2)]
    writer.write_slot(1, [slot_closed(1), blocks[0]])
    writer.write_slot(2, [blocks[1], slot_closed(2)])
    reader = RunReader(folder)

    assert list(reader.read_events("shard_block_accepted")) == blocks
    assert [event.kind for event in reader.read_events()][1:3] == ["shard_block_accepted"] * 2
    reader.close()


def test_write_slot_keeps_bytes_of_blocks_out_of_the_details(
    folder: Path, writer: RunWriter
) -> None:
    writer.write_slot(1, [replace(shard_block(), data=b"\xab" * 100_000)])

    with sqlite3.connect(folder / DATABASE_NAME) as database:
        ((details,),) = database.execute("SELECT length(details) FROM events")
        ((packed,),) = database.execute("SELECT length(data) FROM shard_blocks")
    database.close()
    assert details < 1000
    assert packed < 1000


def test_read_events_of_some_chains_are_theirs_in_order(folder: Path) -> None:
    write_run(folder)
    reader = RunReader(folder)

    chains = ("shard 0", "shard 2")
    assert list(reader.read_events(chains=chains)) == [
        event for event in SAMPLES if event.chain in chains
    ]
    assert list(reader.read_events("shard_reverted", chains=("shard 2",))) == []
    reader.close()


def test_read_script_is_the_code_of_a_hash(folder: Path) -> None:
    codes = [b"one", b"two", b"one"]
    RunWriter.create(folder, META, codes).close()
    reader = RunReader(folder)

    for code in codes:
        assert reader.read_script(hashlib.sha256(code).hexdigest()) == code
    with pytest.raises(RunFolderError, match=r"run\.db: does not hold the script abab"):
        reader.read_script("ab" * 32)
    reader.close()


def test_reader_reads_what_identifies_the_run(folder: Path) -> None:
    write_run(folder)
    reader = RunReader(folder)

    assert reader.meta == {**META, "schema": 2, "status": COMPLETE, "slot": 1}
    assert reader.is_complete
    reader.close()


def test_reader_takes_the_database_file_as_well(folder: Path) -> None:
    write_run(folder)
    reader = RunReader(folder / DATABASE_NAME)

    assert reader.meta["scenario"] == "tiny"
    reader.close()


def test_read_metrics_are_exact(folder: Path, writer: RunWriter) -> None:
    metrics = {"eth.pooled_gwei": 2**63 - 1, "mean": 10.25, "share": 1e-06, "zero": 0}
    writer.finish(COMPLETE, metrics, {})
    reader = RunReader(folder)

    assert reader.read_metrics() == metrics
    reader.close()


def test_reader_sees_whole_slots_while_the_run_goes_on(folder: Path, writer: RunWriter) -> None:
    writer.write_slot(1, [slot_closed(1)])
    reader = RunReader(folder)
    assert (reader.meta["status"], reader.meta["slot"]) == (RUNNING, 1)
    assert not reader.is_complete

    writer.write_slot(2, [slot_closed(2)])

    assert [event.slot for event in reader.read_events()] == [1, 2]
    assert reader.read_metrics() == {}
    reader.close()


def test_close_while_somebody_reads_leaves_a_complete_run(folder: Path) -> None:
    writer = RunWriter.create(folder, META)
    reader = RunReader(folder)
    writer.finish(COMPLETE, {}, {})

    writer.close()

    reader.close()
    later = RunReader(folder)
    assert later.is_complete
    later.close()


def test_close_leaves_one_plain_file(folder: Path) -> None:
    write_run(folder)

    assert [path.name for path in folder.iterdir()] == [DATABASE_NAME]


def test_finish_says_how_and_why_a_run_ended(folder: Path, writer: RunWriter) -> None:
    writer.write_slot(1, [slot_closed()])
    writer.finish(INTERRUPTED, {"slots": 1}, {"reason": "KeyboardInterrupt: "})
    reader = RunReader(folder)

    assert (reader.meta["status"], reader.meta["reason"]) == (INTERRUPTED, "KeyboardInterrupt: ")
    assert reader.read_metrics() == {"slots": 1}
    assert not reader.is_complete
    reader.close()


def test_write_slot_that_fails_keeps_nothing_of_the_slot(folder: Path, writer: RunWriter) -> None:
    def events() -> Iterator[object]:
        yield slot_closed(2)
        raise KeyboardInterrupt

    writer.write_slot(1, [slot_closed(1)])
    with pytest.raises(KeyboardInterrupt):
        writer.write_slot(2, events())  # type: ignore[arg-type]  # events until one fails

    reader = RunReader(folder)
    assert [event.slot for event in reader.read_events()] == [1]
    assert reader.meta["slot"] == 1
    reader.close()


def test_write_slot_without_its_table_names_the_folder(folder: Path, writer: RunWriter) -> None:
    with sqlite3.connect(folder / DATABASE_NAME) as other:
        other.execute("DROP TABLE events")
    other.close()

    with pytest.raises(RunFolderError, match=r"run: cannot be written: no such table: events"):
        writer.write_slot(1, [slot_closed()])


def test_reader_of_nothing_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"holds no run \(no run\.db\)"):
        RunReader(tmp_path)
    with pytest.raises(RunFolderError, match="holds no run"):
        RunReader(tmp_path / "none")


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(100)])
def test_reader_of_other_bytes_says_that_they_are_no_database(
    content: bytes, tmp_path: Path
) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(content)

    with pytest.raises(RunFolderError, match=r"run\.db: not a run database"):
        RunReader(tmp_path)


def test_reader_of_a_damaged_database_says_so(folder: Path) -> None:
    write_run(folder)
    path = folder / DATABASE_NAME
    path.write_bytes(path.read_bytes()[:2000])

    with pytest.raises(RunFolderError, match="not a run database"):
        RunReader(folder)


def test_reader_of_another_programs_database_says_so(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE_NAME) as other:
        other.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        other.execute("INSERT INTO meta VALUES ('title', 'not JSON')")
    other.close()

    with pytest.raises(RunFolderError, match="not a run database"):
        RunReader(tmp_path)


def test_reader_of_another_version_says_so(folder: Path) -> None:
    write_run(folder)
    with sqlite3.connect(folder / DATABASE_NAME) as database:
        database.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
    database.close()

    with pytest.raises(RunFolderError, match="written by another version of shardlab"):
        RunReader(folder)


def test_reader_cannot_change_a_run(folder: Path) -> None:
    write_run(folder)
    before = (folder / DATABASE_NAME).read_bytes()

    reader = RunReader(folder)
    list(reader.read_events())
    reader.close()

    assert (folder / DATABASE_NAME).read_bytes() == before


def test_create_makes_missing_parents(tmp_path: Path) -> None:
    RunWriter.create(tmp_path / "a" / "b", META).close()

    assert (tmp_path / "a" / "b" / DATABASE_NAME).is_file()


def test_create_below_a_file_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")

    with pytest.raises(RunFolderError, match=r"file/run: cannot be written: Not a directory$"):
        RunWriter.create(tmp_path / "file" / "run", META)


def test_create_over_a_run_is_refused_and_leaves_it(folder: Path) -> None:
    write_run(folder)

    with pytest.raises(RunFolderError, match="cannot be written"):
        RunWriter.create(folder, {"scenario": "other"})

    reader = RunReader(folder)
    assert reader.meta["scenario"] == "tiny"
    assert tuple(reader.read_events()) == SAMPLES
    reader.close()


def test_clear_run_folder_removes_the_run_and_nothing_else(folder: Path) -> None:
    write_run(folder)
    for name in (REPORT_NAME, "run.db-wal", "notes.txt"):
        (folder / name).write_text("x", encoding="utf-8")

    clear_run_folder(folder)

    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_clear_run_folder_that_cannot_be_cleared_is_named(folder: Path) -> None:
    (folder / REPORT_NAME).mkdir(parents=True)

    with pytest.raises(RunFolderError, match="cannot be cleared"):
        clear_run_folder(folder)
