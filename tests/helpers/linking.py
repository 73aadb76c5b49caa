"""Scripts linked with small definitions, and the same scripts with Python functions instead.

Definition number i writes down i and its arguments, in host memory; then it returns sums of them.
A Python function does the same, so two executions that agree have made the same calls.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import wasmtime

from chain.wasm import (
    LINKED_RULES,
    ExternalKind,
    FunctionType,
    LinkedCode,
    LinkPlan,
    Module,
    NewFunction,
    Symbols,
    ValueType,
    assemble,
    decode_module,
    link_module,
)

MAX_PAGES: Final = 20
"""How far scripts may grow their memory here."""

HOST_PAGES: Final = 64
EVERYTHING_SOURCE: Final = """(module
  (import "eth2" "blockDataSize" (func $size (result i32)))
  (import "eth2" "useTicks" (func $ticks (param i32)))
  (import "eth2" "blockDataSize" (func $again (result i32)))
  (import "env" "debug" (func $unused (param i64)))
  (memory (export "memory") 1)
  (table $first 4 funcref)
  (table $objects 2 externref)
  (global $held funcref (ref.func $size))
  (global $sum (mut i32) (i32.const 5))
  (export "main" (func $main)) (export "size" (func $size)) (export "bridge" (func $empty))
  (export "objects" (table $objects)) (export "sum" (global $sum))
  (start $empty)
  (elem $active (i32.const 0) $size $main)
  (elem $passive func $again $empty)
  (elem $mixed funcref (ref.func $ticks) (ref.null func))
  (func $empty)
  (func $main (result i32) (local i64 i64 i32)
    (table.init $first $passive (i32.const 2) (i32.const 0) (i32.const 2))
    (memory.init $spare (i32.const 0) (i32.const 0) (i32.const 2))
    (call $ticks (call $again))
    (global.set $sum (call_indirect (result i32) (i32.const 0)))
    (drop (ref.func $ticks)) (drop (ref.is_null (global.get $held)))
    (i32.add (global.get $sum) (call $size)))
  (data $text (i32.const 8) "abc")
  (data $spare "de"))"""
"""A script with all that names functions: imported ones are everywhere."""

_LOG_START: Final = 8
_FUEL: Final = 20_000_000
_SPREAD: Final = 31
_PAGE_BYTES: Final = 65_536
_RUNS_OUT: Final = ("all fuel consumed by WebAssembly", "call stack exhausted")

_TO_BITS: Final = {
    ValueType.I32: "i64.extend_i32_u",
    ValueType.I64: "",
    ValueType.F32: "i32.reinterpret_f32 i64.extend_i32_u",
    ValueType.F64: "i64.reinterpret_f64",
}
_FROM_SUM: Final = {
    ValueType.I32: "i32.wrap_i64",
    ValueType.I64: "",
    ValueType.F32: "f32.convert_i64_s",
    ValueType.F64: "f64.convert_i64_s",
}
_FORMATS: Final = {ValueType.I32: "i", ValueType.I64: "q", ValueType.F32: "f", ValueType.F64: "d"}
_UNSIGNED: Final = {"i": "I", "q": "Q", "f": "I", "d": "Q"}


def is_plain(module: Module) -> bool:
    """Tell whether definitions can be made: numbers go in and out, nothing else is imported."""
    return all(
        isinstance(entry.type, FunctionType)
        and set(entry.type.params + entry.type.results) <= _FORMATS.keys()
        for entry in module.imports
    )


def define(kind: FunctionType, text: str, *types: ValueType, **names: int) -> NewFunction:
    """Write a function that asks for no symbols."""
    return NewFunction(type=kind, locals=types, code=lambda _: assemble(text, **names))


def define_logging(index: int, kind: FunctionType) -> NewFunction:
    """Write a definition that keeps a log of its calls."""
    cursor, total = len(kind.params), len(kind.params) + 1
    stored = [f"i64.const {index}"]
    stored += [f"local.get {i} {_TO_BITS[each]}" for i, each in enumerate(kind.params)]
    lines = ["i32.const 0 i32.load memory=1 local.set $cursor i64.const $index local.set $total"]
    for place, value in enumerate(stored):
        offset = _LOG_START + 8 * place
        lines.append(f"local.get $cursor {value} i64.store memory=1 offset={offset}")
        lines.append(f"local.get $total {value} i64.add local.set $total")
    lines.append("i32.const 0 local.get $cursor i32.const $size i32.add i32.store memory=1")
    for place, each in enumerate(kind.results):
        lines.append(f"local.get $total i64.const {place} i64.add {_FROM_SUM[each]}")
    return define(
        kind,
        " ".join(lines),
        ValueType.I32,
        ValueType.I64,
        cursor=cursor,
        total=total,
        index=index * _SPREAD,
        size=8 * len(stored),
    )


def build_plan(module: Module) -> LinkPlan:
    """Define every import by logging."""
    definitions = [
        define_logging(index, entry.type)
        for index, entry in enumerate(module.imports)
        if isinstance(entry.type, FunctionType)
    ]
    return LinkPlan(
        definitions=definitions,
        max_script_pages=MAX_PAGES,
        host_pages=HOST_PAGES,
        host_max_pages=HOST_PAGES,
    )


def link(code: bytes, plan: LinkPlan | None = None) -> LinkedCode:
    module = decode_module(code)
    return link_module(code, module, plan or build_plan(module))


def call_helper(name: str) -> Callable[[Symbols], bytes]:
    """Write code that calls a function without arguments, by name."""
    return lambda symbols: assemble("call $it", it=symbols.function(name))


def call_exported(name: str, kind: FunctionType) -> NewFunction:
    """Define an import by a library function of the same type."""

    def write(symbols: Symbols) -> bytes:
        arguments = "".join(f"local.get {place} " for place in range(len(kind.params)))
        return assemble(f"{arguments} call $it", it=symbols.function(name))

    return NewFunction(type=kind, code=write)


@cache
def get_linked_engine() -> wasmtime.Engine:
    """An engine for linked code: what the host's engine allows, and several memories."""
    config = wasmtime.Config()
    config.consume_fuel = True
    config.cranelift_nan_canonicalization = True
    config.wasm_multi_memory = True
    return wasmtime.Engine(config)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an execution did: calls of the host, results, and memory behind it."""

    log: bytes
    results: tuple[str, ...]
    memory: bytes

    @property
    def is_cut_short(self) -> bool:
        """Whether fuel or stack ran out, which depends on where the host's functions are."""
        return any(each.endswith(_RUNS_OUT) for each in self.results)


