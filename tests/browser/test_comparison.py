"""Several runs beside one another: the databases' numbers, and sentences about them."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Opener
from tests.helpers.report_pages import OpenPage, make_page, make_run, query

STRATEGIES = ("beacon-operation", "shard-lazy")


@pytest.fixture(scope="module")
def rivals(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same scenario under two placements."""
    folder = tmp_path_factory.mktemp("rivals") / "lazy"
    lazy = make_run(folder, "placements", f"validation.strategy={STRATEGIES[1]}")
    return [runs["placements"], lazy]


@pytest.fixture(scope="module")
def rivals_page(rivals: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_page(rivals, tmp_path_factory.mktemp("rivals_page") / "page.html")


def read_comparison(opened: OpenPage) -> dict[str, Any]:
    """Return the section's model."""
    model: dict[str, Any] = opened.evaluate("() => shardlab.page.sections.comparison")
    return model


def test_comparison_of_one_run_is_no_section(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["placements"])

    assert opened.page.locator("#comparison").count() == 0


def test_comparison_names_runs_by_the_setting_that_differs(show: Opener, rivals_page: Path) -> None:
    opened = show(rivals_page)

    model = read_comparison(opened)
    assert model["names"] == list(STRATEGIES)
    assert model["key"] == "strategy"
    rows = dict(zip(model["settings"]["name"], model["settings"]["values"], strict=True))
    assert rows == {"strategy": list(STRATEGIES)}
    assert "They differ in strategy" in opened.text(".comparison-lead")


def test_comparison_metrics_are_the_databases(
    show: Opener, rivals_page: Path, rivals: list[Path]
) -> None:
    model = read_comparison(show(rivals_page))
    found = [dict(query(folder, "SELECT name, value FROM metrics")) for folder in rivals]

    shown = dict(zip(model["metrics"]["name"], model["metrics"]["values"], strict=True))
    assert set(shown) == set(found[0]) | set(found[1])
    for name, values in shown.items():
        for value, metrics in zip(values, found, strict=True):
            assert value == metrics[name] if name in metrics else not value, name


def test_comparison_sentences_name_the_better_run(
    show: Opener, rivals_page: Path, rivals: list[Path]
) -> None:
    seconds = [
        query(folder, "SELECT value FROM metrics WHERE name = 'costs.total_seconds'")[0][0]
        for folder in rivals
    ]
    opened = show(rivals_page)

    model = read_comparison(opened)
    said = dict(zip(model["sentences"]["metric"], model["sentences"]["text"], strict=True))
    best = STRATEGIES[seconds.index(min(seconds))]
    assert seconds[0] != seconds[1]
    assert f"{best} leads as lowest" in said["costs.total_seconds"]
    assert "one seed says nothing about the spread" in said["costs.total_seconds"]
    assert "validating, modelled seconds" in opened.text(".comparison-said")


def test_comparison_courses_end_at_the_metrics_on_the_same_scales(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    opened = show(pages["all"])
    ends = opened.evaluate(
        "() => shardlab.runs.map(run => { const points = run.sections.comparison.points;"
        " return ['settled', 'usable', 'blocks', 'seconds'].map(key => points[key].at(-1)); })"
    )

    names = ("deposits.settled", "scripts.usable", "shards.blocks", "costs.total_seconds")
    for folder, end in zip(runs.values(), ends, strict=True):
        metrics = dict(query(folder, "SELECT name, value FROM metrics"))
        assert end == [metrics[name] for name in names]
    scales = opened.evaluate(
        "() => { const { xAxis, yAxis } = echarts.getInstanceByDom(document.querySelector("
        "'#figure-comparison-courses .figure-chart')).getOption();"
        " return [xAxis, yAxis].map(axes => axes.map(({ min, max }) => [min, max])); }"
    )
    assert [len({tuple(each) for each in axes}) for axes in scales] == [1, 1]
    assert [len(axes) for axes in scales] == [len(runs)] * 2


def test_comparison_another_course_is_drawn_and_tabled(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["all"])

    opened.page.select_option("[aria-label='What to show slot by slot']", "shard blocks so far")

    drawn = opened.evaluate(
        "() => echarts.getInstanceByDom(document.querySelector('#figure-comparison-courses "
        ".figure-chart')).getOption().series[0].data.at(-1)[1]"
    )
    assert drawn == opened.evaluate("() => shardlab.runs[0].facts.metrics['shards.blocks']")
    opened.page.locator("#figure-comparison-courses").get_by_role("button", name="Table").click()
    first = opened.page.locator("#figure-comparison-courses tbody tr").first
    assert first.locator("td").first.inner_text() == "1"


def test_comparison_of_different_scenarios_goes_by_labels(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    opened = show(pages["all"])

    model = read_comparison(opened)
    assert model["names"] == list(runs)
    assert model["key"] == ""
    assert "4 different scenarios" in opened.text(".comparison-lead")


def test_comparison_of_a_run_with_itself_finds_nothing(
    show: Opener, runs: dict[str, Path], tmp_path: Path
) -> None:
    folder = runs["deposit_journey"]
    opened = show(make_page([folder, folder], tmp_path / "page.html"))

    told = opened.text("#comparison")
    assert "Nothing: all metrics of these runs are the same." in told
    assert "these runs have the same settings, seed and versions" in told


@pytest.mark.parametrize(("width", "columns"), [(360, 1), (1280, 4)])
def test_comparison_panels_are_as_many_in_a_row_as_fit(
    show: Opener, pages: dict[str, Path], width: int, columns: int
) -> None:
    opened = show(pages["all"], viewport={"width": width, "height": 900})

    lefts = opened.evaluate(
        "() => echarts.getInstanceByDom(document.querySelector('#figure-comparison-courses "
        ".figure-chart')).getOption().grid.map(({ left }) => Math.round(left))"
    )

    assert len(set(lefts)) == columns
