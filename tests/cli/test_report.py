"""``shardlab report`` writes a page, or says why not and ends with status 2."""

import json
import shutil
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
    shardlab("report", run_folder, "-o", "page.html")
    with Path("page.html").open("a", encoding="utf-8") as page:
        page.write("<!-- older -->")

    assert shardlab("report", run_folder, "-o", "page.html").status == 0

    assert "<!-- older -->" not in Path("page.html").read_text(encoding="utf-8")

    assert Path("page.html").stat().st_size > 10**6
    assert sorted(path.name for path in Path().glob("*page*")) == ["page.html"]
    assert not list(Path().glob(".*partial"))


def test_report_over_another_file_needs_force(run_folder: Path) -> None:
    Path("notes.txt").write_text("mine", encoding="utf-8")

    refused = shardlab("report", run_folder, "-o", "notes.txt")

    assert refused.status == 2
    assert refused.stderr == (
        "error: notes.txt: exists, and is not a page that shardlab wrote; "
        "use --force to replace it\n"
    )
    assert Path("notes.txt").read_text(encoding="utf-8") == "mine"
    assert shardlab("report", run_folder, "-o", "notes.txt", "--force").status == 0
    assert Path("notes.txt").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["run.db", "report.json"])
def test_report_over_the_run_itself_is_refused_whatever_is_forced(
    run_folder: Path, name: str
) -> None:
    before = (run_folder / name).read_bytes()

    assert shardlab("report", run_folder, "-o", run_folder / name).status == 2
    forced = shardlab("report", run_folder, "-o", run_folder / name, "--force")

    assert forced.status == 2
    assert "is a part of the run itself" in forced.stderr
    assert (run_folder / name).read_bytes() == before


def test_report_run_given_twice_is_refused(run_folder: Path) -> None:
    outcome = shardlab("report", run_folder, f"../{Path.cwd().name}/{run_folder}")

    assert outcome.status == 2
    assert "the run is given twice" in outcome.stderr
    assert not Path("report.html").exists()


def test_report_several_runs_with_one_name_are_numbered(run_folder: Path) -> None:
    shutil.copytree(run_folder, f"other/{run_folder}")

    assert shardlab("report", run_folder, f"other/{run_folder}", "-o", "page.html").status == 0

    text = Path("page.html").read_text(encoding="utf-8")
    assert '<option value="0">run</option>' in text
    assert '<option value="1">run (2)</option>' in text


def test_report_interrupted_run_is_shown_and_says_so(run_folder: Path) -> None:
    change(run_folder, "UPDATE meta SET value = ? WHERE key = 'status'", json.dumps("interrupted"))

    outcome = shardlab("report", run_folder, "-o", "page.html")

    assert outcome.status == 0
    assert outcome.stderr == (
        "warning: run: the run was interrupted: the page shows it as it stood after slot 24 of 24\n"
    )
    assert "Interrupted by the user after slot" in Path("page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("statement", "value", "message"),
    [
        ("UPDATE meta SET value = ? WHERE key = 'schema'", "1", "another version of shardlab"),
        ("UPDATE meta SET value = ? WHERE key = 'slot'", "0", "not one slot of the run has ended"),
        ("DELETE FROM meta WHERE key = ?", "config", "not a run that this version can show"),
        ("UPDATE events SET kind = ?", "from_the_future", "not a run that this version can show"),
        ("UPDATE events SET details = ?", "{", "not a run that this version can show"),
        ("DROP TABLE metrics -- ?", None, "cannot be read: no such table: metrics"),
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
