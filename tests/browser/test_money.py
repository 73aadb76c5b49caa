"""The money on the page is the database's, and its diagrams answer."""

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Opener
from tests.helpers.report_pages import OpenPage, make_page, make_run, query, query_one

NAMES = ("deposit_journey", "three_routes", "crosslink_reorg", "placements")
BANDS = ("validators", "accounts", "reserve", "in_flight", "funding", "unclaimed", "burned")
BOOKS = """
SELECT slot, {fields} FROM events WHERE kind = 'slot_closed' ORDER BY slot
"""
FLOWS = """
SELECT json_extract(made.details, '$.from_shard') AS source,
    json_extract(made.details, '$.to_shard') AS target,
    count(*), sum(json_extract(made.details, '$.gwei'))
FROM events AS made WHERE made.kind = 'deposit_created' AND 'settled' = (
    SELECT json_extract(step.details, '$.event') FROM events AS step
    WHERE step.deposit = made.deposit AND step.kind = 'deposit_step' ORDER BY step.id DESC LIMIT 1)
GROUP BY source, target ORDER BY source, target
"""


def read_books(folder: Path, *fields: str) -> list[tuple[Any, ...]]:
    """Read fields of the books of every slot."""
    chosen = ", ".join(f"json_extract(details, '$.{name}')" for name in fields)
    return query(folder, BOOKS.format(fields=chosen))


def read_money(opened: OpenPage) -> dict[str, Any]:
    """Return the section's model."""
    money: dict[str, Any] = opened.evaluate("() => shardlab.runs[0].sections.money")
    return money


def read_series(opened: OpenPage, figure: str) -> list[dict[str, Any]]:
    """Return what a chart draws: type and values of every series."""
    series: list[dict[str, Any]] = opened.evaluate(
        "name => echarts.getInstanceByDom(document.querySelector(`#figure-${name} .figure-chart`))"
        ".getOption().series.map(({ name, type, data, links }) => ({ name, type, data, links }))",
        figure,
    )
    return series


def read_csv(opened: OpenPage, figure: str, target: Path) -> list[dict[str, str]]:
    """Download a figure's CSV and return its rows."""
    with opened.page.expect_download() as download:
        opened.page.locator(f"#figure-{figure}").get_by_role("button", name="CSV").click()
    download.value.save_as(target)
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", NAMES)
def test_money_bands_are_the_databases_and_add_up_to_genesis(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path], name: str
) -> None:
    books = read_books(runs[name], "total_eth", "burned", "in_flight", "accounted")
    money = read_money(show(pages[name]))

    points = money["points"]
    assert points["slot"] == [row[0] for row in books]
    assert points["burned"] == [row[2] for row in books]
    assert points["in_flight"] == [row[3] for row in books]
    on_shards = [sum(pair) for pair in zip(points["accounts"], points["reserve"], strict=True)]
    assert on_shards == [row[4] for row in books]
    genesis = {row[1] + row[2] for row in books}
    sums = {sum(row) for row in zip(*(points[band] for band in BANDS), strict=True)}
    assert sums == genesis == {money["genesis"]}


@pytest.mark.parametrize("name", NAMES)
def test_money_shards_account_for_all_that_the_books_have_on_shards(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path], name: str
) -> None:
    books = read_books(runs[name], "accounted")
    money = read_money(show(pages[name]))

    sums = [sum(balances) for balances in zip(*money["shards"], strict=True)]
    assert sums == [row[1] for row in books]
    assert max(sums) > 0
    assert set(money["points"]["elsewhere"]) == {0}


