"""Imports meet host functions and libraries.

Only the host functions that a module names are defined for it, under its own spelling.

Source:
    PROTOCOL 5 and 9.
"""

from collections.abc import Callable, Container
from typing import Final, cast

from wasmtime import Caller, Engine, FuncType, InstancePre, Linker, Memory, ValType, WasmtimeError

from chain.config import ExecutionLimits, Metering
from chain.eei.counting import TickCounterFactory
from chain.eei.dispatch import BoundFunction
from chain.eei.frame import Frame, FrameSlot
from chain.eei.imports import validate_import, validate_imports
from chain.eei.instances import HostMachine, call_function, get_function, instantiate
from chain.eei.interface import BASE_FUEL, HostFunction
from chain.eei.loading import LoadedModule
from chain.eei.metering import TickCounter
from chain.eei.model import HostCall
from chain.eei.table import FUNCTIONS_BY_IMPORT, HOST_FUNCTIONS
from chain.errors import ScriptFault
from chain.wasm import USE_TICKS_SPELLINGS, FunctionType, ValueType

_ENGINE_TYPES: Final[dict[ValueType, Callable[[], ValType]]] = {
    ValueType.I32: ValType.i32,
    ValueType.I64: ValType.i64,
    ValueType.F32: ValType.f32,
    ValueType.F64: ValType.f64,
}
"""What host functions can take: whatever fits a Python number."""


class HostLinker:
    """Links modules with the host functions, under one config."""

    def __init__(self, engine: Engine, limits: ExecutionLimits, slot: FrameSlot) -> None:
        """Bind the table to a config.

        Args:
            engine: Links.
            limits: The config.
            slot: Where host functions find the execution that calls them.
        """
        self._engine = engine
        self._slot = slot
        is_injected = limits.metering is Metering.INJECTED
        self._counters = TickCounterFactory(engine, slot) if is_injected else None
        self._bound = {row.label: BoundFunction(row, limits) for row in HOST_FUNCTIONS}

    def link(self, script: LoadedModule[InstancePre]) -> InstancePre | None:
        """Resolve the imports of a script that uses nothing but host functions, once.

        Args:
            script: The module; remembers the answer.

        Returns:
            The linked module; None where every execution has a counter of its own to link.

        Raises:
            ScriptFault: ``link_error``.

        Source:
            PROTOCOL 5.
        """
        validate_imports(script.facts.imports)
        if self._counters is not None:
            return None
        if script.linked is None:
            linker = Linker(self._engine)
            self._define_imports(linker, script, (), by_caller=False)
            script.linked = _resolve(linker, script)
        return script.linked

    def link_for_execution(
        self,
        script: LoadedModule[InstancePre],
        libraries: list[tuple[str, LoadedModule[InstancePre]]],
        frame: Frame,
        machine: HostMachine,
    ) -> InstancePre:
        """Instantiate libraries, each linked to those before it, then link the script.

        No library replaces an injected ``useTicks``.

        Args:
            script: The module.
            libraries: Module names and modules, in order.
            frame: The execution for which this is done.
            machine: Its store.

        Raises:
            ScriptFault: ``link_error``, or what ended the start function of a library.

        Source:
            PROTOCOL 9.
        """
        linker = Linker(self._engine)
        # A later library may replace what an earlier one defined.
        linker.allow_shadowing = True
        counter = None if self._counters is None else self._counters.build(machine.store)
        if counter is not None:
            counter.set(frame.ticks.get())
            frame.ticks = counter
        provided: set[tuple[str, str]] = set()
        for name, library in libraries:
            self._define_imports(linker, library, provided, by_caller=True)
            _define_counter(linker, counter, machine)
            instance = instantiate(_resolve(linker, library), machine.store)
            linker.define_instance(machine.store, name, instance)
            if (start := library.facts.start_export) is not None:
                call_function(machine.store, get_function(machine.store, instance, start))
            provided.update((name, export) for export in library.facts.exports)
        self._define_imports(linker, script, provided, by_caller=bool(libraries))
        _define_counter(linker, counter, machine)
        return _resolve(linker, script)

    def _define_imports(
        self,
        linker: Linker,
        module: LoadedModule[InstancePre],
        provided: Container[tuple[str, str]],
        *,
        by_caller: bool,
    ) -> None:
        """Define the host functions that a module imports and no library provides.

        Pointers refer to the memory of whichever module calls. Without libraries that is
        the script, and looking it up at every call would be a waste.
        """
        imports = {(entry.module, entry.field): entry for entry in module.facts.imports}
        for key, entry in imports.items():
            if key not in provided:
                signature = validate_import(entry)
                callback = self._build_callback(FUNCTIONS_BY_IMPORT[key], by_caller=by_caller)
                linker.define_func(
                    *key, _build_engine_type(signature), callback, access_caller=by_caller
                )

    def _build_callback(self, row: HostFunction, *, by_caller: bool) -> Callable[..., int | None]:
        # These outlive the runtime inside the engine's bindings, so they must not hold it.
        slot = self._slot
        if row.parameters is None:
            return _build_abort(row, slot, by_caller=by_caller)
        bound = self._bound[row.label]

        def call_from_script(*arguments: int) -> int | None:
            return bound.invoke(slot.get(), arguments)

        def call_from_any(caller: Caller, *arguments: int) -> int | None:
            frame = slot.get()
            memory = caller.get("memory")
            machine = cast("HostMachine", frame.machine)  # no other backend links anything
            machine.memory = memory if isinstance(memory, Memory) else None
            return bound.invoke(frame, arguments)

        return call_from_any if by_caller else call_from_script


def _build_abort(row: HostFunction, slot: FrameSlot, *, by_caller: bool) -> Callable[..., None]:
    """Make a callback for any signature; ending the script is allowed at any time."""

    def call(*arguments: float) -> None:
        frame = slot.get()
        shown = arguments[1:] if by_caller else arguments
        frame.call_count += 1
        frame.require_fuel(BASE_FUEL)
        frame.trace(HostCall(row.label, shown, (), (), None, "abort"))
        row.handler(frame, *shown)

    return call


def _build_engine_type(signature: FunctionType) -> FuncType:
    return FuncType(
        [_ENGINE_TYPES[each]() for each in signature.params],
        [_ENGINE_TYPES[each]() for each in signature.results],
    )


def _define_counter(linker: Linker, counter: TickCounter | None, machine: HostMachine) -> None:
    """Let ``useTicks`` be counted, under both of its spellings."""
    if counter is not None:
        for module, name in sorted(USE_TICKS_SPELLINGS):
            linker.define(machine.store, module, name, counter.use_ticks)


def _resolve(linker: Linker, module: LoadedModule[InstancePre]) -> InstancePre:
    try:
        return linker.instantiate_pre(module.module)
    except WasmtimeError as error:
        # Types of libraries' exports are compared by the engine alone.
        raise ScriptFault("link_error", reason=" ".join(str(error).split())) from error
