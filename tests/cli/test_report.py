"""``shardlab report`` writes a page, or says why not and ends with status 2."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.cli import shardlab


def change(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "run.db")) as connection, connection:
        connection.execute(statement, values)


def test_report_writes_a_page_and_names_it(run_folder: Path) -> None:
    outcome = shardlab("report", run_folder, "-o", "page.html")

    assert outcome.status == 0
    assert outcome.stdout.startswith("page.html is ready: ")
    text = Path("page.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert text.endswith("</html>\n")


def test_report_replaces_an_older_page_and_leaves_nothing_else(run_folder: Path) -> None:
    Path("page.html").write_text("old", encoding="utf-8")

    shardlab("report", run_folder, "-o", "page.html")

    assert Path("page.html").stat().st_size > 10**6
    assert sorted(path.name for path in Path().glob("*page*")) == ["page.html"]
    assert not list(Path().glob(".*partial"))


@pytest.mark.parametrize("name", ["run.db", "report.json"])
def test_report_over_the_run_itself_is_refused(run_folder: Path, name: str) -> None:
    before = (run_folder / name).read_bytes()

    outcome = shardlab("report", run_folder, "-o", run_folder / name)

    assert outcome.status == 2
    assert "is a part of the run itself" in outcome.stderr
    assert (run_folder / name).read_bytes() == before


def test_report_several_runs_with_one_name_are_numbered(run_folder: Path) -> None:
    assert shardlab("report", run_folder, run_folder, "-o", "page.html").status == 0

    text = Path("page.html").read_text(encoding="utf-8")
    assert '<option value="0">run</option>' in text
    assert '<option value="1">run (2)</option>' in text


def test_report_interrupted_run_is_shown_and_says_so(run_folder: Path) -> None:
    change(run_folder, "UPDATE meta SET value = ? WHERE key = 'status'", json.dumps("interrupted"))

    assert shardlab("report", run_folder, "-o", "page.html").status == 0

    assert "Interrupted: it ends at slot" in Path("page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("statement", "value", "message"),
    [
        ("UPDATE meta SET value = ? WHERE key = 'schema'", "1", "another version of shardlab"),
        ("UPDATE meta SET value = ? WHERE key = 'slot'", "0", "not one slot of the run has ended"),
        ("DELETE FROM meta WHERE key = ?", "config", "not a run that this version can show"),
        ("UPDATE events SET kind = ?", "from_the_future", "not a run that this version can show"),
        ("UPDATE events SET details = ?", "{", "not a run that this version can show"),
        ("DROP TABLE metrics -- ?", None, "its tables are not a run's"),
        ("UPDATE meta SET value = ?", "{", "not a run database"),
    ],
)
def test_report_unusable_database_is_refused(
    run_folder: Path, statement: str, value: str | None, message: str
) -> None:
    change(run_folder, statement, *([] if value is None else [value]))

    outcome = shardlab("report", run_folder, "-o", "page.html")

    assert outcome.status == 2
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not Path("page.html").exists()


@pytest.mark.parametrize(
    ("content", "message"), [(None, "holds no run"), (b"hello", "not a run database")]
)
def test_report_folder_without_a_run_is_refused(content: bytes | None, message: str) -> None:
    Path("other").mkdir()
    if content is not None:
        Path("other/run.db").write_bytes(content)

    outcome = shardlab("report", "other")

    assert (outcome.status, message in outcome.stderr) == (2, True)


def test_report_damaged_database_is_refused(run_folder: Path) -> None:
    database = run_folder / "run.db"
    whole = database.read_bytes()
    database.write_bytes(whole[: len(whole) // 2])

    outcome = shardlab("report", run_folder, "-o", "page.html")

    assert outcome.status == 2
    assert "run.db" in outcome.stderr


def test_report_without_a_run_is_refused() -> None:
    assert shardlab("report").status == 2


@pytest.mark.parametrize("target", ["missing/page.html", "."])
def test_report_file_that_cannot_be_written_is_named(run_folder: Path, target: str) -> None:
    outcome = shardlab("report", run_folder, "-o", target)

    assert outcome.status == 2
    assert "cannot be written" in outcome.stderr
