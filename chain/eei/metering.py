"""Who counts what an execution uses: budgets, and ticks that are counted without a host call.

The engine always counts fuel: it is the clock by which the watchdog, the timers of the debug
functions and every report go. What differs is who may end an execution:

=========== ====================== =============================================
metering    ends an execution      watchdog
=========== ====================== =============================================
``none``    nobody                 after ``watchdog_fuel``
``fuel``    fuel, and ticks        not needed
``ticks``   ticks                  after ``watchdog_fuel``
``injected``ticks, which take all  not needed: every loop and every call is paid
=========== ====================== =============================================

A node's watchdog would look at the clock. Then it would depend on the machine whether a slow
script is valid, and two runs of one scenario could differ. So ours counts fuel, of which about
four units are a nanosecond.

Source:
    PROTOCOL 5 (``useTicks``); the rest is ours.
"""

from typing import Final, NamedTuple

from wasmtime import Instance, Store

from chain.config import ExecutionLimits, Metering
from chain.eei.instances import get_function, get_global, read_i64, write_i64
from chain.eei.machine import UNLIMITED

EXPORTED_LEFT: Final = "left"
EXPORTED_USE_TICKS: Final = "useTicks"


class Budgets(NamedTuple):
    """What an execution starts with."""

    fuel: int
    ticks: int


def compute_budgets(limits: ExecutionLimits) -> Budgets:
    """Return the fuel and ticks that a config gives to one execution.

    Source:
        PROTOCOL 5; the watchdog is ours.
    """
    watchdog, ticks = int(limits.watchdog_fuel), int(limits.max_ticks)
    return {
        Metering.NONE: Budgets(watchdog, UNLIMITED),
        Metering.FUEL: Budgets(int(limits.max_fuel), ticks),
        Metering.TICKS: Budgets(watchdog, ticks),
        Metering.INJECTED: Budgets(UNLIMITED, ticks),
    }[limits.metering]


def compute_fault_code(code: str, metering: Metering) -> str:
    """Return what a fault is called, given who counts.

    Source:
        Ours: where nobody set a fuel limit, the fuel that ran out was the watchdog's.
    """
    has_watchdog = metering in (Metering.NONE, Metering.TICKS)
    return "watchdog" if code == "out_of_fuel" and has_watchdog else code


class TickCounter:
    """``useTicks`` of one execution, with the ticks that are left."""

    def __init__(self, store: Store, instance: Instance) -> None:
        """Find the exports."""
        self._store = store
        self._left = get_global(store, instance, EXPORTED_LEFT)
        self.use_ticks = get_function(store, instance, EXPORTED_USE_TICKS)

    def get(self) -> int:
        """Return the ticks that are left."""
        return read_i64(self._store, self._left)

    def set(self, ticks: int) -> None:
        """Set the ticks that are left."""
        write_i64(self._store, self._left, ticks)
