"""Linking: a script's function imports become functions defined inside the module.

Imports come first in the index space of functions, so a definition in place of each, in front
of the script's own functions, leaves every index as it was: no body of the script changes.
All that is new is appended: types, host memory, the bridge, functions, globals and data of a
library. Custom sections are left out. A start function is no longer one: it is exported, for the
host to call.

Source:
    Ours: a call across the border of the module costs a thousand times as much as one inside.
"""

from typing import Final

from chain.wasm.encoding import (
    VALUE_CODES,
    encode_export,
    encode_limits,
    encode_unsigned,
    encode_vector,
)
from chain.wasm.link_functions import FunctionTable
from chain.wasm.link_library import encode_library_data, encode_library_globals
from chain.wasm.link_plan import HOST_MEMORY, LinkedCode, LinkPlan
from chain.wasm.model import ExternalKind, Limits, Module, SectionId, ValueType
from chain.wasm.rewrite import TypeTable, append_entries, encode_module, get_payloads

_NO_MEMORY: Final = Limits(0, 0)
"""For a script without one: empty for ever, so that host memory has one index everywhere."""


def link_module(code: bytes, module: Module, plan: LinkPlan) -> LinkedCode:
    """Put definitions in the place of a script's imports.

    Args:
        code: The script, well-formed, importing nothing but functions.
        module: The same, decoded.
        plan: What becomes of it.

    Returns:
        A module without imports.

    Raises:
        ValueError: The plan does not fit the script: definitions are too few, too many or of
            other types than the imports, or a memory or table is larger than its limit.

    Source:
        Ours: see the module's docstring.
    """
    validate_definitions(module, plan)
    validate_sizes(module, plan)
    return _Linker(code, module, plan).link()


def validate_definitions(module: Module, plan: LinkPlan) -> None:
    """Refuse a plan that has not just one definition for every import.

    Raises:
        ValueError: This is our bug: whoever plans has seen the imports.

    Source:
        Ours.
    """
    imports = [(f"{entry.module}.{entry.field}", entry.type) for entry in module.imports]
    if len(imports) != len(plan.definitions):
        raise ValueError(f"{len(plan.definitions)} definitions for {len(imports)} imports")
    for (label, kind), definition in zip(imports, plan.definitions, strict=True):
        if kind != definition.type:
            raise ValueError(f"{label} is {kind}, its definition {definition.type}")


def validate_sizes(module: Module, plan: LinkPlan) -> None:
    """Refuse memories or tables above their limits, and a second memory.

    Raises:
        ValueError: This is our bug: whoever plans has seen the sizes.

    Source:
        Ours.
    """
    if len(module.memories) > 1:
        raise ValueError(f"the script has {len(module.memories)} memories")
    elements = max((table.limits.minimum for table in module.tables), default=0)
    if elements > plan.max_table_elements:
        raise ValueError(f"{elements} elements in a table, {plan.max_table_elements} allowed")
    minimum = _get_script_memory(module).minimum
    if minimum > plan.max_script_pages:
        raise ValueError(f"{minimum} pages of a script, {plan.max_script_pages} allowed")
    library = 0 if plan.library is None else plan.library.module.memories[0].minimum
    if not library <= plan.host_pages <= plan.host_max_pages:
        raise ValueError(
            f"{library} pages of a library, {plan.host_pages} to {plan.host_max_pages} of the host"
        )


def _get_script_memory(module: Module) -> Limits:
    return module.memories[0] if module.memories else _NO_MEMORY


def _cap(limits: Limits, most: int) -> Limits:
    """Return limits with the smaller of two maxima."""
    minimum, declared = limits
    return Limits(minimum, most if declared is None else min(declared, most))


class _Linker:
    """The sections of one new module."""

    def __init__(self, code: bytes, module: Module, plan: LinkPlan) -> None:
        self._code = code
        self._module = module
        self._plan = plan
        self._payloads = get_payloads(code, module)
        self._exports: dict[str, bytes] = {}

    def link(self) -> LinkedCode:
        """Change what has to change, and put all sections together."""
        self._payloads.pop(SectionId.IMPORT, None)
        self._payloads.pop(SectionId.START, None)
        self._add_functions()
        self._add_memory()
        self._set_tables()
        module, plan = self._module, self._plan
        memory_export = self._export(plan.memory_export, ExternalKind.MEMORY, HOST_MEMORY)
        bridge_export = start_export = None
        if plan.bridge_size:
            bridge_export = self._export(plan.bridge_export, ExternalKind.TABLE, len(module.tables))
        if module.start is not None:
            start_export = self._export(plan.start_export, ExternalKind.FUNCTION, module.start)
        append_entries(self._payloads, SectionId.EXPORT, list(self._exports.values()))
        return LinkedCode(encode_module(self._payloads), memory_export, bridge_export, start_export)

    def _add_functions(self) -> None:
        """Write definitions, the script's own functions, and what is reached, in this order."""
        module, plan = self._module, self._plan
        types = TypeTable(module)
        functions = FunctionTable(module, plan, types)
        own = [self._code[body.offset : body.end] for body in module.bodies]
        bodies = functions.encode_definitions() + own + functions.encode_reached()
        indices = list(map(encode_unsigned, module.functions)) + functions.encode_type_indices()
        if bodies:
            self._payloads[SectionId.FUNCTION] = encode_vector(indices)
            self._payloads[SectionId.CODE] = encode_vector(bodies)
        append_entries(self._payloads, SectionId.TYPE, types.encode_added())
        if plan.library is not None and functions.has_library:
            append_entries(self._payloads, SectionId.GLOBAL, encode_library_globals(plan.library))
            self._add_data(encode_library_data(plan.library))

    def _add_data(self, segments: list[bytes]) -> None:
        append_entries(self._payloads, SectionId.DATA, segments)
        if self._module.data_count is not None:
            count = encode_unsigned(self._module.data_count + len(segments))
            self._payloads[SectionId.DATA_COUNT] = count

    def _add_memory(self) -> None:
        plan = self._plan
        script = _cap(_get_script_memory(self._module), plan.max_script_pages)
        memories = [script, Limits(plan.host_pages, plan.host_max_pages)]
        self._payloads[SectionId.MEMORY] = encode_vector(list(map(encode_limits, memories)))

    def _set_tables(self) -> None:
        """Bound the script's tables, and put the bridge behind them."""
        most, size = self._plan.max_table_elements, self._plan.bridge_size
        tables = [(element, _cap(limits, most)) for element, limits in self._module.tables]
        if size:
            tables.append((ValueType.FUNCREF, Limits(size, size)))
        if tables:
            entries = [VALUE_CODES[element] + encode_limits(limits) for element, limits in tables]
            self._payloads[SectionId.TABLE] = encode_vector(entries)

    def _export(self, name: str, kind: ExternalKind, index: int) -> str:
        """Export under a name, or under the next one that is free."""
        taken = {export.name for export in self._module.exports} | self._exports.keys()
        while name in taken:
            name += "'"
        self._exports[name] = encode_export(name, kind, index)
        return name
