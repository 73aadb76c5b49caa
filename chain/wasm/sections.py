"""The sections in front of the code: types, imports, functions, tables and so on.

Source:
    The WebAssembly binary format, under the rules of PROTOCOL 6.
"""

from collections.abc import Callable
from typing import Final

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
    EXTERNAL_KINDS,
    Export,
    ExternalKind,
    FunctionType,
    Global,
    GlobalType,
    Import,
    Limits,
    TableType,
    ValueType,
)
from chain.wasm.reader import Reader
from chain.wasm.rules import ScriptRules

_FUNCTION_FORM: Final = 0x60
_FOREIGN_FORMS: Final = {
    **dict.fromkeys((0x4E, 0x4F, 0x50, 0x5E, 0x5F), Feature.GARBAGE_COLLECTION),
    0x5D: Feature.STACK_SWITCHING,
}
_TABLE_WITH_VALUE: Final = 0x40

_TAG: Final = 4

_ImportType = FunctionType | TableType | Limits | GlobalType


def read_types(reader: Reader, draft: Draft) -> None:
    """Read the type section.

    Raises:
        InvalidScript: ``too_many_types``, ``type_form``, ``signature_too_long``,
            ``feature_<name>``, and those of ``read_value_type``.

    Source:
        PROTOCOL 6.
    """
    limits = draft.rules.limits
    for _ in range(read_limited_count(reader, "too_many_types", limits.max_types)):
        offset = reader.position
        form = reader.read_byte()
        if form in _FOREIGN_FORMS:
            draft.rules.validate_feature(_FOREIGN_FORMS[form], offset, f"type {form:#04x}")
        if form != _FUNCTION_FORM:
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
        kind = _read_external_kind(reader, draft.rules)
        imported = Import(offset, module, field, kind, _read_import_type(reader, draft, kind))
        draft.imports.append(imported)
        if kind is ExternalKind.FUNCTION:
            draft.imported_functions.append(imported)


def _read_external_kind(reader: Reader, rules: ScriptRules) -> ExternalKind:
    offset = reader.position
    byte = reader.read_byte()
    if byte == _TAG:
        rules.validate_feature(Feature.EXCEPTIONS, offset, "a tag")
    if byte >= len(EXTERNAL_KINDS):
        raise InvalidScript("external_kind", offset, f"{byte:#04x} is no kind of import or export")
    return EXTERNAL_KINDS[byte]


def _read_import_type(reader: Reader, draft: Draft, kind: ExternalKind) -> _ImportType:
    """Read what is imported, and add it to its index space."""
    readers: dict[ExternalKind, Callable[[Reader, Draft], _ImportType]] = {
        ExternalKind.FUNCTION: _read_imported_function,
        ExternalKind.TABLE: read_table,
        ExternalKind.MEMORY: read_memory,
        ExternalKind.GLOBAL: _read_imported_global,
    }
    return readers[kind](reader, draft)


def _read_imported_function(reader: Reader, draft: Draft) -> FunctionType:
    offset = reader.position
    index = read_index(reader, "type", len(draft.types))
    draft.functions.append(index)
    limit = draft.rules.limits.max_functions
    validate_limit("too_many_functions", offset, len(draft.functions), limit)
    return draft.types[index]


def _read_imported_global(reader: Reader, draft: Draft) -> GlobalType:
    offset = reader.position
    imported = read_global_type(reader, draft.rules)
    if imported.mutable:
        subject = "importing a mutable global"
        draft.rules.validate_feature(Feature.MUTABLE_GLOBALS, offset, subject)
    draft.globals.append(Global(imported, None))
    limit = draft.rules.limits.max_globals
    validate_limit("too_many_globals", offset, len(draft.globals), limit)
    return imported


def read_functions(reader: Reader, draft: Draft) -> None:
    """Read the function section: the type index of every defined function.

    Raises:
        InvalidScript: ``too_many_functions``, ``unknown_type``.

    Source:
        PROTOCOL 6.
    """
    limit = draft.rules.limits.max_functions
    type_count = len(draft.types)
    already = len(draft.functions)
    for _ in range(read_limited_count(reader, "too_many_functions", limit, already)):
        draft.functions.append(read_index(reader, "type", type_count))


def read_tables(reader: Reader, draft: Draft) -> None:
    """Read the table section.

    Raises:
        InvalidScript: ``feature_function_references`` for a table with an initial value, and
            those of ``read_table``.

    Source:
        PROTOCOL 6.
    """
    for _ in range(reader.read_count()):
        offset = reader.position
        if offset < reader.end and reader.code[offset] == _TABLE_WITH_VALUE:
            subject = "a table with an initial value"
            draft.rules.validate_feature(Feature.FUNCTION_REFERENCES, offset, subject)
        read_table(reader, draft)


def read_memories(reader: Reader, draft: Draft) -> None:
    """Read the memory section.

    Raises:
        InvalidScript: Those of ``read_memory``.

    Source:
        PROTOCOL 6.
    """
    for _ in range(reader.read_count()):
        read_memory(reader, draft)


def read_globals(reader: Reader, draft: Draft) -> None:
    """Read the global section.

    Raises:
        InvalidScript: ``too_many_globals``, and those of ``read_global_type`` and
            ``read_constant``.

    Source:
        PROTOCOL 6.
    """
    limit = draft.rules.limits.max_globals
    already = len(draft.globals)
    for _ in range(read_limited_count(reader, "too_many_globals", limit, already)):
        kind = read_global_type(reader, draft.rules)
        draft.globals.append(Global(kind, read_constant(reader, draft, kind.value)))


def read_exports(reader: Reader, draft: Draft) -> None:
    """Read the export section.

    Raises:
        InvalidScript: ``too_many_exports``, ``duplicate_export``, ``external_kind``,
            ``feature_mutable_globals``, and those of names and indices.

    Source:
        PROTOCOL 6.
    """
    limits = draft.rules.limits
    counts = {
        ExternalKind.FUNCTION: len(draft.functions),
        ExternalKind.TABLE: len(draft.tables),
        ExternalKind.MEMORY: len(draft.memories),
        ExternalKind.GLOBAL: len(draft.globals),
    }
    names: set[str] = set()
    for _ in range(read_limited_count(reader, "too_many_exports", limits.max_exports)):
        offset = reader.position
        name = reader.read_name(limits.max_name_bytes)
        if name in names:
            raise InvalidScript("duplicate_export", offset, f"a second export named {name!r}")
        names.add(name)
        kind = _read_external_kind(reader, draft.rules)
        index = read_index(reader, kind, counts[kind])
        export = Export(offset, name, kind, index)
        _validate_mutable_export(export, draft)
        draft.exports.append(export)
    draft.declared = {
        export.index for export in draft.exports if export.kind is ExternalKind.FUNCTION
    }


def _validate_mutable_export(export: Export, draft: Draft) -> None:
    if export.kind is ExternalKind.GLOBAL and draft.globals[export.index].type.mutable:
        subject = "exporting a mutable global"
        draft.rules.validate_feature(Feature.MUTABLE_GLOBALS, export.offset, subject)


def read_start(reader: Reader, draft: Draft) -> None:
    """Read the start section.

    Raises:
        InvalidScript: ``unknown_function``, ``start_signature``.

    Source:
        Ours: WebAssembly 1.0 validation.
    """
    draft.start_offset = reader.position
    draft.start = read_index(reader, "function", len(draft.functions))
    signature = draft.types[draft.functions[draft.start]]
    if signature.params or signature.results:
        detail = f"function {draft.start} has type {signature}"
        raise InvalidScript("start_signature", draft.start_offset, detail)
