"""A page opens from disk, offline, without errors, at any width, in light and dark."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.browser.conftest import Opener
from tests.helpers.report_pages import make_page, query_one

WIDTHS = (360, 768, 1280, 2560, 3840)


def test_page_opens_offline_without_errors_or_requests(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["deposit_journey"], offline=True)

    assert opened.text("#run-title") == "One deposit travels from shard 0 to shard 3"


@pytest.mark.parametrize("width", WIDTHS)
def test_page_every_width_has_no_sideways_scroll(
    show: Opener, pages: dict[str, Path], width: int
) -> None:
    opened = show(pages["three_routes"], viewport={"width": width, "height": 900})

    inner, scroll = opened.evaluate("() => [innerWidth, document.documentElement.scrollWidth]")
    assert (inner, scroll) == (width, width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_follows_the_system_and_the_toggle_turns_it(
    show: Opener, pages: dict[str, Path], scheme: str
) -> None:
    opened = show(pages["deposit_journey"], color_scheme=scheme)
    before = opened.evaluate("() => getComputedStyle(document.body).backgroundColor")

    opened.page.click("#theme-toggle")

    assert opened.evaluate("() => document.documentElement.dataset.theme") != scheme
    assert opened.evaluate("() => getComputedStyle(document.body).backgroundColor") != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_text_has_the_contrast_that_wcag_asks_for(
    show: Opener, pages: dict[str, Path], scheme: str
) -> None:
    opened = show(pages["deposit_journey"], color_scheme=scheme)

    ratios = opened.evaluate(CONTRASTS, [[text, back] for text in TEXTS for back in BACKS])

    assert min(ratios) >= 4.5, ratios


TEXTS = ("text", "text-2", "accent", "bad", "good")
BACKS = ("bg", "surface", "surface-2")
CONTRASTS = """pairs => {
  const light = name => {
    const hex = shardlab.theme.color(name).slice(1);
    const parts = [0, 2, 4].map(at => parseInt(hex.slice(at, at + 2), 16) / 255);
    const [r, g, b] = parts.map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return pairs.map(pair => {
    const [low, high] = pair.map(light).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  });
}"""


def test_page_header_says_what_was_run_and_how_to_run_it_again(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["crosslink_reorg"])

    facts = opened.text("#run-facts")
    assert "complete" in facts
    assert "scenario crosslink_reorg" in facts
    assert "seed 40" in facts
    assert "shardlab 0." in facts
    assert "wasmtime" in facts
    assert opened.text("#run-command") == "shardlab run crosslink_reorg --seed 40"


def test_page_tiles_are_the_databases_numbers(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    folder = runs["placements"]
    count = "SELECT count(*) FROM events WHERE kind = ?"
    opened = show(pages["placements"])

    shown = opened.evaluate(
        "() => [...document.querySelectorAll('#run-tiles .tile')].map(tile => "
        "[tile.querySelector('dt').textContent, tile.querySelector('dd').textContent])"
    )

    tiles = dict(shown)
    assert tiles["Slots"] == str(query_one(folder, "SELECT max(slot) FROM events"))
    assert tiles["Shard blocks"] == str(query_one(folder, count, "shard_block_accepted"))
    assert tiles["Scripts usable"] == str(query_one(folder, count, "script_usable"))
    assert tiles["Deposits settled"] == str(
        query_one(
            folder,
            "SELECT count(*) FROM events WHERE kind = 'deposit_step' "
            "AND json_extract(details, '$.event') = 'settled'",
        )
    )


def test_page_metrics_table_is_the_databases(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    opened = show(pages["deposit_journey"])

    shown = opened.evaluate("() => shardlab.runs[0].facts.metrics")

    names = query_one(runs["deposit_journey"], "SELECT count(*) FROM metrics")
    assert len(shown) == names
    for name, value in shown.items():
        assert value == query_one(
            runs["deposit_journey"], "SELECT value FROM metrics WHERE name = ?", name
        )


def test_page_several_runs_can_be_chosen(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["all"])
    assert opened.text("#run-title") == "One deposit travels from shard 0 to shard 3"

    opened.page.select_option("#run-chooser", label="placements")

    assert opened.text("#run-title") == "The same mix of good and bad scripts"
    assert opened.evaluate("() => shardlab.chains.data.slots") == 48


def test_page_prints_light_without_the_controls(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"], color_scheme="dark")

    opened.page.emulate_media(media="print")
    opened.page.wait_for_selector("html[data-paper]")

    assert not opened.page.locator(".bar").is_visible()
    assert not opened.page.locator(".chains-controls").is_visible()
    assert opened.page.locator(".chains-canvas").is_visible()
    assert opened.evaluate("() => getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    assert opened.evaluate("() => getComputedStyle(document.body).color") == "rgb(20, 23, 31)"


def test_page_reduced_motion_is_respected(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"], reduced_motion="reduce")

    assert opened.evaluate("() => shardlab.chartDefaults({}).animation") is False
    assert (
        opened.evaluate(
            "() => getComputedStyle(document.querySelector('.button')).transitionProperty"
        )
        == "none"
    )


def test_page_is_the_same_bytes_for_the_same_run(runs: dict[str, Path], tmp_path: Path) -> None:
    folders = [runs["deposit_journey"]]

    first = make_page(folders, tmp_path / "a.html").read_bytes()

    assert make_page(folders, tmp_path / "b.html").read_bytes() == first


def test_page_run_that_goes_on_is_shown_as_far_as_it_is(
    show: Opener, runs: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "running"
    folder.mkdir()
    shutil.copy(runs["deposit_journey"] / "run.db", folder)
    with closing(sqlite3.connect(folder / "run.db")) as connection, connection:
        connection.execute("DELETE FROM events WHERE slot > 20")
        connection.execute("DELETE FROM metrics")
        connection.execute("DELETE FROM meta WHERE key IN ('findings', 'expectations')")
        connection.execute("UPDATE meta SET value = '20' WHERE key = 'slot'")
        connection.execute("UPDATE meta SET value = '\"running\"' WHERE key = 'status'")

    opened = show(make_page([folder], tmp_path / "page.html"))

    assert opened.text("#run-ending") == "Not finished: it holds slots 1 to 20 of 64."
    assert opened.evaluate("() => shardlab.chains.data.slots") == 20
    assert opened.page.locator(".badge.bad").first.inner_text() == "not finished"
