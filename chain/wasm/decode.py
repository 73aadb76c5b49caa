"""From bytes to a module: the preamble, the sections in order, and the rules between them.

Source:
    PROTOCOL 6.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Final

from chain.errors import InvalidScript
from chain.wasm.body import read_code, validate_body_count
from chain.wasm.draft import Draft
from chain.wasm.features import Feature
from chain.wasm.fields import validate_limit
from chain.wasm.interface import (
    validate_exports,
    validate_imports,
    validate_required_exports,
    validate_start_calls,
)
from chain.wasm.model import HostImports, Module, Section, SectionId, Span
from chain.wasm.reader import Reader
from chain.wasm.rules import SCOUT_RULES, ScriptLimits, ScriptRules
from chain.wasm.sections import (
    read_exports,
    read_functions,
    read_globals,
    read_imports,
    read_memories,
    read_start,
    read_tables,
    read_types,
)
from chain.wasm.segments import read_data, read_data_count, read_elements, validate_data_count

_MAGIC: Final = b"\0asm"
_VERSION: Final = b"\1\0\0\0"
_COMPONENT_VERSION: Final = b"\x0d\0\1\0"

_SECTION_READERS: Final[Mapping[SectionId, Callable[[Reader, Draft], None]]] = {
    SectionId.TYPE: read_types,
    SectionId.IMPORT: read_imports,
    SectionId.FUNCTION: read_functions,
    SectionId.TABLE: read_tables,
    SectionId.MEMORY: read_memories,
    SectionId.GLOBAL: read_globals,
    SectionId.EXPORT: read_exports,
    SectionId.START: read_start,
    SectionId.ELEMENT: read_elements,
    SectionId.DATA_COUNT: read_data_count,
    SectionId.CODE: read_code,
    SectionId.DATA: read_data,
}
"""In the order that the sections must keep."""

_ORDER: Final = {section_id: place for place, section_id in enumerate(_SECTION_READERS)}
_SECTION_IDS: Final = {int(section_id): section_id for section_id in SectionId}

_SECTION_FEATURES: Final = {
    SectionId.DATA_COUNT: Feature.BULK_MEMORY,
    SectionId.TAG: Feature.EXCEPTIONS,
}
_CUSTOM_FEATURES: Final = {
    "wasm-interface-types": Feature.INTERFACE_TYPES,
    "webidl-bindings": Feature.INTERFACE_TYPES,
}
"""Custom sections of a withdrawn proposal, at which wasmtime refuses to compile a module."""

_UNLIMITED: Final = 2**64
_DECODING_RULES: Final = replace(
    SCOUT_RULES,
    limits=ScriptLimits(**{limit.name: _UNLIMITED for limit in fields(ScriptLimits)}),
)


def decode_module(code: bytes, rules: ScriptRules = _DECODING_RULES) -> Module:
    """Decode a module and check that it is well-formed, whatever it imports and exports.

    Operand types inside function bodies are not checked.

    Args:
        code: The binary format.
        rules: What may be used: by default everything in ``DECODABLE_FEATURES``, without limit.

    Returns:
        The module with the byte offsets of its parts.

    Raises:
        InvalidScript: A malformed-code or feature-code of ``chain.wasm.catalogue``, or what
            else the rules refuse.

    Source:
        PROTOCOL 6.
    """
    return _decode(code, rules, None)


def validate_rules(code: bytes, rules: ScriptRules, imports: HostImports) -> Module:
    """Check a module against a profile, and return it decoded so that no one decodes twice.

    Operand types inside function bodies are not checked.

    Args:
        code: The binary format.
        rules: The profile.
        imports: The functions that the host offers.

    Returns:
        The module with the byte offsets of its parts.

    Raises:
        InvalidScript: The first broken rule, in the order that ``chain.wasm.rules`` states.

    Source:
        PROTOCOL 6.
    """
    return _decode(code, rules, imports)


def _decode(code: bytes, rules: ScriptRules, host: HostImports | None) -> Module:
    """Go once over the module; without a host its interface is not looked at."""
    validate_code_size(len(code), rules)
    reader = Reader(code, 0, len(code))
    draft = Draft(rules)
    try:
        _decode_into(draft, reader, rules, host)
    except InvalidScript as error:
        # The work was done, whatever came of it.
        error.functions = len(draft.bodies)
        error.instructions = sum(body.instructions for body in draft.bodies)
        raise
    return draft.build_module(len(code))


def _decode_into(
    draft: Draft, reader: Reader, rules: ScriptRules, host: HostImports | None
) -> None:
    """Read all sections, and check what only the whole can show."""
    _read_preamble(reader, rules)
    while reader.position < reader.end:
        section_id = _read_section(reader, draft)
        if host is not None and section_id is SectionId.IMPORT:
            validate_imports(draft, host)
        elif host is not None and section_id is SectionId.EXPORT:
            validate_exports(draft)
    validate_body_count(draft, len(draft.bodies), reader.end)
    validate_data_count(draft, len(draft.data), reader.end)
    if host is not None:
        validate_required_exports(draft, reader.end)
        validate_start_calls(draft)


def validate_code_size(size_bytes: int, rules: ScriptRules) -> None:
    """Refuse code that is too large, before any of it is read.

    Raises:
        InvalidScript: ``code_too_large``, at the first byte too many.

    Source:
        PROTOCOL 6.
    """
    limit = rules.limits.max_code_bytes
    if size_bytes > limit:
        raise InvalidScript("code_too_large", limit, f"{size_bytes} bytes, {limit} are allowed")


def _read_preamble(reader: Reader, rules: ScriptRules) -> None:
    start = reader.position
    if reader.read_bytes(len(_MAGIC)) != _MAGIC:
        raise InvalidScript("magic", start, "a binary module starts with 00 61 73 6d")
    start = reader.position
    version = reader.read_bytes(len(_VERSION))
    if version == _COMPONENT_VERSION:
        rules.validate_feature(Feature.COMPONENT_MODEL, start, "a component")
    if version != _VERSION:
        raise InvalidScript("version", start, f"version {version.hex()} is not 01000000")


def _read_section(reader: Reader, draft: Draft) -> SectionId:
    """Read the next section, whatever it is."""
    offset = reader.position
    section_id = _read_section_id(reader, draft)
    payload = reader.read_span(reader.read_u32())
    span = Span(payload.position, payload.end)
    if section_id is SectionId.CUSTOM:
        name = _read_custom_name(payload, draft, offset)
        draft.sections.append(Section(section_id, offset, span, name))
        return section_id
    draft.sections.append(Section(section_id, offset, span, ""))
    _SECTION_READERS[section_id](payload, draft)
    if payload.position != payload.end:
        detail = f"{payload.end - payload.position} bytes behind the last entry"
        raise InvalidScript("section_size", payload.position, detail)
    return section_id


def _read_section_id(reader: Reader, draft: Draft) -> SectionId:
    """Read the id of a section that may come next."""
    offset = reader.position
    byte = reader.read_byte()
    section_id = _SECTION_IDS.get(byte)
    if section_id is None:
        raise InvalidScript("section_id", offset, f"no section has id {byte}")
    if section_id in _SECTION_FEATURES:
        subject = f"section {byte}"
        draft.rules.validate_feature(_SECTION_FEATURES[section_id], offset, subject)
    if section_id is not SectionId.CUSTOM:
        validate_section_order(draft, section_id, offset)
    if section_id is SectionId.START and not draft.rules.allow_start:
        raise InvalidScript("start_function", offset, "no start function is allowed")
    return section_id


def validate_section_order(draft: Draft, section_id: SectionId, offset: int) -> None:
    """Refuse a section that is repeated or out of order.

    Args:
        draft: The module so far.
        section_id: The section that begins.
        offset: Where it begins.

    Raises:
        InvalidScript: ``section_order``.

    Source:
        Ours: WebAssembly 1.0 validation.
    """
    for earlier in reversed(draft.sections):
        if earlier.id is not SectionId.CUSTOM:
            if _ORDER[earlier.id] >= _ORDER[section_id]:
                detail = f"section {section_id} follows section {earlier.id}"
                raise InvalidScript("section_order", offset, detail)
            return


def _read_custom_name(payload: Reader, draft: Draft, offset: int) -> str:
    limits = draft.rules.limits
    draft.custom_count += 1
    max_count = limits.max_custom_sections
    validate_limit("too_many_custom_sections", offset, draft.custom_count, max_count)
    name = payload.read_name(limits.max_name_bytes)
    if name in _CUSTOM_FEATURES:
        subject = f"a custom section {name!r}"
        draft.rules.validate_feature(_CUSTOM_FEATURES[name], offset, subject)
    return name
