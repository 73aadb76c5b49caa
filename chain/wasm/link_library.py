"""The parts of a library as they are in linked code: other indices, and host memory.

Source:
    The WebAssembly binary format.
"""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from chain.wasm.encoding import (
    NO_VALUE,
    VALUE_CODES,
    encode_global_type,
    encode_memory_argument,
    encode_signed,
    encode_sized,
    encode_unsigned,
)
from chain.wasm.instructions import Instruction, read_instruction
from chain.wasm.link_plan import HOST_MEMORY, Library
from chain.wasm.model import FunctionBody, FunctionType
from chain.wasm.opcodes import Immediate
from chain.wasm.reader import read_signed, read_unsigned

_ACTIVE_IN_MEMORY: Final = 2
_TYPE_INDEX_BITS: Final = 33

_UNTOUCHED: Final = frozenset(
    {
        Immediate.NONE,
        Immediate.LOCAL,
        Immediate.CONSTANT,
        Immediate.FIXED,
        Immediate.ELSE,
        Immediate.END,
        Immediate.LABEL,
        Immediate.LABELS,
        Immediate.TYPES,
        Immediate.LANE,
        Immediate.LANES,
    }
)
"""Operands that mean the same in every module."""


class Indices(Protocol):
    """Where the parts of the library are in linked code."""

    @property
    def first_global(self) -> int:
        """Index of what is global 0 in the library."""

    def library_function(self, index: int) -> int:
        """Return the index of a function of the library, which becomes part of the module."""

    def signature(self, kind: FunctionType) -> int:
        """Return the index of a type."""


def encode_library_globals(library: Library) -> list[bytes]:
    """Encode the entries of the global section.

    Source:
        Ours: the WebAssembly binary format.
    """
    return [
        encode_global_type(kind) + library.code[value.start : value.end]
        for kind, value in library.module.globals
        if value is not None
    ]


def encode_library_data(library: Library) -> list[bytes]:
    """Encode the entries of the data section, for host memory.

    Source:
        Ours: the WebAssembly binary format.
    """
    head = encode_unsigned(_ACTIVE_IN_MEMORY) + encode_unsigned(HOST_MEMORY)
    return [
        head
        + library.code[segment.place.start : segment.place.end]
        + encode_sized(library.code[segment.payload.start : segment.payload.end])
        for segment in library.module.data
        if segment.place is not None
    ]


def rewrite_library_body(library: Library, body: FunctionBody, indices: Indices) -> bytes:
    """Return an entry of the code section.

    Raises:
        ValueError: The library uses what it cannot have in linked code.

    Source:
        Ours: the WebAssembly binary format.
    """
    code = library.code
    written = bytearray()
    copied, position = body.start, body.code
    while position < body.end:
        instruction = read_instruction(code, position, body.end)
        position = instruction.end
        if instruction.opcode.immediate not in _UNTOUCHED:
            written += code[copied : instruction.operands]
            written += _rewrite_operands(library, instruction, indices)
            copied = position
    return encode_sized(bytes(written) + code[copied : body.end])


def _rewrite_operands(library: Library, instruction: Instruction, indices: Indices) -> bytes:
    opcode = instruction.opcode
    if opcode.immediate not in _REWRITERS:
        raise ValueError(f"a library cannot use {opcode.name}")
    return _REWRITERS[opcode.immediate](library, instruction, indices)


def _block(library: Library, instruction: Instruction, indices: Indices) -> bytes:
    operands = library.code[instruction.operands : instruction.end]
    if operands == NO_VALUE or operands in VALUE_CODES.values():
        return operands
    start, end = instruction.operands, instruction.end
    index, _ = read_signed(library.code, start, end, _TYPE_INDEX_BITS)
    return encode_signed(indices.signature(library.module.types[index]))


def _call(library: Library, instruction: Instruction, indices: Indices) -> bytes:
    function, _ = read_unsigned(library.code, instruction.operands, instruction.end)
    return encode_unsigned(indices.library_function(function))


def _global(library: Library, instruction: Instruction, indices: Indices) -> bytes:
    index, _ = read_unsigned(library.code, instruction.operands, instruction.end)
    return encode_unsigned(indices.first_global + index)


def _memory(library: Library, instruction: Instruction, _indices: Indices) -> bytes:
    code, end = library.code, instruction.end
    alignment, position = read_unsigned(code, instruction.operands, end)
    offset, position = read_unsigned(code, position, end)
    # Behind it is a lane, or nothing.
    return encode_memory_argument(alignment, offset, HOST_MEMORY) + code[position:end]


def _memories(_library: Library, instruction: Instruction, _indices: Indices) -> bytes:
    return encode_unsigned(HOST_MEMORY) * instruction.opcode.bound


_REWRITERS: Final[Mapping[Immediate, Callable[[Library, Instruction, Indices], bytes]]] = {
    Immediate.BLOCK: _block,
    Immediate.CALL: _call,
    Immediate.GLOBAL_GET: _global,
    Immediate.GLOBAL_SET: _global,
    Immediate.MEMORY: _memory,
    Immediate.MEMORY_LANE: _memory,
    Immediate.MEMORIES: _memories,
}
"""What changes. All other operands name something that a library cannot have; the size of its
memory is not known any more, since host memory is larger.
"""
