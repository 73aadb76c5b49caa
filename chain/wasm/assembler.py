"""Function bodies written by hand: instructions by name.

The notation is the flat one of the text format, with the numbers of indices under names that
the caller chooses::

    assemble(
        '''
        block $done
          local.get $size
          i32.eqz
          br_if $done
          i32.const 0
          local.get $size
          i64.load offset=8 memory=1      ;; from host memory
          i64.store
          call $burn
        end
        ''',
        size=0,
        burn=symbols.function("burn"),
    )

A name behind ``block``, ``loop`` or ``if`` is a label, which ends with its block; others stand
for numbers. Memory accesses are as unaligned as they can be promised to be, with offset 0 and
memory 0 unless ``offset=`` and ``memory=`` say otherwise. What else memory instructions refer to
are indices as in the binary format: ``memory.size 0``, ``memory.copy 0 1`` (to 0 from 1).

Source:
    Ours: the WebAssembly text and binary formats.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from chain.wasm.encoding import (
    NO_VALUE,
    VALUE_CODES,
    encode_memory_argument,
    encode_signed,
    encode_unsigned,
    encode_vector,
)
from chain.wasm.opcodes import OPCODES, PREFIXED, Immediate, Opcode

_COMMENT: Final = re.compile(r";;.*")
_VALUES: Final[Mapping[str, bytes]] = {str(kind): code for kind, code in VALUE_CODES.items()}
_MEMORY_DEFAULTS: Final = {"offset": 0, "memory": 0}

_INDICES: Final[Mapping[Immediate, int]] = {
    Immediate.NONE: 0,
    Immediate.ELSE: 0,
    Immediate.LOCAL: 1,
    Immediate.CALL: 1,
    Immediate.CALL_INDIRECT: 2,
    Immediate.GLOBAL_GET: 1,
    Immediate.GLOBAL_SET: 1,
    Immediate.TABLE: 1,
    Immediate.MEMORY_BYTE: 1,
    Immediate.FUNCTION: 1,
    Immediate.DATA: 1,
    Immediate.DATA_MEMORY: 2,
    Immediate.ELEMENT: 1,
    Immediate.ELEMENT_TABLE: 2,
    Immediate.TABLES: 2,
}
"""How many operands are indices, in the order of the binary format:
``call_indirect TYPE TABLE``."""


def _list_opcodes() -> Iterator[tuple[str, tuple[bytes, Opcode]]]:
    for byte, opcode in enumerate(OPCODES):
        yield opcode.name, (bytes((byte,)), opcode)
    for prefix, numbered in PREFIXED.items():
        for number, opcode in numbered.items():
            yield opcode.name, (bytes((prefix,)) + encode_unsigned(number), opcode)


_OPCODES: Final[Mapping[str, tuple[bytes, Opcode]]] = {
    name: row for name, row in _list_opcodes() if row[1].immediate is not Immediate.REFUSED
}


def assemble(text: str, /, **names: int) -> bytes:
    """Encode instructions.

    Args:
        text: The instructions, as the module's docstring describes.
        names: What ``$name`` stands for.

    Returns:
        The instructions, and nothing behind them: no ``end`` of a function.

    Raises:
        ValueError: The text has a mistake, which it names.

    Source:
        Ours: the WebAssembly text format.
    """
    return _Assembler(text, names).write()


class _Assembler:
    """A cursor over the words of one text."""

    def __init__(self, text: str, names: Mapping[str, int]) -> None:
        self._words = _COMMENT.sub("", text).split()
        self._names = names
        self._position = 0
        self._labels: list[str] = []

    def write(self) -> bytes:
        """Encode all of it."""
        written = bytearray()
        while (word := self._peek()) is not None:
            self._position += 1
            if word not in _OPCODES:
                raise ValueError(f"{word!r} is no instruction")
            encoding, opcode = _OPCODES[word]
            written += encoding + self._write_operands(opcode)
        if self._labels:
            raise ValueError(f"{len(self._labels)} blocks are still open")
        return bytes(written)

    def _write_operands(self, opcode: Opcode) -> bytes:
        match opcode.immediate:
            case Immediate.CONSTANT:
                return encode_signed(_wrap(self._take_number(), opcode))
            case Immediate.MEMORY:
                return self._write_memory()
            case Immediate.BLOCK | Immediate.END | Immediate.LABEL | Immediate.LABELS:
                return self._write_control(opcode.immediate)
            case Immediate.MEMORIES:
                return self._write_indices(opcode.bound)
        if opcode.immediate not in _INDICES:
            raise ValueError(f"{opcode.name} is not known here")
        return self._write_indices(_INDICES[opcode.immediate])

    def _write_control(self, immediate: Immediate) -> bytes:
        if immediate is Immediate.BLOCK:
            return self._open_block()
        if immediate is Immediate.LABEL:
            return self._write_label()
        if immediate is Immediate.LABELS:
            *targets, default = self._list_labels()
            return encode_vector(targets) + default
        if not self._labels:
            raise ValueError("an end without a block")
        self._labels.pop()
        return b""

    def _peek(self) -> str | None:
        return self._words[self._position] if self._position < len(self._words) else None

    def _is_operand(self) -> bool:
        """Tell whether another operand follows, where there may be any number of them."""
        word = self._peek()
        return word is not None and word not in _OPCODES

    def _take(self) -> str:
        word = self._peek()
        if word is None or word in _OPCODES:
            raise ValueError(f"an operand is missing in front of {word}")
        self._position += 1
        return word

    def _take_number(self) -> int:
        return self._read_number(self._take())

    def _read_number(self, word: str) -> int:
        if not word.startswith("$"):
            return int(word, 0)
        if word[1:] not in self._names:
            raise ValueError(f"nobody says what {word} is")
        return self._names[word[1:]]

    def _write_indices(self, count: int) -> bytes:
        return b"".join([encode_unsigned(self._take_number()) for _ in range(count)])

    def _write_memory(self) -> bytes:
        arguments = dict(_MEMORY_DEFAULTS)
        while self._is_operand():
            key, equals, value = self._take().partition("=")
            if key not in arguments or not equals:
                raise ValueError(f"{key!r} says nothing about a memory access")
            arguments[key] = self._read_number(value)
        return encode_memory_argument(0, arguments["offset"], arguments["memory"])

    def _open_block(self) -> bytes:
        word = self._peek()
        has_label = word is not None and word.startswith("$")
        self._labels.append(self._take() if has_label else "")
        return _VALUES[self._take()] if self._peek() in _VALUES else NO_VALUE

    def _write_label(self) -> bytes:
        word = self._take()
        if word in self._labels:
            return encode_unsigned(self._labels[::-1].index(word))
        return encode_unsigned(self._read_number(word))

    def _list_labels(self) -> Iterator[bytes]:
        yield self._write_label()
        while self._is_operand():
            yield self._write_label()


def _wrap(value: int, opcode: Opcode) -> int:
    """Return a constant as a signed one: the text may give either."""
    half = 1 << (opcode.bound - 1)
    if not -half <= value < 2 * half:
        raise ValueError(f"{value} is no operand of {opcode.name}")
    return value - 2 * half if value >= half else value
