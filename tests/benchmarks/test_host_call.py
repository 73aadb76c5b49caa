"""One host call: there, a 32-byte copy, and back; measured a thousand at a time."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from chain.config import ExecutionLimits
from chain.eei import ScriptCall, ScriptRuntime
from chain.types import Root
from tests.benchmarks.floor import PRE_STATE, BareLoop
from tests.helpers.wat import build_script

CALLS = 1000
CALLER = build_script(
    f"""(loop $again
          (call $load (i32.const 0))
          (br_if $again (i32.lt_u
            (local.tee $done (i32.add (local.get $done) (i32.const 1)))
            (i32.const {CALLS}))))
        (call $save (i32.const 0))""",
    imports="""(import "eth2" "loadPreStateRoot" (func $load (param i32)))
               (import "eth2" "savePostStateRoot" (func $save (param i32)))""",
    main="(local $done i32)",
)


@pytest.mark.benchmark(group="1,000 host calls")
def test_floor_is_a_bare_function(benchmark: BenchmarkFixture) -> None:
    assert benchmark(BareLoop(CALLER).run_block) == PRE_STATE


@pytest.mark.benchmark(group="1,000 host calls")
def test_runtime(benchmark: BenchmarkFixture) -> None:
    runtime = ScriptRuntime(ExecutionLimits())

    result = benchmark(runtime.execute, ScriptCall(CALLER, Root(PRE_STATE), b""))

    assert result.post_state_root == PRE_STATE
    assert result.host_call_count == CALLS + 1
