"""The sections around rewritten bodies: new function indices.

Source:
    The WebAssembly binary format.
"""

from typing import Final

from chain.wasm.encoding import encode_export, encode_global_type, encode_unsigned, encode_vector
from chain.wasm.instructions import find_expression_end
from chain.wasm.meter_body import MeterPlan, rewrite_expression
from chain.wasm.model import Constant, ExternalKind, Module, SectionId, Span
from chain.wasm.reader import Reader

# Bits of the number in front of an element segment.
_NOT_ACTIVE: Final = 0b001
_EXPLICIT: Final = 0b010
_EXPRESSIONS: Final = 0b100


def renumber_sections(code: bytes, module: Module, plan: MeterPlan) -> dict[SectionId, bytes]:
    """Return the contents of all sections that name functions, the code left out.

    Args:
        code: The module, decoded without an error.
        module: The same, decoded.
        plan: The new module.

    Source:
        Ours: the WebAssembly binary format.
    """
    present = {section.id for section in module.sections}
    elements = module.get_section(SectionId.ELEMENT)
    payloads = {}
    if SectionId.GLOBAL in present:
        payloads[SectionId.GLOBAL] = _rewrite_globals(code, module, plan)
    if SectionId.EXPORT in present:
        payloads[SectionId.EXPORT] = _rewrite_exports(module, plan)
    if module.start is not None:
        payloads[SectionId.START] = encode_unsigned(plan.renumber(module.start))
    if elements is not None:
        payloads[SectionId.ELEMENT] = _rewrite_elements(code, module, elements.payload, plan)
    return payloads


def _rewrite_exports(module: Module, plan: MeterPlan) -> bytes:
    """Return the payload of the export section with new function indices."""
    return encode_vector(
        [
            encode_export(
                export.name, export.kind, _renumber_export(export.kind, export.index, plan)
            )
            for export in module.exports
        ]
    )


def _renumber_export(kind: ExternalKind, index: int, plan: MeterPlan) -> int:
    return plan.renumber(index) if kind is ExternalKind.FUNCTION else index


def _rewrite_globals(code: bytes, module: Module, plan: MeterPlan) -> bytes:
    """Return the payload of the global section; a global may hold a function."""
    return encode_vector(
        [
            encode_global_type(kind) + rewrite_expression(code, value.start, value.end, plan)
            for kind, value in module.globals
            if value is not None
        ]
    )


def _rewrite_elements(code: bytes, module: Module, payload: Span, plan: MeterPlan) -> bytes:
    """Return the payload of the element section with new function indices."""
    reader = Reader(code, payload.start, payload.end)
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
