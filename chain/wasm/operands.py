"""The operands of single instructions in a function body.

Each function here takes the body, the row of the opcode table, the offset of the
instruction and the position behind its opcode; it returns the position behind the operands.

Source:
    The WebAssembly binary format and the parts of its validation that need no operand
    stack, under the rules of PROTOCOL 6.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from chain.errors import InvalidScript
from chain.wasm.draft import Call, Draft
from chain.wasm.features import Feature
from chain.wasm.fields import read_reference_type, read_value_type, validate_index, validate_limit
from chain.wasm.model import ValueType
from chain.wasm.opcodes import PREFIXED, UNKNOWN, Immediate, Opcode
from chain.wasm.reader import Reader, build_unexpected_end, read_signed, read_unsigned

_EMPTY_BLOCK: Final = 0x40
_TYPE_INDEX_BITS: Final = 33
_TYPE_INDEX_SIGN: Final = 0x40
_CONTINUES: Final = 0x80
_MEMORY_INDEX_FLAG: Final = 0x40
"""Bit of the alignment that says: a memory index follows."""
_VECTOR_BYTES: Final = 16


@dataclass(slots=True)
class Body:
    """What the instructions of one function body may refer to.

    Attributes:
        code: The module.
        draft: Everything in front of the code.
        end: First byte after the body.
        local_count: Parameters and declared locals.
        controls: Open blocks by name; the outermost is the function.
        calls: Where to note calls, None when nobody asks.
    """

    code: bytes
    draft: Draft
    end: int
    local_count: int
    controls: list[str]
    calls: list[Call] | None


ReadOperand = Callable[[Body, Opcode, int, int], int]


def _get_byte(body: Body, position: int) -> int:
    if position >= body.end:
        raise build_unexpected_end(body.end)
    return body.code[position]


def _read_index(body: Body, space: str, position: int, count: int) -> tuple[int, int]:
    """Read an index that must name something; return it and the position after it."""
    index, after = read_unsigned(body.code, position, body.end)
    if index >= count:
        validate_index(space, position, index, count)
    return index, after


def _read_zero_byte(body: Body, position: int) -> int:
    """Step over a byte that later versions use, and that must be zero."""
    byte = _get_byte(body, position)
    if byte:
        raise InvalidScript("reserved_byte", position, f"{byte:#04x} where zero is reserved")
    return position + 1


def _skip_bytes(body: Body, position: int, size: int) -> int:
    if size > body.end - position:
        raise build_unexpected_end(body.end)
    return position + size


def _refuse(body: Body, opcode: Opcode, at: int, _position: int) -> int:
    body.draft.rules.validate_opcode(opcode, at)
    raise ValueError(f"{opcode.name} is allowed and cannot be decoded")


def _none(_body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    return position


def _prefix(body: Body, _opcode: Opcode, at: int, position: int) -> int:
    number, position = read_unsigned(body.code, position, body.end)
    opcode = PREFIXED[body.code[at]].get(number, UNKNOWN)
    body.draft.rules.validate_opcode(opcode, at)
    return OPERANDS[opcode.immediate](body, opcode, at, position)


# Control.


def _block(body: Body, opcode: Opcode, at: int, position: int) -> int:
    controls = body.controls
    max_depth = body.draft.rules.limits.max_nesting_depth
    if len(controls) > max_depth:
        validate_limit("nesting_too_deep", at, len(controls), max_depth)
    controls.append(opcode.name)
    first = _get_byte(body, position)
    if first == _EMPTY_BLOCK:
        return position + 1
    if first & _TYPE_INDEX_SIGN and first < _CONTINUES:
        # A value type is one byte that would be a negative type index.
        read_value_type(Reader(body.code, position, body.end), body.draft.rules)
        return position + 1
    body.draft.rules.validate_feature(Feature.MULTI_VALUE, position, "a block with a type index")
    index, after = read_signed(body.code, position, body.end, _TYPE_INDEX_BITS)
    if index < 0:
        raise InvalidScript("value_type", position, "a value type takes one byte")
    validate_index("type", position, index, len(body.draft.types))
    return after


def _else(body: Body, _opcode: Opcode, at: int, position: int) -> int:
    if body.controls[-1] != "if":
        raise InvalidScript("else_without_if", at, f"inside a {body.controls[-1]}")
    body.controls[-1] = "else"
    return position


def _end(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    body.controls.pop()
    if not body.controls and position != body.end:
        detail = f"{body.end - position} bytes behind the end of the function"
        raise InvalidScript("code_after_end", position, detail)
    return position


def _label(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    return _read_index(body, "label", position, len(body.controls))[1]


def _labels(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    count, after = read_unsigned(body.code, position, body.end)
    limit = body.draft.rules.limits.max_branch_targets
    validate_limit("too_many_branch_targets", position, count, limit)
    if count >= body.end - after:
        detail = f"{count} targets and a default in {body.end - after} bytes"
        raise InvalidScript("vector_too_long", position, detail)
    depth = len(body.controls)
    for _ in range(count + 1):
        _, after = _read_index(body, "label", after, depth)
    return after


def _call(body: Body, _opcode: Opcode, at: int, position: int) -> int:
    function, after = _read_index(body, "function", position, len(body.draft.functions))
    if body.calls is not None:
        body.calls.append(Call(at, function, indirect=False))
    return after


def _call_indirect(body: Body, _opcode: Opcode, at: int, position: int) -> int:
    kind, after = _read_index(body, "type", position, len(body.draft.types))
    tables = body.draft.tables
    if _get_byte(body, after):
        subject = "calling through another table than the first"
        body.draft.rules.validate_feature(Feature.REFERENCE_TYPES, after, subject)
    table, end = _read_index(body, "table", after, len(tables))
    if tables[table].element is not ValueType.FUNCREF:
        raise InvalidScript("table_type", after, f"table {table} holds {tables[table].element}")
    if body.calls is not None:
        body.calls.append(Call(at, kind, indirect=True))
    return end


def _types(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    reader = Reader(body.code, position, body.end)
    count = reader.read_u32()
    if count != 1:
        raise InvalidScript("select_types", position, f"{count} types, select takes one")
    read_value_type(reader, body.draft.rules)
    return reader.position


# Variables, functions and tables.


def _local(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    return _read_index(body, "local", position, body.local_count)[1]


def _global_get(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    return _read_index(body, "global", position, len(body.draft.globals))[1]


def _global_set(body: Body, _opcode: Opcode, at: int, position: int) -> int:
    index, after = _read_index(body, "global", position, len(body.draft.globals))
    if not body.draft.globals[index].type.mutable:
        raise InvalidScript("immutable_global", at, f"global {index} never changes")
    return after


def _function(body: Body, _opcode: Opcode, at: int, position: int) -> int:
    function, after = _read_index(body, "function", position, len(body.draft.functions))
    if function not in body.draft.referenced:
        if function not in body.draft.declared:
            detail = f"function {function} is neither exported nor in an element segment"
            raise InvalidScript("undeclared_reference", at, detail)
        body.draft.referenced.add(function)
    return after


def _reference_type(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    reader = Reader(body.code, position, body.end)
    read_reference_type(reader, body.draft.rules)
    return reader.position


def _table(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    return _read_index(body, "table", position, len(body.draft.tables))[1]


def _tables(body: Body, _opcode: Opcode, at: int, position: int) -> int:
    tables = body.draft.tables
    target, after = _read_index(body, "table", position, len(tables))
    source, end = _read_index(body, "table", after, len(tables))
    _validate_elements(tables[target].element, tables[source].element, at)
    return end


def _element(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    return _read_index(body, "element_segment", position, len(body.draft.elements))[1]


def _element_table(body: Body, _opcode: Opcode, at: int, position: int) -> int:
    elements, tables = body.draft.elements, body.draft.tables
    source, after = _read_index(body, "element_segment", position, len(elements))
    target, end = _read_index(body, "table", after, len(tables))
    _validate_elements(tables[target].element, elements[source].element, at)
    return end


def _validate_elements(target: ValueType, source: ValueType, at: int) -> None:
    if target is not source:
        raise InvalidScript("table_type", at, f"{source} for a table of {target}")


# Memory.


def _memory(body: Body, opcode: Opcode, _at: int, position: int) -> int:
    alignment, after = read_unsigned(body.code, position, body.end)
    index_at, memory = position, 0
    if alignment >> 1 < _MEMORY_INDEX_FLAG and alignment & _MEMORY_INDEX_FLAG:
        subject = "an access that names its memory"
        body.draft.rules.validate_feature(Feature.MULTI_MEMORY, position, subject)
        alignment ^= _MEMORY_INDEX_FLAG
        index_at = after
        memory, after = read_unsigned(body.code, after, body.end)
    if alignment > opcode.bound:
        detail = f"2**{alignment}, natural is 2**{opcode.bound}"
        raise InvalidScript("alignment", position, detail)
    _, end = read_unsigned(body.code, after, body.end)
    validate_index("memory", index_at, memory, len(body.draft.memories))
    return end


def _memory_byte(body: Body, _opcode: Opcode, _at: int, position: int) -> int:
    memories = len(body.draft.memories)
    if Feature.MULTI_MEMORY in body.draft.rules.features:
        return _read_index(body, "memory", position, memories)[1]
    after = _read_zero_byte(body, position)
    validate_index("memory", position, 0, memories)
    return after


def _memories(body: Body, opcode: Opcode, _at: int, position: int) -> int:
    for _ in range(opcode.bound):
        _, position = _read_index(body, "memory", position, len(body.draft.memories))
    return position


def _data(body: Body, _opcode: Opcode, at: int, position: int) -> int:
    count = body.draft.data_count
    if count is None:
        detail = "no data count section says which data segments there are"
        raise InvalidScript("data_count_missing", at, detail)
    return _read_index(body, "data_segment", position, count)[1]


def _data_memory(body: Body, opcode: Opcode, at: int, position: int) -> int:
    after = _data(body, opcode, at, position)
    return _read_index(body, "memory", after, len(body.draft.memories))[1]


# Constants and lanes.


def _constant(body: Body, opcode: Opcode, _at: int, position: int) -> int:
    return read_signed(body.code, position, body.end, opcode.bound)[1]


def _fixed(body: Body, opcode: Opcode, _at: int, position: int) -> int:
    return _skip_bytes(body, position, opcode.bound)


def _read_lane(body: Body, position: int, lanes: int) -> int:
    lane = _get_byte(body, position)
    if lane >= lanes:
        raise InvalidScript("lane_index", position, f"lane {lane}, there are {lanes}")
    return position + 1


def _lane(body: Body, opcode: Opcode, _at: int, position: int) -> int:
    return _read_lane(body, position, opcode.bound)


def _memory_lane(body: Body, opcode: Opcode, at: int, position: int) -> int:
    after = _memory(body, opcode, at, position)
    return _read_lane(body, after, _VECTOR_BYTES >> opcode.bound)


def _lanes(body: Body, opcode: Opcode, _at: int, position: int) -> int:
    for _ in range(_VECTOR_BYTES):
        position = _read_lane(body, position, opcode.bound)
    return position


_READERS: Final[Mapping[Immediate, ReadOperand]] = {
    Immediate.NONE: _none,
    Immediate.REFUSED: _refuse,
    Immediate.LOCAL: _local,
    Immediate.CONSTANT: _constant,
    Immediate.MEMORY: _memory,
    Immediate.FIXED: _fixed,
    Immediate.BLOCK: _block,
    Immediate.ELSE: _else,
    Immediate.END: _end,
    Immediate.LABEL: _label,
    Immediate.LABELS: _labels,
    Immediate.CALL: _call,
    Immediate.CALL_INDIRECT: _call_indirect,
    Immediate.TYPES: _types,
    Immediate.GLOBAL_GET: _global_get,
    Immediate.GLOBAL_SET: _global_set,
    Immediate.TABLE: _table,
    Immediate.MEMORY_BYTE: _memory_byte,
    Immediate.REFERENCE_TYPE: _reference_type,
    Immediate.FUNCTION: _function,
    Immediate.DATA: _data,
    Immediate.DATA_MEMORY: _data_memory,
    Immediate.MEMORIES: _memories,
    Immediate.ELEMENT: _element,
    Immediate.ELEMENT_TABLE: _element_table,
    Immediate.TABLES: _tables,
    Immediate.LANE: _lane,
    Immediate.MEMORY_LANE: _memory_lane,
    Immediate.LANES: _lanes,
    Immediate.PREFIX: _prefix,
}

OPERANDS: Final = tuple(_READERS[immediate] for immediate in Immediate)
"""How to read the operands, by ``Immediate``."""
