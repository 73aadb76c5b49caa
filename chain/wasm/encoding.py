"""Bytes for rewritten modules: numbers, types, vectors, bodies, sections.

Source:
    The WebAssembly binary format.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from chain.wasm.model import (
    EXTERNAL_KINDS,
    NUMBER_TYPES,
    REFERENCE_TYPES,
    ExternalKind,
    FunctionType,
    GlobalType,
    Limits,
    SectionId,
    ValueType,
)

VALUE_CODES: Final[Mapping[ValueType, bytes]] = {
    value_type: bytes((code,))
    for codes in (NUMBER_TYPES, REFERENCE_TYPES)
    for code, value_type in codes.items()
}
"""Binary codes of all types."""

EXTERNAL_CODES: Final[Mapping[ExternalKind, bytes]] = {
    kind: bytes((code,)) for code, kind in enumerate(EXTERNAL_KINDS)
}

NO_VALUE: Final = b"\x40"
"""Type of a block without parameters and results."""

_FUNCTION_FORM: Final = b"\x60"
_END: Final = b"\x0b"
_PAYLOAD: Final = 0x7F
_CONTINUES: Final = 0x80
_SIGN: Final = 0x40
_NAMES_MEMORY: Final = 0x40
"""Bit of the alignment that says: a memory index follows."""


def encode_unsigned(value: int) -> bytes:
    """Encode an unsigned LEB128 integer in as few bytes as possible.

    Source:
        Ours: the WebAssembly binary format.
    """
    encoded = bytearray()
    while value >= _CONTINUES:
        encoded.append(value & _PAYLOAD | _CONTINUES)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def encode_signed(value: int) -> bytes:
    """Encode a signed LEB128 integer in as few bytes as possible.

    Source:
        Ours: the WebAssembly binary format.
    """
    encoded = bytearray()
    while not -_SIGN <= value < _SIGN:
        encoded.append(value & _PAYLOAD | _CONTINUES)
        value >>= 7
    encoded.append(value & _PAYLOAD)
    return bytes(encoded)


def encode_name(text: str) -> bytes:
    """Encode a name: its size, then UTF-8.

    Source:
        Ours: the WebAssembly binary format.
    """
    return encode_sized(text.encode())


def encode_sized(data: bytes) -> bytes:
    """Put the size in front of bytes.

    Source:
        Ours: the WebAssembly binary format.
    """
    return encode_unsigned(len(data)) + data


def encode_vector(entries: Sequence[bytes]) -> bytes:
    """Put the number of entries in front of them.

    Source:
        Ours: the WebAssembly binary format.
    """
    return encode_unsigned(len(entries)) + b"".join(entries)


def encode_section(section_id: SectionId, payload: bytes) -> bytes:
    """Encode a section.

    Source:
        Ours: the WebAssembly binary format.
    """
    return bytes((section_id,)) + encode_sized(payload)


def encode_function_type(kind: FunctionType) -> bytes:
    """Encode an entry of the type section.

    Source:
        Ours: the WebAssembly binary format.
    """
    groups = (kind.params, kind.results)
    return _FUNCTION_FORM + b"".join(
        [encode_vector([VALUE_CODES[each] for each in group]) for group in groups]
    )


def encode_limits(limits: Limits) -> bytes:
    """Encode the size of a memory or table: whether there is a maximum, and both.

    Source:
        Ours: the WebAssembly binary format.
    """
    numbers = [limits.minimum] if limits.maximum is None else [limits.minimum, limits.maximum]
    return bytes((len(numbers) - 1,)) + b"".join(map(encode_unsigned, numbers))


def encode_global_type(kind: GlobalType) -> bytes:
    """Encode what stands in front of a global's value.

    Source:
        Ours: the WebAssembly binary format.
    """
    return VALUE_CODES[kind.value] + bytes((kind.mutable,))


def encode_memory_argument(alignment: int, offset: int, memory: int) -> bytes:
    """Encode what follows the opcode of a load or store.

    Args:
        alignment: Promised alignment, as the exponent of 2.
        offset: Added to the address, in bytes.
        memory: Memory index; memory 0 is left out, as before there could be several.

    Source:
        Ours: the WebAssembly binary format.
    """
    if memory:
        flags = encode_unsigned(alignment | _NAMES_MEMORY) + encode_unsigned(memory)
    else:
        flags = encode_unsigned(alignment)
    return flags + encode_unsigned(offset)


def encode_body(types: Sequence[ValueType], instructions: bytes) -> bytes:
    """Encode an entry of the code section.

    Args:
        types: Types of the locals, parameters not among them.
        instructions: The code without the last ``end``.

    Source:
        Ours: the WebAssembly binary format.
    """
    runs = [encode_unsigned(len(list(run))) + VALUE_CODES[kind] for kind, run in groupby(types)]
    return encode_sized(encode_vector(runs) + instructions + _END)


def encode_export(name: str, kind: ExternalKind, index: int) -> bytes:
    """Encode an entry of the export section.

    Source:
        Ours: the WebAssembly binary format.
    """
    return encode_name(name) + EXTERNAL_CODES[kind] + encode_unsigned(index)
