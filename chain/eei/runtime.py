"""Runs scripts: a fresh instance for every block, within the limits of the config.

Source:
    PROTOCOL 5.
"""

from typing import Final

from wasmtime import InstancePre

from chain.config import ExecutionLimits, Metering, UnsavedPostState
from chain.constants import ZERO_ROOT
from chain.eei.debug import escape_text
from chain.eei.engine import (
    build_engine,
    build_store,
    call_function,
    get_function,
    get_memory,
    instantiate,
    validate_types,
)
from chain.eei.frame import Frame, FrameSlot
from chain.eei.linking import HostLinker
from chain.eei.loading import CompiledStore, LoadedModule, ModuleLoader
from chain.eei.metering import compute_budgets, compute_fault_code
from chain.eei.model import (
    LIMIT_OUTCOMES,
    RETURNED,
    TRAP_CODES,
    ScriptCall,
    ScriptResult,
    compute_outcome,
)
from chain.errors import ScriptFault
from chain.types import Fuel, Root, Ticks

_MAX_DETAIL_BYTES: Final = 500
"""A detail may quote names from the module, which can be as long as the module."""


class ScriptRuntime:
    """Executes scripts under one config.

    Executions of one runtime do not nest, and wasmtime keeps the exception of a host
    function where all threads of a process see it: run in one thread.
    """

    def __init__(self, limits: ExecutionLimits, compiled: CompiledStore | None = None) -> None:
        """Set up the engine.

        Args:
            limits: The config.
            compiled: Keeps compiled modules between runs, if anything does.
        """
        self._limits = limits
        self._engine = build_engine()
        self._slot = FrameSlot()
        is_injected = limits.metering is Metering.INJECTED
        self._loader = ModuleLoader(
            self._engine, compiled, limits.tick_costs if is_injected else None
        )
        self._budgets = compute_budgets(limits)
        self._host = HostLinker(self._engine, limits, self._slot)

    @property
    def compile_count(self) -> int:
        """Return how many modules were compiled, those from the store not counted."""
        return self._loader.compile_count

    def validate_types(self, code: bytes) -> None:
        """Let the engine validate a module: the last rule a script is checked against.

        Args:
            code: Any bytes.

        Raises:
            InvalidScript: ``type_check``, at the offset that the engine names, or 0.

        Source:
            PROTOCOL 6 (well-formed wasm).
        """
        validate_types(self._engine, code)

    def execute(self, call: ScriptCall, *, trace: bool = False) -> ScriptResult:
        """Run a script once; nothing that a script does raises.

        Args:
            call: The script and what it sees.
            trace: Whether to record host calls.

        Returns:
            The outcome, and the effects if that is ``returned``.

        Source:
            PROTOCOL 5.
        """
        try:
            script = self._load_script(call.code)
            libraries = [(each.name, self._loader.load(each.code)) for each in call.libraries]
            linked = None if libraries else self._host.link(script)
        except ScriptFault as fault:
            return _build_refusal(call, fault)
        tables = script.tables + sum(library.tables for _, library in libraries)
        # The script, the libraries, and what counts ticks.
        modules = 2 + len(libraries)
        fuel = self._budgets.fuel
        with build_store(self._engine, self._limits, fuel, modules, tables) as store:
            frame = Frame(call, self._limits, self._budgets, store, is_traced=trace)
            self._slot.enter(frame)
            try:
                linked = linked or self._host.link_for_execution(script, libraries, frame)
                _run(linked, script, frame)
                return _build_success(frame)
            except ScriptFault as fault:
                return _build_failure(frame, fault)
            finally:
                self._slot.leave()

    def _load_script(self, code: bytes) -> LoadedModule:
        """Load a module that exports what a script exports."""
        script = self._loader.load(code)
        fault = script.interface_fault
        if fault is not None:
            raise ScriptFault(fault.code, **fault.values)
        return script


def _run(linked: InstancePre, script: LoadedModule, frame: Frame) -> None:
    instance = instantiate(linked, frame.store)
    main = get_function(frame.store, instance, "main")
    frame.memory = get_memory(frame.store, instance, "memory")
    frame.is_started = True
    call_function(frame.store, main, script.main_result_count)


def _build_success(frame: Frame) -> ScriptResult:
    """Collect the effects of a script that returned.

    Raises:
        ScriptFault: ``unsaved_post_state``.
    """
    return ScriptResult(
        outcome=RETURNED,
        detail="",
        post_state_root=_get_post_state_root(frame),
        deposits=tuple(frame.deposits),
        fuel_used=frame.get_fuel_used(),
        ticks_used=frame.get_ticks_used(),
        debug=tuple(frame.debug),
        modified_state=frame.modified_state,
        calls=tuple(frame.calls or ()),
        host_call_count=frame.call_count,
    )


def _get_post_state_root(frame: Frame) -> Root:
    if frame.saved_root is not None:
        return frame.saved_root
    if frame.limits.unsaved_post_state is UnsavedPostState.TRAP:
        raise ScriptFault("unsaved_post_state")
    is_kept = frame.limits.unsaved_post_state is UnsavedPostState.KEEP
    return frame.call.pre_state_root if is_kept else ZERO_ROOT


def _build_failure(frame: Frame, fault: ScriptFault) -> ScriptResult:
    """Keep what a script that failed used up and printed, and nothing it did."""
    fault = ScriptFault(compute_fault_code(fault.code, frame.limits.metering), **fault.values)
    return ScriptResult(
        outcome=compute_outcome(fault.code),
        detail=_describe(fault),
        post_state_root=frame.call.pre_state_root,
        deposits=(),
        fuel_used=frame.get_fuel_used(),
        ticks_used=frame.get_ticks_used(),
        debug=tuple(frame.debug),
        modified_state=b"",
        calls=tuple(frame.calls or ()),
        host_call_count=frame.call_count,
    )


def _build_refusal(call: ScriptCall, fault: ScriptFault) -> ScriptResult:
    """Report a module that never ran."""
    return ScriptResult(
        outcome=compute_outcome(fault.code),
        detail=_describe(fault),
        post_state_root=call.pre_state_root,
        deposits=(),
        fuel_used=Fuel(0),
        ticks_used=Ticks(0),
        debug=(),
        modified_state=b"",
        calls=(),
        host_call_count=0,
    )


def _describe(fault: ScriptFault) -> str:
    """Return a sentence about a fault with the values that led to it."""
    sentence = TRAP_CODES.get(fault.code) or LIMIT_OUTCOMES[fault.code]
    values = "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in fault.values.items())
    detail = f"{sentence[:-1]}: {values}." if values else sentence
    return escape_text(detail.encode()[:_MAX_DETAIL_BYTES])
