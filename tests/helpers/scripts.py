"""Runs the built scripts of scenarios/scripts as a shard block would."""

from functools import cache
from pathlib import Path

from chain.config import ExecutionLimits
from chain.constants import ZERO_ROOT
from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from chain.types import Root, ScriptIndex, ShardIndex, Slot

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SCRIPTS = SCENARIOS / "scripts"


@cache
def read_script(name: str) -> bytes:
    return (SCRIPTS / f"{name}.wasm").read_bytes()


@cache
def get_runtime() -> ScriptRuntime:
    return ScriptRuntime(ExecutionLimits())


def run_script(
    name: str,
    *,
    pre_state: bytes = ZERO_ROOT,
    data: bytes = b"",
    env: int = 0,
    shard: int = 0,
    beacon_root: bytes = ZERO_ROOT,
) -> ScriptResult:
    return get_runtime().execute(
        ScriptCall(
            code=read_script(name),
            pre_state_root=Root(pre_state),
            data=data,
            env=ScriptIndex(env),
            shard=ShardIndex(shard),
            slot=Slot(0),
            beacon_state_root=Root(beacon_root),
        )
    )
