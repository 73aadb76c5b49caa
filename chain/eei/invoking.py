"""From a linked script's imports to what carries out their calls.

Most scripts never call the host: then neither the table of host functions nor what stands behind
it is imported.

Source:
    Ours.
"""

from chain.config import ExecutionLimits, Metering
from chain.eei.bridge import Invoke, Invoker
from chain.eei.core_code import USE_TICKS
from chain.eei.dispatch import BoundFunction
from chain.eei.facts import CallFact, ImportFact, ModuleFacts
from chain.eei.frame import Frame
from chain.eei.interface import BASE_FUEL, HostFunction
from chain.eei.table import FUNCTIONS_BY_IMPORT
from chain.errors import ScriptFault


def make_invokers(facts: ModuleFacts, limits: ExecutionLimits) -> tuple[Invoker, ...]:
    """Make what carries out the calls of each import, in import order.

    Args:
        facts: About the linked script.
        limits: The config.

    Raises:
        ValueError: The module was not linked, or imports something else than functions.

    Source:
        Ours.
    """
    if facts.link is None:
        raise ValueError("the module was not linked")
    entries = zip(facts.imports, facts.link.calls, strict=True)
    return tuple(_make_invoker(entry, fact, limits) for entry, fact in entries)


def _make_invoker(entry: ImportFact, fact: CallFact, limits: ExecutionLimits) -> Invoker:
    if entry.signature is None:
        raise ValueError(f"{entry.module}.{entry.field} is no function")
    row = FUNCTIONS_BY_IMPORT[entry.module, entry.field]
    return Invoker(_choose(row, limits), entry.signature, fact)


def _choose(row: HostFunction, limits: ExecutionLimits) -> Invoke:
    if row.parameters is None:
        return lambda frame, arguments: _abort(row, frame, arguments)
    if row.label == USE_TICKS and limits.metering is Metering.INJECTED:
        return _take_ticks
    return BoundFunction(row, limits).invoke


def _abort(row: HostFunction, frame: Frame, arguments: tuple[int, ...]) -> None:
    frame.call_count += 1
    frame.require_fuel(BASE_FUEL)
    row.handler(frame, *arguments)


def _take_ticks(frame: Frame, arguments: tuple[int, ...]) -> None:
    """Take ticks as the counter of rewritten scripts does when there are too few."""
    try:
        frame.take_ticks(arguments[0] & 0xFFFF_FFFF)
    except ScriptFault as fault:
        fault.values["host_function"] = USE_TICKS
        raise
