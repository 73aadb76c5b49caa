"""Instructions as the WebAssembly specification has them, for those who must not ask ``chain``.

A signature is written ``params:results`` with a letter for each type.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

TYPE_CODES: Final[Mapping[str, int]] = {
    "i": 0x7F,
    "I": 0x7E,
    "f": 0x7D,
    "d": 0x7C,
    "v": 0x7B,
    "r": 0x70,
    "x": 0x6F,
}
"""Binary codes of i32, i64, f32, f64, v128, funcref and externref."""

PREAMBLE_BYTES: Final = 8
FC: Final = 0xFC
FD: Final = 0xFD


class Plain(NamedTuple):
    """An instruction that only knows its operands.

    Attributes:
        prefix: 0xfc or 0xfd, or 0 for none.
        number: The opcode behind it.
        params: Types that it takes.
        results: Types that it leaves.
        align: Logarithm of the natural alignment of an access; -1 if there is none.
        lanes: One more than the greatest lane; 0 if it names none.
    """

    prefix: int
    number: int
    params: str
    results: str
    align: int = -1
    lanes: int = 0


# First opcode and the signatures of consecutive ones, "*n" repeats.
_CORE: Final = (
    (0x45, "i:i ii:i*10 I:i II:i*10 ff:i*6 dd:i*6 i:i*3 ii:i*15 I:I*3 II:I*15"),
    (0x8B, "f:f*7 ff:f*7 d:d*7 dd:d*7 I:i f:i*2 d:i*2 i:I*2 f:I*2 d:I*2"),
    (0xB2, "i:f*2 I:f*2 d:f i:d*2 I:d*2 f:d f:i d:I i:f I:d i:i*2 I:I*3"),
)
_SATURATING: Final = ((0, "f:i*2 d:i*2 f:I*2 d:I*2"),)
_VECTOR: Final = (
    (14, "vv:v i:v*3 I:v f:v d:v"),
    (35, "vv:v*42 v:v vv:v*4 vvv:v v:i"),
    (94, "v:v*5 v:i*2 vv:v*2 v:v*4 vi:v*3 vv:v*6 v:v*2 vv:v*4 v:v vv:v v:v*6"),
    (130, "vv:v v:i*2 vv:v*2 v:v*4 vi:v*3 vv:v*6 v:v vv:v*5"),
    (155, "vv:v*5 v:v*2"),
    (163, "v:i*2"),
    (167, "v:v*4 vi:v*3 vv:v"),
    (177, "vv:v"),
    (181, "vv:v*6"),
    (188, "vv:v*4 v:v*2"),
    (195, "v:i*2"),
    (199, "v:v*4 vi:v*3 vv:v"),
    (209, "vv:v"),
    (213, "vv:v*11 v:v*2"),
    (227, "v:v vv:v*8 v:v*2"),
    (239, "v:v vv:v*8 v:v*8"),
)
# First opcode, and "signature@alignment" of consecutive ones.
_ACCESSES: Final = (
    (0, 0x28, "i:i@2 i:I@3 i:f@2 i:d@3 i:i@0*2 i:i@1*2 i:I@0*2 i:I@1*2 i:I@2*2"),
    (0, 0x36, "ii:@2 iI:@3 if:@2 id:@3 ii:@0 ii:@1 iI:@0 iI:@1 iI:@2"),
    (FD, 0, "i:v@4 i:v@3*6 i:v@0 i:v@1 i:v@2 i:v@3 iv:@4"),
    (FD, 92, "i:v@2 i:v@3"),
)
# "signature/lanes", some of them accesses.
_LANES: Final = (
    (21, "v:i/16*2 vi:v/16 v:i/8*2 vi:v/8 v:i/4 vi:v/4 v:I/2 vI:v/2 v:f/4 vf:v/4 v:d/2 vd:v/2"),
    (84, "iv:v@0/16 iv:v@1/8 iv:v@2/4 iv:v@3/2 iv:@0/16 iv:@1/8 iv:@2/4 iv:@3/2"),
)


def _expand(prefix: int, first: int, texts: str) -> Iterator[Plain]:
    number = first
    for text in texts.split():
        one, _, times = text.partition("*")
        one, _, lanes = one.partition("/")
        signature, _, align = one.partition("@")
        params, results = signature.split(":")
        for _ in range(int(times or 1)):
            yield Plain(prefix, number, params, results, int(align or -1), int(lanes or 0))
            number += 1


PLAIN: Final[tuple[Plain, ...]] = (
    *(row for first, texts in _CORE for row in _expand(0, first, texts)),
    *(row for first, texts in _SATURATING for row in _expand(FC, first, texts)),
    *(row for first, texts in _VECTOR for row in _expand(FD, first, texts)),
    *(row for prefix, first, texts in _ACCESSES for row in _expand(prefix, first, texts)),
    *(row for first, texts in _LANES for row in _expand(FD, first, texts)),
)
"""Everything but constants, shuffles, variables, tables, memories as a whole, and control."""

FLOAT_LANES: Final = frozenset(
    {94, 95, *range(103, 107), 116, 117, 122, 148, *range(224, 248)} - {226, 238}
)
"""Vector instructions that make floats: the bits of a NaN that they make are left open."""

_BY_CODE: Final = {(row.prefix, row.number): row for row in PLAIN}

# How many LEB128 numbers stand behind an opcode; none where it is not named.
_NUMBERS: Final[Mapping[tuple[int, int], int]] = {
    **{(0, code): 1 for code in (2, 3, 4, 0x0C, 0x0D, 0x10, *range(0x20, 0x27))},
    **{(0, code): 1 for code in (0x3F, 0x40, 0x41, 0x42, 0xD0, 0xD2)},
    (0, 0x11): 2,
    **{(FC, code): 2 for code in (8, 10, 12, 14)},
    **{(FC, code): 1 for code in (9, 11, 13, 15, 16, 17)},
}
_RAW: Final[Mapping[tuple[int, int], int]] = {
    (0, 0x43): 4,
    (0, 0x44): 8,
    (FD, 12): 16,
    (FD, 13): 16,
}
BR_TABLE: Final = 0x0E
_SELECT_TYPED: Final = 0x1C


def read_leb(code: bytes, position: int) -> tuple[int, int]:
    """Return an unsigned number of any width and the position behind it."""
    value = shift = 0
    while True:
        byte = code[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position


def skip_instruction(code: bytes, position: int) -> int:
    """Return the position behind an instruction of a well-formed body."""
    prefix, number, position = 0, code[position], position + 1
    if number in (FC, FD):
        prefix = number
        number, position = read_leb(code, position)
    row = _BY_CODE.get((prefix, number))
    if row is not None:
        position = skip_numbers(code, position, 2 if row.align >= 0 else 0)
        return position + (row.lanes > 0)
    if not prefix and number in (BR_TABLE, _SELECT_TYPED):
        count, position = read_leb(code, position)
        return skip_numbers(code, position, count + (number == BR_TABLE))
    position = skip_numbers(code, position, _NUMBERS.get((prefix, number), 0))
    return position + _RAW.get((prefix, number), 0)


def skip_numbers(code: bytes, position: int, count: int) -> int:
    """Return the position behind so many LEB128 numbers."""
    for _ in range(count):
        _, position = read_leb(code, position)
    return position


def list_sections(code: bytes) -> Iterator[tuple[int, int, int]]:
    """List the sections of a well-formed module: number, first byte, and end of the contents."""
    position = PREAMBLE_BYTES
    while position < len(code):
        section = code[position]
        size, start = read_leb(code, position + 1)
        position = start + size
        yield section, start, position
