"""Injected metering: a module rewritten so that it counts its own work by calling the host.

The new module imports ``eth2.useTicks``, unless the old one does, and calls it at the head of
each basic block (``chain.wasm.meter_body`` says what that is). The import is the last one, so
functions of the module itself move up by one, wherever they are named. Nothing else changes:
what is exported, how memory is laid out, what is computed. Custom sections are left out, since
they describe code that is no longer there.

The price of a block is known from its bytes, so every engine charges the same, whatever it
makes of the instructions.

Source:
    Ours: ewasm's sentinel, which called ``useGas``.
"""

from collections.abc import Iterator
from typing import Final

from chain.config import TickCosts
from chain.wasm.encoding import (
    EXTERNAL_CODES,
    encode_name,
    encode_sized,
    encode_unsigned,
    encode_vector,
)
from chain.wasm.instructions import read_instruction
from chain.wasm.meter_body import (
    GROWS_MEMORY,
    MOVES_UNITS,
    MeterPlan,
    rewrite_body,
)
from chain.wasm.meter_costs import build_prices
from chain.wasm.meter_helpers import encode_charge_units, encode_grow_memory
from chain.wasm.meter_sections import renumber_sections
from chain.wasm.model import ExternalKind, FunctionType, Module, SectionId, ValueType
from chain.wasm.rewrite import TypeTable, append_entries, encode_module, get_payloads

USE_TICKS: Final = ("eth2", "useTicks")
USE_TICKS_SPELLINGS: Final = frozenset({USE_TICKS, ("env", "eth2_useTicks")})

_TICKS_TYPE: Final = FunctionType((ValueType.I32,), ())
_CHARGE_TYPE: Final = FunctionType((ValueType.I32,), (ValueType.I32,))


def inject_metering(code: bytes, module: Module, costs: TickCosts) -> bytes:
    """Rewrite a module so that it charges itself for what it does.

    Args:
        code: The binary format, well-formed.
        module: The same, decoded.
        costs: The prices.

    Returns:
        A module that computes the same, in the same bytes on every machine.

    Source:
        Ours: see the module's docstring.
    """
    if not module.bodies:
        return code
    return _Injector(code, module, costs).write()


class _Injector:
    """The parts of one new module."""

    def __init__(self, code: bytes, module: Module, costs: TickCosts) -> None:
        self._code = code
        self._module = module
        self._payloads = get_payloads(code, module)
        self._types = TypeTable(module)
        self._own_bodies: list[bytes] = []
        imported = len(module.imported_functions)
        present = _find_use_ticks(module)
        shift = int(present is None)
        # Our own functions come last, so that they move nobody.
        next_function = len(module.functions) + shift
        use_ticks = imported if present is None else present
        names = set(_list_operand_charges(code, module))
        grows, moves = GROWS_MEMORY in names, bool(names & MOVES_UNITS)
        grow_memory = next_function if grows and costs.memory_page else None
        if grow_memory is not None:
            self._own_bodies.append(encode_grow_memory(use_ticks, costs.memory_page))
            next_function += 1
        charge_units = next_function if moves and costs.moved_unit else None
        if charge_units is not None:
            self._own_bodies.append(encode_charge_units(use_ticks, costs.moved_unit))
        self._plan = MeterPlan(
            prices=build_prices(costs),
            function_entry=costs.function_entry,
            use_ticks=use_ticks,
            first_shifted=imported,
            shift=shift,
            grow_memory=grow_memory,
            charge_units=charge_units,
        )

    def write(self) -> bytes:
        """Put the sections together, the old ones where nothing changes."""
        code, module, plan = self._code, self._module, self._plan
        if plan.shift:
            self._add_import()
            self._payloads |= renumber_sections(code, module, plan)
        if self._own_bodies:
            charge_type = encode_unsigned(self._types.get_index(_CHARGE_TYPE))
            append_entries(
                self._payloads, SectionId.FUNCTION, [charge_type] * len(self._own_bodies)
            )
        bodies = [encode_sized(rewrite_body(code, body, plan)) for body in module.bodies]
        self._payloads[SectionId.CODE] = encode_vector(bodies + self._own_bodies)
        append_entries(self._payloads, SectionId.TYPE, self._types.encode_added())
        return encode_module(self._payloads)

    def _add_import(self) -> None:
        kind = encode_unsigned(self._types.get_index(_TICKS_TYPE))
        entry = b"".join(map(encode_name, USE_TICKS)) + EXTERNAL_CODES[ExternalKind.FUNCTION]
        append_entries(self._payloads, SectionId.IMPORT, [entry + kind])


def _find_use_ticks(module: Module) -> int | None:
    """Return the function index of an import of ``useTicks`` that has the right type."""
    for index, entry in enumerate(module.imported_functions):
        if (entry.module, entry.field) in USE_TICKS_SPELLINGS and entry.type == _TICKS_TYPE:
            return index
    return None


def _list_operand_charges(code: bytes, module: Module) -> Iterator[str]:
    """List the names of the instructions whose work depends on an operand."""
    for body in module.bodies:
        position = body.code
        while position < body.end:
            opcode, _, _, position = read_instruction(code, position, body.end)
            if opcode.name == GROWS_MEMORY or opcode.name in MOVES_UNITS:
                yield opcode.name
