"""Titles, names and notes are text, whatever they say."""

import csv
import json
import re
import shutil
import sqlite3
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
import yaml

from tests.browser.conftest import Opener
from tests.helpers.report_pages import make_page, make_run

ATTACKS = (
    "</script><script>window.hit = 1</script>",
    "<img src=x onerror='window.hit = 1'>",
    "<!--<script>",
    "]]></style><svg onload=window.hit=1>",
    "{{ 7 * 7 }} {% raw %} \u2028 \u2029 ' \" & &lt;b&gt;",
    '=HYPERLINK("http://127.0.0.1/")',
    "javascript:window.hit=1",
)

TEXTS_OF_EVENTS = (
    *("script", "note", "sender", "reason", "code", "rule", "attack", "by", "route", "outcome"),
    *("noop_rule", "fault", "recipient", "mark", "code_hash"),
)


def craft(run: Path, folder: Path, attack: str) -> Path:
    """Copy a run and put an attack wherever its database holds text that somebody chose.

    The loader lets no such script name in; a database can come from anywhere.
    """
    folder.mkdir()
    shutil.copy(run / "run.db", folder)
    with closing(sqlite3.connect(folder / "run.db")) as connection, connection:
        for key in TEXTS_OF_EVENTS:
            connection.execute(
                "UPDATE events SET details = json_set(details, '$.' || :key, :attack) "
                "WHERE json_type(details, '$.' || :key) = 'text'",
                {"key": key, "attack": attack},
            )
        for key, value in craft_meta(connection, attack).items():
            connection.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, json.dumps(value))
            )
        connection.execute("INSERT INTO metrics (name, value) VALUES (?, 1)", (attack,))
    return folder


def craft_meta(connection: sqlite3.Connection, attack: str) -> dict[str, object]:
    """Return what identifies a run, with an attack in every text and every name."""
    meta = {key: json.loads(value) for key, value in connection.execute("SELECT * FROM meta")}
    expected = {"metric": attack, "condition": {attack: 1}, "value": 1, "met": False}
    return {
        "title": attack,
        "scenario": attack,
        "findings": [attack],
        "overrides": [f"title={attack}"],
        "expectations": [expected],
        "config": {**meta["config"], "strategy": attack, attack: attack},
        "costs": {**meta["costs"], "profile": attack},
        "scripts": {attack: attack},
        "versions": {**meta["versions"], attack: attack},
        "status": "failed",
        "reason": f"WorkerDied: {attack}",
    }


@pytest.mark.parametrize("attack", ATTACKS)
def test_page_crafted_title_and_names_stay_text(
    show: Opener, runs: dict[str, Path], tmp_path: Path, attack: str
) -> None:
    folder = craft(runs["deposit_journey"], tmp_path / "run", attack)
    opened = show(make_page([folder], tmp_path / "page.html"))

    for slot in (2, 4, 8):
        opened.evaluate("slot => shardlab.chains.goTo(slot)", slot)
    opened.click_cell(1, 4)
    opened.page.get_by_role("region", name="Deposits").get_by_role("row").nth(1).click()
    opened.evaluate("() => document.querySelectorAll('details').forEach(each => each.open = true)")
    for view in opened.page.get_by_role("button", name="Table", exact=True).all():
        view.click()
    opened.page.wait_for_timeout(100)

    assert opened.evaluate(
        "() => [...document.querySelectorAll('[href]')].map(each => each.hash).every(Boolean)"
    )
    assert opened.evaluate("() => window.hit") is None
    assert opened.evaluate("() => document.getElementById('run-title').textContent") == attack
    assert (
        opened.evaluate("() => document.querySelectorAll('img, [onload], [onerror]').length") == 0
    )
    assert opened.evaluate("() => shardlab.chains.data.scripts") == [attack]


def test_page_crafted_scenario_that_runs_keeps_its_title_as_text(
    show: Opener, tmp_path: Path
) -> None:
    title = "</script><img src=x onerror='window.hit = 1'>"
    scenario = {"title": title, "preset": "demo", "seed": 1, "slots": 4}
    path = tmp_path / "crafted.yaml"
    path.write_text(yaml.safe_dump(scenario), encoding="utf-8")

    opened = show(make_page([make_run(tmp_path / "run", path)], tmp_path / "page.html"))

    assert opened.text("#run-title") == title
    assert opened.evaluate("() => window.hit") is None


def test_page_crafted_folder_name_stays_text(
    show: Opener, runs: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "<img src=x onerror=alert(1)>"
    folder.mkdir()
    (folder / "run.db").write_bytes((runs["deposit_journey"] / "run.db").read_bytes())

    opened = show(make_page([folder, runs["deposit_journey"]], tmp_path / "page.html"))

    assert opened.page.locator("#run-chooser option").all_inner_texts() == [
        "<img src=x onerror=alert(1)>",
        "deposit_journey",
    ]


def test_page_scripts_that_are_not_its_own_are_refused(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["deposit_journey"])

    opened.evaluate(
        """() => { const script = document.createElement("script");
        script.textContent = "window.hit = 1"; document.body.append(script);
        const box = document.createElement("div");
        box.innerHTML = "<img src=x onerror='window.hit = 1'>"; document.body.append(box); }"""
    )
    opened.page.wait_for_timeout(100)

    assert opened.evaluate("() => window.hit") is None
    assert any("Content Security Policy" in problem for problem in opened.problems)
    opened.problems.clear()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_text_that_looks_like_a_formula_is_disarmed(
    show: Opener, pages: dict[str, Path], start: str
) -> None:
    opened = show(pages["deposit_journey"])

    text = opened.evaluate(
        "start => shardlab.toCsv([{ key: 'a', label: 'a' }, { key: 'b', label: 'b' }],"
        " [{ a: `${start}1+1`, b: -5 }])",
        start,
    )

    line = text.split("\r\n", 1)[1]
    assert line.startswith((f"'{start}", f"\"'{start}"))
    assert line.endswith(",-5\r\n")


@pytest.mark.parametrize("attack", ["=1+1", "+1+1", "-1+1", "@SUM(1)", "</script>", "a\u2028b"])
def test_csv_of_every_table_and_chart_holds_no_formula(
    show: Opener, runs: dict[str, Path], tmp_path: Path, attack: str
) -> None:
    folders = [
        craft(runs[name], tmp_path / name, attack) for name in ("placements", "three_routes")
    ]
    opened = show(make_page(folders, tmp_path / "page.html"))
    opened.evaluate("() => document.querySelectorAll('details').forEach(each => each.open = true)")
    opened.page.wait_for_timeout(100)

    files = opened.evaluate(
        """() => { const files = []; shardlab.download = (name, text) => files.push([name, text]);
        document.querySelectorAll('button[title="Download as CSV"]').forEach(each => each.click());
        return files; }"""
    )

    assert len(files) == opened.page.locator('button[title="Download as CSV"]').count() > 15
    cells = [cell for _, text in files for row in csv.reader(StringIO(text)) for cell in row]
    assert any(attack in cell for cell in cells)
    assert [cell for cell in cells if is_formula(cell)] == []
    assert all(re.fullmatch(r"[\w.-]+\.csv", name) for name, _ in files)


def is_formula(cell: str) -> bool:
    """Say whether a spreadsheet would compute a cell: numbers are no formulas."""
    return cell.startswith(("=", "+", "-", "@")) and not re.fullmatch(r"-\d+(\.\d+)?", cell)
