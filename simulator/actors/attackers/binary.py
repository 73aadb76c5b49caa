"""Writing WebAssembly modules byte by byte, to an exact size.

Counts and section sizes take five bytes, whatever they are, so that adding a function adds the
same number of bytes wherever it goes.

Source:
    Ours: the WebAssembly 1.0 binary format, which PROTOCOL 6 asks for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_PREAMBLE: Final = b"\x00asm\x01\x00\x00\x00"
_CUSTOM, _TYPE, _IMPORT, _FUNCTION, _MEMORY, _EXPORT, _START, _CODE, _DATA = (
    *(0, 1, 2, 3, 5),
    *(7, 8, 10, 11),
)
_CONTINUES: Final = 0x80
_PAYLOAD: Final = 0x7F
_PADDED_BYTES: Final = 5
_NUMBER_BYTES: Final = 8

I32: Final = b"\x7f"
END: Final = b"\x0b"
FUNCTION_KIND: Final = b"\x00"
MEMORY_KIND: Final = b"\x02"

NO_VALUES: Final = 0
"""Type index of functions that take and return nothing."""
TAKES_I32: Final = 1
"""Type index of functions that take one i32."""

_TYPES: Final = (b"\x60\x00\x00", b"\x60\x01\x7f\x00")
_ONE_PAGE: Final = b"\x00\x01"


def encode_u32(value: int) -> bytes:
    """Encode an unsigned LEB128 integer in as few bytes as possible."""
    encoded = bytearray()
    while value > _PAYLOAD:
        encoded.append(value & _PAYLOAD | _CONTINUES)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _encode_padded(value: int) -> bytes:
    groups = [value >> 7 * place & _PAYLOAD for place in range(_PADDED_BYTES)]
    return bytes([*(group | _CONTINUES for group in groups[:-1]), groups[-1]])


def encode_name(name: str) -> bytes:
    """Encode a name: its size, then its UTF-8 bytes."""
    data = name.encode()
    return encode_u32(len(data)) + data


def encode_import(module: str, field: str, type_index: int) -> bytes:
    """Encode the import of a function."""
    return encode_name(module) + encode_name(field) + FUNCTION_KIND + encode_u32(type_index)


def encode_export(name: str, kind: bytes, index: int) -> bytes:
    """Encode an export entry."""
    return encode_name(name) + kind + encode_u32(index)


def encode_body(instructions: bytes, locals_count: int = 0) -> bytes:
    """Encode a function body with its size; all locals are i32, and ``end`` is added."""
    runs = b"\x01" + encode_u32(locals_count) + I32 if locals_count else b"\x00"
    body = runs + instructions + END
    return encode_u32(len(body)) + body


@dataclass(frozen=True, slots=True)
class Sketch:
    """What goes into a module; functions beyond the imports take and return nothing.

    Attributes:
        imports: Encoded import entries, all of functions.
        exports: Encoded export entries.
        start: Index of the start function, if there is one.
        bodies: Encoded bodies of the functions, in order.
        data: Contents of the data section, if there is one.
    """

    imports: tuple[bytes, ...]
    exports: tuple[bytes, ...]
    bodies: tuple[bytes, ...]
    start: int | None = None
    data: bytes | None = None


def build_module(sketch: Sketch, number: int, padding_bytes: int = 0) -> bytes:
    """Lay out a module.

    Args:
        sketch: What is in it.
        number: Put into a custom section, so that every module has another hash.
        padding_bytes: Zeros behind the number.

    Returns:
        The binary format.

    Source:
        Ours: the WebAssembly 1.0 binary format.
    """
    note = encode_name("n") + number.to_bytes(_NUMBER_BYTES, "little") + bytes(padding_bytes)
    start = b"" if sketch.start is None else _build_section(_START, encode_u32(sketch.start))
    data = b"" if sketch.data is None else _build_section(_DATA, sketch.data)
    functions = [encode_u32(NO_VALUES)] * len(sketch.bodies)
    return b"".join(
        (
            _PREAMBLE,
            _build_section(_CUSTOM, note),
            _build_section(_TYPE, _build_vector(_TYPES)),
            _build_section(_IMPORT, _build_vector(sketch.imports)),
            _build_section(_FUNCTION, _build_vector(functions)),
            _build_section(_MEMORY, _build_vector([_ONE_PAGE])),
            _build_section(_EXPORT, _build_vector(sketch.exports)),
            start,
            _build_section(_CODE, _build_vector(sketch.bodies)),
            data,
        )
    )


def count_body_bytes(body: bytes) -> int:
    """Return by how much a module grows with one more function of this encoded body."""
    return len(body) + len(encode_u32(NO_VALUES))


def _build_section(section_id: int, contents: bytes) -> bytes:
    return bytes([section_id]) + _encode_padded(len(contents)) + contents


def _build_vector(items: Iterable[bytes]) -> bytes:
    entries = tuple(items)
    return _encode_padded(len(entries)) + b"".join(entries)
