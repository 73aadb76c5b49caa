"""Text of others, made fit for a terminal and for a line of its own.

Source:
    Ours.
"""

from typing import Final

_MAX_LINE_CHARACTERS: Final = 4_000


def make_printable(text: str) -> str:
    """Return text as one line of bounded length, without control characters.

    Files by other people end up on a terminal: names, keys and paths in them can hold anything,
    such as sequences that steer it, line ends, and marks that turn the order of letters round.
    """
    shown = text[:_MAX_LINE_CHARACTERS]
    if not shown.isprintable():
        shown = "".join(
            each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown
        )
    return shown if len(text) <= _MAX_LINE_CHARACTERS else shown + "..."


def mask_unprintable(text: str) -> str:
    """Return text with a mark for every character that could steer a terminal; as long as it."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
