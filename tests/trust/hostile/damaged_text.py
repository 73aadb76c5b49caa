"""Damage to a text file, byte by byte and line by line."""

from collections.abc import Callable
from random import Random
from typing import Final

_MARKS: Final = (
    "\t",
    "&a ",
    "*a",
    "!!int ",
    "|",
    ">",
    "%",
    "@",
    "`",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "#",
    "- ",
    "? ",
    "---\n",
    "...\n",
    "<<: ",
    '"',
    "'",
    "\\",
    "\x1b[31m",
    "\u202e",
    "\u2028",
    "\x85",
    "\x07",
    "\ufeff",
    "\x7f",
    "\U0001f600",
)
_ENCODINGS: Final = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7")
_NOT_UTF8: Final = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x80")
_LINE_ENDS: Final = ("\r\n", "\r", "\u2028", "\x85", "\x0b")
_TOO_LARGE_BYTES: Final = 4_000_001


def damage_text(text: str, rng: Random) -> tuple[str, bytes]:
    """Return the name of a damage, and the damaged file."""
    damage = rng.choice(_DAMAGES)
    return damage.__name__.strip("_"), damage(text, rng)


def _flip_bits(text: str, rng: Random) -> bytes:
    data = bytearray(text.encode())
    for _ in range(rng.choice((1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _replace_bytes(text: str, rng: Random) -> bytes:
    data = bytearray(text.encode())
    for _ in range(rng.choice((1, 4, 64))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _delete(text: str, rng: Random) -> bytes:
    start = rng.randrange(len(text))
    return (text[:start] + text[start + rng.choice((1, 1, 2, 5, 20, 100)) :]).encode()


def _truncate(text: str, rng: Random) -> bytes:
    return text.encode()[: rng.randrange(len(text))]


def _insert_mark(text: str, rng: Random) -> bytes:
    place = rng.randrange(len(text) + 1)
    return (text[:place] + rng.choice(_MARKS) + text[place:]).encode()


def _insert_nul(text: str, rng: Random) -> bytes:
    place = rng.randrange(len(text) + 1)
    return (text[:place] + "\0" + text[place:]).encode()


def _insert_not_utf8(text: str, rng: Random) -> bytes:
    data = text.encode()
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice(_NOT_UTF8) + data[place:]


def _encode_otherwise(text: str, rng: Random) -> bytes:
    return text.encode(rng.choice(_ENCODINGS))


def _end_lines_otherwise(text: str, rng: Random) -> bytes:
    return text.replace("\n", rng.choice(_LINE_ENDS)).encode()


def _repeat_line(text: str, rng: Random) -> bytes:
    lines = text.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    lines[place:place] = lines[place : place + rng.choice((1, 1, 3))] * rng.choice((1, 1, 1000))
    return "".join(lines).encode()


def _swap_lines(text: str, rng: Random) -> bytes:
    lines = text.splitlines(keepends=True)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines).encode()


def _indent(text: str, rng: Random) -> bytes:
    lines = text.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    lines[place] = rng.choice((" ", "  ", "\t", " " * 2000)) + lines[place]
    return "".join(lines).encode()


def _follow_with_another(text: str, rng: Random) -> bytes:
    return (text + rng.choice(("---\n", "...\n---\n", "---\n---\n")) + text).encode()


def _leave_little(_text: str, rng: Random) -> bytes:
    return rng.choice(
        (
            b"",
            b"\n",
            b"#",
            b"---\n",
            b"null",
            b"5",
            b"[]",
            b"{}",
            b"a",
            b"%YAML 9.9\n",
            b"%TAG ! x\n--- a",
            b"\xef\xbb\xbf",
            b"-",
            b"? ",
            b": ",
            b"\0" * 4096,
        )
    )


def _make_too_large(text: str, rng: Random) -> bytes:
    filler = rng.choice(("#", " ", "\n", "a"))
    return (text + filler * (_TOO_LARGE_BYTES - len(text))).encode()[: rng.choice((-1, None))]


_DAMAGES: Final[tuple[Callable[[str, Random], bytes], ...]] = (
    *(_flip_bits, _replace_bytes, _delete, _truncate, _insert_mark, _indent) * 4,
    *(_insert_nul, _insert_not_utf8, _encode_otherwise, _end_lines_otherwise, _repeat_line) * 2,
    *(_swap_lines, _follow_with_another, _leave_little) * 2,
    _make_too_large,
)
"""The small ones, which come far into the reader, more often."""
