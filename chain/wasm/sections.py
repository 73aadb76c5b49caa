"""The sections in front of the code, and the data behind it.

Source:
    The WebAssembly binary format, under the rules of PROTOCOL 6.
"""

from chain.errors import InvalidScript
from chain.wasm.constant import read_constant
from chain.wasm.draft import Draft
from chain.wasm.features import Feature
from chain.wasm.fields import (
    read_global_type,
    read_index,
    read_limited_count,
    read_memory,
    read_table,
    read_value_type,
    validate_limit,
)
from chain.wasm.model import (
    Export,
    ExternalKind,
    FunctionType,
    Global,
    Import,
    ValueType,
)
from chain.wasm.reader import Reader
from chain.wasm.rules import ScriptRules

_FUNCTION_FORM = 0x60
_FOREIGN_FORMS = {
    **dict.fromkeys((0x4E, 0x4F, 0x50, 0x5E, 0x5F), Feature.GARBAGE_COLLECTION),
    0x5D: Feature.STACK_SWITCHING,
}
_FOREIGN_TABLE = 0x40
_TAG_KIND = 4
_KINDS = (
    ExternalKind.FUNCTION,
    ExternalKind.TABLE,
    ExternalKind.MEMORY,
    ExternalKind.GLOBAL,
)


def read_types(reader: Reader, draft: Draft) -> None:
    """Read the type section.

    Raises:
        InvalidScript: ``too_many_types``, ``type_form``, ``signature_too_long``,
            ``feature_multi_value``, and those of ``read_value_type``.

    Source:
        PROTOCOL 6.
    """
    limits = draft.rules.limits
    for _ in range(read_limited_count(reader, "too_many_types", limits.max_types)):
        offset = reader.position
        form = reader.read_byte()
        if form != _FUNCTION_FORM:
            if form in _FOREIGN_FORMS:
                draft.rules.validate_feature(_FOREIGN_FORMS[form], offset, f"type {form:#04x}")
            raise InvalidScript("type_form", offset, f"{form:#04x} does not begin a type")
        params = _read_value_types(reader, draft.rules, limits.max_parameters)
        offset = reader.position
        results = _read_value_types(reader, draft.rules, limits.max_results)
        if len(results) > 1:
            draft.rules.validate_feature(Feature.MULTI_VALUE, offset, "several results")
        draft.types.append(FunctionType(params, results))


def _read_value_types(reader: Reader, rules: ScriptRules, limit: int) -> tuple[ValueType, ...]:
    count = read_limited_count(reader, "signature_too_long", limit)
    return tuple([read_value_type(reader, rules) for _ in range(count)])


def read_imports(reader: Reader, draft: Draft) -> None:
    """Read the import section.

    Raises:
        InvalidScript: ``too_many_imports``, ``external_kind``, ``too_many_functions``,
            ``too_many_tables``, ``too_many_globals``, and those of names and types.

    Source:
        PROTOCOL 6.
    """
    limits = draft.rules.limits
    for _ in range(read_limited_count(reader, "too_many_imports", limits.max_imports)):
        offset = reader.position
        module = reader.read_name(limits.max_name_bytes)
        field = reader.read_name(limits.max_name_bytes)
        kind = _read_external_kind(reader, draft)
        entry = _read_import(reader, draft, Import(offset, module, field, kind, None))
        draft.imports.append(entry)
