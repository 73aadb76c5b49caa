"""From code to a compiled module with the facts about it, once per code.

Source:
    Ours: compiling costs milliseconds, loading what was compiled a tenth of one.
"""

import hashlib
from collections import OrderedDict
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from wasmtime import Engine, Module

from chain.eei.engine import compile_module, restore_module
from chain.eei.facts import FaultFact, ModuleFacts, keep_fault, pack_record, unpack_record
from chain.errors import ScriptFault

MAX_LOADED_MODULES: Final = 256
"""Compiled modules kept in memory; the least recently used one goes first."""


T = TypeVar("T")


class CompiledStore(Protocol):
    """Where compiled modules are kept between runs.

    What ``load`` returns is run as machine code: an implementation must return only what
    ``save`` was given under the same key, or nothing.
    """

    def load(self, key: str) -> bytes | None:
        """Return what was saved under the key, or None; never raises."""

    def save(self, key: str, compiled: bytes) -> None:
        """Keep compiled code under a key, if possible; never raises."""


class Prepared(NamedTuple):
    """What the compiler gets, and what executions have to know about it."""

    code: bytes
    facts: ModuleFacts


class Preparer(Protocol):
    """Makes of a module what a backend compiles."""

    @property
    def name(self) -> str:
        """Return a name for everything that the outcome depends on, apart from the module."""

    def prepare(self, code: bytes) -> Prepared:
        """Judge a module, and rewrite it as the backend needs it.

        Raises:
            ScriptFault: ``invalid_module`` or ``too_complex``.
        """


class LoadedModule(Generic[T]):
    """A compiled module.

    Attributes:
        facts: About the module.
        module: The engine's.
        linked: What the backend made of it, once it had to.
    """

    __slots__ = ("facts", "linked", "module")

    def __init__(self, facts: ModuleFacts, module: Module) -> None:
        """Put the parts together."""
        self.facts = facts
        self.module = module
        self.linked: T | None = None


class ModuleLoader(Generic[T]):
    """Compiles modules and remembers them, refused ones too."""

    def __init__(self, engine: Engine, preparer: Preparer, compiled: CompiledStore | None) -> None:
        """Start with an empty memory.

        Args:
            engine: Compiles.
            preparer: Says what is compiled.
            compiled: Keeps compiled modules between runs, if anything does.
        """
        self._engine = engine
        self._preparer = preparer
        self._compiled = compiled
        # By the code itself: a bytes object remembers its hash, and is usually the same one.
        self._loaded: OrderedDict[bytes, LoadedModule[T] | FaultFact] = OrderedDict()
        self.compile_count = 0

    def load(self, code: bytes) -> LoadedModule[T]:
        """Return a module ready to be linked.

        Args:
            code: Any bytes.

        Raises:
            ScriptFault: ``invalid_module`` or ``too_complex``; from the linked backend, whatever
                else can be said about the module alone.

        Source:
            Ours.
        """
        loaded = self._loaded.get(code)
        if loaded is None:
            loaded = self._loaded[code] = self._find(code)
            if len(self._loaded) > MAX_LOADED_MODULES:
                self._loaded.popitem(last=False)
        else:
            self._loaded.move_to_end(code)
        if isinstance(loaded, FaultFact):
            raise loaded.build()
        return loaded

    def _find(self, code: bytes) -> LoadedModule[T] | FaultFact:
        """Take the module from the store, or prepare and compile it, and put it there."""
        key = f"{hashlib.sha256(code).hexdigest()}-{self._preparer.name}"
        restored = self._restore(key)
        if restored is not None:
            return restored
        try:
            return self._compile(code, key)
        except ScriptFault as fault:
            return keep_fault(fault)

    def _restore(self, key: str) -> LoadedModule[T] | None:
        record = None if self._compiled is None else self._compiled.load(key)
        found = None if record is None else unpack_record(record)
        if found is None:
            return None
        facts, compiled = found
        module = restore_module(self._engine, compiled)
        return None if module is None else LoadedModule(facts, module)

    def _compile(self, code: bytes, key: str) -> LoadedModule[T]:
        prepared = self._preparer.prepare(code)
        self.compile_count += 1
        module = compile_module(self._engine, prepared.code)
        if self._compiled is not None:
            compiled = bytes(module.serialize())
            self._compiled.save(key, pack_record(prepared.facts, compiled))
        return LoadedModule(prepared.facts, module)
