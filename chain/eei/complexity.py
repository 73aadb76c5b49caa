"""A bound on the work of compiling a module, known before any of it is done.

Optimizing compilers take time and memory that grow with the product of control flow and
variables in a function: six kilobytes of nested loops over four hundred locals keep Cranelift
busy for half a minute, eighteen can take ten gigabytes. A node that compiles what anybody
registers must refuse such a module, and all nodes must refuse the same ones, so the work is
estimated from the code alone:

- a block weighs as much as the values it may have to pass on: parameters and locals of the
  function, parameters and results of the block, and a constant for the block itself;
- a loop weighs eight times that, because it passes them on from two sides, and because fuel
  is checked at its head;
- a call weighs the parameters and results of what it calls;
- the work of a module is the sum of the squares of its functions' weights.

Source:
    Ours: the record knows compile time only as "x" (PROTOCOL 7).
"""

from collections.abc import Mapping
from typing import Final

from chain.errors import ScriptFault
from chain.wasm import FunctionType, Module
from chain.wasm.model import FunctionBody
from chain.wasm.opcodes import OPCODES, PREFIXED, UNKNOWN, Immediate
from chain.wasm.reader import read_unsigned

MAX_COMPILE_WORK: Final = 2**38
"""About what one function of 700 blocks and 700 locals takes: some seconds."""

_BLOCK_VALUES: Final = 64
_LOOP_FACTOR: Final = 8
_LOOP: Final = 0x03
_CONTINUES: Final = 0x80
_TYPE_INDEX_SIGN: Final = 0x40

_NUMBERS_BEHIND: Final[Mapping[Immediate, int]] = {
    Immediate.NONE: 0,
    Immediate.ELSE: 0,
    Immediate.END: 0,
    Immediate.MEMORY: 2,
    Immediate.TYPES: 2,
    Immediate.DATA_MEMORY: 2,
    Immediate.ELEMENT_TABLE: 2,
    Immediate.TABLES: 2,
    Immediate.MEMORY_LANE: 3,
    Immediate.LANES: 16,
}
"""LEB128 numbers behind an opcode; lanes and types are numbers of one byte. Others: one."""


def validate_compile_work(code: bytes, module: Module) -> None:
    """Refuse a module that could take too long to compile.

    Args:
        code: The binary format, well-formed.
        module: The same, decoded.

    Raises:
        ScriptFault: ``too_complex``.

    Source:
        Ours: see the module's docstring.
    """
    work = compute_compile_work(code, module)
    if work > MAX_COMPILE_WORK:
        raise ScriptFault("too_complex", work=work, limit=MAX_COMPILE_WORK)


def compute_compile_work(code: bytes, module: Module) -> int:
    """Return the estimated work of compiling a module, in units without a name.

    Args:
        code: The binary format, well-formed.
        module: The same, decoded.

    Source:
        Ours: see the module's docstring.
    """
    return sum(_Weigher(code, module, body).compute_weight() ** 2 for body in module.bodies)


class _Weigher:
    """Walks over one function body, which is known to be well-formed."""

    def __init__(self, code: bytes, module: Module, body: FunctionBody) -> None:
        self._code = code
        self._module = module
        self._body = body
        parameters = module.get_function_type(body.function).params
        declared = sum(run.length for run in body.locals)
        self._values = _BLOCK_VALUES + len(parameters) + declared

    def compute_weight(self) -> int:
        """Add up the weights of blocks and calls."""
        code, position, end = self._code, self._body.code, self._body.end
        weight = 0
        while position < end:
            opcode = OPCODES[code[position]]
            start = position
            position += 1
            if opcode.immediate is Immediate.PREFIX:
                number, position = self._read_number(position)
                opcode = PREFIXED[code[start]].get(number, UNKNOWN)
            if opcode.immediate is Immediate.BLOCK:
                values = self._values + self._get_block_values(position)
                weight += values * (_LOOP_FACTOR if code[start] == _LOOP else 1)
            elif opcode.immediate in (Immediate.CALL, Immediate.CALL_INDIRECT):
                weight += self._get_call_values(opcode.immediate, position)
            position = self._skip_operands(opcode.immediate, opcode.bound, position)
        return weight

    def _read_number(self, position: int) -> tuple[int, int]:
        return read_unsigned(self._code, position, self._body.end)

    def _get_block_values(self, position: int) -> int:
        first = self._code[position]
        if first & _TYPE_INDEX_SIGN and first < _CONTINUES:
            # One byte for no value or for one; it reads as a negative type index.
            return 1
        return _count_values(self._module.types[self._read_number(position)[0]])

    def _get_call_values(self, immediate: Immediate, position: int) -> int:
        index = self._read_number(position)[0]
        if immediate is Immediate.CALL:
            return _count_values(self._module.get_function_type(index))
        return _count_values(self._module.types[index])

    def _skip_operands(self, immediate: Immediate, bound: int, position: int) -> int:
        if immediate is Immediate.FIXED:
            return position + bound
        if immediate is Immediate.LABELS:
            targets, position = self._read_number(position)
            return self._skip_numbers(targets + 1, position)
        if immediate is Immediate.CALL_INDIRECT:
            return self._skip_numbers(2, position)
        count = bound if immediate is Immediate.MEMORIES else _NUMBERS_BEHIND.get(immediate, 1)
        return self._skip_numbers(count, position)

    def _skip_numbers(self, count: int, position: int) -> int:
        for _ in range(count):
            while self._code[position] >= _CONTINUES:
                position += 1
            position += 1
        return position


def _count_values(kind: FunctionType) -> int:
    return len(kind.params) + len(kind.results)
