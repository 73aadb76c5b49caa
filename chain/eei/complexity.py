"""A bound on the work of compiling a module, known before any of it is done.

Optimizing compilers take time and memory that grow with the product of control flow and
variables in a function: six kilobytes of nested loops over four hundred locals keep Cranelift
busy for half a minute, eighteen can take ten gigabytes. A node that compiles what anybody
registers must refuse such a module, and all nodes must refuse the same ones, so the work is
estimated from the code alone. In a function whose parameters and locals are its values,

- a block weighs as much as the values it may have to pass on, its own parameters and results
  included, but less the fewer blocks are around it;
- a loop weighs sixteen times that: it passes values on from two sides;
- a branch, and each target of a table of branches, weighs a fraction of the values;
- a call weighs the parameters and results of what it calls;
- each of them, the function and its bytes weigh something by themselves: with fuel, every
  loop calls out.

The work of a module is the sum of the squares of its functions' weights. Compilers' output is
far below the limit, however large: what exceeds it would take seconds at least.

Source:
    Ours: the record knows compile time only as "x" (PROTOCOL 7).
"""

from typing import Final

from chain.errors import ScriptFault
from chain.wasm import FunctionType, Module
from chain.wasm.instructions import read_instruction
from chain.wasm.model import FunctionBody
from chain.wasm.opcodes import Immediate
from chain.wasm.reader import read_unsigned

MAX_COMPILE_WORK: Final = 2**38
"""About 170 nested loops over 170 locals, or 500 nested blocks over 1,000: some seconds."""

_FUNCTION_WEIGHT: Final = 2_048
_BLOCK_WEIGHT: Final = 16
_LOOP_WEIGHT: Final = 128
_LOOP_FACTOR: Final = 16
_BRANCH_WEIGHT: Final = 16
_BRANCH_FRACTION: Final = 64
_CALL_WEIGHT: Final = 2
_BYTES_PER_WEIGHT: Final = 2
_SHALLOW: Final = 8
_DEEP: Final = 64
"""Blocks weigh all values from here on, and an eighth of them outside all other blocks."""

_LOOP: Final = 0x03
_CONTINUES: Final = 0x80
_TYPE_INDEX_SIGN: Final = 0x40

_CONTROL: Final = frozenset(
    {
        Immediate.BLOCK,
        Immediate.END,
        Immediate.LABEL,
        Immediate.LABELS,
        Immediate.CALL,
        Immediate.CALL_INDIRECT,
    }
)


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
        self._values = len(parameters) + sum(run.length for run in body.locals)
        self._depth = 0

    def compute_weight(self) -> int:
        """Add up the weights of everything in the function."""
        code, position, end = self._code, self._body.code, self._body.end
        weight = _FUNCTION_WEIGHT + (end - position) // _BYTES_PER_WEIGHT
        while position < end:
            opcode, start, _, position = read_instruction(code, position, end)
            if opcode.immediate in _CONTROL:
                weight += self._weigh(opcode.immediate, start)
        return weight

    def _weigh(self, immediate: Immediate, start: int) -> int:
        """Return the weight of a control instruction; follow the nesting."""
        if immediate is Immediate.BLOCK:
            self._depth += 1
            return self._weigh_block(start)
        if immediate is Immediate.END:
            self._depth -= 1
            return 0
        branch = _BRANCH_WEIGHT + self._values // _BRANCH_FRACTION
        if immediate is Immediate.LABEL:
            return branch
        number = self._read_number(start + 1)[0]
        if immediate is Immediate.LABELS:
            return branch * (number + 1)
        if immediate is Immediate.CALL:
            return _CALL_WEIGHT + _count_values(self._module.get_function_type(number))
        return _CALL_WEIGHT + _count_values(self._module.types[number])

    def _weigh_block(self, start: int) -> int:
        values = self._values + self._get_block_values(start + 1)
        passed = values * min(self._depth - 1 + _SHALLOW, _DEEP) // _DEEP
        if self._code[start] == _LOOP:
            return _LOOP_WEIGHT + _LOOP_FACTOR * passed
        return _BLOCK_WEIGHT + passed

    def _read_number(self, position: int) -> tuple[int, int]:
        return read_unsigned(self._code, position, self._body.end)

    def _get_block_values(self, position: int) -> int:
        first = self._code[position]
        if first & _TYPE_INDEX_SIGN and first < _CONTINUES:
            # One byte for no value or for one; it reads as a negative type index.
            return 1
        return _count_values(self._module.types[self._read_number(position)[0]])


def _count_values(kind: FunctionType) -> int:
    return len(kind.params) + len(kind.results)
