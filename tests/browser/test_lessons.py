"""Pages of lessons in Chromium: they open quietly, unfold, switch lights, and fit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from simulator.lessons import Telling, open_lesson
from simulator.lessons.page import render_page
from tests.helpers.lessons import COMPILED, NUMBERS

every_lesson = pytest.mark.parametrize("number", NUMBERS)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def lesson_pages(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The pages of all lessons."""
    folder = tmp_path_factory.mktemp("lessons")
    pages = {number: folder / f"lesson-{number}.html" for number in NUMBERS}
    for number, page in pages.items():
        page.write_text(render_page(Telling(open_lesson(number), COMPILED)), encoding="utf-8")
    return pages


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab in which nothing may go wrong, and which may ask for nothing but files."""
    problems: list[str] = []

    def note_request(request: Request) -> None:
        if not request.url.startswith("file:"):
            problems.append(request.url)

    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light")
    opened = context.new_page()
    opened.on("console", lambda message: problems.append(message.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("request", note_request)
    yield opened
    context.close()
    assert problems == []


@every_lesson
@pytest.mark.parametrize("width", [360, 1280, 3840])
def test_lesson_page_fits_its_window(
    lesson_pages: dict[int, Path], page: Page, number: int, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(lesson_pages[number].as_uri())

    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    size = float(page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))
    assert size >= {360: 16, 1280: 20, 3840: 26}[width]


@every_lesson
def test_lesson_page_unfolds_its_answers(
    lesson_pages: dict[int, Path], page: Page, number: int
) -> None:
    page.goto(lesson_pages[number].as_uri())
    answer = page.locator("details.answer").first
    body = answer.locator(".prose")

    assert not body.is_visible()
    answer.locator("summary").press("Enter")
    assert body.is_visible()


def test_lesson_page_says_which_choice_is_right(lesson_pages: dict[int, Path], page: Page) -> None:
    page.goto(lesson_pages[1].as_uri())
    right, wrong = page.locator("details.right").first, page.locator("details.wrong").first
    right.locator("summary").click()
    wrong.locator("summary").click()

    assert right.locator("p").inner_text() == "Right."
    assert wrong.locator("p").inner_text() == "Not this one."


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lesson_page_follows_the_system_and_its_own_switch(
    lesson_pages: dict[int, Path], page: Page, scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(lesson_pages[1].as_uri())
    before = read_lightness(page)
    page.locator("#lights").check()
    after = read_lightness(page)

    assert (before > 128) == (scheme == "light")
    assert (after > 128) == (scheme == "dark")


def read_lightness(page: Page) -> float:
    color = str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    channels = [float(part) for part in color.strip("rgba()").split(",")[:3]]
    return sum(channels) / len(channels)


def test_lesson_page_prints_light_and_without_links(
    lesson_pages: dict[int, Path], page: Page
) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(lesson_pages[1].as_uri())

    assert read_lightness(page) > 250
    assert not page.locator("nav").is_visible()
    assert not page.locator(".turn").first.is_visible()
