"""One execution of linked code through wasmtime's C interface.

A small block takes the engine some ten microseconds. The package's own objects would double
that: so the structures that calls need are made once, and every address is a plain number.

Source:
    Ours.
"""

import ctypes
from collections.abc import Callable
from typing import Any, Final

from wasmtime import Engine, FuncType, InstancePre, Trap, WasmtimeError
from wasmtime import _ffi as ffi

from chain.eei.engine import EPOCHS
from chain.eei.machine import UNLIMITED, Span

_POINTER: Final = ctypes.c_void_p
_SIZE: Final = ctypes.c_size_t


def _get(name: str, result: Any, *arguments: Any) -> Any:  # noqa: ANN401 - any types of C
    """Return a C function that takes addresses as numbers."""
    return ctypes.CFUNCTYPE(result, *arguments)((name, ffi.dll))


_store_new: Final = _get("wasmtime_store_new", _POINTER, _POINTER, _POINTER, _POINTER)
_store_context: Final = _get("wasmtime_store_context", _POINTER, _POINTER)
_store_delete: Final = _get("wasmtime_store_delete", None, _POINTER)
_set_fuel: Final = _get("wasmtime_context_set_fuel", _POINTER, _POINTER, ctypes.c_uint64)
_set_epoch_deadline: Final = _get(
    "wasmtime_context_set_epoch_deadline", None, _POINTER, ctypes.c_uint64
)
_get_fuel: Final = _get("wasmtime_context_get_fuel", _POINTER, _POINTER, _POINTER)
_instantiate: Final = _get(
    "wasmtime_instance_pre_instantiate", _POINTER, _POINTER, _POINTER, _POINTER, _POINTER
)
_export_get: Final = _get(
    "wasmtime_instance_export_get",
    ctypes.c_bool,
    _POINTER,
    _POINTER,
    ctypes.c_char_p,
    _SIZE,
    _POINTER,
)
_func_call: Final = _get(
    "wasmtime_func_call",
    _POINTER,
    _POINTER,
    _POINTER,
    _POINTER,
    _SIZE,
    _POINTER,
    _SIZE,
    _POINTER,
)
_memory_data: Final = _get("wasmtime_memory_data", _POINTER, _POINTER, _POINTER)
_memory_bytes: Final = _get("wasmtime_memory_data_size", _SIZE, _POINTER, _POINTER)
_memory_grow: Final = _get(
    "wasmtime_memory_grow", _POINTER, _POINTER, _POINTER, ctypes.c_uint64, _POINTER
)
_table_set: Final = _get(
    "wasmtime_table_set", _POINTER, _POINTER, _POINTER, ctypes.c_uint64, _POINTER
)
_callback_type: Final = ctypes.CFUNCTYPE(_POINTER, _POINTER, _POINTER, _POINTER, _SIZE)
_func_new: Final = _get(
    "wasmtime_func_new_unchecked",
    None,
    _POINTER,
    _POINTER,
    _callback_type,
    _POINTER,
    _POINTER,
    _POINTER,
)
_trap_new: Final = _get("wasmtime_trap_new", _POINTER, ctypes.c_char_p, _SIZE)

_PAYLOAD_OFFSET: Final = ffi.wasmtime_extern_t.of.offset
_MEMORY_NAME: Final = b"memory"
_MAIN_NAME: Final = b"main"


