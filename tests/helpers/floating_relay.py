"""A relay that works until somebody looks at its code: it has a float that nobody uses."""

from pathlib import Path
from typing import Final

from tests.helpers.scripts import read_script
from tests.helpers.wasm_modules import encode_u32

FLOATING_NAME: Final = "floating.wasm"

_GLOBAL_SECTION: Final = 6
_FLOAT_GLOBAL: Final = bytes.fromhex("7d00 43 00000000 0b")
"""An immutable f32 that is 0."""


def write_floating_relay(folder: Path) -> str:
    """Write deposit_relay with one more global, which the strict rules forbid; return its path."""
    path = folder / FLOATING_NAME
    path.write_bytes(build_floating_relay())
    return str(path)


def build_floating_relay() -> bytes:
    code = read_script("deposit_relay")
    parts, rest = [code[:8]], code[8:]
    while rest:
        section, (size, payload) = rest[0], decode_u32(rest[1:])
        content, rest = payload[:size], payload[size:]
        if section == _GLOBAL_SECTION:
            count, globals_ = decode_u32(content)
            content = encode_u32(count + 1) + globals_ + _FLOAT_GLOBAL
        parts.append(bytes([section]) + encode_u32(len(content)) + content)
    return b"".join(parts)


def decode_u32(data: bytes) -> tuple[int, bytes]:
    """Read an unsigned LEB128 integer; return it and what follows."""
    value = 0
    for position, byte in enumerate(data):
        value |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return value, data[position + 1 :]
    raise ValueError("truncated")
