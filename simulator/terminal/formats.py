"""What all printing shares: the console, and small formats.

Source:
    Ours.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table

from simulator.printable import mask_unprintable

_GWEI_PER_ETH: Final = 10**9
_ROOT_SHOWN: Final = 8
_ADDRESS_SHOWN: Final = 10


class CleanConsole(Console):
    """A console on which nothing that is printed can steer the terminal, or pose as markup.

    Names, titles and notes come from scenarios, scripts and run databases of anybody.
    """

    def __init__(self, file: TextIO, **options: Any) -> None:  # noqa: ANN401 - those of Console
        """Open a console.

        Args:
            file: Where to.
            options: As those of Rich.
        """
        super().__init__(file=file, highlight=False, markup=False, emoji=False, **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        """Render anything, without what could steer a terminal."""
        for segment in super().render(renderable, options):
            text = segment.text
            if segment.control or text.isprintable() or text == "\n":
                yield segment
            else:
                parts = map(mask_unprintable, text.split("\n"))
                yield Segment("\n".join(parts), segment.style)


def open_stdout() -> Console:
    """Return a console on today's stdout, plain when it is not a terminal."""
    return CleanConsole(sys.stdout, soft_wrap=False)


def format_gwei(gwei: int) -> str:
    """Return an amount in ETH, without trailing zeros."""
    whole, rest = divmod(gwei, _GWEI_PER_ETH)
    fraction = f"{rest:09d}".rstrip("0")
    return f"{whole:,}.{fraction} ETH" if fraction else f"{whole:,} ETH"


def format_number(value: float) -> str:
    """Return a number with thousands separated."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3f}"


def shorten_root(root: str) -> str:
    """Return the beginning of a hex root."""
    return root[:_ROOT_SHOWN]


def shorten_address(address: str) -> str:
    """Return the beginning of an account's address, which is hex."""
    return f"0x{address[:_ADDRESS_SHOWN]}"


def start_table(*, show_header: bool = True) -> Table:
    """Return an empty table in the one style of all commands."""
    return Table(box=SIMPLE_HEAD, show_header=show_header, pad_edge=False)
