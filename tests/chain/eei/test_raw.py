"""The C interface, where it says no."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from wasmtime import Linker, Module, WasmtimeError

from chain.config import Backend
from chain.eei import ScriptCall, ScriptRuntime
from chain.eei.engine import get_linked_engine
from chain.eei.raw import Execution, get_linked_address
from tests.helpers.wat import KEEP, PRE_STATE, build_script, compile_wat

NARROW = '(module (memory (export "host") 1 1) (func (export "main")))'


@contextmanager
def opened(text: str) -> Iterator[Execution]:
    """An execution with an instance, whose host memory is called ``host``."""
    engine = get_linked_engine(1)
    linked = Linker(engine).instantiate_pre(Module(engine, compile_wat(text)))
    execution = Execution(engine, lambda: False)
    execution.open()
    try:
        execution.instantiate(get_linked_address(linked), b"host", 0)
        yield execution
    finally:
        execution.close()


def test_grow_host_memory_beyond_its_limit_is_refused() -> None:
    with opened(NARROW) as execution, pytest.raises(MemoryError, match="no room for 2 pages"):
        execution.grow_host_memory(2, 0)


def test_call_of_a_function_that_is_not_exported_is_named() -> None:
    with opened(NARROW) as execution:
        execution.call(b"main", 0)
        with pytest.raises(LookupError, match="the instance exports no b'absent'"):
            execution.call(b"absent", 0)


def test_get_linked_address_of_nothing_is_refused() -> None:
    nothing: Any = SimpleNamespace(ptr=lambda: None)

    with pytest.raises(ValueError, match="a null pointer"):
        get_linked_address(nothing)


def test_execute_failure_of_the_engine_is_raised_and_the_next_script_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert KEEP.backend is Backend.LINKED
    runtime, call = ScriptRuntime(KEEP), ScriptCall(build_script(""), PRE_STATE, b"")

    def fail(*_: object) -> None:
        raise WasmtimeError("the engine is at a loss")

    with monkeypatch.context() as patch:
        patch.setattr(Execution, "call", fail)
        with pytest.raises(WasmtimeError, match="the engine is at a loss"):
            runtime.execute(call)

    assert runtime.execute(call).outcome == "returned"
