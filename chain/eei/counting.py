"""``useTicks`` for rewritten scripts, counted without a host call.

Injected calls of ``useTicks`` are as frequent as branches. Going through the host each would
cost a thousand times what it measures, so the function that a rewritten script imports is
itself wasm: it counts down a variable, and calls the host only when that is used up. It takes
as much fuel as its like in linked code, which has to find the variable in memory first.

Source:
    PROTOCOL 5 (``useTicks``); the short cut is ours.
"""

from typing import Final

from wasmtime import Engine, FuncType, InstancePre, Linker, Module, Store, ValType

from chain.eei.frame import FrameSlot
from chain.eei.instances import instantiate
from chain.eei.metering import EXPORTED_LEFT, EXPORTED_USE_TICKS, TickCounter
from chain.errors import ScriptFault

_LABEL: Final = "eth2.useTicks"

EMPTY_FUEL: Final = 13
"""What a call takes that finds too few ticks."""

_U32: Final = 0xFFFF_FFFF

_COUNTER: Final = f"""
(module
  (import "host" "fail" (func $fail (param i32)))
  (global $left (export "{EXPORTED_LEFT}") (mut i64) (i64.const 0))
  (func (export "{EXPORTED_USE_TICKS}") (param $ticks i32) (local $after i64)
    (drop (i32.const 0))
    (local.set $after (i64.sub (global.get $left) (i64.extend_i32_u (local.get $ticks))))
    (if (i64.lt_s (local.get $after) (i64.const 0)) (then (call $fail (local.get $ticks))))
    (global.set $left (local.get $after))))"""


class TickCounterFactory:
    """Makes the counters of executions under injected metering."""

    def __init__(self, engine: Engine, slot: FrameSlot) -> None:
        """Compile the counter.

        Args:
            engine: Compiles.
            slot: Where to find the execution whose ticks are used up.
        """

        def fail(ticks: int) -> None:
            try:
                slot.get().take_ticks(ticks & _U32)
            except ScriptFault as fault:
                fault.values["host_function"] = _LABEL
                raise

        linker = Linker(engine)
        linker.define_func("host", "fail", FuncType([ValType.i32()], []), fail)
        self._linked: InstancePre = linker.instantiate_pre(Module(engine, _COUNTER))

    def build(self, store: Store) -> TickCounter:
        """Make the counter of one execution."""
        return TickCounter(store, instantiate(self._linked, store))
