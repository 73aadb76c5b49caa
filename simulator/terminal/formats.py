"""What all printing shares: the console, and small formats.

Source:
    Ours.
"""

import sys
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

_GWEI_PER_ETH: Final = 10**9
_ROOT_SHOWN: Final = 8
_ADDRESS_SHOWN: Final = 10


def open_stdout() -> Console:
    """Return a console on today's stdout, plain when it is not a terminal."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=False)


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
