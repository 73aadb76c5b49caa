"""One execution as the host functions see it: its inputs, its budgets, what it did so far.

Source:
    PROTOCOL 5.
"""

import ctypes
from typing import Final

from chain.config import ExecutionLimits, Metering
from chain.eei.machine import Machine, Span, TickAccount
from chain.eei.metering import Budgets
from chain.eei.model import HostCall, ScriptCall
from chain.errors import ScriptFault
from chain.types import Fuel, Root, Ticks

MAX_TRACED_CALLS: Final = 10_000
"""Calls kept in a trace; the others are only counted."""

_U32: Final = 0xFFFF_FFFF


def checked_range(pointer: int, length: int, memory_size: int) -> slice:
    """Turn a wasm (pointer, length) pair into a slice inside memory.

    An empty range is inside when its pointer is, or when it is at the very end.

    Args:
        pointer: Start offset in bytes, as received (may be negative).
        length: Size in bytes, as received (may be negative), or larger than any memory.
        memory_size: Current linear memory size in bytes.

    Returns:
        The half-open byte range.

    Raises:
        ScriptFault: ``memory_out_of_bounds``.

    Source:
        Ours: a host-side guard, not protocol text.
    """
    start = pointer & _U32
    # A length may also be a product of two numbers, which must not wrap into range.
    stop = start + (length if length >= 0 else length & _U32)
    if stop > memory_size:
        raise ScriptFault(
            "memory_out_of_bounds", pointer=start, length=stop - start, memory=memory_size
        )
    return slice(start, stop)


class Frame:
    """State of one execution.

    Attributes:
        call: What is executed.
        limits: The config.
        machine: Holds fuel and memory.
        ticks: Holds the ticks.
        is_started: False while start functions run, which must not call the host.
        saved_root: Argument of the last ``savePostStateRoot``.
        deposits: What was pushed.
        modified_state: Argument of the last ``exposeModifiedState``.
        timer_fuel: Fuel left at the last ``startTimer``.
        debug: Debug output, bounded by ``max_debug_bytes``.
        calls: Traced calls; None when nobody asked for a trace.
        call_count: All calls.
    """

    def __init__(
        self,
        call: ScriptCall,
        limits: ExecutionLimits,
        budgets: Budgets,
        machine: Machine,
        ticks: TickAccount,
        *,
        is_traced: bool = False,
    ) -> None:
        """Start an execution in which nothing happened yet."""
        self.call = call
        self.limits = limits
        self.machine = machine
        self.ticks = ticks
        self.is_started = False
        self._budgets = budgets
        self._takes_ticks = limits.metering is Metering.INJECTED
        self.saved_root: Root | None = None
        self.deposits: list[bytes] = []
        self.modified_state = b""
        self.timer_fuel = budgets.fuel
        self.debug: list[str] = []
        self.debug_bytes_left = limits.max_debug_bytes
        self.calls: list[HostCall] | None = [] if is_traced else None
        self.call_count = 0

    def take_ticks(self, ticks: int) -> None:
        """Subtract from the budget of ``useTicks``; zero may be reached.

        Args:
            ticks: How many.

        Raises:
            ScriptFault: ``out_of_ticks``; then all of them are gone.

        Source:
            PROTOCOL 5.
        """
        left = self.ticks.get()
        if ticks > left:
            self.ticks.set(0)
            raise ScriptFault("out_of_ticks", asked=ticks, left=left)
        self.ticks.set(left - ticks)

    def require_fuel(self, fuel: int) -> None:
        """Refuse to go on with less fuel than that.

        Raises:
            ScriptFault: ``out_of_fuel``; then all of it is gone, as in wasm.
        """
        if self.machine.get_fuel() < fuel:
            self.machine.set_fuel(0)
            raise ScriptFault("out_of_fuel")

    def charge(self, fuel: int) -> None:
        """Take fuel for a host call, and as many ticks where they meter everything.

        Args:
            fuel: What it costs.

        Raises:
            ScriptFault: ``out_of_fuel``; then all of it is gone, as in wasm. ``out_of_ticks``.

        Source:
            Ours: the record prices no host calls, and free ones could stall the host.
        """
        if self._takes_ticks:
            self.take_ticks(fuel)
        self.require_fuel(fuel)
        self.machine.set_fuel(self.machine.get_fuel() - fuel)

    def get_fuel_used(self) -> Fuel:
        """Return the fuel used so far."""
        return Fuel(self._budgets.fuel - self.machine.get_fuel())

    def get_ticks_used(self) -> Ticks:
        """Return the ticks used so far."""
        return Ticks(self._budgets.ticks - self.ticks.get())

    def get_memory(self) -> Span:
        """Return the memory that pointers refer to.

        Raises:
            ScriptFault: ``missing_memory``.
        """
        memory = self.machine.get_memory()
        if memory is None:
            raise ScriptFault("missing_memory")
        return memory

    def read(self, span: slice) -> bytes:
        """Copy a checked range out of memory."""
        if span.start == span.stop:
            return b""
        base = self.get_memory().address
        return ctypes.string_at(base + span.start, span.stop - span.start)

    def write(self, span: slice, data: bytes) -> None:
        """Copy bytes to a checked range of the same size.

        Raises:
            ValueError: The sizes differ: a handler's mistake must not reach memory.
        """
        if len(data) != span.stop - span.start:
            raise ValueError(f"{len(data)} bytes for a range of {span.stop - span.start}")
        if data:
            base = self.get_memory().address
            ctypes.memmove(base + span.start, data, len(data))

    def emit_debug(self, text: str) -> None:
        """Keep a line of debug output, or as much of it as the limit allows.

        Args:
            text: Printable text; a line counts one byte more than its UTF-8 encoding.

        Source:
            Ours: a script must not grow the host through its debug output.
        """
        if self.debug_bytes_left <= 0:
            return
        encoded = text.encode()[: self.debug_bytes_left]
        self.debug.append(encoded.decode(errors="ignore"))
        self.debug_bytes_left -= len(encoded) + 1

    def trace(self, call: HostCall) -> None:
        """Record a host call, if somebody asked for that and there is room."""
        if self.calls is not None and len(self.calls) < MAX_TRACED_CALLS:
            self.calls.append(call)


class FrameSlot:
    """Where host functions find the current frame.

    Linked modules outlive executions, so their host functions hold this instead of a frame.
    """

    def __init__(self) -> None:
        """Start with no execution under way."""
        self._frame: Frame | None = None

    def enter(self, frame: Frame) -> None:
        """Make a frame the current one.

        Raises:
            RuntimeError: One is under way: executions do not nest.
        """
        if self._frame is not None:
            raise RuntimeError("an execution is under way in this runtime")
        self._frame = frame

    def leave(self) -> None:
        """Forget the current frame."""
        self._frame = None

    def get(self) -> Frame:
        """Return the current frame.

        Raises:
            RuntimeError: No execution is under way: nothing should have called.
        """
        if self._frame is None:
            raise RuntimeError("a host function was called outside an execution")
        return self._frame
