"""The same execution in both backends."""

from dataclasses import replace

from chain.config import Backend, ExecutionLimits, Libraries, UnsavedPostState
from chain.eei import ScriptCall, ScriptResult
from chain.types import Fuel, Root, ScriptIndex, ShardIndex, Slot
from tests.helpers.wat import PRE_STATE, get_runtime

LIMITS = ExecutionLimits(unsaved_post_state=UnsavedPostState.KEEP, max_fuel=Fuel(50_000_000))


def build_call(code: bytes, data: bytes = b"", pre_state: Root = PRE_STATE) -> ScriptCall:
    """A call whose context has no number twice."""
    return ScriptCall(
        code=code,
        pre_state_root=pre_state,
        data=data,
        env=ScriptIndex(2**63 + 5),
        shard=ShardIndex(3),
        slot=Slot(2**64 - 7),
        beacon_state_root=Root(bytes(range(100, 132))),
        shard_state_roots={ShardIndex(1): Root(b"\x11" * 32)},
    )


def execute(
    call: ScriptCall,
    limits: ExecutionLimits,
    backend: Backend,
    libraries: Libraries = Libraries.NATIVE,
) -> ScriptResult:
    chosen = replace(limits, backend=backend, libraries=libraries)
    return get_runtime(chosen).execute(call)


def assert_same(call: ScriptCall, limits: ExecutionLimits = LIMITS) -> ScriptResult:
    """Both backends say the same, to the unit of fuel and the last word of the detail."""
    linked = execute(call, limits, Backend.LINKED)
    assert linked == execute(call, limits, Backend.HOST)
    return linked


def assert_same_with_wasm_libraries(
    call: ScriptCall, limits: ExecutionLimits = LIMITS
) -> ScriptResult:
    """The same but for the fuel, also where a timer prints it; and that is the same again."""
    linked = execute(call, limits, Backend.LINKED, Libraries.WASM)
    assert leave_fuel_out(linked) == leave_fuel_out(execute(call, limits, Backend.HOST))
    assert execute(call, limits, Backend.LINKED, Libraries.WASM) == linked
    return linked


def leave_fuel_out(result: ScriptResult) -> ScriptResult:
    """All but what libraries in wasm change."""
    lines = tuple(line for line in result.debug if not line.startswith("endTimer"))
    return replace(result, fuel_used=Fuel(0), debug=lines)
