"""The scripts on the page are the database's."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Opener
from tests.helpers.report_pages import OpenPage, make_page, make_run, query, query_one

SUBMITTED = """
SELECT slot, json_extract(details, '$.script'), json_extract(details, '$.sender'),
    json_extract(details, '$.size_bytes'), json_extract(details, '$.code_hash')
FROM events WHERE kind = 'script_submitted' ORDER BY id
"""
FIRST = """
SELECT json_extract(details, '$.script') AS script, {what} FROM events
WHERE kind = '{kind}' GROUP BY script ORDER BY min(id)
"""
FAULTS = """
SELECT json_extract(details, '$.script') AS script, json_extract(details, '$.rule') AS rule,
    json_extract(details, '$.offset') AS offset, count(*)
FROM events WHERE kind = 'script_validated' AND rule != ''
GROUP BY script, json_extract(details, '$.role'), rule, offset ORDER BY min(id)
"""
ROLES = ("beacon_node", "shard_committee", "shard_full_node", "challenger", "light_client")


def read_scripts(opened: OpenPage) -> dict[str, Any]:
    """Return the section's model."""
    scripts: dict[str, Any] = opened.evaluate("() => shardlab.runs[0].sections.scripts")
    return scripts


def read_column(model: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a column of the table of scripts by their names, without what never happened."""
    pairs = zip(model["scripts"]["name"], model["scripts"][name], strict=True)
    return {script: value for script, value in pairs if value is not None}


def test_scripts_are_those_that_were_submitted(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    columns = read_scripts(show(pages["placements"]))["scripts"]

    names = ("submitted", "name", "sender", "bytes", "hash")
    shown = list(zip(*(columns[name] for name in names), strict=True))
    assert shown == query(runs["placements"], SUBMITTED)


@pytest.mark.parametrize(
    ("column", "kind", "what"),
    [
        ("registered", "script_registered", "max(slot)"),
        ("fee", "script_registered", "max(json_extract(details, '$.fee'))"),
        ("usable", "script_usable", "max(slot) + 1"),
        ("settled", "script_settled", "max(slot) + 1"),
        ("called", "shard_block_accepted", "min(slot)"),
        ("calls", "shard_block_accepted", "count(*)"),
        ("dropped", "call_dropped", "count(*)"),
        ("failed", "shard_block_rejected", "count(*)"),
        ("marks", "mark_written", "count(*)"),
    ],
)
def test_scripts_columns_are_the_databases(
    show: Opener,
    pages: dict[str, Path],
    runs: dict[str, Path],
    column: str,
    kind: str,
    what: str,
) -> None:
    found = dict(query(runs["placements"], FIRST.format(what=what, kind=kind)))
    shown = read_column(read_scripts(show(pages["placements"])), column)

    assert {name: value for name, value in shown.items() if value} == found
    assert found


@pytest.mark.parametrize("name", ["placements", "deposit_journey"])
def test_scripts_costs_by_role_are_the_metrics(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path], name: str
) -> None:
    roles = read_scripts(show(pages[name]))["roles"]
    metrics = dict(query(runs[name], "SELECT name, value FROM metrics"))

    assert roles["role"] == list(ROLES)
    assert roles["seconds"] == [metrics[f"costs.{role}.seconds"] for role in ROLES]
    assert roles["decoded"] == [metrics.get(f"work.{role}.bytes", 0) for role in ROLES]
    assert roles["instructions"] == [metrics.get(f"work.{role}.instructions", 0) for role in ROLES]


def test_scripts_broken_rules_have_their_byte_offsets(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    opened = show(pages["placements"])
    model = read_scripts(opened)

    failures = model["failures"]
    names = [model["scripts"]["name"][script] for script in failures["script"]]
    columns = (names, failures["code"], failures["offset"], failures["count"])
    shown = [row for row in zip(*columns, strict=True) if row[2] >= 0]
    found = query(runs["placements"], FAULTS)
    assert shown == found
    assert any(row[2] > 0 for row in found)
    offsets = opened.page.get_by_role("region", name="What failed")
    assert f"{max(row[2] for row in found):,}" in offsets.inner_text()


def test_scripts_sentence_counts_what_happened(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    def count(kind: str) -> int:
        value = query_one(runs["placements"], "SELECT count(*) FROM events WHERE kind = ?", kind)
        return int(value)

    told = show(pages["placements"]).text(".scripts-lead")

    assert told.startswith("Under the placement beacon-operation, ")
    assert f"{count('script_submitted')} scripts were submitted" in told
    assert f"{count('script_registered')} registered" in told
    assert f"{count('script_usable')} became usable" in told


def test_scripts_timeline_stages_follow_one_another(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    opened = show(pages["placements"])

    series = opened.evaluate(
        "() => echarts.getInstanceByDom(document.querySelector('#figure-placements-lives "
        ".figure-chart')).getOption().series.map(({ name, type, data }) => ({ name, type, data }))"
    )

    bars = [each["data"] for each in series if each["type"] == "bar"]
    [settled] = [each["data"] for each in series if each["name"] == "settled"]
    ends = [sum(stages) for stages in zip(*bars, strict=True)]
    slots = query_one(runs["placements"], "SELECT max(slot) FROM events")
    assert [end for end, span in zip(ends, settled, strict=True) if span] == [slots + 1] * 3
    [calls] = [each["data"] for each in series if each["name"] == "first call"]
    first_calls = FIRST.format(what="min(slot)", kind="shard_block_accepted")
    found = [slot for _, slot in query(runs["placements"], first_calls)]
    assert sorted(slot for slot, _ in calls) == sorted(found)
    assert found


def test_scripts_of_another_run_are_shown_when_it_is_chosen(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["all"])
    assert "1 script was submitted" in opened.text(".scripts-lead")

    opened.page.select_option("#run-chooser", label="placements")

    assert "7 scripts were submitted" in opened.text(".scripts-lead")


def test_scripts_names_from_a_database_stay_text_in_charts_and_tables(
    show: Opener, runs: dict[str, Path], tmp_path: Path
) -> None:
    from tests.browser.test_injection import ATTACKS, craft  # noqa: PLC0415 - its helper

    for number, attack in enumerate(ATTACKS):
        folder = craft(runs["placements"], tmp_path / f"run-{number}", attack)
        opened = show(make_page([folder], tmp_path / f"{number}.html"))
        chart = opened.page.locator(f"#figure-run-{number}-lives .figure-chart")
        chart.focus()
        opened.page.keyboard.press("ArrowRight")
        chart.hover()
        opened.page.locator(f"#figure-run-{number}-lives").get_by_role(
            "button", name="Table"
        ).click()

        assert opened.evaluate("() => window.hit") is None
        assert opened.evaluate("() => document.querySelectorAll('img, [onerror]').length") == 0
        assert opened.evaluate("() => shardlab.runs[0].sections.scripts.scripts.name") == [attack]


def test_scripts_timeline_arrow_keys_reach_rows_that_do_not_fit(
    show: Opener, tmp_path: Path
) -> None:
    folder = make_run(tmp_path / "run", "validation/flood")
    last = query(folder, SUBMITTED)[-1][1]
    opened = show(make_page([folder], tmp_path / "page.html"))
    opened.page.locator("#figure-run-lives .figure-chart").focus()

    opened.page.keyboard.press("End")

    assert opened.text("#figure-run-lives .figure-body > [role=status]").startswith(last)
    zoom = opened.evaluate(
        "() => echarts.getInstanceByDom(document.querySelector('#figure-run-lives "
        ".figure-chart')).getOption().dataZoom[0].endValue"
    )
    assert zoom == len(query(folder, SUBMITTED)) - 1
