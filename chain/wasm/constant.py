"""Constant expressions: the values of globals and the places of segments.

They are small programs of a few instructions, so unlike function bodies they are type
checked here.

Source:
    PROTOCOL 6 (no float constant anywhere); WebAssembly 1.0 validation.
"""

from typing import Final

from chain.errors import InvalidScript
from chain.wasm.draft import Draft
from chain.wasm.features import Feature
from chain.wasm.fields import read_index, read_reference_type
from chain.wasm.model import Constant, ValueType
from chain.wasm.opcodes import OPCODES, PREFIXED, UNKNOWN, Immediate, Opcode
from chain.wasm.reader import Reader

_ARITHMETIC: Final = {
    f"{kind}.{operation}": kind
    for kind in (ValueType.I32, ValueType.I64)
    for operation in ("add", "sub", "mul")
}


def read_constant(reader: Reader, draft: Draft, expected: ValueType) -> Constant:
    """Read a constant expression that yields one value.

    Functions that it refers to become callable through tables.

    Args:
        reader: At the first instruction.
        draft: The module so far.
        expected: Type of the value.

    Returns:
        Where it is, and the functions it refers to.

    Raises:
        InvalidScript: ``constant_expression``, ``constant_type``, ``global_not_constant``,
            ``unknown_global``, ``unknown_function``, ``value_type``, those of
            ``ScriptRules.validate_opcode`` and of ``Reader``.

    Source:
        PROTOCOL 6.
    """
    start = reader.position
    stack: list[ValueType] = []
    functions: list[int] = []
    while (opcode := _read_opcode(reader, draft)).immediate is not Immediate.END:
        _read_operand(reader, draft, opcode, stack, functions)
    if stack != [expected]:
        detail = f"yields ({', '.join(stack)}), one {expected} is expected"
        raise InvalidScript("constant_type", start, detail)
    draft.referenced.update(functions)
    return Constant(start, reader.position, tuple(functions))


def _read_opcode(reader: Reader, draft: Draft) -> Opcode:
    """Read an opcode that may stand in a constant expression."""
    offset = reader.position
    byte = reader.read_byte()
    opcode = OPCODES[byte]
    if opcode.immediate is Immediate.PREFIX:
        opcode = PREFIXED[byte].get(reader.read_u32(), UNKNOWN)
    draft.rules.validate_opcode(opcode, offset)
    if opcode.name in _ARITHMETIC:
        draft.rules.validate_feature(Feature.EXTENDED_CONSTANTS, offset, opcode.name)
    elif opcode.name not in _CONSTANT_OPCODES:
        detail = f"{opcode.name} cannot stand in a constant expression"
        raise InvalidScript("constant_expression", offset, detail)
    return opcode


_RESULTS: Final = {
    "i32.const": ValueType.I32,
    "i64.const": ValueType.I64,
    "f32.const": ValueType.F32,
    "f64.const": ValueType.F64,
    "v128.const": ValueType.V128,
}
_CONSTANT_OPCODES: Final = frozenset({*_RESULTS, "global.get", "ref.null", "ref.func", "end"})


def _read_operand(
    reader: Reader, draft: Draft, opcode: Opcode, stack: list[ValueType], functions: list[int]
) -> None:
    """Read the operand of an instruction, and do to the stack what it does."""
    match opcode.immediate:
        case Immediate.CONSTANT:
            reader.read_signed(opcode.bound)
            stack.append(_RESULTS[opcode.name])
        case Immediate.FIXED:
            reader.read_span(opcode.bound)
            stack.append(_RESULTS[opcode.name])
        case Immediate.GLOBAL_GET:
            stack.append(_read_global(reader, draft))
        case Immediate.REFERENCE_TYPE:
            stack.append(read_reference_type(reader, draft.rules))
        case Immediate.FUNCTION:
            functions.append(read_index(reader, "function", len(draft.functions)))
            stack.append(ValueType.FUNCREF)
        case _:
            _apply_arithmetic(reader, opcode, stack)


def _read_global(reader: Reader, draft: Draft) -> ValueType:
    """Read the index of a global that has its value before instantiation."""
    offset = reader.position
    index = read_index(reader, "global", len(draft.globals))
    kind, value = draft.globals[index]
    if value is not None or kind.mutable:
        detail = f"global {index} is not an imported constant"
        raise InvalidScript("global_not_constant", offset, detail)
    return kind.value


def _apply_arithmetic(reader: Reader, opcode: Opcode, stack: list[ValueType]) -> None:
    """Replace two operands by one result."""
    kind = _ARITHMETIC[opcode.name]
    if stack[-2:] != [kind, kind]:
        raise InvalidScript("constant_type", reader.position - 1, f"{opcode.name} lacks operands")
    del stack[-1]
