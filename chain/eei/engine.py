"""wasmtime: its settings, and the way from code to compiled modules.

There are two engines. That of the host backend is plain. That of the linked backend lets a
module have a second memory, and takes memories and tables from a pool: a slot that is used again
needs no system calls, which otherwise are most of what a small block costs. What a module
computes, and what fuel that takes, is the same in both.

The pool was measured against settings without reserved memory, guards and signals
(``tests/benchmarks/README.md``): those start small blocks as fast, and make scripts that
work on memory take twice the time, since every access is checked by instructions.

Source:
    PROTOCOL 5; the settings follow the rule that two nodes must agree.
"""

import hashlib
import mmap
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from typing import Final

import wasmtime
from wasmtime import Config, Engine, Module, WasmtimeError
from wasmtime import _ffi as ffi  # the public face lacks some settings

from chain.errors import InvalidScript, ScriptFault

MAGIC: Final = b"\0asm"
PAGE_BYTES: Final = 65_536

STACK_BYTES: Final = 512 * 1024
"""Stack of a script. Host functions run on top of it: a thread's 1 MiB must hold both."""

SETTINGS: Final[Mapping[str, object]] = {
    "consume_fuel": True,
    "cranelift_nan_canonicalization": True,
    # Takes no fuel: code looks at the epoch where it looks at fuel.
    "epoch_interruption": True,
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

EPOCHS: Final = 1
"""How many an execution may see: the next one that begins ends it."""

_OFFSET_MESSAGE: Final = re.compile(r"at offset 0x([0-9a-f]+)")

LINKED_SETTINGS: Final[Mapping[str, object]] = {**SETTINGS, "wasm_multi_memory": True}
"""The same for linked code."""

MAX_TABLES: Final = 101
"""Tables of one module: as many as the engine allows, and the bridge."""

_INSTANCES: Final = 4
_MEMORIES: Final = 3
"""Of one instance: the script's, the host's, and one for references to objects of the host."""

_MAX_MEMORY_BYTES: Final = 65_536 * PAGE_BYTES
_MAX_INSTANCE_BYTES: Final = 2**30
_RESIDENT_BYTES: Final = 65_536
"""How much of a used slot is cleared by hand; the system takes back what is beyond."""

_POOL: Final[Mapping[str, int]] = {
    "total_core_instances": _INSTANCES,
    "total_memories": _INSTANCES * _MEMORIES,
    "max_memories_per_module": _MEMORIES,
    "max_memory_size": _MAX_MEMORY_BYTES,
    "total_tables": MAX_TABLES,
    "max_tables_per_module": MAX_TABLES,
    "max_core_instance_size": _MAX_INSTANCE_BYTES,
    "linear_memory_keep_resident": _RESIDENT_BYTES,
    "table_keep_resident": _RESIDENT_BYTES,
}
"""Room for an instance of any size, in each of a few threads."""

_POOL_BYTES: Final = 2**37
"""More than a pool reserves of the address space."""

_MAX_POOLS: Final = 4


def build_engine() -> Engine:
    """Set up an engine; every one of them gives the same results.

    Source:
        PROTOCOL 5; STYLE of the project: no threads, no relaxed SIMD, canonical NaNs.
    """
    return Engine(_build_config(SETTINGS))


@lru_cache(_MAX_POOLS)
def get_linked_engine(max_table_elements: int) -> Engine:
    """Return an engine for linked code, the same one for the same limit.

    Args:
        max_table_elements: The largest table.

    Source:
        Ours: see the module's docstring.
    """
    config = _build_config(LINKED_SETTINGS)
    if not _has_address_space():
        # Slower, and otherwise the same.
        return Engine(config)
    pool = ffi.wasmtime_pooling_allocation_config_new()
    settings = {**_POOL, "table_elements": max(max_table_elements, 1)}
    for name, setting in settings.items():
        getattr(ffi, f"wasmtime_pooling_allocation_config_{name}_set")(pool, setting)
    ffi.wasmtime_pooling_allocation_strategy_set(config.ptr(), pool)
    ffi.wasmtime_pooling_allocation_config_delete(pool)
    return Engine(config)


def _has_address_space() -> bool:
    """Tell whether the system lets a pool reserve what it wants; the engine would not ask."""
    try:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        mmap.mmap(-1, _POOL_BYTES, flags=flags, prot=0).close()
    except (AttributeError, OSError):  # AttributeError: no POSIX
        return False
    return True


def _build_config(settings: Mapping[str, object]) -> Config:
    config = Config()
    for name, setting in settings.items():
        setattr(config, name, setting)
    return config


def get_engine_name() -> str:
    """Return the version and settings that results depend on, for people.

    Source:
        Ours: part of calibrations.
    """
    return f"wasmtime-{_get_version()}-{_digest(sorted(SETTINGS.items()))}"


def get_engine_key(*, is_linked: bool = False) -> str:
    """Return what tells apart the engines that compiled code can come from.

    Args:
        is_linked: Whether the engine for linked code is meant.

    Source:
        Ours: part of the keys under which compiled code is kept.
    """
    settings = sorted((LINKED_SETTINGS if is_linked else SETTINGS).items())
    return f"wasmtime-{_digest([settings, _identify_package()])}"


def _get_version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - takes as long as running a script

    return version("wasmtime")


def _identify_package() -> list[object]:
    """Return what changes whenever another release is installed.

    That is the file of the package, its age and its size, which are faster to find than its
    version, except where packages do not come as files.
    """
    loader, path = wasmtime.__loader__, wasmtime.__file__
    if not isinstance(loader, SourceFileLoader) or path is None:
        return [_get_version()]
    status = loader.path_stats(path)
    return [path, status["mtime"], status["size"]]


def _digest(facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


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
