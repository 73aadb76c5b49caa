"""Values of a Scout file, and where they stand: every complaint names file, line and key.

Source:
    PROTOCOL 9.
"""

import re
from binascii import Error as HexError
from binascii import unhexlify
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

from simulator.errors import ScoutFileError
from simulator.printable import make_printable
from simulator.yaml_source import Key, KeyPath, YamlSource

C = TypeVar("C", bound=StrEnum)

ROOT_BYTES: Final = 32
MAX_UINT64: Final = 2**64 - 1

_MAX_INDEX_DIGITS: Final = 20
_HEX_SPACE: Final = b" \t\r\n"
_NOT_HEX: Final = re.compile(r"[^0-9A-Fa-f \t\r\n]")


class Memory:
    """What reading one file remembers.

    Attributes:
        decoded: Bytes of every hex text: an alias may repeat a large one a thousand times.
        unknown: For every kind of unknown key (without list positions) the place of the first,
            and how many there are.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.decoded: dict[str, bytes] = {}
        self.unknown: dict[KeyPath, tuple[str, int]] = {}


class Place(NamedTuple):
    """A value of the file, and where it stands."""

    source: YamlSource
    keys: KeyPath
    value: Any
    memory: Memory

    def fail(self, problem: str) -> ScoutFileError:
        """Build the error that says what is wrong here."""
        return ScoutFileError(make_printable(f"{self.source.describe(self.keys)}: {problem}"))

    def expect_keys(self, *known: str) -> None:
        """Refuse anything but a mapping, and note unknown keys.

        Raises:
            ScoutFileError: It is none.
        """
        if not isinstance(self.value, dict):
            raise self.fail(f"keys are expected here ({', '.join(known)}), not {self._name()}")
        for key in self.value:
            if key not in known:
                kind = tuple(each for each in (*self.keys, key) if isinstance(each, str))
                where = self.source.describe((*self.keys, key))
                first, count = self.memory.unknown.get(kind, (where, 0))
                self.memory.unknown[kind] = (first, count + 1)

    def at(self, key: str) -> "Place":
        """Return the value of a key.

        Raises:
            ScoutFileError: There is no such key.
        """
        if key not in self.value:
            given = f" (there are: {', '.join(self.value)})" if self.value else ""
            raise self._child(key, None).fail(f"missing key{given}")
        return self._child(key, self.value[key])

    def optional(self, key: str) -> "Place | None":
        """Return the value of a key, None if it is absent or null."""
        return None if self.value.get(key) is None else self.at(key)

    def optional_items(self, key: str) -> "Sequence[Place]":
        """Return the elements of a list that may be absent or null.

        Raises:
            ScoutFileError: It is anything else.
        """
        return () if self.value.get(key) is None else self.at(key).items()

    def items(self) -> "Sequence[Place]":
        """Return the elements of a list.

        Raises:
            ScoutFileError: It is none.
        """
        if not isinstance(self.value, tuple):
            raise self.fail(f"a list is expected, not {self._name()}")
        return [self._child(position, each) for position, each in enumerate(self.value)]

    def optional_entries(self, key: str) -> "Mapping[str, Place]":
        """Return the values of a mapping that may be absent or null, by its keys.

        Raises:
            ScoutFileError: It is anything else.
        """
        if self.value.get(key) is None:
            return {}
        return self.at(key).entries()

    def entries(self) -> "Mapping[str, Place]":
        """Return the values of a mapping by its keys.

        Raises:
            ScoutFileError: It is none.
        """
        if not isinstance(self.value, dict):
            raise self.fail(f"keys are expected here, not {self._name()}")
        return {key: self._child(key, each) for key, each in self.value.items()}

    def text(self) -> str:
        """Return a scalar as it is written.

        Raises:
            ScoutFileError: It is none, or nothing is written.
        """
        if not isinstance(self.value, str) or not self.value:
            raise self.fail(f"text is expected, not {self._name()}")
        return self.value

    def number(self, limit: int, text: str | None = None) -> int:
        """Return a decimal number.

        Args:
            limit: The largest that is allowed.
            text: What is written, if the number is not the value here but its key.

        Raises:
            ScoutFileError: It is none, or larger than the limit.
        """
        text = self.text() if text is None else text
        if not (text.isascii() and text.isdigit()):
            raise self.fail(f"a decimal number is expected, not {text!r}")
        digits = text.lstrip("0") or "0"
        if len(digits) > _MAX_INDEX_DIGITS or int(digits) > limit:
            raise self.fail(f"{text} is larger than {limit}")
        return int(digits)

    def choice(self, kind: type[C]) -> C:
        """Return the member of an enumeration that is written.

        Raises:
            ScoutFileError: There is none.
        """
        text = self.text()
        choices = [member.value for member in kind]
        if text not in choices:
            raise self.fail(f"one of {', '.join(choices)} is expected, not {text!r}")
        return kind(text)

    def flag(self) -> bool:
        """Return a truth value.

        Raises:
            ScoutFileError: It is neither ``true`` nor ``false``.
        """
        text = self.text()
        if text not in ("true", "false"):
            raise self.fail(f"true or false is expected, not {text!r}")
        return text == "true"

    def hex(self, size_bytes: int | None = None) -> bytes:
        """Return the bytes that hex digits stand for; spaces and line ends do not count.

        Args:
            size_bytes: How many there must be, if that is fixed.

        Raises:
            ScoutFileError: It is not hex, or of another size.
        """
        if not isinstance(self.value, str):
            raise self.fail(f"hex is expected, not {self._name()}")
        data = self.memory.decoded.get(self.value)
        if data is None:
            data = self.memory.decoded[self.value] = self._decode_hex(self.value)
        if size_bytes is not None and len(data) != size_bytes:
            raise self.fail(f"{size_bytes} bytes of hex are expected, not {len(data)}")
        return data

    def _decode_hex(self, text: str) -> bytes:
        digits = text.encode().translate(None, _HEX_SPACE)
        try:
            return unhexlify(digits)
        except HexError as error:
            if digits[:2] in (b"0x", b"0X"):
                raise self.fail("hex is written without 0x here") from error
            wrong = _NOT_HEX.search(text)
            if wrong is None:
                problem = f"an odd number of hex digits ({len(digits)})"
            else:
                problem = f"{wrong[0]!r} is no hex digit (character {wrong.start() + 1})"
            raise self.fail(problem) from error

    def _child(self, key: Key, value: object) -> "Place":
        return Place(self.source, (*self.keys, key), value, self.memory)

    def _name(self) -> str:
        """Name what is here, for people."""
        if isinstance(self.value, dict):
            return "keys"
        if isinstance(self.value, tuple):
            return "a list"
        return "text" if self.value else "nothing"
