"""Run folders for the tests of the report page, and the browser that opens it."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from simulator import load_scenario, run
from simulator.report.page import write_page

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Return where Chromium is installed, if it is."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def make_run(folder: Path, scenario: str | Path, *overrides: str) -> Path:
    """Run a scenario into a folder and return the folder."""
    run(load_scenario(scenario, overrides), folder)
    return folder


def query(folder: Path, text: str, *values: object) -> list[tuple[Any, ...]]:
    """Ask a run's database."""
    with closing(sqlite3.connect(folder / "run.db")) as connection:
        return connection.execute(text, values).fetchall()


def query_one(folder: Path, text: str, *values: object) -> Any:  # noqa: ANN401 - one SQL value
    """Ask a run's database for one value."""
    [(value,)] = query(folder, text, *values)
    return value


@dataclass
class OpenPage:
    """A report page in a browser, and what went wrong in it.

    Attributes:
        page: The page.
        file: The file that it was opened from.
        problems: Errors on the console, exceptions, and requests for anything but the file.
    """

    page: Page
    file: Path
    problems: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        """Keep a problem for the end of the test."""
        self.problems.append(problem)

    def note_console(self, message: ConsoleMessage) -> None:
        """Keep what the page complains about on the console."""
        if message.type in {"error", "warning"}:
            self.note(f"console: {message.text}")

    def note_request(self, request: Request) -> None:
        """Keep every request for anything but the page itself; downloads are its own blobs."""
        if request.url != self.file.as_uri() and not request.url.startswith("blob:"):
            self.note(f"request: {request.url}")

    def text(self, selector: str) -> str:
        """Return an element's text as somebody sees it."""
        return self.page.locator(selector).first.inner_text()

    def evaluate(self, script: str, argument: object = None) -> Any:  # noqa: ANN401 - JSON
        """Run a function in the page."""
        return self.page.evaluate(script, argument)

    def click_cell(self, lane: int, slot: int) -> None:
        """Click where a cell is drawn."""
        self.evaluate("slot => shardlab.chains.view.show(slot)", slot)
        self.page.locator(".chains-stage").scroll_into_view_if_needed()
        x, y = self.evaluate(
            "([lane, slot]) => shardlab.chains.view.place(lane, slot)", [lane, slot]
        )
        self.page.mouse.click(x, y)


def open_page(browser: Browser, file: Path, **options: Any) -> OpenPage:  # noqa: ANN401 - playwright's
    """Open a page and wait until it is drawn."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    opened = OpenPage(context.new_page(), file)
    page = opened.page
    page.on("pageerror", lambda error: opened.note(f"exception: {error}"))
    page.on("console", opened.note_console)
    page.on("request", opened.note_request)
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready=true]")
    return opened


def make_page(folders: Sequence[Path], out: Path) -> Path:
    """Write the page of some runs."""
    return write_page(folders, out)
