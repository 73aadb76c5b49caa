"""Columns that may be too many for the terminal: as many tables as they need.

Source:
    Ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

GAP: Final = 3
"""Columns between two columns, at most."""


def fill_columns(columns: Mapping[str, Sequence[str]], width: int) -> Iterator[list[str]]:
    """Yield the headings of as many columns at a time as fit, at least one."""
    chosen: list[str] = []
    used = 0
    for heading, column in columns.items():
        needed = measure_column(heading, column)
        if chosen and used + needed > width:
            yield chosen
            chosen, used = [], 0
        chosen.append(heading)
        used += needed
    if chosen:
        yield chosen


def measure_column(heading: str, column: Sequence[str]) -> int:
    """Return how wide a column is, with the gap behind it."""
    return max(map(len, [*heading.split("\n"), *column])) + GAP
