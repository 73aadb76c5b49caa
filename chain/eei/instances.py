"""Instances: stores with limits, instantiation, calls, and what traps mean.

The public face of wasmtime's package copies every export of an instance to reach one, reads a
function's type anew at every call, and cannot take results that are vectors. The functions at
the end of this module call the C interface instead, as that face does. The dependency is pinned
to one major version, and the tests cover each of them.

Source:
    PROTOCOL 5.
"""

import re
from ctypes import addressof, byref
from typing import Final

from wasmtime import (
    Engine,
    Func,
    Instance,
    InstancePre,
    Memory,
    Store,
    Trap,
    TrapCode,
    WasmtimeError,
)
from wasmtime import _ffi as ffi
from wasmtime._func import enter_wasm

from chain.config import ExecutionLimits
from chain.eei.engine import EPOCHS, PAGE_BYTES
from chain.eei.machine import UNLIMITED, Span
from chain.eei.model import OVERRAN
from chain.errors import ScriptFault

_LIMIT_MESSAGE: Final = re.compile(
    r"minimum size of \d+ (pages|elements) exceeds|resource limit exceeded"
)
_FAULT_CODES: Final = {
    TrapCode.OUT_OF_FUEL: "out_of_fuel",
    TrapCode.STACK_OVERFLOW: "stack_overflow",
    TrapCode.UNREACHABLE: "unreachable",
    TrapCode.MEMORY_OUT_OF_BOUNDS: "memory_out_of_bounds",
    TrapCode.TABLE_OUT_OF_BOUNDS: "table_out_of_bounds",
    TrapCode.INDIRECT_CALL_TO_NULL: "indirect_call_to_null",
    TrapCode.BAD_SIGNATURE: "bad_signature",
    TrapCode.INTEGER_OVERFLOW: "integer_overflow",
    TrapCode.INTEGER_DIVISION_BY_ZERO: "integer_division_by_zero",
    TrapCode.BAD_CONVERSION_TO_INTEGER: "bad_conversion_to_integer",
    TrapCode.INTERRUPT: OVERRAN,
}
_UNPLACED_TRAPS: Final = {"out_of_fuel", "stack_overflow", OVERRAN}
"""Traps that can come anywhere, so that the place says nothing."""


class HostMachine:
    """The engine's side of an execution of the host backend.

    Attributes:
        store: Where everything lives.
        memory: Memory of the calling module.
    """

    def __init__(self, store: Store) -> None:
        """Refer to a store."""
        self.store = store
        self.memory: Memory | None = None

    def get_fuel(self) -> int:
        """Return the fuel that is left."""
        return self.store.get_fuel()

    def set_fuel(self, fuel: int) -> None:
        """Set the fuel that is left."""
        self.store.set_fuel(fuel)

    def get_memory(self) -> Span | None:
        """Return the memory that pointers refer to."""
        if self.memory is None:
            return None
        address = addressof(self.memory.data_ptr(self.store).contents)
        return Span(address, self.memory.data_len(self.store))


def build_store(
    engine: Engine, limits: ExecutionLimits, fuel: int, modules: int, tables: int
) -> Store:
    """Make the store of one execution.

    The engine limits each table by itself, so several tables share the elements evenly. Each
    module has at most one memory, of ``max_memory_pages``.

    Args:
        engine: Any of ours.
        limits: The config.
        fuel: What the execution starts with.
        modules: Modules that will be instantiated.
        tables: Tables that all of them define.

    Source:
        PROTOCOL 5 (limits from the config).
    """
    store = Store(engine)
    store.set_fuel(fuel)
    store.set_epoch_deadline(EPOCHS)
    store.set_limits(
        memory_size=limits.max_memory_pages * PAGE_BYTES,
        table_elements=limits.max_table_elements // max(tables, 1),
        instances=modules,
        tables=tables,
        memories=modules,
    )
    return store


