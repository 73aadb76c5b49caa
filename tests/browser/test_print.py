"""On paper the page is light, whole, as wide as a sheet, and without controls."""

from pathlib import Path

import pytest

from tests.browser.conftest import Opener
from tests.helpers.report_pages import OpenPage

SHEET_PIXELS = 680

CONTROLS = """() => [...document.querySelectorAll(
    '.button, select, input, .pager, .chains-strip, nav, .segmented')]
  .filter(control => control.checkVisibility()).map(control => control.outerHTML)"""

CHARTS = """() => [...document.querySelectorAll('.figure-chart')].map(chart => ({
  text: echarts.getInstanceByDom(chart).getOption().textStyle.color,
  animated: echarts.getInstanceByDom(chart).getOption().animation,
  width: chart.querySelector('canvas').getBoundingClientRect().width,
  room: chart.parentElement.clientWidth,
}))"""

TOO_WIDE = """() => [...document.querySelectorAll('.table-scroll')]
  .filter(each => each.checkVisibility())
  .filter(each => each.querySelector('table').getBoundingClientRect().width > each.clientWidth + 1)
  .map(each => each.getAttribute('aria-label'))"""


@pytest.fixture
def printed(show: Opener, pages: dict[str, Path]) -> OpenPage:
    """The page of several runs, dark on the screen, as it is printed."""
    opened = show(pages["all"], color_scheme="dark")
    opened.page.emulate_media(media="print")
    opened.page.wait_for_selector("html[data-paper]")
    return opened


def test_print_shows_no_controls(printed: OpenPage) -> None:
    assert printed.evaluate(CONTROLS) == []


def test_print_charts_of_a_dark_page_are_light_and_fit_the_sheet(printed: OpenPage) -> None:
    charts = printed.evaluate(CHARTS)

    assert len(charts) >= 8
    assert {chart["text"] for chart in charts} == {"#14171f"}
    assert {chart["animated"] for chart in charts} == {False}
    assert all(chart["width"] <= chart["room"] <= SHEET_PIXELS for chart in charts)


def test_print_lanes_are_light_and_fit_the_sheet(printed: OpenPage) -> None:
    corner = printed.evaluate(
        """() => [...document.querySelector('.chains-canvas').getContext('2d')
        .getImageData(2, 2, 1, 1).data]"""
    )

    assert corner == [255, 255, 255, 255]
    assert printed.page.locator(".chains-canvas").bounding_box()["width"] < SHEET_PIXELS  # type: ignore[index]  # it is there


def test_print_tables_show_all_rows_and_fit_the_sheet(printed: OpenPage) -> None:
    rows = (
        printed.page.get_by_role("region", name="Deposits", exact=True).locator("tbody tr").count()
    )

    assert rows == printed.evaluate("() => shardlab.chains.data.deposits.length") > 10
    assert printed.evaluate(TOO_WIDE) == []


def test_print_long_table_stops_and_says_what_is_left(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])
    opened.evaluate(
        """() => shardlab.table(document.querySelector('main'), {
        name: 'long', caption: 'Long', columns: [{ key: 'at', label: 'at' }],
        rows: Array.from({ length: 1234 }, (_, at) => ({ at })) })"""
    )

    opened.page.emulate_media(media="print")
    opened.page.wait_for_selector("html[data-paper]")

    table = opened.page.get_by_role("region", name="Long", exact=True)
    assert table.locator("tbody tr").count() == 200
    note = opened.page.locator(".paper-note:visible").inner_text()
    assert note == "The first 200 of 1,234 rows; the CSV that the page offers has all."


def test_print_over_the_page_is_as_it_was(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"], color_scheme="dark")
    table = opened.page.get_by_role("region", name="Deposits", exact=True)
    opened.page.get_by_role("button", name="Next").first.click()
    before = table.inner_text()
    width = opened.evaluate(CHARTS)[0]["width"]

    opened.page.emulate_media(media="print")
    opened.page.wait_for_selector("html[data-paper]")
    opened.page.emulate_media(media="screen")
    opened.page.wait_for_selector("html:not([data-paper])")

    [chart, *_] = opened.evaluate(CHARTS)
    assert (chart["text"], chart["width"]) == ("#e9ecf2", width)
    assert table.inner_text() == before


def test_print_by_the_browser_leaves_no_trace(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"], color_scheme="dark")
    opened.evaluate(
        "() => { window.turned = []; shardlab.on('paper', on => window.turned.push(on)); }"
    )

    document = opened.page.pdf(format="A4", prefer_css_page_size=True)

    assert document.startswith(b"%PDF")
    assert opened.evaluate("() => window.turned") == [True, False]
    assert opened.evaluate("() => document.documentElement.dataset.theme") == "dark"