def run_linked(linked: LinkedCode) -> Outcome:
    """Instantiate linked code, and call all that it exports."""
    store = wasmtime.Store(get_linked_engine())
    store.set_fuel(_FUEL)
    run = _Run(store, linked.code, [], linked.start_export)
    host = run.instance.exports(store)[linked.memory_export] if run.instance else None
    log = b""
    if isinstance(host, wasmtime.Memory):
        size = int.from_bytes(host.read(store, 0, 4), "little")
        log = bytes(host.read(store, _LOG_START, _LOG_START + size))
    return Outcome(log, run.results, run.memory)


def run_hosted(code: bytes) -> Outcome:
    """Instantiate a script with Python functions, and call all that it exports."""
    store = wasmtime.Store(get_linked_engine())
    store.set_fuel(_FUEL)
    store.set_limits(memory_size=MAX_PAGES * _PAGE_BYTES)
    log = bytearray()
    functions = [
        _build_function(store, index, entry.type, log)
        for index, entry in enumerate(decode_module(code).imports)
        if isinstance(entry.type, FunctionType)
    ]
    run = _Run(store, code, functions)
    return Outcome(bytes(log), run.results, run.memory)


def _build_function(
    store: wasmtime.Store, index: int, kind: FunctionType, log: bytearray
) -> wasmtime.Func:
    def call(*arguments: float) -> list[float] | float | None:
        bits = [index]
        for each, argument in zip(kind.params, arguments, strict=True):
            form = _FORMATS[each]
            [number] = struct.unpack(_UNSIGNED[form], struct.pack(form, argument))
            bits.append(number)
        log.extend(struct.pack(f"<{len(bits)}Q", *bits))
        total = index * _SPREAD + sum(bits)
        results = [_convert(total + place, each) for place, each in enumerate(kind.results)]
        return results if len(results) > 1 else next(iter(results), None)

    return wasmtime.Func(store, _build_type(kind), call)


def _build_type(kind: FunctionType) -> wasmtime.FuncType:
    types = {
        ValueType.I32: wasmtime.ValType.i32,
        ValueType.I64: wasmtime.ValType.i64,
        ValueType.F32: wasmtime.ValType.f32,
        ValueType.F64: wasmtime.ValType.f64,
    }
    params = [types[each]() for each in kind.params]
    return wasmtime.FuncType(params, [types[each]() for each in kind.results])


def _convert(total: int, kind: ValueType) -> float:
    bits = 32 if kind is ValueType.I32 else 64
    wrapped = (total + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
    return wrapped if kind in (ValueType.I32, ValueType.I64) else float(wrapped)


class _Run:
    """One instance, and calls of all functions that the script exports, in their order.

    A start function that is called from outside counts as part of instantiation.
    """

    def __init__(
        self,
        store: wasmtime.Store,
        code: bytes,
        imports: Sequence[wasmtime.Func],
        start: str | None = None,
    ) -> None:
        self.instance: wasmtime.Instance | None = None
        self.results: tuple[str, ...] = ()
        self.memory = b""
        module = wasmtime.Module(store.engine, code)
        try:
            self.instance = wasmtime.Instance(store, module, imports)
            if start is not None:
                _get_function(store, self.instance, start)(store)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            self.results = (_get_reason(error),)
            return
        self.results = tuple(
            _call(store, _get_function(store, self.instance, export.name))
            for export in decode_module(code, LINKED_RULES).exports
            if export.kind is ExternalKind.FUNCTION and export.name != start
        )
        memory = self.instance.exports(store).get("memory")
        if isinstance(memory, wasmtime.Memory):
            self.memory = bytes(memory.read(store, 0, memory.data_len(store)))


def _get_function(store: wasmtime.Store, instance: wasmtime.Instance, name: str) -> wasmtime.Func:
    function = instance.exports(store)[name]
    if not isinstance(function, wasmtime.Func):
        raise TypeError(function)
    return function


def _call(store: wasmtime.Store, function: wasmtime.Func) -> str:
    params = function.type(store).params
    numbers = [place + 2 for place in range(len(params))]
    if any(str(kind) not in _FORMATS for kind in params):
        return "not called"
    arguments = [
        float(number) if str(kind).startswith("f") else number
        for number, kind in zip(numbers, params, strict=True)
    ]
    try:
        return repr(function(store, *arguments))
    except wasmtime.Trap as trap:
        return _get_reason(trap)


def _get_reason(error: wasmtime.Trap | wasmtime.WasmtimeError) -> str:
    """Return why an execution ended; where it did is elsewhere in linked code."""
    if isinstance(error, wasmtime.Trap):
        return error.message.strip().rsplit("\n", 1)[-1]
    return str(error).strip().rsplit("\n", 1)[-1]
