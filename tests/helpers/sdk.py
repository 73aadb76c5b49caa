"""Runs the scripts through which the tests reach the SDK."""

from functools import cache

from chain.config import ExecutionLimits
from chain.constants import ZERO_ROOT
from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from chain.types import Root
from tests.helpers.scripts import SCRIPTS

SDK = SCRIPTS / "sdk"
CHECKS = SDK / "checks"


@cache
def read_check(name: str) -> bytes:
    return (CHECKS / f"{name}.wasm").read_bytes()


@cache
def get_check_runtime(limits: ExecutionLimits) -> ScriptRuntime:
    return ScriptRuntime(limits)


def run_check(
    name: str,
    data: bytes,
    *,
    pre_state: bytes = ZERO_ROOT,
    limits: ExecutionLimits | None = None,
) -> ScriptResult:
    call = ScriptCall(code=read_check(name), pre_state_root=Root(pre_state), data=data)
    return get_check_runtime(limits or ExecutionLimits()).execute(call)