def test_money_printed_eth_is_above_genesis_and_said(show: Opener, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", "replay_attack")
    opened = show(make_page([folder], tmp_path / "page.html"))

    printed = [row[1] for row in read_books(folder, "printed")]
    points = read_money(opened)["points"]
    assert max(printed) > 0
    assert points["unbacked"] == points["printed"] == printed
    assert "scripts owe and do not have" in opened.text("#figure-run-eth figcaption")
    assert "Scripts' own books are another matter" in opened.text(
        "#figure-run-conservation figcaption"
    )


@pytest.mark.parametrize("name", NAMES)
def test_money_flows_are_the_databases(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path], name: str
) -> None:
    money = read_money(show(pages[name]))

    shown: dict[tuple[int, int], list[int]] = {}
    rows = zip(*(money["flows"][key] for key in ("from", "to", "settled", "settled_gwei")))  # noqa: B905 - columns of one table
    for source, target, settled, gwei in rows:
        sums = shown.setdefault((source, target), [0, 0])
        sums[0] += settled
        sums[1] += gwei
    found = [(*ends, *sums) for ends, sums in sorted(shown.items()) if sums[0]]
    assert found == query(runs[name], FLOWS)
    assert found


def test_money_areas_draw_what_the_model_says_and_the_csv_too(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path], tmp_path: Path
) -> None:
    opened = show(pages["three_routes"])
    burned = [row[1] for row in read_books(runs["three_routes"], "burned")]

    series = {each["name"]: each["data"] for each in read_series(opened, "three_routes-eth")}
    rows = read_csv(opened, "three_routes-eth", tmp_path / "eth.csv")

    assert series["burned"] == [gwei / 1e9 for gwei in burned]
    assert [int(row["burned, Gwei"]) for row in rows] == burned
    assert "validators" in series


def test_money_validators_can_be_left_out(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["three_routes"])
    selected = (
        "() => echarts.getInstanceByDom(document.querySelector('#figure-three_routes-eth "
        ".figure-chart')).getOption().legend[0].selected"
    )
    assert opened.evaluate(selected).get("validators", True)

    opened.page.get_by_role("button", name="Without validators").click()

    assert opened.evaluate(selected)["validators"] is False


def test_money_conservation_is_stated_and_drawn_at_zero(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    opened = show(pages["deposit_journey"])
    slots = query_one(runs["deposit_journey"], "SELECT max(slot) FROM events")

    [line] = read_series(opened, "deposit_journey-conservation")

    assert line["data"] == [0] * slots
    told = opened.text("#figure-deposit_journey-conservation figcaption")
    assert f"each of {slots} slots" in told
    assert "the error is 0" in told


@pytest.mark.parametrize(
    ("button", "kind"), [("Sankey", "sankey"), ("Chord", "chord"), ("Matrix", "heatmap")]
)
def test_money_flows_can_be_drawn_three_ways(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path], button: str, kind: str
) -> None:
    opened = show(pages["three_routes"])

    opened.page.get_by_role("button", name=button).click()

    [series] = read_series(opened, "three_routes-flows")
    assert series["type"] == kind
    links = series["links"] if kind != "heatmap" else series["data"]
    between = [row[2:] for row in query(runs["three_routes"], FLOWS) if row[0] != row[1]]
    drawn = sorted((each["link"]["settled"], each["link"]["gwei"]) for each in links)
    assert drawn == sorted(between)


def test_money_flows_filter_by_route_changes_the_table(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    opened = show(pages["three_routes"])
    figure = opened.page.locator("#figure-three_routes-flows")
    figure.get_by_role("button", name="Table").click()

    opened.page.select_option("[aria-label='Filter by route']", "shard")

    routes = figure.locator("tbody tr td:first-child").all_inner_texts()
    count = (
        "SELECT count(DISTINCT json_extract(details, '$.from_shard')) FROM events "
        "WHERE kind = 'deposit_created' AND json_extract(details, '$.route') = 'shard'"
    )
    assert routes == ["shard"] * query_one(runs["three_routes"], count)


def test_money_charts_are_read_by_keyboard(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])
    opened.page.locator("#figure-deposit_journey-eth .figure-chart").focus()

    opened.page.keyboard.press("End")
    opened.page.keyboard.press("ArrowLeft")

    said = opened.text("#figure-deposit_journey-eth .figure-body > [role=status]")
    assert said.startswith("Slot 63: validators ")


def test_money_run_without_deposits_says_why_there_is_nothing(show: Opener, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", "helloworld")
    opened = show(make_page([folder], tmp_path / "page.html"))

    told = opened.text("#money")
    assert "No deposit was asked for in this run" in told
    assert "No ETH ever reached a shard" in told
