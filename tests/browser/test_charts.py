"""Every chart has its table and its download, with the same numbers."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Opener

FIGURES = """() => [...document.querySelectorAll('.figure')].map(figure => {
  let file = null;
  const download = shardlab.download;
  shardlab.download = (name, text) => { file = { name, text }; };
  figure.querySelector('[title="Download as CSV"]').click();
  shardlab.download = download;
  return {
    name: figure.id.replace('figure-', ''), file,
    charts: figure.querySelectorAll('.figure-chart').length,
    headings: [...figure.querySelectorAll('th')].map(each => each.textContent),
    rows: +figure.querySelector('.table-tools [role=status]').textContent
      .replace(/[^0-9]/g, ''),
  };
})"""


@pytest.mark.parametrize("name", ["deposit_journey", "crosslink_reorg", "all"])
def test_charts_all_have_a_table_and_a_download_of_the_same_rows(
    show: Opener, pages: dict[str, Path], name: str
) -> None:
    opened = show(pages[name])

    figures: list[dict[str, Any]] = opened.evaluate(FIGURES)

    assert len(figures) >= 7
    assert opened.page.locator(".figure-chart").count() == len(figures)
    for figure in figures:
        [heading, *rows] = csv.reader(StringIO(figure["file"]["text"]))
        assert figure["charts"] == 1
        assert len(heading) == len(figure["headings"]) > 1, figure["name"]
        assert len(rows) == figure["rows"] > 0, figure["name"]


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_charts_and_controls_stay_inside_their_cards(
    show: Opener, pages: dict[str, Path], width: int
) -> None:
    opened = show(pages["all"], viewport={"width": width, "height": 900})

    outside = opened.evaluate(
        """() => [...document.querySelectorAll('.card')].flatMap(card => {
        const edge = card.getBoundingClientRect().right + 1;
        return [...card.querySelectorAll('button, select, input, canvas, .badge')]
          .filter(each => each.checkVisibility() && !each.closest('.table-scroll'))
          .filter(each => each.getBoundingClientRect().right > edge)
          .map(each => each.outerHTML.slice(0, 120));
      })"""
    )

    assert outside == []


def test_charts_ticks_of_an_axis_never_look_alike(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])

    ticks = opened.evaluate(
        """() => [[0, 0.05, 0.1, 0.15, 0.2], [0, 0.5, 1, 1.5], [0, 250, 500, 750, 1000, 1250],
        [0, 1e6, 1.25e6, 1.5e6]].map(ticks => ticks.map(tick => shardlab.format.axis(tick)))"""
    )

    assert ticks[0] == ["0", "0.05", "0.1", "0.15", "0.2"]
    assert ticks[3] == ["0", "1M", "1.25M", "1.5M"]
    assert all(len(set(each)) == len(each) for each in ticks)


def test_charts_of_many_runs_name_the_commands_that_make_them(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["all"])

    table = opened.page.get_by_role("region", name="The runs, and how to make them again")

    commands = table.locator("td.mono").all_inner_texts()
    assert commands == opened.evaluate("() => shardlab.runs.map(run => run.facts.command)")