class Execution:
    """The engine's side of one execution at a time.

    Attributes:
        control: Address of the control block in this process; 0 without an instance.
    """

    def __init__(self, engine: Engine, on_call: Callable[[], bool]) -> None:
        """Make the structures that calls need.

        Args:
            engine: Of all stores.
            on_call: Carries out the call of the host that the control block describes; False if
                the script must end.
        """
        self._engine = engine
        self._engine_address = _get_address(engine.ptr())
        self._bridge_type = FuncType([], [])
        self._bridge_type_address = _get_address(self._bridge_type.ptr())
        self._callback = _callback_type(_build_callback(on_call))
        self._instance = ffi.wasmtime_instance_t()
        self._main = ffi.wasmtime_extern_t()
        self._host_memory = ffi.wasmtime_extern_t()
        self._other = ffi.wasmtime_extern_t()
        self._value = ffi.wasmtime_val_t()
        self._fuel = ctypes.c_uint64()
        self._trap = ctypes.c_void_p()
        self._instance_at = ctypes.addressof(self._instance)
        self._main_at = ctypes.addressof(self._main)
        self._host_memory_at = ctypes.addressof(self._host_memory)
        self._other_at = ctypes.addressof(self._other)
        self._value_at = ctypes.addressof(self._value)
        self._fuel_at = ctypes.addressof(self._fuel)
        self._trap_at = ctypes.addressof(self._trap)
        self._results: Any = None
        self._store: int | None = None
        self._context = 0
        self._script_memory: Any = None
        self.control = 0

    def open(self) -> None:
        """Make a store, with fuel enough to make an instance: that is free."""
        self._store = _store_new(self._engine_address, None, None)
        self._context = _store_context(self._store)
        self._script_memory = None
        self.control = 0
        _set_epoch_deadline(self._context, EPOCHS)
        self.write_fuel(UNLIMITED)

    def close(self) -> None:
        """Throw everything away."""
        _store_delete(self._store)
        self._store = None

    def instantiate(self, linked: int, memory_export: bytes, base: int) -> None:
        """Make an instance, and find the control block.

        Args:
            linked: Address of the engine's ``InstancePre``.
            memory_export: Name of host memory.
            base: Address of the control block in host memory.

        Raises:
            Trap: Data or elements lie outside.
        """
        self._trap.value = None
        error = _instantiate(linked, self._context, self._instance_at, self._trap_at)
        self._check(error)
        self._find(memory_export, self._host_memory_at)
        self._place(base)

    def grow_host_memory(self, pages: int, base: int) -> None:
        """Make host memory larger.

        Raises:
            MemoryError: It cannot be.
        """
        memory = self._host_memory_at + _PAYLOAD_OFFSET
        if _memory_grow(self._context, memory, pages, self._fuel_at):
            raise MemoryError(f"no room for {pages} pages of block data")
        self._place(base)

    def connect(self, bridge_export: bytes) -> None:
        """Fill the bridge."""
        self._find(bridge_export, self._other_at)
        self._value.kind = ffi.WASMTIME_FUNCREF
        _func_new(
            self._context,
            self._bridge_type_address,
            self._callback,
            None,
            None,
            self._value_at + ffi.wasmtime_val_t.of.offset,
        )
        table = self._other_at + _PAYLOAD_OFFSET
        self._check(_table_set(self._context, table, 0, self._value_at))

    def call(self, name: bytes, result_count: int) -> None:
        """Call an exported function without parameters, and ignore its results.

        Raises:
            Trap: What ended it.
        """
        self._find(name, self._main_at)
        results = None
        if result_count:
            self._results = (ffi.wasmtime_val_t * result_count)()
            results = ctypes.addressof(self._results)
        self._trap.value = None
        function = self._main_at + _PAYLOAD_OFFSET
        error = _func_call(self._context, function, None, 0, results, result_count, self._trap_at)
        self._check(error)

    def read_fuel(self) -> int:
        """Return the fuel that is left; what was used beyond the budget is not told."""
        _get_fuel(self._context, self._fuel_at)
        return self._fuel.value

    def write_fuel(self, fuel: int) -> None:
        """Set the fuel that is left."""
        _set_fuel(self._context, fuel)

    def get_script_memory(self) -> Span:
        """Return where the script's memory is now."""
        if self._script_memory is None:
            self._script_memory = ffi.wasmtime_extern_t()
            self._find(_MEMORY_NAME, ctypes.addressof(self._script_memory))
        memory = ctypes.addressof(self._script_memory) + _PAYLOAD_OFFSET
        return Span(_memory_data(self._context, memory) or 0, _memory_bytes(self._context, memory))

    def get_host_memory(self) -> int:
        """Return the address of host memory in this process."""
        address: int = _memory_data(self._context, self._host_memory_at + _PAYLOAD_OFFSET)
        return address

    def _place(self, base: int) -> None:
        self.control = self.get_host_memory() + base

    def _find(self, name: bytes, place: int) -> None:
        if not _export_get(self._context, self._instance_at, name, len(name), place):
            raise LookupError(f"the instance exports no {name!r}")

    def _check(self, error: int | None) -> None:
        """Raise what the engine reports.

        Raises:
            Trap: The script's doing.
            WasmtimeError: Ours.
        """
        if error:
            pointer = ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t))
            raise WasmtimeError._from_ptr(pointer)  # noqa: SLF001 - as the package does
        if self._trap.value:
            trap = ctypes.cast(self._trap, ctypes.POINTER(ffi.wasm_trap_t))
            raise Trap._from_ptr(trap)  # noqa: SLF001 - as the package does


def get_linked_address(linked: InstancePre) -> int:
    """Return the address by which the C interface knows a linked module."""
    return _get_address(linked.ptr())


def _build_callback(on_call: Callable[[], bool]) -> Callable[..., int | None]:
    def call(_environment: int, _caller: int, _values: int, _count: int) -> int | None:
        if on_call():
            return None
        message = b"the host ended the script"
        trap: int = _trap_new(message, len(message))
        return trap

    return call


def _get_address(pointer: Any) -> int:  # noqa: ANN401 - a pointer to anything
    address = ctypes.cast(pointer, ctypes.c_void_p).value
    if address is None:
        raise ValueError("a null pointer")
    return address
