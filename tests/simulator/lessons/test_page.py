"""Pages of lessons: whole, self-contained, without code, and nothing injected."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from simulator.lessons import Telling, open_lesson
from simulator.lessons.page import render_page
from simulator.report.embed import compute_policy_hash
from tests.helpers.lessons import COMPILED, NUMBERS, build_lesson, list_questions

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """The tags of a page, checked to close what they open, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Outline:
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    return outline


@cache
def render(number: int) -> str:
    return render_page(Telling(open_lesson(number), COMPILED))


@pytest.mark.parametrize("number", NUMBERS)
def test_page_needs_no_network_and_runs_no_code(number: int) -> None:
    page = render(number)
    outline = read(page)

    tags = {tag for tag, _ in outline.tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "form"}
    for _, attributes in outline.tags:
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        assert attributes.get("href", "#").startswith("#")  # type: ignore[union-attr]  # has a value
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.parametrize("number", NUMBERS)
def test_page_has_every_step_and_folds_every_question(number: int) -> None:
    outline = read(render(number))
    questions = list_questions(number)

    ids = [
        attributes["id"]
        for tag, attributes in outline.tags
        if tag == "section" and "id" in attributes
    ]
    steps = open_lesson(number).narration.steps
    assert ids == [f"step-{position}" for position in range(1, len(steps) + 1)]
    folded = [attributes for tag, attributes in outline.tags if tag == "details"]
    assert len(folded) == sum(1 + len(told.choices) for told in questions)
    assert not any("open" in attributes for attributes in folded)
    classes = [attributes.get("class") for attributes in folded]
    assert classes.count("choice right") == sum(bool(told.choices) for told in questions)
    assert "{" not in outline.text.replace(find_styles(render(number)), "")


def find_styles(page: str) -> str:
    match = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert match is not None
    return match[1]


def test_page_policy_allows_its_own_style_alone() -> None:
    page = render(1)
    allowed = compute_policy_hash(find_styles(page))
    (policy,) = (
        attributes["content"]
        for tag, attributes in read(page).tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert str(policy).startswith(f"default-src 'none'; style-src {allowed};")


def test_page_is_the_same_every_time() -> None:
    assert render_page(Telling(open_lesson(3), COMPILED)) == render(3)


def test_crafted_texts_cannot_inject_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    lesson = build_lesson(
        tmp_path,
        {"prose": f"{evil} [a](javascript:alert(1)) `{evil}`"},
        {"table": {"rows": [{"label": evil, "values": ["title"]}]}},
        {"question": {"ask": evil, "answer": evil, "choices": [
            {"text": evil, "right": True}, {"text": "no"},
        ]}},
        title={"scenario": "title"},
    )  # fmt: skip
    scenario = tmp_path / "quiet.yaml"
    text = scenario.read_text(encoding="utf-8").replace("A quiet chain", f"'{evil}'")
    scenario.write_text(text, encoding="utf-8")

    outline = read(render_page(Telling(lesson)))

    assert not {tag for tag, _ in outline.tags} & {"script", "img"}
    assert not any("javascript" in (attributes.get("href") or "") for _, attributes in outline.tags)
    assert outline.text.count("alert(1)") >= 10
