"""Bytes for rewritten modules: numbers, vectors, sections.

Source:
    The WebAssembly binary format.
"""

from collections.abc import Sequence
from typing import Final

from chain.wasm.model import SectionId

_PAYLOAD: Final = 0x7F
_CONTINUES: Final = 0x80
_SIGN: Final = 0x40


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
