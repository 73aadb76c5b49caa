"""Element and data segments.

Source:
    The WebAssembly binary format, under the rules of PROTOCOL 6.
"""

from typing import Final

from chain.errors import InvalidScript
from chain.wasm.constant import read_constant
from chain.wasm.draft import Draft
from chain.wasm.features import Feature
from chain.wasm.fields import (
    read_index,
    read_limited_count,
    read_reference_type,
    validate_index,
)
from chain.wasm.model import Constant, DataSegment, ElementSegment, SegmentMode, Span, ValueType
from chain.wasm.reader import Reader

# Bits of the number in front of an element segment.
_NOT_ACTIVE: Final = 0b001
_EXPLICIT: Final = 0b010
"""With a table index if active, else: only declared."""
_EXPRESSIONS: Final = 0b100
_ELEMENT_KINDS: Final = 0b111

_ACTIVE_DATA, _PASSIVE_DATA, _ACTIVE_DATA_IN_MEMORY = 0, 1, 2

_FUNCTIONS: Final = 0x00


def read_elements(reader: Reader, draft: Draft) -> None:
    """Read the element section.

    Raises:
        InvalidScript: ``too_many_element_segments``, ``element_kind``, ``unknown_table``,
            ``table_type``, ``feature_<name>``, and those of indices and constants.

    Source:
        PROTOCOL 6.
    """
    limit = draft.rules.limits.max_element_segments
    for _ in range(read_limited_count(reader, "too_many_element_segments", limit)):
        draft.elements.append(_read_element(reader, draft))


def _read_element(reader: Reader, draft: Draft) -> ElementSegment:
    offset = reader.position
    kind = reader.read_u32()
    _validate_element_kind(kind, offset, draft)
    mode = SegmentMode.ACTIVE
    table = 0
    place: Constant | None = None
    if kind & _NOT_ACTIVE:
        mode = SegmentMode.DECLARED if kind & _EXPLICIT else SegmentMode.PASSIVE
    else:
        table = _read_table_index(reader, draft, kind, offset)
        place = read_constant(reader, draft, ValueType.I32)
    element = _read_element_type(reader, draft, kind)
    if place is not None and draft.tables[table].element is not element:
        detail = f"{element} for a table of {draft.tables[table].element}"
        raise InvalidScript("table_type", offset, detail)
    if kind & _EXPRESSIONS:
        count, functions = _read_expressions(reader, draft, element)
    else:
        functions = _read_functions(reader, draft)
        count = len(functions)
    return ElementSegment(offset, mode, table, element, place, count, functions)


def _validate_element_kind(kind: int, offset: int, draft: Draft) -> None:
    if kind > _ELEMENT_KINDS:
        raise InvalidScript("element_kind", offset, f"{kind} is no kind of element segment")
    if kind:
        draft.rules.validate_feature(Feature.BULK_MEMORY, offset, f"element segment kind {kind}")
    if kind & _EXPRESSIONS or kind == _NOT_ACTIVE | _EXPLICIT:
        subject = f"element segment kind {kind}"
        draft.rules.validate_feature(Feature.REFERENCE_TYPES, offset, subject)


def _read_table_index(reader: Reader, draft: Draft, kind: int, offset: int) -> int:
    if kind & _EXPLICIT:
        return read_index(reader, "table", len(draft.tables))
    validate_index("table", offset, 0, len(draft.tables))
    return 0


def _read_element_type(reader: Reader, draft: Draft, kind: int) -> ValueType:
    """Read what a segment holds; the kinds 0 and 4 leave it out."""
    if not kind & (_NOT_ACTIVE | _EXPLICIT):
        return ValueType.FUNCREF
    if kind & _EXPRESSIONS:
        return read_reference_type(reader, draft.rules)
    offset = reader.position
    byte = reader.read_byte()
    if byte != _FUNCTIONS:
        raise InvalidScript("element_kind", offset, f"{byte:#04x} is no kind of element")
    return ValueType.FUNCREF


def _read_functions(reader: Reader, draft: Draft) -> tuple[int, ...]:
    function_count = len(draft.functions)
    count = reader.read_count()
    functions = tuple([read_index(reader, "function", function_count) for _ in range(count)])
    draft.referenced.update(functions)
    return functions


def _read_expressions(
    reader: Reader, draft: Draft, element: ValueType
) -> tuple[int, tuple[int, ...]]:
    count = reader.read_count()
    functions: list[int] = []
    for _ in range(count):
        functions.extend(read_constant(reader, draft, element).functions)
    return count, tuple(functions)


def read_data_count(reader: Reader, draft: Draft) -> None:
    """Read the data count section.

    Raises:
        InvalidScript: Those of ``Reader.read_u32``.

    Source:
        PROTOCOL 6.
    """
    draft.data_count = reader.read_u32()


def read_data(reader: Reader, draft: Draft) -> None:
    """Read the data section.

    Raises:
        InvalidScript: ``too_many_data_segments``, ``data_count``, ``data_kind``,
            ``unknown_memory``, ``feature_bulk_memory``, and those of constants.

    Source:
        PROTOCOL 6.
    """
    offset = reader.position
    limit = draft.rules.limits.max_data_segments
    count = read_limited_count(reader, "too_many_data_segments", limit)
    validate_data_count(draft, count, offset)
    for _ in range(count):
        draft.data.append(_read_segment(reader, draft))


def validate_data_count(draft: Draft, count: int, offset: int) -> None:
    """Compare the data segments with what the data count section announced.

    Args:
        draft: The module so far.
        count: Data segments.
        offset: Byte offset to report.

    Raises:
        InvalidScript: ``data_count``.

    Source:
        Ours: WebAssembly validation.
    """
    if draft.data_count is not None and draft.data_count != count:
        detail = f"{draft.data_count} data segments are announced, there are {count}"
        raise InvalidScript("data_count", offset, detail)


def _read_segment(reader: Reader, draft: Draft) -> DataSegment:
    offset = reader.position
    kind = reader.read_u32()
    if kind > _ACTIVE_DATA_IN_MEMORY:
        raise InvalidScript("data_kind", offset, f"{kind} is no kind of data segment")
    if kind:
        draft.rules.validate_feature(Feature.BULK_MEMORY, offset, f"data segment kind {kind}")
    mode = SegmentMode.ACTIVE
    memory = 0
    place: Constant | None = None
    if kind == _PASSIVE_DATA:
        mode = SegmentMode.PASSIVE
    else:
        if kind == _ACTIVE_DATA_IN_MEMORY:
            memory = read_index(reader, "memory", len(draft.memories))
        else:
            validate_index("memory", offset, 0, len(draft.memories))
        place = read_constant(reader, draft, ValueType.I32)
    payload = reader.read_span(reader.read_u32())
    return DataSegment(offset, mode, memory, place, Span(payload.position, payload.end))
