"""The code section: one tight loop over all instructions.

Almost all of a module is code, so this loop decides how fast validation is. It handles the
short forms of the most frequent instructions itself and leaves everything else to
``chain.wasm.operands``. What the rules refuse is refused by the table that the loop looks
at anyway, so a strict profile costs no more than a lax one.

Source:
    PROTOCOL 6; the WebAssembly binary format.
"""

from typing import Final

from chain.errors import InvalidScript
from chain.wasm.draft import Draft
from chain.wasm.fields import read_value_type, validate_limit
from chain.wasm.model import FunctionBody, LocalRun
from chain.wasm.opcodes import OPCODES, Immediate
from chain.wasm.operands import OPERANDS, Body
from chain.wasm.reader import Reader, build_unexpected_end

_ONE_BYTE: Final = 0x80
"""LEB128 integers below this take one byte."""

_MAX_LOCALS: Final = 2**32 - 1

_PADDING: Final = bytes(4)
"""Behind the code, so that the loop may look ahead before it checks where the body ends."""

_NONE: Final = int(Immediate.NONE)
_LOCAL: Final = int(Immediate.LOCAL)
_CONSTANT: Final = int(Immediate.CONSTANT)
_MEMORY: Final = int(Immediate.MEMORY)

_ALIGNMENTS: Final = tuple(row.bound for row in OPCODES)
"""Largest alignment of memory accesses, by opcode byte."""

_NO_ALIGNMENTS: Final = (-1,) * len(OPCODES)
"""The same where no access is right, because there is no memory."""


def read_code(reader: Reader, draft: Draft) -> None:
    """Read the code section.

    Raises:
        InvalidScript: ``function_bodies``, ``too_many_locals``, ``unclosed_block``,
            ``unexpected_end``, and those of ``chain.wasm.operands``.

    Source:
        PROTOCOL 6.
    """
    offset = reader.position
    count = reader.read_count()
    validate_body_count(draft, count, offset)
    alignments = _ALIGNMENTS if draft.memories else _NO_ALIGNMENTS
    padded = reader.code + _PADDING
    first = len(draft.functions) - count
    for function in range(first, first + count):
        offset = reader.position
        entry = reader.read_span(reader.read_u32())
        start = entry.position
        local_count, runs = _read_locals(entry, draft, function)
        code = entry.position
        body = Body(padded, draft, entry.end, local_count, ["function"], None)
        if draft.start is not None:
            body.calls = draft.calls[function] = []
        instructions = _walk(body, code, alignments)
        draft.bodies.append(
            FunctionBody(function, offset, start, code, entry.end, runs, instructions)
        )


def validate_body_count(draft: Draft, count: int, offset: int) -> None:
    """Compare the bodies with the functions that the function section declares.

    Args:
        draft: The module so far.
        count: Bodies.
        offset: Byte offset to report.

    Raises:
        InvalidScript: ``function_bodies``.

    Source:
        Ours: WebAssembly 1.0 validation.
    """
    declared = len(draft.functions) - len(draft.imported_functions)
    if count != declared:
        detail = f"{declared} functions are declared, there are {count} bodies"
        raise InvalidScript("function_bodies", offset, detail)


def _read_locals(entry: Reader, draft: Draft, function: int) -> tuple[int, tuple[LocalRun, ...]]:
    """Read the declared locals; return how many there are with the parameters."""
    total = len(draft.types[draft.functions[function]].params)
    limit = draft.rules.limits.max_locals
    runs: list[LocalRun] = []
    for _ in range(entry.read_count()):
        offset = entry.position
        count = entry.read_u32()
        total += count
        if total > _MAX_LOCALS:
            raise InvalidScript("locals_overflow", offset, f"{total} locals")
        validate_limit("too_many_locals", offset, total, limit)
        runs.append(LocalRun(count, read_value_type(entry, draft.rules)))
    return total, tuple(runs)


def _walk(body: Body, position: int, alignments: tuple[int, ...]) -> int:
    """Go over all instructions of a body; return how many there are."""
    code, end = body.code, body.end
    immediates = body.draft.rules.immediates
    short_locals = min(body.local_count, _ONE_BYTE)
    instructions = 0
    while position < end:
        opcode = code[position]
        immediate = immediates[opcode]
        instructions += 1
        if immediate == _NONE:
            position += 1
        elif (immediate == _LOCAL and code[position + 1] < short_locals) or (
            immediate == _CONSTANT and code[position + 1] < _ONE_BYTE
        ):
            position += 2
        elif (
            immediate == _MEMORY
            and code[position + 1] <= alignments[opcode]
            and code[position + 2] < _ONE_BYTE
        ):
            position += 3
        else:
            position = OPERANDS[immediate](body, OPCODES[opcode], position, position + 1)
    if position > end:
        raise build_unexpected_end(end)
    if body.controls:
        detail = f"a {body.controls[-1]} is still open"
        raise InvalidScript("unclosed_block", end, detail)
    return instructions
