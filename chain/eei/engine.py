"""wasmtime: its settings, and the few calls that its Python face lacks or makes slowly.

Source:
    PROTOCOL 5; the settings follow the rule that two nodes must agree.
"""

import hashlib
import re
from collections.abc import Mapping
from ctypes import byref
from importlib.metadata import version
from typing import Final

# The package's public face copies every export of an instance to reach one, reads a
# function's type anew at every call, and cannot take results that are vectors. The
# functions at the end of this module call the C interface instead, as that face does. The
# dependency is pinned to one major version, and the tests cover each of them.
from wasmtime import (
    Config,
    Engine,
    Func,
    Instance,
    InstancePre,
    Memory,
    Module,
    Store,
    Trap,
    TrapCode,
    WasmtimeError,
)
from wasmtime import _ffi as ffi
from wasmtime._func import enter_wasm

from chain.config import ExecutionLimits
from chain.errors import InvalidScript, ScriptFault

MAGIC: Final = b"\0asm"
PAGE_BYTES: Final = 65_536

STACK_BYTES: Final = 512 * 1024
"""Stack of a script. Host functions run on top of it: a thread's 1 MiB must hold both."""

SETTINGS: Final[Mapping[str, object]] = {
    "consume_fuel": True,
    "cranelift_nan_canonicalization": True,
    "max_wasm_stack": STACK_BYTES,
    # Threads of a compiler do not survive a fork, and scripts are small.
    "parallel_compilation": False,
    "strategy": "cranelift",
    "wasm_bulk_memory": True,
    "wasm_multi_value": True,
    "wasm_reference_types": True,
    "wasm_simd": True,
    "wasm_custom_page_sizes": False,
    "wasm_exceptions": False,
    "wasm_function_references": False,
    "wasm_gc": False,
    "wasm_memory64": False,
    "wasm_multi_memory": False,
    "wasm_relaxed_simd": False,
    "wasm_stack_switching": False,
    "wasm_tail_call": False,
    "wasm_threads": False,
    "wasm_wide_arithmetic": False,
}
"""Every setting that a result could depend on, whatever its default is."""

_LIMIT_MESSAGE: Final = re.compile(
    r"minimum size of \d+ (pages|elements) exceeds|resource limit exceeded"
)
_OFFSET_MESSAGE: Final = re.compile(r"at offset 0x([0-9a-f]+)")

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
}
_UNPLACED_TRAPS: Final = {"out_of_fuel", "stack_overflow"}
"""Traps that can come anywhere, so that the place says nothing."""


def build_engine() -> Engine:
    """Set up an engine; every one of them gives the same results.

    Source:
        PROTOCOL 5; STYLE of the project: no threads, no relaxed SIMD, canonical NaNs.
    """
    config = Config()
    for name, setting in SETTINGS.items():
        setattr(config, name, setting)
    return Engine(config)


def get_engine_name() -> str:
    """Return the version and settings that compiled code depends on.

    Source:
        Ours: part of the keys under which compiled code is kept.
    """
    settings = hashlib.sha256(repr(sorted(SETTINGS.items())).encode()).hexdigest()
    return f"wasmtime-{version('wasmtime')}-{settings[:16]}"


def validate_types(engine: Engine, code: bytes) -> None:
    """Let the engine validate a module, operand types included.

    Args:
        engine: Any of ours.
        code: The binary format, any bytes.

    Raises:
        InvalidScript: ``type_check``, at the offset that the engine names, or 0.

    Source:
        PROTOCOL 6 (well-formed wasm).
    """
    try:
        Module.validate(engine, code)
    except WasmtimeError as error:
        detail = " ".join(str(error).split())
        found = _OFFSET_MESSAGE.search(detail)
        raise InvalidScript("type_check", int(found[1], 16) if found else 0, detail) from error


def compile_module(engine: Engine, code: bytes) -> Module:
    """Compile a module.

    Args:
        engine: Any of ours.
        code: The binary format, any bytes.

    Raises:
        ScriptFault: ``invalid_module``.

    Source:
        Ours: the door to the compiler.
    """
    if not code.startswith(MAGIC):
        # wasmtime's Python face would take anything else for the text format.
        raise ScriptFault("invalid_module", reason="not in the binary format")
    try:
        return Module(engine, code)
    except WasmtimeError as error:
        raise ScriptFault("invalid_module", reason=" ".join(str(error).split())) from error


def restore_module(engine: Engine, compiled: bytes) -> Module | None:
    """Load compiled code, or return None when it is of another engine.

    Args:
        engine: Any of ours.
        compiled: What ``Module.serialize`` returned on this machine: the engine runs it
            as machine code, so it must be authentic.

    Source:
        Ours.
    """
    try:
        return Module.deserialize(engine, compiled)
    except WasmtimeError:
        return None


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
    store.set_limits(
        memory_size=limits.max_memory_pages * PAGE_BYTES,
        table_elements=limits.max_table_elements // max(tables, 1),
        instances=modules,
        tables=tables,
        memories=modules,
    )
    return store


def instantiate(linked: InstancePre, store: Store) -> Instance:
    """Make an instance, which runs the module's start function.

    Args:
        linked: The module with its imports resolved.
        store: Where the instance lives.

    Raises:
        ScriptFault: ``memory_limit``, or what ended the start function.

    Source:
        PROTOCOL 5 (every block runs in a fresh instance).
    """
    try:
        return linked.instantiate(store)
    except Trap as trap:
        raise _build_fault(trap) from trap
    except WasmtimeError as error:
        if _LIMIT_MESSAGE.search(str(error)):
            raise ScriptFault("memory_limit", reason=str(error)) from error
        raise


def call_function(store: Store, function: Func, result_count: int) -> None:
    """Call a function without parameters and ignore its results.

    Args:
        store: The function's store.
        function: What to call.
        result_count: How many results its type has.

    Raises:
        ScriptFault: What ended the script, the engine or a host function.

    Source:
        PROTOCOL 5 (a result is ignored).
    """
    try:
        _call_raw(store, function, result_count)
    except Trap as trap:
        raise _build_fault(trap) from trap


def _build_fault(trap: Trap) -> ScriptFault:
    """Name what a trap means.

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
    return ScriptFault(code, function=frames[0].func_index, offset=frames[0].module_offset)


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
