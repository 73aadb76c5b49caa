"""Stepping over instructions of well-formed code, for those who look at it a second time.

Source:
    The WebAssembly binary format.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from chain.wasm.opcodes import OPCODES, PREFIXED, UNKNOWN, Immediate, Opcode
from chain.wasm.reader import read_unsigned

_CONTINUES: Final = 0x80
_NAMES_MEMORY: Final = 0x40
"""Bit of the alignment of an access that says: a memory index follows."""

_NUMBERS_BEHIND: Final[Mapping[Immediate, int]] = {
    Immediate.NONE: 0,
    Immediate.ELSE: 0,
    Immediate.END: 0,
    Immediate.MEMORY: 2,
    Immediate.TYPES: 2,
    Immediate.DATA_MEMORY: 2,
    Immediate.ELEMENT_TABLE: 2,
    Immediate.TABLES: 2,
    Immediate.CALL_INDIRECT: 2,
    Immediate.MEMORY_LANE: 3,
    Immediate.LANES: 16,
}
"""LEB128 numbers behind an opcode; lanes and types are numbers of one byte. Others: one."""


_ACCESSES: Final = frozenset({Immediate.MEMORY, Immediate.MEMORY_LANE})


class Instruction(NamedTuple):
    """One instruction: the row of the table, and offsets of opcode, operands and what follows."""

    opcode: Opcode
    start: int
    operands: int
    end: int


def read_instruction(code: bytes, position: int, end: int) -> Instruction:
    """Read the instruction at a position.

    Args:
        code: A module that was decoded without an error.
        position: First byte of the instruction.
        end: First byte that no longer belongs to the body or expression.

    Source:
        Ours: the WebAssembly binary format.
    """
    opcode = OPCODES[code[position]]
    operands = position + 1
    if opcode.immediate is Immediate.PREFIX:
        number, operands = read_unsigned(code, operands, end)
        opcode = PREFIXED[code[position]].get(number, UNKNOWN)
    return Instruction(opcode, position, operands, skip_operands(code, opcode, operands, end))


def skip_operands(code: bytes, opcode: Opcode, position: int, end: int) -> int:
    """Return the position behind the operands of an instruction.

    Args:
        code: A module that was decoded without an error.
        opcode: The instruction.
        position: First byte behind its opcode.
        end: First byte that no longer belongs to the body or expression.

    Source:
        Ours: the WebAssembly binary format.
    """
    immediate = opcode.immediate
    if immediate is Immediate.NONE:
        return position
    if immediate is Immediate.FIXED:
        return position + opcode.bound
    if immediate is Immediate.LABELS:
        targets, position = read_unsigned(code, position, end)
        return _skip_numbers(code, targets + 1, position)
    is_counted = immediate is Immediate.MEMORIES
    count = opcode.bound if is_counted else _NUMBERS_BEHIND.get(immediate, 1)
    if immediate in _ACCESSES and code[position] & _NAMES_MEMORY:
        count += 1
    return _skip_numbers(code, count, position)


def _skip_numbers(code: bytes, count: int, position: int) -> int:
    for _ in range(count):
        while code[position] >= _CONTINUES:
            position += 1
        position += 1
    return position


def find_expression_end(code: bytes, position: int, end: int) -> int:
    """Return the position behind a constant expression, which holds no blocks.

    Args:
        code: A module that was decoded without an error.
        position: First byte of the expression.
        end: First byte that surely no longer belongs to it.

    Source:
        Ours: the WebAssembly binary format.
    """
    while True:
        instruction = read_instruction(code, position, end)
        position = instruction.end
        if instruction.opcode.immediate is Immediate.END:
            return position
