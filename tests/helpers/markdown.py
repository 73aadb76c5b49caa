"""Markdown as the documentation uses it: reads blocks, headings and links, writes tables."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

GENERATED: Final = (
    "<!-- Written by `python -m tests.helpers.regenerate_docs`; a test fails when it is old. -->"
)
"""First line of pages that nobody should edit."""

_FENCE: Final = "```"
_HEADING: Final = re.compile(r"^#+ (.*)$", re.MULTILINE)
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        language: The word behind the opening fence.
        line: Number of the opening fence's line, from 1.
        lines: What is between the fences.
    """

    language: str
    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the contents with a newline behind each line."""
        return "".join(f"{line}\n" for line in self.lines)


def find_blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a document, in order."""
    language, start, inside = "", 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if start and line == _FENCE:
            yield Block(language, start, tuple(inside))
            start = 0
        elif start:
            inside.append(line)
        elif line.startswith(_FENCE):
            language, start, inside = line.removeprefix(_FENCE), number, []


def replace_block(text: str, block: Block, lines: Sequence[str]) -> str:
    """Return a document with a block's contents replaced."""
    all_lines = text.splitlines()
    all_lines[block.line : block.line + len(block.lines)] = lines
    return "".join(f"{line}\n" for line in all_lines)


def strip_blocks(text: str) -> str:
    """Return a document without its fenced blocks."""
    kept, inside = [], False
    for line in text.splitlines():
        if line.startswith(_FENCE):
            inside = not inside
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def find_links(text: str) -> list[str]:
    """Return the targets of all links and images, those in fenced blocks not counted."""
    return _LINK.findall(strip_blocks(text))


def find_anchors(text: str) -> set[str]:
    """Return the anchors of all headings, as GitHub makes them."""
    return {compute_anchor(heading) for heading in _HEADING.findall(strip_blocks(text))}


def compute_anchor(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def to_markdown(docstring: str) -> str:
    """Return a docstring's text as one paragraph of Markdown."""
    return " ".join(docstring.replace("``", "`").split())


def render_table(headers: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    shown = [list(headers)]
    shown.extend([["---"] * len(shown[0]), *map(list, rows)])
    return "\n".join(f"| {' | '.join(row)} |" for row in shown)


def join_parts(parts: Iterable[str]) -> str:
    """Return a document from its paragraphs, headings and tables."""
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"
