"""One script under every metering, with limits that differ in nothing else."""

from dataclasses import replace

from chain.config import ExecutionLimits, Metering, TickCosts, UnsavedPostState
from chain.eei import ScriptCall, ScriptResult
from chain.types import Fuel, Ticks
from chain.wasm import decode_module, inject_metering
from tests.helpers.wat import get_runtime

PLENTY = ExecutionLimits(
    unsaved_post_state=UnsavedPostState.KEEP,
    max_fuel=Fuel(10**9),
    max_ticks=Ticks(10**9),
    watchdog_fuel=Fuel(10**10),
)
ENGINE_COSTS = TickCosts(memory_page=1)
"""What fuel charges: a page is as cheap as an instruction."""


def inject(code: bytes, costs: TickCosts | None = None) -> bytes:
    return inject_metering(code, decode_module(code), costs or TickCosts())


def execute(call: ScriptCall, metering: Metering, limits: ExecutionLimits = PLENTY) -> ScriptResult:
    return get_runtime(replace(limits, metering=metering)).execute(call)


def get_effects(result: ScriptResult) -> tuple[object, ...]:
    """What a block can see of an execution."""
    return (result.outcome, result.post_state_root, result.deposits, result.debug)
