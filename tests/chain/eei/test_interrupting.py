"""An execution that another thread ends: never within a chain, and never the wrong one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Event, Thread

import pytest
import wasmtime

from chain.config import Backend, ExecutionLimits, Libraries
from chain.eei import ScriptCall, ScriptRuntime
from chain.errors import ScriptOverran
from chain.types import Fuel, ScriptIndex, ShardIndex, Slot
from tests.helpers.wat import KEEP, PRE_STATE, build_script, declare_names

ENDLESS = replace(KEEP, max_fuel=Fuel(10**17))
LOOPS = {
    "loop": build_script("(loop $again (br $again))"),
    "calls": build_script(
        "(call $deep (i32.const 40)) unreachable",
        extra="""(func $deep (param i32) (if (local.get 0) (then
            (call $deep (i32.sub (local.get 0) (i32.const 1)))
            (call $deep (i32.sub (local.get 0) (i32.const 1))))))""",
    ),
    "start": build_script("", extra="(func $spin (loop $again (br $again))) (start $spin)"),
    "bulk": build_script(
        "(loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $again))"
    ),
    "host": build_script(
        "(loop $again (call $sha256 (i32.const 0) (i32.const 65000) (i32.const 0)) (br $again))",
        imports=declare_names("hash.sha256 i32 i32 i32"),
    ),
}
CALL = ScriptCall(LOOPS["loop"], PRE_STATE, b"", ScriptIndex(3), ShardIndex(2), Slot(7))
SHORT = ScriptCall(build_script("(loop (br_if 0 (i32.const 0)))"), PRE_STATE, b"")
BACKENDS = [
    replace(ENDLESS, backend=Backend.LINKED),
    replace(ENDLESS, backend=Backend.LINKED, libraries=Libraries.NATIVE),
    replace(ENDLESS, backend=Backend.HOST, libraries=Libraries.NATIVE),
]


@contextmanager
def interrupted(
    runtime: ScriptRuntime, offset: int = 0, most_times: int = 1_000
) -> Iterator[list[int]]:
    """Interrupt whatever is under way, or an execution that far from it, and count how often."""
    is_over = Event()
    meant: list[int] = []

    def interrupt() -> None:
        while not is_over.wait(0.01) and len(meant) < most_times:
            if runtime.under_way:
                meant.append(runtime.under_way + offset)
                runtime.interrupt(meant[-1])

    thread = Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        yield meant
    finally:
        is_over.set()
        thread.join()


@pytest.mark.parametrize("limits", BACKENDS, ids=["wasm", "native", "host"])
@pytest.mark.parametrize("name", LOOPS)
def test_attempt_of_an_interrupted_script_is_an_outcome(name: str, limits: ExecutionLimits) -> None:
    runtime = ScriptRuntime(limits)

    with interrupted(runtime):
        result = runtime.attempt(replace(CALL, code=LOOPS[name]))

    assert result.outcome == "overran"
    assert result.detail == "Outside of any chain: real time ran out, which no limit had prevented."
    assert (result.post_state_root, result.deposits) == (PRE_STATE, ())
    assert result.fuel_used < 10**17  # what was used since the last call is not told
    assert runtime.execute(SHORT).outcome == "returned"


def test_attempt_of_an_interrupted_traced_script_is_an_outcome() -> None:
    runtime = ScriptRuntime(ENDLESS)

    with interrupted(runtime):
        assert runtime.attempt(CALL, trace=True).outcome == "overran"


def test_execute_of_an_interrupted_script_raises_where_it_was() -> None:
    runtime = ScriptRuntime(ENDLESS)

    with interrupted(runtime), pytest.raises(ScriptOverran) as caught:
        runtime.execute(CALL)

    assert caught.value.code == "overran"
    assert caught.value.values == {"script": 3, "shard": 2, "slot": 7}
    assert runtime.under_way == 0


@pytest.mark.parametrize("limits", BACKENDS, ids=["wasm", "native", "host"])
def test_interrupt_of_another_execution_changes_nothing(limits: ExecutionLimits) -> None:
    limits = replace(limits, max_fuel=Fuel(100_000_000))
    alone = ScriptRuntime(limits).execute(CALL)
    runtime = ScriptRuntime(limits)

    with interrupted(runtime, offset=-1, most_times=2) as meant:
        result = runtime.execute(CALL)

    assert meant == [0, 0]
    assert result == alone
    assert result.outcome == "out_of_fuel"


def test_interrupt_without_an_execution_changes_nothing() -> None:
    runtime = ScriptRuntime(KEEP)
    runtime.interrupt(0)
    first = runtime.execute(SHORT)
    runtime.interrupt(1)

    assert runtime.execute(SHORT) == first
    assert first.outcome == "returned"


@pytest.mark.parametrize("name", ["loop", "calls", "bulk"])
def test_fuel_is_the_same_without_interruption(name: str) -> None:
    used = [_measure_fuel(LOOPS[name], is_interruptible=answer) for answer in (True, False)]

    assert used[0] == used[1]


def _measure_fuel(code: bytes, *, is_interruptible: bool) -> tuple[int, int]:
    """Return what is left when the fuel does not suffice, and what a short script takes."""
    config = wasmtime.Config()
    config.consume_fuel = True
    config.epoch_interruption = is_interruptible
    engine = wasmtime.Engine(config)
    left = []
    for each in (code, SHORT.code):
        store = wasmtime.Store(engine)
        store.set_fuel(1_000_003)
        store.set_epoch_deadline(1)
        instance = wasmtime.Instance(store, wasmtime.Module(engine, each), [])
        main = instance.exports(store)["main"]
        assert isinstance(main, wasmtime.Func)
        with suppress(wasmtime.Trap):
            main(store)
        left.append(store.get_fuel())
    return left[0], left[1]
