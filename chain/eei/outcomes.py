"""What an execution came to, as a result.

Source:
    PROTOCOL 5.
"""

from typing import Final

from chain.config import ExecutionLimits, UnsavedPostState
from chain.constants import ZERO_ROOT
from chain.eei.debug import escape_text
from chain.eei.frame import Frame
from chain.eei.metering import compute_fault_code
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


def build_success(frame: Frame) -> ScriptResult:
    """Collect the effects of a script that returned.

    Raises:
        ScriptFault: ``unsaved_post_state``.

    Source:
        PROTOCOL 5.
    """
    root = frame.saved_root
    if root is None:
        root = compute_unsaved_root(frame.call, frame.limits)
    return ScriptResult(
        outcome=RETURNED,
        detail="",
        post_state_root=root,
        deposits=tuple(frame.deposits),
        fuel_used=frame.get_fuel_used(),
        ticks_used=frame.get_ticks_used(),
        debug=tuple(frame.debug),
        modified_state=frame.modified_state,
        calls=tuple(frame.calls or ()),
        host_call_count=frame.call_count,
    )


def compute_unsaved_root(call: ScriptCall, limits: ExecutionLimits) -> Root:
    """Return the post state of a script that saved none.

    Raises:
        ScriptFault: ``unsaved_post_state``.

    Source:
        PROTOCOL 5.
    """
    if limits.unsaved_post_state is UnsavedPostState.TRAP:
        raise ScriptFault("unsaved_post_state")
    is_kept = limits.unsaved_post_state is UnsavedPostState.KEEP
    return call.pre_state_root if is_kept else ZERO_ROOT


def build_failure(frame: Frame, fault: ScriptFault) -> ScriptResult:
    """Keep what a script that failed used up and printed, and nothing it did.

    Source:
        PROTOCOL 5.
    """
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


def build_refusal(call: ScriptCall, fault: ScriptFault) -> ScriptResult:
    """Report a module that never ran.

    Source:
        PROTOCOL 5.
    """
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
    values = "; ".join(_describe_value(name, value) for name, value in fault.values.items())
    detail = f"{sentence[:-1]}: {values}." if values else sentence
    return escape_text(detail.encode()[:_MAX_DETAIL_BYTES])


def _describe_value(name: str, value: object) -> str:
    """Return a value with its name; a reason is told in words, and needs none."""
    return str(value) if name == "reason" else f"{name.replace('_', ' ')} {value}"
