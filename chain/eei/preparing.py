"""From a script to what is compiled: judged, metered, and, for the linked backend, linked.

Everything that refuses a module refuses it in the same order in both backends: its form, the
work of compiling it, its types, its interface, its imports, its sizes.

Source:
    PROTOCOL 5 and 6; the order is ours.
"""

from dataclasses import replace
from typing import Final

from wasmtime import Engine

from chain.config import ExecutionLimits, Libraries, Metering
from chain.eei import control
from chain.eei.complexity import validate_compile_work
from chain.eei.definitions import Definition, DefinitionMaker
from chain.eei.engine import validate_types
from chain.eei.facts import CallFact, LinkFacts, ModuleFacts, describe_module
from chain.eei.imports import validate_imports
from chain.eei.libraries import LIBRARY_LABELS, get_libraries
from chain.eei.loading import Prepared
from chain.eei.table import FUNCTIONS_BY_IMPORT
from chain.errors import InvalidScript, ScriptFault
from chain.wasm import (
    LinkedCode,
    LinkPlan,
    Module,
    decode_module,
    inject_metering,
    link_module,
)
from chain.wasm.start import export_start

_MAX_PAGES: Final = 65_536


def prepare_for_host(code: bytes, engine: Engine, limits: ExecutionLimits) -> Prepared:
    """Judge a module by itself, meter it, and put its start function off.

    Args:
        code: Any bytes.
        engine: Validates.
        limits: The config.

    Raises:
        ScriptFault: ``invalid_module`` or ``too_complex``.

    Source:
        PROTOCOL 5.
    """
    code, decoded = _judge(engine, code, limits)
    rewritten, start_export = export_start(code, decoded)
    shift = _compute_shift(code, decoded, rewritten)
    facts = replace(describe_module(decoded), start_export=start_export, shift=shift)
    return Prepared(rewritten, facts)


def prepare_linked(code: bytes, engine: Engine, limits: ExecutionLimits) -> Prepared:
    """Judge a script as a whole, meter it, and link it.

    Args:
        code: Any bytes.
        engine: Validates; accepts of scripts what the host backend does.
        limits: The config.

    Raises:
        ScriptFault: Whatever keeps it from running.

    Source:
        PROTOCOL 5.
    """
    code, decoded = _judge(engine, code, limits)
    facts = describe_module(decoded)
    if facts.fault is not None:
        raise facts.fault.build()
    validate_imports(facts.imports)
    validate_sizes(facts, limits)
    return _link(code, decoded, facts, limits)


def _link(code: bytes, decoded: Module, facts: ModuleFacts, limits: ExecutionLimits) -> Prepared:
    rows = [FUNCTIONS_BY_IMPORT[entry.module, entry.field] for entry in facts.imports]
    labels = {row.label for row in rows}
    has_library = limits.libraries is Libraries.WASM and bool(labels & LIBRARY_LABELS)
    library = get_libraries() if has_library else None
    library_pages = 0 if library is None else library.module.memories[0].minimum
    base = library_pages * control.PAGE_BYTES
    maker = DefinitionMaker(limits, base, has_start=decoded.start is not None)
    definitions = [
        maker.make(row, decoded.get_function_type(index), index) for index, row in enumerate(rows)
    ]
    pages = library_pages + control.compute_pages(has_deposits="eth2.pushNewDeposit" in labels)
    linked = link_module(
        code,
        decoded,
        LinkPlan(
            definitions=[each.function for each in definitions],
            helpers=maker.make_helpers(),
            library=library,
            host_pages=pages,
            host_max_pages=_MAX_PAGES,
            max_script_pages=limits.max_memory_pages,
            max_table_elements=_share_elements(facts, limits),
            bridge_size=int(any(each.is_bridged for each in definitions)),
        ),
    )
    facts = replace(
        facts,
        start_export=linked.start_export,
        shift=_compute_shift(code, decoded, linked.code),
        link=_describe_link(linked, base, pages * control.PAGE_BYTES, definitions),
    )
    return Prepared(linked.code, facts)


def validate_sizes(facts: ModuleFacts, limits: ExecutionLimits) -> None:
    """Refuse a script that needs more from the start than it may ever have.

    Raises:
        ScriptFault: ``memory_limit``.

    Source:
        PROTOCOL 5 (limits from the config).
    """
    if facts.memory_pages > limits.max_memory_pages:
        raise ScriptFault("memory_limit", pages=facts.memory_pages, limit=limits.max_memory_pages)
    most = _share_elements(facts, limits)
    if facts.table_elements > most:
        raise ScriptFault("memory_limit", elements=facts.table_elements, limit=most)


def _share_elements(facts: ModuleFacts, limits: ExecutionLimits) -> int:
    """Return how large each table of a script may be: they share the elements evenly."""
    return limits.max_table_elements // max(facts.tables, 1)


def _judge(engine: Engine, code: bytes, limits: ExecutionLimits) -> tuple[bytes, Module]:
    try:
        decoded = decode_module(code)
        if limits.metering is Metering.INJECTED:
            code = inject_metering(code, decoded, limits.tick_costs)
            decoded = decode_module(code)
        validate_compile_work(code, decoded)
        validate_types(engine, code)
    except InvalidScript as error:
        place = "" if error.code == "type_check" else f" ({error.code} at byte {error.offset})"
        raise ScriptFault("invalid_module", reason=f"{error.detail}{place}") from error
    return code, decoded


def _compute_shift(code: bytes, decoded: Module, rewritten: bytes) -> int:
    """Return how many bytes further back the functions of a module lie in what became of it."""
    if not decoded.bodies:
        return 0
    first, last = decoded.bodies[0].offset, decoded.bodies[-1].end
    return rewritten.index(code[first:last]) - first


def _describe_link(
    linked: LinkedCode, base: int, end: int, definitions: list[Definition]
) -> LinkFacts:
    calls = [CallFact(each.entry_fuel, each.exit_fuel, each.is_library) for each in definitions]
    return LinkFacts(linked.memory_export, linked.bridge_export, base, end, tuple(calls))
