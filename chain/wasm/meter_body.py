"""Function bodies with a charge at the head of each basic block.

A basic block is a run of instructions that are executed together or not at all. It begins with
the function, and behind every instruction of ``BLOCK_ENDS``. In front of it goes a call of
``useTicks`` with the price of all of it: what a block costs is paid before any of it is done.
Three cases need a second look:

- A loop pays for its first block in every round, since a branch back arrives behind ``loop``.
- A block that costs nothing is not charged, unless a loop or a function begins with it: that
  costs at least one, so that no price list makes an execution endless.
- What follows a branch, up to the next else or end, is never reached and not charged.

Where the work depends on an operand (growing memory, copying), the operand is on top of the
stack. Functions of our own, at the end of the module, charge for it:

- Copying and filling are paid for in front: a function takes the size, charges, and returns it.
- Memory is paid for when it has grown, and only then: scripts may ask for more than there is. A
  function takes the place of ``memory.grow``.

Source:
    Ours: ewasm's sentinel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chain.wasm.encoding import encode_signed, encode_unsigned
from chain.wasm.instructions import Instruction, read_instruction
from chain.wasm.meter_costs import BLOCK_ENDS, NEVER_PASSED
from chain.wasm.meter_helpers import MAX_CHARGE
from chain.wasm.model import FunctionBody
from chain.wasm.opcodes import Immediate
from chain.wasm.reader import read_unsigned

_CALL: Final = b"\x10"
_I32_CONST: Final = b"\x41"
_I32_BITS: Final = 32

GROWS_MEMORY: Final = "memory.grow"
MOVES_UNITS: Final = frozenset(
    {
        "memory.copy",
        "memory.fill",
        "memory.init",
        "table.copy",
        "table.fill",
        "table.grow",
        "table.init",
    }
)
"""Instructions whose last operand says how much there is to do."""

_NAMES_FUNCTION: Final = frozenset({Immediate.CALL, Immediate.FUNCTION})


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """What the rewriting needs to know about the new module.

    Attributes:
        prices: What each instruction costs, by name.
        function_entry: What entering a function costs.
        use_ticks: Function index of ``useTicks``.
        first_shifted: Functions from this old index on move by ``shift``.
        shift: 1 if the import of ``useTicks`` is new, else 0.
        grow_memory: Index of our function that grows memory; None if nothing does.
        charge_units: Index of our function that charges for moving; None if nothing moves.
    """

    prices: Mapping[str, int]
    function_entry: int
    use_ticks: int
    first_shifted: int
    shift: int
    grow_memory: int | None
    charge_units: int | None

    def renumber(self, function: int) -> int:
        """Return the new index of a function.

        Source:
            Ours.
        """
        return function + self.shift if function >= self.first_shifted else function


def encode_charge(plan: MeterPlan, ticks: int) -> bytes:
    """Encode a call of ``useTicks`` with a constant, at most ``MAX_CHARGE``.

    Source:
        PROTOCOL 5 (``useTicks`` takes an unsigned i32).
    """
    charged = min(ticks, MAX_CHARGE)
    # The constant has a sign, the parameter has none.
    constant = charged - 2**_I32_BITS if charged >> (_I32_BITS - 1) else charged
    return _I32_CONST + encode_signed(constant) + _CALL + encode_unsigned(plan.use_ticks)


def rewrite_expression(code: bytes, start: int, end: int, plan: MeterPlan) -> bytes:
    """Copy a constant expression, with new function indices.

    Source:
        Ours.
    """
    rewritten = bytearray()
    position = start
    while position < end:
        instruction = read_instruction(code, position, end)
        rewritten += _renumber(code, instruction, plan)
        position = instruction.end
    return bytes(rewritten)


def rewrite_body(code: bytes, body: FunctionBody, plan: MeterPlan) -> bytes:
    """Return a body, declarations of locals included, that charges for what it does.

    Args:
        code: The module, decoded without an error.
        body: One of its bodies.
        plan: The new module.

    Source:
        Ours: ewasm's sentinel.
    """
    return code[body.start : body.code] + _BodyWriter(code, body, plan).write()


def _renumber(code: bytes, instruction: Instruction, plan: MeterPlan) -> bytes:
    if instruction.opcode.immediate not in _NAMES_FUNCTION:
        return code[instruction.start : instruction.end]
    function, _ = read_unsigned(code, instruction.operands, instruction.end)
    opcode = code[instruction.start : instruction.operands]
    return opcode + encode_unsigned(plan.renumber(function))


class _BodyWriter:
    """Walks over one body, collecting the current block until its price is known."""

    def __init__(self, code: bytes, body: FunctionBody, plan: MeterPlan) -> None:
        self._code = code
        self._body = body
        self._plan = plan
        self._written = bytearray()
        self._block = bytearray()
        self._cost = plan.function_entry
        self._least = 1
        self._is_reached = True

    def write(self) -> bytes:
        """Go over all instructions."""
        position, end = self._body.code, self._body.end
        while position < end:
            instruction = read_instruction(self._code, position, end)
            self._add(instruction)
            position = instruction.end
        return bytes(self._written)

    def _add(self, instruction: Instruction) -> None:
        name = instruction.opcode.name
        self._cost += self._plan.prices[name]
        self._block += self._rewrite(instruction)
        if name in BLOCK_ENDS:
            self._finish_block()
            self._least = int(name == "loop")
            self._is_reached = name not in NEVER_PASSED

    def _rewrite(self, instruction: Instruction) -> bytes:
        plan, name = self._plan, instruction.opcode.name
        if name == GROWS_MEMORY and plan.grow_memory is not None:
            return _CALL + encode_unsigned(plan.grow_memory)
        rewritten = _renumber(self._code, instruction, plan)
        if name in MOVES_UNITS and plan.charge_units is not None:
            return _CALL + encode_unsigned(plan.charge_units) + rewritten
        return rewritten

    def _finish_block(self) -> None:
        cost = max(self._cost, self._least)
        if cost and self._is_reached:
            self._written += encode_charge(self._plan, cost)
        self._written += self._block
        self._block.clear()
        self._cost = 0
