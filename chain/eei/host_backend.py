"""The host backend: every host call goes to Python.

The reference for the linked backend, and the one that can trace calls and link libraries of the
user.

Source:
    PROTOCOL 5 and 9.
"""

from wasmtime import InstancePre, Store

from chain.config import ExecutionLimits
from chain.eei.engine import build_engine
from chain.eei.frame import Frame, FrameSlot
from chain.eei.instances import (
    HostMachine,
    build_store,
    call_function,
    get_function,
    get_memory,
    instantiate,
)
from chain.eei.linking import HostLinker
from chain.eei.loading import CompiledStore, LoadedModule, ModuleLoader
from chain.eei.machine import PlainTicks
from chain.eei.metering import compute_budgets
from chain.eei.model import ScriptCall, ScriptResult
from chain.eei.outcomes import build_failure, build_refusal, build_success
from chain.eei.preparers import HostPreparer
from chain.eei.preparing import validate_sizes
from chain.errors import ScriptFault


class HostBackend:
    """Executes scripts under one config."""

    def __init__(self, limits: ExecutionLimits, compiled: CompiledStore | None) -> None:
        """Set up the engine.

        Args:
            limits: The config.
            compiled: Keeps compiled modules between runs, if anything does.
        """
        self._limits = limits
        self._engine = build_engine()
        self._slot = FrameSlot()
        self._loader: ModuleLoader[InstancePre] = ModuleLoader(
            self._engine, HostPreparer(self._engine, limits), compiled
        )
        self._budgets = compute_budgets(limits)
        self._host = HostLinker(self._engine, limits, self._slot)

    @property
    def compile_count(self) -> int:
        """Return how many modules were compiled, those from the store not counted."""
        return self._loader.compile_count

    def interrupt(self) -> None:
        """End what the engine executes, and whatever else executes on it."""
        self._engine.increment_epoch()

    def execute(self, call: ScriptCall, *, trace: bool) -> ScriptResult:
        """Run a script once.

        Args:
            call: The script and what it sees.
            trace: Whether to record host calls.

        Source:
            PROTOCOL 5.
        """
        try:
            script = self._load_script(call.code)
            libraries = [(each.name, self._loader.load(each.code)) for each in call.libraries]
            linked = None
            if not libraries:
                linked = self._host.link(script)
                validate_sizes(script.facts, self._limits)
        except ScriptFault as fault:
            return build_refusal(call, fault)
        with self._build_store(script, libraries) as store:
            machine = HostMachine(store)
            ticks = PlainTicks(self._budgets.ticks)
            frame = Frame(call, self._limits, self._budgets, machine, ticks, is_traced=trace)
            self._slot.enter(frame)
            try:
                linked = linked or self._host.link_for_execution(script, libraries, frame, machine)
                _run(linked, script, frame, machine)
                return build_success(frame)
            except ScriptFault as fault:
                return build_failure(frame, fault)
            finally:
                self._slot.leave()

    def _load_script(self, code: bytes) -> LoadedModule[InstancePre]:
        """Load a module that exports what a script exports."""
        script = self._loader.load(code)
        if script.facts.fault is not None:
            raise script.facts.fault.build()
        return script

    def _build_store(
        self,
        script: LoadedModule[InstancePre],
        libraries: list[tuple[str, LoadedModule[InstancePre]]],
    ) -> Store:
        tables = script.facts.tables + sum(library.facts.tables for _, library in libraries)
        # The script, the libraries, and what counts ticks.
        modules = 2 + len(libraries)
        return build_store(self._engine, self._limits, self._budgets.fuel, modules, tables)


def _run(
    linked: InstancePre, script: LoadedModule[InstancePre], frame: Frame, machine: HostMachine
) -> None:
    store, facts = machine.store, script.facts
    # Functions of libraries are not told apart from the script's.
    shift = 0 if frame.call.libraries else facts.shift
    instance = instantiate(linked, store)
    if facts.start_export is not None:
        call_function(store, get_function(store, instance, facts.start_export), shift=shift)
    main = get_function(store, instance, "main")
    machine.memory = get_memory(store, instance, "memory")
    frame.is_started = True
    call_function(store, main, facts.main_result_count, shift)
