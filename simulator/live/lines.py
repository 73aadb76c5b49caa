"""Lines of a screen: text in pieces, each in a style, of an exact width.

They are made of segments, not of Rich's tables: a screen is drawn several times a second, and
this takes a tenth of the time.

Source:
    Ours.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from simulator.live.lanes import Outcome

Line = list[Segment]

GWEI_PER_ETH: Final = 10**9

BOLD: Final = Style(bold=True)
DIM: Final = Style(dim=True)
GOOD: Final = Style(color="green")
BAD: Final = Style(color="red", bold=True)
ACCENT: Final = Style(color="cyan", bold=True)
PLAIN: Final = Style()

OUTCOME_STYLES: Final = {
    Outcome.EMPTY: DIM,
    Outcome.RAN: Style(color="blue"),
    Outcome.DEPOSITS: Style(color="cyan", bold=True),
    Outcome.NOOP: Style(color="magenta"),
    Outcome.CALLED_BACK: Style(color="yellow"),
    Outcome.REFUSED: BAD,
}
"""Colours are for beauty: symbols tell the same."""


class Glyphs(NamedTuple):
    """Symbols that a terminal can show.

    Attributes:
        cells: One an outcome, in their order.
        done: Of a bar.
        left: Of a bar.
        rule: Beside headings.
        arrow: From and to.
        between: Columns.
    """

    cells: str
    done: str
    left: str
    rule: str
    arrow: str
    between: str


UNICODE: Final = Glyphs("·■▲□○×", "━", "╌", "─", "→", "│")  # noqa: RUF001 - a cross, and no letter
ASCII: Final = Glyphs(".#^o~x", "=", "-", "-", "->", "|")


def clean(text: str) -> str:
    """Return text of others without what could steer a terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)


def format_eth(gwei: int) -> str:
    """Return an amount as short as a screen wants it."""
    return f"{gwei / GWEI_PER_ETH:,.3f} ETH"


def fit(line: Line, width: int) -> Line:
    """Cut or fill a line."""
    return Segment.adjust_line_length(line, max(0, width))


def spread(left: Line, right: Line, width: int) -> Line:
    """Put something at both ends of a line; the left end gives way."""
    room = width - Segment.get_line_length(right)
    return [*fit(left, room - 1), Segment(" "), *right] if room > 1 else fit(left, width)


def draw_heading(text: str, width: int, glyphs: Glyphs) -> Line:
    """Draw the first line of a section."""
    rule = glyphs.rule * max(0, width - cell_len(text) - 4)
    return fit([Segment(f"{glyphs.rule * 2} ", DIM), Segment(text, BOLD), _dim(f" {rule}")], width)


def draw_bar(done: int, total: int, width: int, glyphs: Glyphs) -> Line:
    """Draw how much of something is done."""
    full = width * done // max(1, total)
    return [Segment(glyphs.done * full, ACCENT), Segment(glyphs.left * (width - full), DIM)]


def draw_cells(cells: bytes, cell_width: int, glyphs: Glyphs) -> Iterator[Segment]:
    """Draw the cells of a lane; neighbours that are alike go together."""
    for value, alike in groupby(cells):
        symbol = glyphs.cells[value].ljust(cell_width)
        yield Segment(symbol * len(list(alike)), OUTCOME_STYLES[Outcome(value)])


def flow(pairs: Iterable[tuple[str, str]], width: int) -> list[Line]:
    """Put names and values one behind the other, as many in a line as fit."""
    lines: list[Line] = []
    used = width
    for name, value in pairs:
        length = cell_len(name) + cell_len(value) + 1
        if used + 3 + length > width:
            lines.append([])
            used = 0
        else:
            lines[-1].append(_dim("   "))
            used += 3
        lines[-1] += [_dim(f"{name} "), Segment(value, PLAIN)]
        used += length
    return lines


def _dim(text: str) -> Segment:
    return Segment(text, DIM)
