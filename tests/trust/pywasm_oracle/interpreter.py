"""Runs one module in pywasm, and names how it ended.

pywasm tells traps by whatever Python raises, so the instruction at which it stopped says which
trap it is.
"""

import traceback
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from pywasm import opcode  # type: ignore[import-untyped]  # it has no types
from pywasm.core import (  # type: ignore[import-untyped]  # it has no types
    Extern,
    FuncType,
    Inst,
    Machine,
    ModuleDesc,
    Runtime,
)

from tests.trust.pywasm_oracle.host import Host, HostFaultError, strip_name

RETURNED: Final = "returned"
_MOST_FRAMES: Final = 1_024

_MEMORY_OPCODES: Final = frozenset(
    {
        *range(0x28, 0x3F),
        *(opcode.memory_init, opcode.memory_copy, opcode.memory_fill),
        *range(opcode.v128_load, opcode.v128_store + 1),
        *range(opcode.v128_load8_lane, opcode.v128_load64_zero + 1),
    }
)
_TABLE_OPCODES: Final = frozenset(
    {
        *(opcode.table_get, opcode.table_set, opcode.table_init, opcode.table_copy),
        opcode.table_fill,
    }
)
_DIVISIONS: Final = frozenset({*range(0x6D, 0x71), *range(0x7F, 0x83)})
_SIGNED_DIVISIONS: Final = frozenset({opcode.i32_div_s, opcode.i64_div_s})
_CONVERSIONS: Final = frozenset({*range(0xA8, 0xAC), *range(0xAE, 0xB2)})
_TRAPS: Final = (
    (OverflowError, _CONVERSIONS, "integer_overflow"),
    (ValueError, _CONVERSIONS, "bad_conversion_to_integer"),
    (ZeroDivisionError, _DIVISIONS, "integer_division_by_zero"),
    (AssertionError, _SIGNED_DIVISIONS, "integer_overflow"),
    (AssertionError, _MEMORY_OPCODES, "memory_out_of_bounds"),
    ((AssertionError, IndexError), _TABLE_OPCODES, "table_out_of_bounds"),
    (AssertionError, frozenset({opcode.unreachable}), "unreachable"),
)
"""What Python raises at which instructions, and the trap that it stands for."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a module ended.

    Attributes:
        outcome: As ``docs/eei.md`` names it.
        limit: What of pywasm's own ended it, empty if nothing did.
    """

    outcome: str
    limit: str = ""


def run_module(code: bytes, host: Host, max_pages: int) -> Ending:
    """Instantiate a valid module and call its ``main``.

    Args:
        code: The module.
        host: What it can call; keeps what it did.
        max_pages: How far memory may grow.

    Raises:
        RuntimeError: pywasm stops for a reason that is no trap of the specification.
    """
    runtime = Runtime()
    try:
        module = ModuleDesc.from_reader(BytesIO(code))
        for memory in module.mems:
            memory.limits.m = min(memory.limits.m or max_pages, max_pages)
        _link(runtime, module, host)
        instance = runtime.instance(module)
        host.is_started = True
        runtime.invocate(instance, "main", [])
    except HostFaultError as fault:
        is_limit = fault.code == "out_of_ticks"
        return Ending(fault.code if is_limit else f"trapped:{fault.code}")
    except Exception as error:  # noqa: BLE001 - pywasm has no errors of its own
        return _name_ending(runtime.machine, error)
    return Ending(RETURNED)


def _link(runtime: Runtime, module: ModuleDesc, host: Host) -> None:
    """Offer each import with the type that it is imported with."""
    externs: list[Extern] = []
    for entry in module.imps:
        kind: FuncType = module.type[entry.desc]
        function = host.get_function(strip_name(entry.module, entry.name))
        externs.append(runtime.allocate_func_host(kind, function))
    # By place, not by name: one function may be imported with two types.
    runtime.instance = lambda desc: runtime.machine.instance(desc, externs)


def _name_ending(machine: Machine, error: Exception) -> Ending:
    if not machine.stack.label:
        raise RuntimeError(f"pywasm: {error!r} outside the code") from error
    label = machine.stack.label[-1]
    instruction: Inst = label.instr[label.index - 1]
    if isinstance(error, AssertionError) and len(machine.stack.frame) >= _MOST_FRAMES:
        return Ending("stack_overflow", f"{_MOST_FRAMES} calls inside one another")
    if isinstance(error, OverflowError) and instruction.opcode == opcode.i64_div_u:
        return Ending("", "the quotient of i64.div_u as a signed number")
    code = _find_trap(instruction.opcode, error)
    if code is None:
        raise RuntimeError(f"pywasm: {error!r} at {instruction.opcode:#x}") from error
    return Ending(f"trapped:{code}")


def _find_trap(number: int, error: Exception) -> str | None:
    if number == opcode.call_indirect:
        return _find_call_trap(error)
    for raised, numbers, trap in _TRAPS:
        if isinstance(error, raised) and number in numbers:
            return trap
    return None


def _find_call_trap(error: Exception) -> str | None:
    if isinstance(error, IndexError):
        return "table_out_of_bounds"
    if not isinstance(error, AssertionError):
        return None
    last = traceback.extract_tb(error.__traceback__)[-1]
    return "indirect_call_to_null" if last.name == "into_ref" else "bad_signature"
