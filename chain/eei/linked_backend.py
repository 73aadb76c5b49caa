"""The linked backend: host functions are part of the script, whose calls never leave it.

One write hands in what the script may ask for, one read takes out what it did.

Source:
    PROTOCOL 5; the mechanism is ours.
"""

import ctypes
from collections.abc import Callable
from functools import cache, partial
from types import TracebackType
from typing import NamedTuple, Self, cast

from wasmtime import InstancePre, Linker, Trap, WasmtimeError

from chain.config import ExecutionLimits
from chain.eei import control
from chain.eei.bridge import Invoker, LinkedMachine
from chain.eei.core import get_deposit_bytes
from chain.eei.engine import get_linked_engine
from chain.eei.facts import LinkFacts, ModuleFacts
from chain.eei.frame import Frame
from chain.eei.instances import build_fault
from chain.eei.loading import CompiledStore, LoadedModule, ModuleLoader
from chain.eei.machine import PlainTicks
from chain.eei.metering import compute_budgets
from chain.eei.model import RETURNED, ScriptCall, ScriptResult
from chain.eei.outcomes import (
    build_failure,
    build_refusal,
    build_success,
    compute_unsaved_root,
)
from chain.eei.preparers import LinkedPreparer
from chain.eei.raw import Execution, get_linked_address
from chain.errors import ScriptFault
from chain.types import Fuel, Root, Ticks


class _Script(NamedTuple):
    """A script ready to be executed: names as the C interface wants them."""

    linked: InstancePre
    address: int
    memory_export: bytes
    bridge_export: bytes | None
    start_export: bytes | None
    result_count: int
    shift: int
    facts: LinkFacts
    get_invokers: Callable[[], tuple[Invoker, ...]]


