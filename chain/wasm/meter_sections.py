"""The sections around rewritten bodies: one more import, and new function indices.

Source:
    The WebAssembly binary format.
"""

from collections.abc import Sequence
from typing import Final

from chain.wasm.encoding import encode_name, encode_unsigned, encode_vector
from chain.wasm.instructions import find_expression_end
from chain.wasm.meter_body import MeterPlan, rewrite_expression
from chain.wasm.model import Constant, ExternalKind, Module, SectionId
from chain.wasm.reader import Reader

_KIND_BYTES: Final = {
    ExternalKind.FUNCTION: 0,
    ExternalKind.TABLE: 1,
    ExternalKind.MEMORY: 2,
    ExternalKind.GLOBAL: 3,
}

# Bits of the number in front of an element segment.
_NOT_ACTIVE: Final = 0b001
_EXPLICIT: Final = 0b010
_EXPRESSIONS: Final = 0b100


def append_entries(
    code: bytes, module: Module, section_id: SectionId, entries: Sequence[bytes]
) -> bytes:
    """Return the payload of a section that is a vector, with more entries at its end.

    Args:
        code: The module, decoded without an error.
        module: The same, decoded.
        section_id: The section; it may be missing.
        entries: Encoded entries.

    Source:
        Ours: the WebAssembly binary format.
    """
    section = module.get_section(section_id)
    if section is None:
        return encode_vector(entries)
    reader = Reader(code, section.payload.start, section.payload.end)
    count = reader.read_u32()
    present = code[reader.position : reader.end]
    return encode_unsigned(count + len(entries)) + present + b"".join(entries)


def rewrite_exports(module: Module, plan: MeterPlan) -> bytes:
    """Return the payload of the export section with new function indices.

    Source:
        Ours: the WebAssembly binary format.
    """
    return encode_vector(
        [
            encode_name(export.name)
            + bytes((_KIND_BYTES[export.kind],))
            + encode_unsigned(_renumber_export(export.kind, export.index, plan))
            for export in module.exports
        ]
    )


def _renumber_export(kind: ExternalKind, index: int, plan: MeterPlan) -> int:
    return plan.renumber(index) if kind is ExternalKind.FUNCTION else index


def rewrite_globals(code: bytes, module: Module, plan: MeterPlan) -> bytes:
    """Return the payload of the global section; a global may hold a function.

    Source:
        Ours: the WebAssembly binary format.
    """
    section = module.get_section(SectionId.GLOBAL)
    if section is None:
        return b""
    reader = Reader(code, section.payload.start, section.payload.end)
    reader.read_u32()
    values = [each.value for each in module.globals if each.value is not None]
    return encode_vector([_rewrite_after_type(code, reader, value, plan) for value in values])


def _rewrite_after_type(code: bytes, reader: Reader, value: Constant, plan: MeterPlan) -> bytes:
    """Copy what stands in front of a constant expression, then the expression."""
    before = code[reader.position : value.start]
    reader.position = value.end
    return before + rewrite_expression(code, value.start, value.end, plan)


def rewrite_elements(code: bytes, module: Module, plan: MeterPlan) -> bytes:
    """Return the payload of the element section with new function indices.

    Source:
        Ours: the WebAssembly binary format.
    """
    section = module.get_section(SectionId.ELEMENT)
    if section is None:
        return b""
    reader = Reader(code, section.payload.start, section.payload.end)
    reader.read_u32()
    places = [each.place for each in module.elements]
    return encode_vector([_rewrite_element(code, reader, place, plan) for place in places])


def _rewrite_element(code: bytes, reader: Reader, place: Constant | None, plan: MeterPlan) -> bytes:
    start = reader.position
    kind = reader.read_u32()
    if place is not None:
        # An i32: no function in it.
        reader.position = place.end
    if kind & (_NOT_ACTIVE | _EXPLICIT):
        reader.read_byte()
    head = code[start : reader.position]
    count = reader.read_u32()
    if kind & _EXPRESSIONS:
        return head + encode_vector([_read_expression(code, reader, plan) for _ in range(count)])
    functions = [plan.renumber(reader.read_u32()) for _ in range(count)]
    return head + encode_vector(list(map(encode_unsigned, functions)))


def _read_expression(code: bytes, reader: Reader, plan: MeterPlan) -> bytes:
    end = find_expression_end(code, reader.position, reader.end)
    rewritten = rewrite_expression(code, reader.position, end, plan)
    reader.position = end
    return rewritten
