"""The fuel that wasmtime takes for instructions, path by path.

Every instruction costs 1, except those of ``FREE``, which compile to nothing. Entering a
function costs ``FUNCTION_FUEL``. Bulk instructions and growth cost 1 more for each byte, element
or page that they are asked for; that depends on operands, so it is not counted here.

Source:
    Ours: measured on wasmtime 50; the tests measure it again.
"""

from collections.abc import Sequence
from typing import Final

from chain.wasm.instructions import Instruction, read_instruction
from chain.wasm.reader import read_unsigned

FUNCTION_FUEL: Final = 1
"""What entering a function costs."""

FREE: Final = frozenset({"nop", "drop", "block", "loop", "unreachable", "return", "else", "end"})

_OPENERS: Final = frozenset({"block", "loop", "if"})
_LAST: Final = frozenset({"return", "unreachable"})


def count_fuel(code: bytes, path: Sequence[bool] = ()) -> int:
    """Count what one path through some instructions costs.

    Called functions cost what they cost on top of that.

    Args:
        code: Instructions without the last ``end``, as ``assemble`` makes them.
        path: Whether the conditions of ``if`` and ``br_if`` hold, in the order in which they are
            met; those behind the last one given do not.

    Raises:
        ValueError: The path is longer than the conditions on it, goes round for ever, or
            comes to a ``br_table``.

    Source:
        Ours: see the module's docstring.
    """
    walk = _Walk(code, path)
    while walk.position < len(walk.instructions):
        walk.step()
    if walk.outcomes:
        raise ValueError(f"{len(walk.outcomes)} conditions are never met")
    return walk.fuel


class _Walk:
    """One path through a list of instructions."""

    def __init__(self, code: bytes, path: Sequence[bool]) -> None:
        self.instructions = _list_instructions(code)
        self.outcomes = list(reversed(path))
        self.position = 0
        self.fuel = 0
        self._code = code
        self._open: list[int] = []
        self._ends, self._elses = _match_blocks(self.instructions)

    def step(self) -> None:
        """Pay for an instruction, and go where it leads."""
        at = self.position
        instruction = self.instructions[at]
        name = instruction.opcode.name
        self.fuel += name not in FREE
        self.position += 1
        if name in _OPENERS:
            self._open.append(at)
        if name in _LAST:
            self.position = len(self.instructions)
        elif name == "if" and not self._take_outcome():
            self.position = self._elses.get(at, self._ends[at] - 1) + 1
        elif name == "else":
            self.position = self._ends[self._open[-1]]
        elif name == "end":
            self._open.pop()
        elif name == "br_table":
            raise ValueError("a path cannot say where br_table leads")
        elif name == "br" or (name == "br_if" and self._take_outcome()):
            self._branch(instruction, is_conditional=name == "br_if")

    def _take_outcome(self) -> bool:
        return self.outcomes.pop() if self.outcomes else False

    def _branch(self, instruction: Instruction, *, is_conditional: bool) -> None:
        depth, _ = read_unsigned(self._code, instruction.operands, instruction.end)
        if depth >= len(self._open):
            self.position = len(self.instructions)
            return
        del self._open[len(self._open) - depth :]
        target = self._open[-1]
        if self.instructions[target].opcode.name != "loop":
            self.position = self._ends[target]
        elif is_conditional or self.outcomes:
            self.position = target + 1
        else:
            raise ValueError("the path goes round for ever")


def _list_instructions(code: bytes) -> list[Instruction]:
    instructions = []
    position = 0
    while position < len(code):
        instructions.append(read_instruction(code, position, len(code)))
        position = instructions[-1].end
    return instructions


def _match_blocks(instructions: list[Instruction]) -> tuple[dict[int, int], dict[int, int]]:
    """Find the end of every block, and the else of every if that has one."""
    ends: dict[int, int] = {}
    elses: dict[int, int] = {}
    opened: list[int] = []
    for position, instruction in enumerate(instructions):
        name = instruction.opcode.name
        if name in _OPENERS:
            opened.append(position)
        elif name == "else":
            elses[opened[-1]] = position
        elif name == "end":
            ends[opened.pop()] = position
    return ends, elses
