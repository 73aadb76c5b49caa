"""Runs, pages of them, and Chromium to open the pages with."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.helpers.report_pages import OpenPage, make_page, make_run, open_page

Opener = Callable[..., OpenPage]


@pytest.fixture
def show(browser: Browser) -> Iterator[Opener]:
    """Opens pages; each must stay without errors and requests up to the test's end."""
    opened: list[OpenPage] = []

    def opener(file: Path, **options: Any) -> OpenPage:  # noqa: ANN401 - playwright's
        opened.append(open_page(browser, file, **options))
        return opened[-1]

    yield opener
    for each in opened:
        assert each.problems == []
        each.page.context.close()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Run folders by the scenario that was run."""
    folder = tmp_path_factory.mktemp("runs")
    wanted = ("deposit_journey", "three_routes", "crosslink_reorg", "placements")
    return {name: make_run(folder / name, name) for name in wanted}


@pytest.fixture(scope="session")
def pages(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page for each of those runs, and ``all`` for all of them."""
    folder = tmp_path_factory.mktemp("pages")
    single = {name: make_page([run], folder / f"{name}.html") for name, run in runs.items()}
    return {**single, "all": make_page(list(runs.values()), folder / "all.html")}
