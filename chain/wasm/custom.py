"""Custom sections: what a module says about itself, which no engine looks at.

Source:
    Ours: variants of a script are told apart by one.
"""

from typing import Final

from chain.errors import InvalidScript
from chain.wasm.reader import Reader

_PREAMBLE_BYTES: Final = 8
_CUSTOM_SECTION: Final = 0


def get_custom_section(code: bytes, name: str) -> bytes | None:
    """Return the contents of the first custom section of a name.

    Args:
        code: A module, well formed or not.
        name: Name of the section.

    Returns:
        The bytes behind the name; None if there is no such section before the module ends or
        breaks off.
    """
    reader = Reader(code, _PREAMBLE_BYTES, len(code))
    try:
        while reader.position < len(code):
            is_custom = reader.read_byte() == _CUSTOM_SECTION
            payload = reader.read_span(reader.read_u32())
            if is_custom and payload.read_name(len(code)) == name:
                return payload.read_bytes(payload.end - payload.position)
    except InvalidScript:
        return None
    return None
