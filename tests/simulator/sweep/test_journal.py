"""The journal of a sweep: what survives, and whose it is."""

import errno
import os
from pathlib import Path

import pytest

from simulator.errors import RunFolderError
from simulator.sweep import Outcome, PointResult
from simulator.sweep.journal import JOURNAL_NAME, open_journal, peek_journal

SWEEP = Path("sweep.yaml")
FIRST = PointResult("aa", Outcome.COMPLETE, {"slots": 2, "share": 0.5}, ("ünsafe",), ("x",), "00")
CRASHED = PointResult("bb", Outcome.CRASHED, error="RuntimeError: x", trace="Traceback")
BREACHED = PointResult("cc", Outcome.BREACHED, error="eth_vanished")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "out"


def test_journal_gives_back_what_was_added(folder: Path) -> None:
    with open_journal(folder, SWEEP) as journal:
        for result in (FIRST, CRASHED, BREACHED):
            journal.add(result)

    with open_journal(folder, SWEEP) as journal:
        assert list(journal.read_all(["cc", "aa", "bb"])) == [BREACHED, FIRST, CRASHED]
        assert [name for name in ("aa", "bb", "cc", "dd") if journal.is_finished(name)] == [
            "aa",
            "cc",
        ]


def test_journal_last_result_of_a_point_counts(folder: Path) -> None:
    again = PointResult("bb", Outcome.COMPLETE, {"slots": 3})
    with open_journal(folder, SWEEP) as journal:
        journal.add(CRASHED)
        journal.add(again)
        assert list(journal.read_all(["bb"])) == [again]
        assert journal.is_finished("bb")


@pytest.mark.parametrize("cut", [1, 2, 40])
def test_journal_half_written_last_line_is_cut_off(folder: Path, cut: int) -> None:
    with open_journal(folder, SWEEP) as journal:
        journal.add(FIRST)
        journal.add(BREACHED)
    path = folder / JOURNAL_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])

    with open_journal(folder, SWEEP) as journal:
        assert (journal.is_finished("aa"), journal.is_finished("cc")) == (True, False)
        journal.add(BREACHED)
    assert path.read_bytes() == whole


def test_journal_half_written_first_line_is_a_new_journal(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / JOURNAL_NAME).write_bytes(b'{"form')
    with open_journal(folder, SWEEP) as journal:
        journal.add(FIRST)
    with open_journal(folder, SWEEP) as journal:
        assert journal.is_finished("aa")


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b'{"point": "x"}\n', b"\xff\n"])
def test_journal_damaged_in_the_middle_is_refused_with_the_line(folder: Path, line: bytes) -> None:
    with open_journal(folder, SWEEP) as journal:
        journal.add(FIRST)
    path = folder / JOURNAL_NAME
    path.write_bytes(path.read_bytes() + line + b"{}\n")

    with (
        pytest.raises(RunFolderError, match=r"journal\.jsonl:3: not a line of a journal"),
        open_journal(folder, SWEEP),
    ):
        pass


def test_journal_of_another_sweep_file_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    with open_journal(folder, tmp_path / "one.yaml"):
        pass
    with (
        pytest.raises(RunFolderError, match=r"another sweep file, \.\./\.\./one\.yaml; choose"),
        open_journal(folder, tmp_path / "two.yaml"),
    ):
        pass
    with pytest.raises(RunFolderError, match="another sweep file"):
        peek_journal(folder, tmp_path / "two.yaml")


def test_journal_and_sweep_file_can_move_together(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with open_journal(tmp_path / "a/out", tmp_path / "a/sweep.yaml") as journal:
        journal.add(FIRST)
    (tmp_path / "a").rename(tmp_path / "b")
    with open_journal(tmp_path / "b/out", tmp_path / "b/sweep.yaml") as journal:
        assert journal.is_finished("aa")


def test_journal_is_open_for_one_program_at_a_time(folder: Path) -> None:
    with (
        open_journal(folder, SWEEP),
        pytest.raises(RunFolderError, match="another program runs this sweep"),
        open_journal(folder, SWEEP),
    ):
        pass


def test_journal_folder_with_other_things_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.txt").touch()
    with (
        pytest.raises(RunFolderError, match="is not empty, and has no results of a sweep"),
        open_journal(folder, SWEEP),
    ):
        pass


def test_journal_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(RunFolderError, match="file/out: cannot be written: Not a directory"),
        open_journal(tmp_path / "file/out", SWEEP),
    ):
        pass


def test_journal_folder_that_is_a_file_is_refused(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("mine", encoding="utf-8")
    with (
        pytest.raises(RunFolderError, match="is a file; the results of a sweep need a folder"),
        open_journal(folder, SWEEP),
    ):
        pass
    assert folder.read_text(encoding="utf-8") == "mine"


def test_journal_of_a_later_format_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / JOURNAL_NAME).write_text('{"format": 99, "sweep": "x"}\n', encoding="utf-8")
    with (
        pytest.raises(RunFolderError, match="another version of shardlab"),
        open_journal(folder, SWEEP),
    ):
        pass


def test_journal_full_disk_is_named_and_what_was_kept_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_journal(folder, SWEEP) as journal:
        journal.add(FIRST)
        write = os.write

        def write_some(descriptor: int, data: bytes) -> int:
            if len(data) < 10:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(descriptor, data[: len(data) // 2])

        monkeypatch.setattr("simulator.sweep.journal.os.write", write_some)
        with pytest.raises(RunFolderError, match="No space left on device; the 1 points before"):
            journal.add(PointResult("dd", Outcome.COMPLETE, {"slots": 2}))
        monkeypatch.undo()

    with open_journal(folder, SWEEP) as journal:
        assert (journal.is_finished("aa"), journal.is_finished("dd")) == (True, False)
        journal.add(BREACHED)
    with open_journal(folder, SWEEP) as journal:
        assert journal.is_finished("cc")


def test_peek_writes_nothing_and_waits_for_nobody(folder: Path) -> None:
    assert peek_journal(folder, SWEEP) is None
    assert not folder.exists()
    with open_journal(folder, SWEEP) as journal:
        journal.add(FIRST)
        seen = peek_journal(folder, SWEEP)
    assert seen is not None
    assert seen.is_finished("aa")
    with pytest.raises(RunFolderError, match="reading only"):
        seen.add(BREACHED)
