"""The functions that take the place of a script's imports in linked code.

There are four kinds, and whatever the kind, the host has the last word about a call that ends
the script:

- *core*: carried out where it is. If that cannot be, it writes down its arguments and traps,
  and the host judges the call as if it had been made.
- *bridged*: writes down its arguments and calls the host through the bridge.
- *library*: writes them down too, and calls a function of the library that is linked in, which
  refuses as core functions do.
- *ending*: ``abort``, which writes them down and traps.

Fuel is that of the host backend to the unit. A core call costs its price: its instructions,
those of ``burn``, and padding, which both compile to nothing. The engine looks at the fuel one
unit before the end, so a call that cannot be paid is noticed as the host would notice it, and
only one instruction comes behind that: the count of calls goes up, and the ticks go down.
Every other way out has a length that is known, so the host can give back what it took.

Source:
    PROTOCOL 5; the mechanism is ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chain.config import ExecutionLimits, Libraries, Metering
from chain.eei import control
from chain.eei.core import get_deposit_bytes
from chain.eei.core_code import CORE_CODE, USE_TICKS
from chain.eei.counting import EMPTY_FUEL
from chain.eei.interface import BASE_FUEL, Counted, HostFunction, Role
from chain.eei.libraries import LIBRARY_LABELS, compute_export_name
from chain.wasm import FunctionType, NewFunction, Symbols, ValueType, assemble
from chain.wasm.fuel import FUNCTION_FUEL, count_fuel

_UNITS_OF_A_CALL: Final = 110
"""Room for the instructions of a core function."""

_BURN_FUEL: Final = BASE_FUEL - _UNITS_OF_A_CALL
_TO_U64: Final = "i64.extend_i32_u"
_NO_TYPES: Final = FunctionType((), ())
_SIZE: Final = FunctionType((), (ValueType.I32,))
_CODE: Final = FunctionType((ValueType.I32,), ())
_COPY: Final = FunctionType((ValueType.I32,) * 3, ())

_TICKS: Final = "i32.const 0 i64.load offset=$ticks memory=1"
_NEXT_CALL: Final = "i32.const 0 i64.load offset=$calls memory=1 i64.const 1 i64.add"
_COUNT: Final = f"i32.const 0 {_NEXT_CALL} i64.store offset=$calls memory=1"
_REFUSE: Final = "i32.const 0 i32.const 1 i32.store offset=$is_refused memory=1 unreachable"
_MEMORY_BYTES: Final = f"memory.size 0 {_TO_U64} i64.const 16 i64.shl"

_TICKS_AND_CALL: Final = f"""
    i32.const 0 {_TICKS} local.get 0 {_TO_U64} i64.sub i64.store offset=$scratch memory=1
    i32.const 0 {_NEXT_CALL} i64.store offset=$scratch_8 memory=1
    i32.const 0 i32.const 0 v128.load offset=$scratch memory=1"""
"""Leaves what the last instruction of ``useTicks`` stores over both."""

_COUNTED_TICKS: Final = f"""
    {_TICKS} local.get 0 {_TO_U64} i64.sub local.tee $after i64.const 0 i64.lt_s
    if %s end
    i32.const 0 local.get $after i64.store offset=$ticks memory=1"""
"""``useTicks`` as rewritten scripts call it: see ``chain.eei.counting``."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition with what the host has to know about it.

    Attributes:
        function: For the linker.
        entry_fuel: What it uses up to where it calls the host, or refuses the call.
        exit_fuel: What it uses after the host has returned.
        is_bridged: Whether it calls the host.
        is_library: Whether it calls a library.
    """

    function: NewFunction
    entry_fuel: int
    exit_fuel: int = 0
    is_bridged: bool = False
    is_library: bool = False


class DefinitionMaker:
    """Makes the definitions of one module."""

    def __init__(self, limits: ExecutionLimits, base: int, *, has_start: bool) -> None:
        """Resolve what they have in common.

        Args:
            limits: The config.
            base: Address of the control block in host memory.
            has_start: Whether the module has a start function: until that has returned, calls
                must be refused.
        """
        self._limits = limits
        self._has_start = has_start
        self._is_injected = limits.metering is Metering.INJECTED
        self._names = {name: base + at for name, at in control.PLACES.items()}
        self._names["deposit_bytes"] = get_deposit_bytes(limits)

    def make(self, row: HostFunction, signature: FunctionType, number: int) -> Definition:
        """Make the definition of an import.

        Args:
            row: The host function.
            signature: As imported.
            number: By which the host recognizes it.

        Source:
            Ours: see the module's docstring.
        """
        if row.parameters is None:
            refusal = self._write_call(signature, number) + _REFUSE
            return Definition(self._build(signature, refusal), self._count(refusal))
        if row.label == USE_TICKS and self._is_injected:
            return self._make_counter(signature, number)
        if row.label in CORE_CODE:
            return self._make_core(row, signature, number)
        if self._limits.libraries is Libraries.WASM and row.label in LIBRARY_LABELS:
            return self._make_library(row, signature, number)
        return self._make_bridged(signature, number)

    def make_helpers(self) -> dict[str, NewFunction]:
        """Make the functions that definitions and libraries call.

        Source:
            Ours: ``chain.eei.libraries`` names those of libraries.
        """
        burn = f"local.get 0 {'local.tee 0 ' * (_BURN_FUEL - 1)} drop"
        copied = "local.get 0 local.get 1 local.get 2"
        return {
            "burn": self._build(_NO_TYPES, burn, (ValueType.I32,)),
            "pages": self._build(_SIZE, "memory.size 0"),
            "read": self._build(_COPY, f"{copied} memory.copy 1 0"),
            "write": self._build(_COPY, f"{copied} memory.copy 0 1"),
            "fail": self._build(_CODE, _REFUSE),
        }

    def _make_core(self, row: HostFunction, signature: FunctionType, number: int) -> Definition:
        refusals = [CORE_CODE[row.label].refusal, *self._list_range_refusals(row)]
        refusals += self._list_common_refusals(row)
        head = self._write_refusal(refusals, signature, number)
        work = f"{head} {CORE_CODE[row.label].effect} {self._write_tick_charge(row)}"
        if row.label == USE_TICKS:
            work = f"{work} {_TICKS_AND_CALL}"
            last = "v128.store offset=$ticks memory=1"
        else:
            work = f"{work} i32.const 0 {_NEXT_CALL}"
            last = "i64.store offset=$calls memory=1"
        text = f"{work} call $burn %s loop end {last}"
        missing = BASE_FUEL - self._count(text % "") - FUNCTION_FUEL - _BURN_FUEL
        function = self._build(signature, text % _pad(missing), burn=_get_function("burn"))
        return Definition(function, self._count_refusal(head))

    def _make_library(self, row: HostFunction, signature: FunctionType, number: int) -> Definition:
        head = self._write_refusal(self._list_common_refusals(row), signature, number)
        given = " ".join(f"local.get {index}" for index in range(len(signature.params)))
        text = f"""{head} {self._write_call(signature, number)} {given} call $library
            {_COUNT} {self._write_tick_charge(row)}"""
        name = compute_export_name(row.label, self._limits.prime_field)
        function = self._build(signature, text, library=_get_function(name))
        return Definition(function, self._count_refusal(head), is_library=True)

    def _make_bridged(self, signature: FunctionType, number: int) -> Definition:
        before = f"""{self._write_call(signature, number)}
            i32.const 0 call_indirect $signature $bridge"""
        after = "".join(
            f"i32.const 0 {kind}.load offset=$result memory=1" for kind in signature.results
        )
        function = self._build(
            signature,
            f"{before} {after}",
            signature=lambda symbols: symbols.signature(_NO_TYPES),
            bridge=lambda symbols: symbols.bridge_table,
        )
        after_fuel = self._count(after) - FUNCTION_FUEL
        return Definition(function, self._count(before), after_fuel, is_bridged=True)

    def _make_counter(self, signature: FunctionType, number: int) -> Definition:
        text = _COUNTED_TICKS % (self._write_call(signature, number) + _REFUSE)
        # Of what it uses, the host backend uses some as well.
        entry_fuel = self._count(text, is_refused=True) - EMPTY_FUEL
        return Definition(self._build(signature, text, (ValueType.I64,)), entry_fuel)

    def _list_common_refusals(self, row: HostFunction) -> list[str]:
        """List the conditions that say: not yet, or too expensive."""
        conditions = []
        if self._has_start:
            conditions.append("i32.const 0 i32.load offset=$is_started memory=1 i32.eqz")
        if self._is_injected:
            conditions.append(f"{self._write_price(row)} {_TICKS} i64.gt_u")
        return conditions

    def _list_range_refusals(self, row: HostFunction) -> list[str]:
        conditions = []
        for index, parameter in enumerate(row.parameters or ()):
            if parameter.role in (Role.INPUT, Role.OUTPUT):
                size = f"i64.const {parameter.size}"
                if isinstance(parameter.size, Counted):
                    size = f"local.get {_find_counter(row, parameter.size)} {_TO_U64}"
                end = f"local.get {index} {_TO_U64} {size} i64.add"
                conditions.append(f"{end} {_MEMORY_BYTES} i64.gt_u")
        return conditions

    def _write_price(self, row: HostFunction) -> str:
        """Write what leaves the price of a call, as the host computes it."""
        price = f"i64.const {row.compute_base_fuel(self._limits)}"
        for parameter in row.parameters or ():
            if row.byte_fuel and isinstance(parameter.size, Counted):
                counter = f"local.get {_find_counter(row, parameter.size)} {_TO_U64}"
                unit = row.byte_fuel * parameter.size.unit_bytes
                price += f" {counter} i64.const {unit} i64.mul i64.add"
        return price

    def _write_tick_charge(self, row: HostFunction) -> str:
        if not self._is_injected:
            return ""
        price = self._write_price(row)
        return f"i32.const 0 {_TICKS} {price} i64.sub i64.store offset=$ticks memory=1"

    def _write_refusal(self, conditions: list[str], signature: FunctionType, number: int) -> str:
        """Write what refuses a call if one condition holds; all are looked at in any case."""
        met = [condition for condition in conditions if condition]
        if not met:
            return ""
        either = " ".join([met[0], *(f"{condition} i32.or" for condition in met[1:])])
        return f"{either} if {self._write_call(signature, number)} {_REFUSE} end"

    def _write_call(self, signature: FunctionType, number: int) -> str:
        """Write down which function was called, and with what."""
        first = self._names["arguments"]
        stores = [
            f"i32.const 0 local.get {index} {kind}.store offset={first + 8 * index} memory=1"
            for index, kind in enumerate(signature.params)
        ]
        which = f"i32.const 0 i32.const {number} i32.store offset=$function memory=1 "
        return " ".join([*stores, which])

    def _count_refusal(self, head: str) -> int:
        return self._count(head, is_refused=True) if head else 0

    def _count(self, text: str, *, is_refused: bool = False) -> int:
        indices = dict.fromkeys(("burn", "library", "signature", "bridge", "after"), 0)
        code = assemble(text, **self._names, **indices)
        return FUNCTION_FUEL + count_fuel(code, (True,) if is_refused else ())

    def _build(
        self,
        kind: FunctionType,
        text: str,
        types: tuple[ValueType, ...] = (),
        **indices: Callable[[Symbols], int],
    ) -> NewFunction:
        def code(symbols: Symbols) -> bytes:
            found = {name: find(symbols) for name, find in indices.items()}
            return assemble(text, **self._names, after=len(kind.params), **found)

        return NewFunction(type=kind, locals=types, code=code)


def _get_function(name: str) -> Callable[[Symbols], int]:
    return lambda symbols: symbols.function(name)


def _find_counter(row: HostFunction, size: Counted) -> int:
    return [each.name for each in row.parameters or ()].index(size.parameter)


def _pad(fuel: int) -> str:
    """Write instructions that cost fuel and do nothing.

    Raises:
        ValueError: The function costs more than its price.
    """
    if fuel < 0:
        raise ValueError(f"a core function costs {-fuel} too much")
    return f"i32.const 0 {'i32.eqz ' * (fuel - 1)} drop" if fuel else ""
