"""A lesson as a page: one file, no scripts, nothing from the network.

Questions unfold without code, so the page can forbid all code, and prints as it stands.

Source:
    Ours. Markdown is rendered with HTML switched off, everything else is escaped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from simulator.lessons.story import CELL_WORDS, CELLS
from simulator.lessons.telling import (
    Telling,
    Told,
    ToldBars,
    ToldLanes,
    ToldProse,
    ToldQuestion,
    ToldRun,
    ToldSource,
    ToldTable,
)
from simulator.report.embed import compute_policy_hash

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates"

_KINDS: Final[Mapping[type[Any], str]] = {
    ToldProse: "prose",
    ToldRun: "run",
    ToldTable: "table",
    ToldLanes: "lanes",
    ToldBars: "bars",
    ToldSource: "source",
    ToldQuestion: "question",
}
"""Pieces, and the macros of ``pieces.html.j2`` that write them."""


@dataclass(frozen=True, slots=True)
class Slide:
    """A step of a lesson, told.

    Attributes:
        number: From 1.
        title: Its heading.
        pieces: Kind and piece, in order.
    """

    number: int
    title: str
    pieces: tuple[tuple[str, Told], ...]


def render_page(telling: Telling) -> str:
    """Return a whole lesson as an HTML document.

    Args:
        telling: A lesson of which nothing was told yet.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    markdown = MarkdownIt("commonmark", {"html": False})
    environment.filters["markdown"] = lambda text: Markup(markdown.render(text))  # noqa: S704 - see above
    styles = (_TEMPLATES / "lesson.css").read_text(encoding="utf-8")
    slides = list(_tell_slides(telling))
    return environment.get_template("lesson.html.j2").render(
        lesson=telling.lesson,
        scenario=telling.lesson.loaded.scenario,
        slides=slides,
        styles=Markup(styles),  # noqa: S704 - a file of ours
        policy_hash=compute_policy_hash(styles),
        cell_words=CELL_WORDS,
        cell_kinds=tuple(CELLS),
    )


def _tell_slides(telling: Telling) -> Iterator[Slide]:
    for number, step in enumerate(telling.lesson.narration.steps, 1):
        title = telling.record.fill(step.title)
        pieces = tuple((_KINDS[type(told)], told) for told in telling.tell(step))
        yield Slide(number, title, pieces)