def instantiate(linked: InstancePre, store: Store) -> Instance:
    """Make an instance; that costs no fuel.

    The engine takes fuel for whatever it cannot prepare when it compiles, which depends on
    its settings.

    Args:
        linked: The module with its imports resolved, without a start function.
        store: Where the instance lives.

    Raises:
        ScriptFault: ``memory_limit``, or data or elements lie outside.

    Source:
        PROTOCOL 5 (every block runs in a fresh instance).
    """
    left = store.get_fuel()
    store.set_fuel(UNLIMITED)
    try:
        return linked.instantiate(store)
    except Trap as trap:
        raise build_fault(trap) from trap
    except WasmtimeError as error:
        if _LIMIT_MESSAGE.search(str(error)):
            raise ScriptFault("memory_limit", reason=str(error)) from error
        raise
    finally:
        store.set_fuel(left)


def call_function(store: Store, function: Func, result_count: int = 0, shift: int = 0) -> None:
    """Call a function without parameters and ignore its results.

    Args:
        store: The function's store.
        function: What to call.
        result_count: How many results its type has.
        shift: How many bytes further back code lies than in the script.

    Raises:
        ScriptFault: What ended the script, the engine or a host function.

    Source:
        PROTOCOL 5 (a result is ignored).
    """
    try:
        _call_raw(store, function, result_count)
    except Trap as trap:
        raise build_fault(trap, shift) from trap


def build_fault(trap: Trap, shift: int = 0) -> ScriptFault:
    """Name what a trap means.

    Args:
        trap: What the engine reports.
        shift: How many bytes further back code lies than in the script.

    Raises:
        Trap: The trap itself: without a name it is not the script's doing.
    """
    trap_code = trap.trap_code
    if trap_code not in _FAULT_CODES:
        raise trap
    code = _FAULT_CODES[trap_code]
    frames = [] if code in _UNPLACED_TRAPS else trap.frames
    if not frames:
        return ScriptFault(code)
    return ScriptFault(code, function=frames[0].func_index, offset=frames[0].module_offset - shift)


def get_function(store: Store, instance: Instance, name: str) -> Func:
    """Return an exported function, which must exist."""
    return Func._from_raw(get_export(store, instance, name).of.func)  # noqa: SLF001 - see the imports


def get_memory(store: Store, instance: Instance, name: str) -> Memory:
    """Return an exported memory, which must exist."""
    return Memory._from_raw(get_export(store, instance, name).of.memory)  # noqa: SLF001 - see the imports


def get_export(store: Store, instance: Instance, name: str) -> ffi.wasmtime_extern_t:
    """Return an export as the C interface has it; it must exist."""
    encoded = name.encode()
    found = ffi.wasmtime_extern_t()
    if not ffi.wasmtime_instance_export_get(
        store._context(),  # noqa: SLF001 - see the imports
        byref(instance._instance),  # noqa: SLF001 - see the imports
        encoded,
        len(encoded),
        byref(found),
    ):
        raise LookupError(f"the instance exports no {name}")
    return found


def get_global(store: Store, instance: Instance, name: str) -> ffi.wasmtime_global_t:
    """Return an exported global, which must exist."""
    found: ffi.wasmtime_global_t = get_export(store, instance, name).of.global_
    return found


def read_i64(store: Store, variable: ffi.wasmtime_global_t) -> int:
    """Return the value of a global that holds an i64."""
    value = ffi.wasmtime_val_t()
    ffi.wasmtime_global_get(store._context(), byref(variable), byref(value))  # noqa: SLF001 - see the imports
    return int(value.of.i64)


def write_i64(store: Store, variable: ffi.wasmtime_global_t, number: int) -> None:
    """Set a mutable global that holds an i64.

    Raises:
        WasmtimeError: It holds something else, or never changes.
    """
    value = ffi.wasmtime_val_t()
    value.kind = ffi.WASMTIME_I64
    value.of.i64 = number
    error = ffi.wasmtime_global_set(store._context(), byref(variable), byref(value))  # noqa: SLF001 - see the imports
    if error:
        raise WasmtimeError._from_ptr(error)  # noqa: SLF001 - see the imports


def _call_raw(store: Store, function: Func, result_count: int) -> None:
    results = (ffi.wasmtime_val_t * result_count)()
    with enter_wasm(store) as trap:
        error = ffi.wasmtime_func_call(
            store._context(),  # noqa: SLF001 - see the imports
            byref(function._func),  # noqa: SLF001 - see the imports
            None,
            0,
            results,
            result_count,
            trap,
        )
        if error:
            raise WasmtimeError._from_ptr(error)  # noqa: SLF001 - see the imports
