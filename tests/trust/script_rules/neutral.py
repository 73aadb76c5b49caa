"""A module whose operand types no longer matter, and everything else as it was.

Behind ``unreachable`` the operand stack holds whatever is asked for. So with one in front of each
instruction an engine refuses a module for anything but the types of operands. Three things need
more than that: an ``if`` without ``else`` gets an ``else``, since what it takes must be what it
leaves; ``br_table`` becomes a branch to each of its labels, since those may differ in what they
take; and nothing else.
"""

from collections.abc import Iterator
from typing import Final

from tests.helpers.wasm_modules import encode_u32
from tests.trust.random_wasm.spec import (
    BR_TABLE,
    PREAMBLE_BYTES,
    list_sections,
    read_leb,
    skip_instruction,
    skip_numbers,
)

_CODE_SECTION: Final = 10
_UNREACHABLE: Final = 0
_BLOCKS: Final = (0x02, 0x03, 0x04)
_IF: Final = 0x04
_ELSE: Final = 0x05
_END: Final = 0x0B
_BR: Final = 0x0C
_BR_IF: Final = 0x0D


def neutralise(code: bytes) -> bytes:
    """Return the module with operands of any type at every instruction.

    Args:
        code: A module that is well-formed but for the types of operands.
    """
    made = bytearray(code[:PREAMBLE_BYTES])
    for section, start, end in list_sections(code):
        payload = code[start:end]
        if section == _CODE_SECTION:
            payload = b"".join(_rewrite_bodies(code, start))
        made += bytes([section]) + encode_u32(len(payload)) + payload
    return bytes(made)


def _rewrite_bodies(code: bytes, position: int) -> Iterator[bytes]:
    count, position = read_leb(code, position)
    yield encode_u32(count)
    for _ in range(count):
        size, start = read_leb(code, position)
        position = start + size
        body = _rewrite_body(code, start, position)
        yield encode_u32(len(body)) + body


def _rewrite_body(code: bytes, start: int, end: int) -> bytes:
    runs, first = read_leb(code, start)
    first = skip_numbers(code, first, 2 * runs)
    made = bytearray(code[start:first])
    open_ifs: list[bool] = []
    position = first
    while position < end:
        after = skip_instruction(code, position)
        made += _rewrite_instruction(code, position, after, open_ifs)
        position = after
    return bytes(made)


def _rewrite_instruction(code: bytes, position: int, after: int, open_ifs: list[bool]) -> bytes:
    opcode = code[position]
    made = bytearray([_UNREACHABLE])
    if opcode in _BLOCKS:
        open_ifs.append(opcode == _IF)
    elif opcode == _ELSE:
        open_ifs[-1] = False
    elif opcode == _END and open_ifs and open_ifs.pop():
        made += bytes([_ELSE, _UNREACHABLE])
    elif opcode == BR_TABLE:
        return bytes(made) + _list_branches(code, position + 1)
    return bytes(made) + code[position:after]


def _list_branches(code: bytes, position: int) -> bytes:
    count, position = read_leb(code, position)
    made = bytearray()
    for _ in range(count + 1):
        label, position = read_leb(code, position)
        made += bytes([_BR_IF]) + encode_u32(label) + bytes([_UNREACHABLE])
    return bytes(made) + bytes([_BR]) + encode_u32(0)
