"""The page can be used without a mouse, and by those who hear it."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.browser.conftest import Opener

UNNAMED = """() => [...document.querySelectorAll('button, a, input, select, summary')]
  .filter(control => control.checkVisibility())
  .filter(control => !(control.getAttribute('aria-label') || control.textContent.trim()
    || [...(control.labels || [])].some(label => label.textContent.trim())))
  .map(control => control.outerHTML)"""


@pytest.mark.parametrize("name", ["deposit_journey", "all"])
def test_page_every_control_has_a_name(show: Opener, pages: dict[str, Path], name: str) -> None:
    opened = show(pages[name])
    opened.evaluate("() => document.querySelectorAll('details').forEach(each => each.open = true)")

    assert opened.evaluate(UNNAMED) == []


def test_page_ids_are_unique_and_references_hold(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["all"])

    ids = opened.evaluate("() => [...document.querySelectorAll('[id]')].map(each => each.id)")
    referred = opened.evaluate(
        """() => [...document.querySelectorAll('[aria-labelledby], [for], a[href^="#"]')]
        .map(each => each.getAttribute('aria-labelledby') || each.getAttribute('for')
          || each.hash.slice(1))"""
    )

    assert len(ids) == len(set(ids))
    assert set(referred) <= set(ids)


def test_page_headings_descend_one_level_at_a_time(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])

    levels = opened.evaluate(
        "() => [...document.querySelectorAll('h1, h2, h3, h4')].map(each => +each.tagName[1])"
    )

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_page_tab_reaches_the_lanes_and_shows_where_it_is(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["deposit_journey"])

    for _ in range(30):
        opened.page.keyboard.press("Tab")
        if opened.evaluate("() => document.activeElement.className") == "chains-stage":
            break

    style = opened.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert opened.evaluate("() => document.activeElement.className") == "chains-stage"
    assert style == "solid"
    assert opened.text("[role=status][aria-live]").startswith("Beacon chain, slot 64: accepted")


def test_page_table_rows_are_chosen_and_sorted_by_keys(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["deposit_journey"])
    table = opened.page.get_by_role("region", name="Deposits")

    table.get_by_role("button", name="amount").press("Enter")
    table.get_by_role("button", name="amount").press("Enter")
    table.get_by_role("row").nth(1).press("Enter")

    biggest = opened.evaluate(
        "() => shardlab.chains.data.deposits.reduce((a, b) => (b.gwei > a.gwei ? b : a)).number"
    )
    assert opened.evaluate("() => shardlab.chains.state.deposit.number") == biggest
    assert table.locator("th[aria-sort=descending]").count() == 1
