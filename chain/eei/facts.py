"""What executions have to know about a module, kept with its compiled code.

Decoding takes longer than loading compiled code does, so it is done once per code.

Source:
    Ours.
"""

import json
from dataclasses import dataclass
from typing import Final, NamedTuple

from chain.errors import ScriptFault
from chain.wasm import ExternalKind, FunctionType, Module, ValueType

_FORM: Final = b"module with facts 1\n"
_LENGTH_BYTES: Final = 4


class ImportFact(NamedTuple):
    """One import; only functions have a signature."""

    module: str
    field: str
    kind: ExternalKind
    signature: FunctionType | None


class CallFact(NamedTuple):
    """What a definition does around a call: see ``chain.eei.definitions``."""

    entry_fuel: int
    exit_fuel: int
    is_library: bool


class LinkFacts(NamedTuple):
    """Where the host finds its way about in linked code.

    Attributes:
        memory_export: Name of host memory.
        bridge_export: Name of the bridge, if anything calls the host.
        base: Address of the control block in host memory.
        end: Size of host memory at the beginning, in bytes.
        calls: For every definition, in import order.
    """

    memory_export: str
    bridge_export: str | None
    base: int
    end: int
    calls: tuple[CallFact, ...]


class FaultFact(NamedTuple):
    """A ``ScriptFault`` to come."""

    code: str
    values: dict[str, str]

    def build(self) -> ScriptFault:
        """Return the fault."""
        return ScriptFault(self.code, **self.values)


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """What executions have to know.

    Attributes:
        imports: In file order.
        exports: Names of all exports.
        tables: Tables it defines.
        table_elements: The most that one of them has from the start.
        memory_pages: What its memory has from the start.
        main_result_count: Results of ``main``.
        start_export: Name under which the start function is exported, if there is one.
        shift: How many bytes further back functions lie in what was compiled.
        fault: Why it cannot be executed, if it cannot; libraries need not.
        link: About linked code.
    """

    imports: tuple[ImportFact, ...]
    exports: frozenset[str]
    tables: int
    table_elements: int
    memory_pages: int
    main_result_count: int
    start_export: str | None = None
    shift: int = 0
    fault: FaultFact | None = None
    link: LinkFacts | None = None


def describe_module(decoded: Module) -> ModuleFacts:
    """Collect what does not depend on any config.

    Source:
        PROTOCOL 5 (``main`` and ``memory``); the rest is ours.
    """
    main = decoded.get_export("main")
    results = 0
    if main is not None and main.kind is ExternalKind.FUNCTION:
        results = len(decoded.get_function_type(main.index).results)
    imports = tuple(
        ImportFact(
            entry.module,
            entry.field,
            entry.kind,
            entry.type if isinstance(entry.type, FunctionType) else None,
        )
        for entry in decoded.imports
    )
    fault = find_interface_fault(decoded)
    return ModuleFacts(
        imports=imports,
        exports=frozenset(export.name for export in decoded.exports),
        tables=len(decoded.tables),
        table_elements=max((table.limits.minimum for table in decoded.tables), default=0),
        memory_pages=max((memory.minimum for memory in decoded.memories), default=0),
        main_result_count=results,
        fault=None if fault is None else keep_fault(fault),
    )


def keep_fault(fault: ScriptFault) -> FaultFact:
    """Return a fault as a value."""
    return FaultFact(fault.code, {name: str(value) for name, value in fault.values.items()})


def find_interface_fault(decoded: Module) -> ScriptFault | None:
    """Compare the exports with what every script exports.

    Source:
        PROTOCOL 5.
    """
    required = (("main", ExternalKind.FUNCTION), ("memory", ExternalKind.MEMORY))
    for name, kind in required:
        export = decoded.get_export(name)
        if export is None:
            return ScriptFault("missing_export", name=name)
        if export.kind is not kind:
            return ScriptFault("export_kind", name=name, kind=export.kind, expected=kind)
        if kind is ExternalKind.FUNCTION:
            signature = decoded.get_function_type(export.index)
            if signature.params:
                return ScriptFault("main_signature", signature=signature)
    return None


def pack_record(facts: ModuleFacts, compiled: bytes) -> bytes:
    """Put facts in front of compiled code.

    Source:
        Ours.
    """
    link = None if facts.link is None else [*facts.link[:-1], facts.link.calls]
    imports = [
        [
            entry.module,
            entry.field,
            entry.kind,
            None if entry.signature is None else [entry.signature.params, entry.signature.results],
        ]
        for entry in facts.imports
    ]
    exports = sorted(facts.exports)
    others = [
        facts.tables,
        facts.table_elements,
        facts.memory_pages,
        facts.main_result_count,
        facts.start_export,
        facts.shift,
    ]
    text = json.dumps([imports, exports, others, facts.fault, link]).encode()
    return _FORM + len(text).to_bytes(_LENGTH_BYTES, "little") + text + compiled


def unpack_record(record: bytes) -> tuple[ModuleFacts, bytes] | None:
    """Return facts and compiled code, or None for anything but a record.

    Args:
        record: What ``pack_record`` returned: kept where nobody else can write.

    Source:
        Ours.
    """
    if not record.startswith(_FORM):
        return None
    start = len(_FORM) + _LENGTH_BYTES
    end = start + int.from_bytes(record[len(_FORM) : start], "little")
    imports, exports, others, fault, link = json.loads(record[start:end])
    tables, table_elements, memory_pages, result_count, start_export, shift = others
    facts = ModuleFacts(
        imports=tuple(_read_import(*entry) for entry in imports),
        exports=frozenset(exports),
        tables=tables,
        table_elements=table_elements,
        memory_pages=memory_pages,
        main_result_count=result_count,
        start_export=start_export,
        shift=shift,
        fault=None if fault is None else FaultFact(*fault),
        link=None if link is None else _read_link(*link),
    )
    return facts, record[end:]


def _read_import(
    module: str, field: str, kind: str, signature: tuple[list[str], list[str]] | None
) -> ImportFact:
    found = None
    if signature is not None:
        params, results = (tuple(map(ValueType, group)) for group in signature)
        found = FunctionType(params, results)
    return ImportFact(module, field, ExternalKind(kind), found)


def _read_link(
    memory_export: str,
    bridge_export: str | None,
    base: int,
    end: int,
    calls: list[tuple[int, int, bool]],
) -> LinkFacts:
    facts = tuple(CallFact(*call) for call in calls)
    return LinkFacts(memory_export, bridge_export, base, end, facts)
