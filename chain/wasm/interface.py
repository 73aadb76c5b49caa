"""What the host asks of a script: its imports, its exports, its start function.

Source:
    PROTOCOL 5 and 6.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from chain.errors import InvalidScript
from chain.wasm.draft import Call, Draft
from chain.wasm.model import (
    ANY_SIGNATURE,
    ANY_SIGNATURE_TYPES,
    Export,
    ExternalKind,
    FunctionType,
    HostImports,
    Import,
    SectionId,
)

REQUIRED_EXPORTS: Final = {"main": ExternalKind.FUNCTION, "memory": ExternalKind.MEMORY}
"""What every script exports, in the order in which a missing one is reported."""


def validate_imports(draft: Draft, host: HostImports) -> None:
    """Refuse imports that the host does not offer, and one function with two signatures.

    Args:
        draft: A module with its imports.
        host: What the host offers.

    Raises:
        InvalidScript: ``import_kind``, ``unknown_import`` or ``import_signature``, at the
            first broken entry.

    Source:
        PROTOCOL 6.
    """
    known: dict[tuple[str, str], Import] = {}
    for entry in draft.imports:
        _validate_import(entry, host)
        first = known.setdefault((entry.module, entry.field), entry)
        if first.type != entry.type:
            label = f"{entry.module}.{entry.field}"
            detail = f"{label} is imported as {entry.type}, and before as {first.type}"
            raise InvalidScript("import_signature", entry.offset, detail)


def _validate_import(entry: Import, host: HostImports) -> None:
    label = f"{entry.module}.{entry.field}"
    if entry.kind is not ExternalKind.FUNCTION:
        raise InvalidScript("import_kind", entry.offset, f"{label} is a {entry.kind}")
    expected = host.get((entry.module, entry.field))
    if expected is None:
        raise InvalidScript("unknown_import", entry.offset, f"the host offers no {label}")
    is_fitting = _is_numeric(entry.type) if expected is ANY_SIGNATURE else entry.type == expected
    if not is_fitting:
        detail = f"{label} is imported as {entry.type}, it is {expected}"
        raise InvalidScript("import_signature", entry.offset, detail)


def _is_numeric(kind: object) -> bool:
    """Tell whether a function takes and gives what the host can: nothing but numbers."""
    return isinstance(kind, FunctionType) and ANY_SIGNATURE_TYPES.issuperset(
        (*kind.params, *kind.results)
    )


def validate_exports(draft: Draft) -> None:
    """Refuse exports that are not what the host expects.

    Raises:
        InvalidScript: ``extra_export``, ``export_kind`` or ``main_signature``, at the first
            broken entry.

    Source:
        PROTOCOL 6.
    """
    for entry in draft.exports:
        if entry.name in REQUIRED_EXPORTS:
            _validate_required_export(entry, draft)
        elif draft.rules.exact_exports:
            detail = f"{entry.name!r} is exported beside main and memory"
            raise InvalidScript("extra_export", entry.offset, detail)


def _validate_required_export(entry: Export, draft: Draft) -> None:
    expected = REQUIRED_EXPORTS[entry.name]
    if entry.kind is not expected:
        detail = f"{entry.name} is a {entry.kind}, a {expected} is expected"
        raise InvalidScript("export_kind", entry.offset, detail)
    if entry.kind is ExternalKind.FUNCTION:
        signature = draft.types[draft.functions[entry.index]]
        if signature.params:
            raise InvalidScript("main_signature", entry.offset, f"main takes {signature}")


def validate_required_exports(draft: Draft, size_bytes: int) -> None:
    """Refuse a module that lacks an export.

    Args:
        draft: The whole module.
        size_bytes: Its size.

    Raises:
        InvalidScript: ``missing_export``, at the export section or, without one, at the end.

    Source:
        PROTOCOL 6.
    """
    names = {entry.name for entry in draft.exports}
    for name in REQUIRED_EXPORTS:
        if name not in names:
            offset = next(
                (entry.offset for entry in draft.sections if entry.id is SectionId.EXPORT),
                size_bytes,
            )
            raise InvalidScript("missing_export", offset, f"{name} is not exported")


def validate_start_calls(draft: Draft) -> None:
    """Refuse a start function that may reach the host.

    Direct calls are followed. An indirect call may reach every function of its type that
    an element segment or ``ref.func`` made a value.

    Raises:
        InvalidScript: ``start_calls_host``, at the first call found from the start function
            outwards, or at the start section if that names a host function itself.

    Source:
        PROTOCOL 6; that indirect calls count is ours, else a table hides the host.
    """
    if draft.start is None:
        return
    values = _group_values(draft)
    pending = deque([draft.start])
    seen = {draft.start}
    _validate_callee(draft, draft.start, draft.start_offset)
    while pending:
        caller = pending.popleft()
        for call in draft.calls.get(caller, ()):
            for callee in _take_callees(draft, values, call):
                if callee not in seen:
                    _validate_callee(draft, callee, call.offset)
                    seen.add(callee)
                    pending.append(callee)


def _group_values(draft: Draft) -> dict[FunctionType, list[int]]:
    """Group the functions that became values by type, each group in index order."""
    groups: dict[FunctionType, list[int]] = {}
    for function in sorted(draft.referenced):
        groups.setdefault(draft.types[draft.functions[function]], []).append(function)
    return groups


def _take_callees(draft: Draft, values: dict[FunctionType, list[int]], call: Call) -> Sequence[int]:
    """Return what a call may reach; an indirectly called group is taken out, to go once."""
    if call.indirect:
        return values.pop(draft.types[call.target], ())
    return (call.target,)


def _validate_callee(draft: Draft, function: int, offset: int) -> None:
    if function < len(draft.imported_functions):
        entry = draft.imported_functions[function]
        if (entry.module, entry.field) not in draft.rules.start_may_call:
            detail = f"the start function may call {entry.module}.{entry.field}"
            raise InvalidScript("start_calls_host", offset, detail)
