"""From code to a compiled module, once per code hash.

Source:
    Ours: compiling costs milliseconds, loading what was compiled a tenth of one.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Protocol

from wasmtime import Engine, InstancePre
from wasmtime import Module as EngineModule

from chain.config import TickCosts
from chain.eei.complexity import validate_compile_work
from chain.eei.engine import compile_module, get_engine_name, restore_module
from chain.errors import InvalidScript, ScriptFault
from chain.wasm import ExternalKind, Import, Module, decode_module, inject_metering

MAX_LOADED_MODULES: Final = 256
"""Compiled modules kept in memory; the least recently used one goes first."""


class CompiledStore(Protocol):
    """Where compiled modules are kept between runs.

    What ``load`` returns is run as machine code: an implementation must return only what
    ``save`` was given under the same key, or nothing.
    """

    def load(self, key: str) -> bytes | None:
        """Return what was saved under the key, or None; never raises."""

    def save(self, key: str, compiled: bytes) -> None:
        """Keep compiled code under a key, if possible; never raises."""


@dataclass(slots=True)
class LoadedModule:
    """A compiled module with the facts that executions need.

    Attributes:
        module: The engine's.
        imports: In file order.
        exports: Names of all exports.
        tables: Tables it defines.
        main_result_count: Results of ``main``.
        interface_fault: Why it cannot be a script, if it cannot; libraries need not.
        linked: The module with its imports resolved, once a script ran without libraries.
    """

    module: EngineModule
    imports: tuple[Import, ...]
    exports: frozenset[str]
    tables: int
    main_result_count: int
    interface_fault: ScriptFault | None
    linked: InstancePre | None = None


class ModuleLoader:
    """Compiles modules and remembers them, refused ones too."""

    def __init__(
        self, engine: Engine, compiled: CompiledStore | None, tick_costs: TickCosts | None = None
    ) -> None:
        """Start with an empty memory.

        Args:
            engine: Compiles.
            compiled: Keeps compiled modules between runs, if anything does.
            tick_costs: The prices by which modules are metered before they are compiled; None
                to compile them as they are.
        """
        self._engine = engine
        self._compiled = compiled
        self._tick_costs = tick_costs
        self._engine_name = get_engine_name()
        self._loaded: OrderedDict[bytes, LoadedModule | ScriptFault] = OrderedDict()
        self.compile_count = 0

    def load(self, code: bytes) -> LoadedModule:
        """Return a module ready to be linked.

        Args:
            code: Any bytes.

        Raises:
            ScriptFault: ``invalid_module`` or ``too_complex``.

        Source:
            Ours.
        """
        code_hash = hashlib.sha256(code).digest()
        loaded = self._loaded.get(code_hash)
        if loaded is None:
            loaded = self._loaded[code_hash] = self._prepare(code, code_hash)
            if len(self._loaded) > MAX_LOADED_MODULES:
                self._loaded.popitem(last=False)
        else:
            self._loaded.move_to_end(code_hash)
        if isinstance(loaded, ScriptFault):
            raise ScriptFault(loaded.code, **loaded.values)
        return loaded

    def _prepare(self, code: bytes, code_hash: bytes) -> LoadedModule | ScriptFault:
        try:
            decoded = decode_module(code)
            if self._tick_costs is not None:
                code = inject_metering(code, decoded, self._tick_costs)
                code_hash = hashlib.sha256(code).digest()
                decoded = decode_module(code)
            return _describe(decoded, self._compile(code, decoded, code_hash))
        except InvalidScript as error:
            detail = f"{error.detail} ({error.code} at byte {error.offset})"
            return ScriptFault("invalid_module", reason=detail)
        except ScriptFault as fault:
            return ScriptFault(fault.code, **fault.values)

    def _compile(self, code: bytes, decoded: Module, code_hash: bytes) -> EngineModule:
        """Take the compiled module from the store, or compile it and put it there."""
        key = f"{code_hash.hex()}-{self._engine_name}"
        saved = None if self._compiled is None else self._compiled.load(key)
        module = None if saved is None else restore_module(self._engine, saved)
        if module is None:
            validate_compile_work(code, decoded)
            self.compile_count += 1
            module = compile_module(self._engine, code)
            if self._compiled is not None:
                self._compiled.save(key, bytes(module.serialize()))
        return module


def _describe(decoded: Module, module: EngineModule) -> LoadedModule:
    main = decoded.get_export("main")
    results = 0
    if main is not None and main.kind is ExternalKind.FUNCTION:
        results = len(decoded.get_function_type(main.index).results)
    return LoadedModule(
        module=module,
        imports=decoded.imports,
        exports=frozenset(export.name for export in decoded.exports),
        tables=len(decoded.tables),
        main_result_count=results,
        interface_fault=_find_interface_fault(decoded),
    )


def _find_interface_fault(decoded: Module) -> ScriptFault | None:
    """Compare the exports with what every script exports."""
    required = (("main", ExternalKind.FUNCTION), ("memory", ExternalKind.MEMORY))
    for name, kind in required:
        export = decoded.get_export(name)
        if export is None:
            return ScriptFault("missing_export", name=name)
        if export.kind is not kind:
            return ScriptFault("export_kind", name=name, kind=export.kind, expected=kind)
        if kind is ExternalKind.FUNCTION:
            signature = decoded.get_function_type(export.index)
            if signature.params:
                return ScriptFault("main_signature", signature=signature)
    return None