class _Slot:
    """The call under way, where the bridge finds it, and what it ended in.

    The callback outlives the runtime inside the engine's bindings, so it must not hold that.
    """

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.invokers: tuple[Invoker, ...] = ()
        self.error: BaseException | None = None
        self.fuel = 0

    def call(self, execution: Execution, machine: LinkedMachine) -> bool:
        """Carry out the call that the control block describes.

        Returns:
            Whether the script goes on.
        """
        with self:
            number = control.read_function(execution.control)
            frame = cast("Frame", self.frame)  # who can call has one
            self.invokers[number].call(frame, machine, execution)
            return True
        self.fuel = machine.fuel
        return False

    def __enter__(self) -> Self:
        """Begin what an exception must not leave: C frames lie above it, where it would be lost."""
        return self

    def __exit__(
        self, _kind: object, error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        """Keep an exception until C has returned: it is raised then, or names the fault."""
        self.error = error
        return error is not None

    def clear(self) -> None:
        """Forget the call."""
        self.frame = self.error = None
        self.invokers = ()


class LinkedBackend:
    """Executes scripts under one config."""

    def __init__(self, limits: ExecutionLimits, compiled: CompiledStore | None) -> None:
        """Set up the engine.

        Args:
            limits: The config.
            compiled: Keeps compiled modules between runs, if anything does.
        """
        self._limits = limits
        self._engine = get_linked_engine(limits.max_table_elements)
        self._loader: ModuleLoader[_Script] = ModuleLoader(
            self._engine, LinkedPreparer(limits), compiled
        )
        self._budgets = compute_budgets(limits)
        self._deposit_bytes = get_deposit_bytes(limits)
        self._slot = _Slot()
        self._execution = Execution(self._engine, lambda: slot.call(execution, machine))
        self._machine = LinkedMachine(self._execution)
        slot, execution, machine = self._slot, self._execution, self._machine

    @property
    def compile_count(self) -> int:
        """Return how many modules were compiled, those from the store not counted."""
        return self._loader.compile_count

    def interrupt(self) -> None:
        """End what the engine executes, and whatever else executes on it."""
        self._engine.increment_epoch()

    def execute(self, call: ScriptCall) -> ScriptResult:
        """Run a script once.

        Args:
            call: The script and what it sees; no libraries.

        Source:
            PROTOCOL 5.
        """
        try:
            loaded = self._loader.load(call.code)
        except ScriptFault as fault:
            return build_refusal(call, fault)
        script = loaded.linked
        if script is None:
            script = loaded.linked = self._connect(loaded)
        self._execution.open()
        try:
            self._run(script, call)
            return self._build_success(call)
        except (Trap, WasmtimeError, ScriptFault) as error:
            return self._build_failure(script, call, error)
        finally:
            self._execution.close()
            self._slot.clear()

    def _connect(self, loaded: LoadedModule[_Script]) -> _Script:
        link = loaded.facts.link
        if link is None:
            raise ValueError("the module was not linked")
        start = loaded.facts.start_export
        linked = Linker(self._engine).instantiate_pre(loaded.module)
        return _Script(
            linked,
            get_linked_address(linked),
            link.memory_export.encode(),
            None if link.bridge_export is None else link.bridge_export.encode(),
            None if start is None else start.encode(),
            loaded.facts.main_result_count,
            loaded.facts.shift,
            link,
            cache(partial(_make_invokers, loaded.facts, self._limits)),
        )

    def _run(self, script: _Script, call: ScriptCall) -> None:
        """Hand in what the script may see, and call it.

        Raises:
            Trap: What ended it.
        """
        execution, base = self._execution, script.facts.base
        execution.instantiate(script.address, script.memory_export, base)
        execution.write_fuel(self._budgets.fuel)
        if pages := control.compute_growth(len(call.data)):
            execution.grow_host_memory(pages, base)
        is_started = script.start_export is None
        ticks, end = self._budgets.ticks, script.facts.end
        head, start = control.encode_input(call, ticks, base, end, is_started=is_started)
        ctypes.memmove(execution.control, head, len(head))
        if call.data:
            ctypes.memmove(execution.control - base + start, call.data, len(call.data))
        if script.bridge_export is not None:
            execution.connect(script.bridge_export)
            self._slot.frame = self._build_frame(call)
            self._slot.frame.is_started = is_started
            self._slot.invokers = script.get_invokers()
        if script.start_export is not None:
            execution.call(script.start_export, 0)
            control.set_started(execution.control)
            if self._slot.frame is not None:
                self._slot.frame.is_started = True
        execution.call(b"main", script.result_count)

    def _build_success(self, call: ScriptCall) -> ScriptResult:
        """Collect the effects of a script that returned.

        Raises:
            ScriptFault: ``unsaved_post_state``.
        """
        execution = self._execution
        if self._slot.frame is not None:
            return build_success(self._finish(self._slot.frame))
        output = control.read_output(execution.control)
        root = output.post_state if output.is_saved else compute_unsaved_root(call, self._limits)
        return ScriptResult(
            outcome=RETURNED,
            detail="",
            post_state_root=Root(root),
            deposits=tuple(self._read_deposits(output.deposits)),
            fuel_used=Fuel(self._budgets.fuel - execution.read_fuel()),
            ticks_used=Ticks(self._budgets.ticks - output.ticks),
            debug=(),
            modified_state=b"",
            calls=(),
            host_call_count=output.calls,
        )

    def _build_failure(
        self, script: _Script, call: ScriptCall, error: Trap | WasmtimeError | ScriptFault
    ) -> ScriptResult:
        """Say what ended a script: the host, a call that was refused, or the engine.

        Raises:
            Exception: It was a mistake of ours.
        """
        if not self._execution.control:
            # There is no instance, so nothing happened.
            ticks = PlainTicks(self._budgets.ticks)
            frame = Frame(call, self._limits, self._budgets, self._machine, ticks)
            self._machine.fuel = self._budgets.fuel
            return build_failure(frame, self._name_fault(script, frame, error))
        frame = self._slot.frame or self._build_frame(call)
        self._finish(frame)
        return build_failure(frame, self._name_fault(script, frame, error))

    def _name_fault(
        self, script: _Script, frame: Frame, error: Trap | WasmtimeError | ScriptFault
    ) -> ScriptFault:
        raised = self._slot.error
        if raised is not None:
            if not isinstance(raised, ScriptFault):
                raise raised
            self._machine.fuel = self._slot.fuel
            return raised
        if isinstance(error, ScriptFault):
            return error
        if isinstance(error, WasmtimeError):
            raise error
        if self._execution.control:
            output = control.read_output(self._execution.control)
            if output.is_refused:
                invoker = script.get_invokers()[output.function]
                return invoker.judge(frame, self._machine, self._execution)
        if any(each.func_index < len(script.facts.calls) for each in error.frames):
            # The host would have counted a call that cannot be paid.
            frame.call_count += 1
        return build_fault(error, script.shift)

    def _build_frame(self, call: ScriptCall) -> Frame:
        ticks = control.ControlTicks(self._execution.control)
        return Frame(call, self._limits, self._budgets, self._machine, ticks)

    def _finish(self, frame: Frame) -> Frame:
        """Tell a frame what happened without it."""
        output = control.read_output(self._execution.control)
        frame.call_count += output.calls
        frame.is_started = bool(output.is_started)
        if output.is_saved:
            frame.saved_root = Root(output.post_state)
        frame.deposits = self._read_deposits(output.deposits)
        self._machine.fuel = self._execution.read_fuel()
        return frame

    def _read_deposits(self, count: int) -> list[bytes]:
        return control.read_deposits(self._execution.control, count, self._deposit_bytes)


def _make_invokers(facts: ModuleFacts, limits: ExecutionLimits) -> tuple[Invoker, ...]:
    from chain.eei.invoking import make_invokers  # noqa: PLC0415 - few scripts call the host

    return make_invokers(facts, limits)
