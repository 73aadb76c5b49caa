"""The engine: refusals, and a system that has no address space to give away."""

import mmap
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from wasmtime import (
    Engine,
    Instance,
    Linker,
    Module,
    Store,
    Trap,
    WasmtimeError,
)

from chain.eei import ScriptCall, ScriptRuntime
from chain.eei.engine import build_engine, compile_module, get_linked_engine, restore_module
from chain.eei.instances import (
    build_fault,
    get_export,
    get_global,
    instantiate,
    read_i64,
    write_i64,
)
from chain.errors import ScriptFault
from tests.helpers.wat import KEEP, PRE_STATE, build_script, compile_wat

GLOBALS = """(module (global (export "fixed") i64 (i64.const 7))
  (global (export "free") (mut i64) (i64.const 8)))"""


@pytest.fixture
def fresh_engines() -> Iterator[None]:
    """Forget engines before and after: a test changes what they are made of."""
    get_linked_engine.cache_clear()
    yield
    get_linked_engine.cache_clear()


def refuse_space(*_arguments: object, **_options: object) -> mmap.mmap:
    raise OSError("cannot allocate memory")


@pytest.mark.usefixtures("fresh_engines")
def test_scripts_run_the_same_where_no_pool_can_be_reserved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = build_script(
        "(drop (memory.grow (i32.const 3))) (i32.store (i32.const 9) (i32.const 1))"
    )
    call = ScriptCall(code, PRE_STATE, bytes(100))
    pooled = ScriptRuntime(KEEP).execute(call)
    get_linked_engine.cache_clear()

    monkeypatch.setattr(mmap, "mmap", refuse_space)
    alone = ScriptRuntime(KEEP).execute(call)

    assert alone == pooled
    assert alone.outcome == "returned"


def test_compile_module_that_the_engine_refuses_is_an_invalid_module() -> None:
    with pytest.raises(ScriptFault) as caught:
        compile_module(build_engine(), b"\0asm\1\0\0\0\x63")

    assert caught.value.code == "invalid_module"
    assert "\n" not in str(caught.value.values["reason"])


def test_restore_module_of_another_engine_is_none() -> None:
    code = compile_wat("(module)")
    ours, foreign = (bytes(Module(each, code).serialize()) for each in (build_engine(), Engine()))

    assert restore_module(build_engine(), foreign) is None
    assert isinstance(restore_module(build_engine(), ours), Module)


def test_instantiate_failure_without_a_name_is_raised_and_fuel_stays() -> None:
    def refuse(_store: Store) -> Instance:
        raise WasmtimeError("something else")

    linked: Any = SimpleNamespace(instantiate=refuse)
    store = Store(build_engine())
    store.set_fuel(123)

    with pytest.raises(WasmtimeError, match="something else"):
        instantiate(linked, store)

    assert store.get_fuel() == 123


def test_build_fault_of_a_trap_without_a_name_is_the_trap_itself() -> None:
    trap = Trap("ended by the host")

    with pytest.raises(Trap) as caught:
        build_fault(trap)

    assert caught.value is trap


def build_instance(text: str) -> tuple[Store, Instance]:
    engine = build_engine()
    store = Store(engine)
    store.set_fuel(10**6)
    linked = Linker(engine).instantiate_pre(Module(engine, compile_wat(text)))
    return store, instantiate(linked, store)


def test_get_export_that_is_missing_is_named() -> None:
    store, instance = build_instance("(module)")

    with pytest.raises(LookupError, match="the instance exports no absent"):
        get_export(store, instance, "absent")


def test_write_i64_changes_what_may_change_and_nothing_else() -> None:
    store, instance = build_instance(GLOBALS)
    fixed, free = (get_global(store, instance, name) for name in ("fixed", "free"))

    write_i64(store, free, -(2**63))
    with pytest.raises(WasmtimeError, match="immutable"):
        write_i64(store, fixed, 1)

    assert (read_i64(store, fixed), read_i64(store, free)) == (7, -(2**63))
