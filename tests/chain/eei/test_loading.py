"""A module is compiled once per code hash."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import wasmtime

from chain.config import Backend, Libraries
from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from chain.eei.engine import SETTINGS, get_engine_key, get_engine_name
from chain.eei.facts import (
    CallFact,
    FaultFact,
    LinkFacts,
    describe_module,
    pack_record,
    unpack_record,
)
from chain.wasm import Module, decode_module
from tests.helpers.wat import KEEP, PRE_STATE, build_script, compile_wat


class MemoryStore:
    """Keeps compiled modules in a dict, and counts."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.loads = 0

    def load(self, key: str) -> bytes | None:
        self.loads += 1
        return self.entries.get(key)

    def save(self, key: str, compiled: bytes) -> None:
        assert key not in self.entries
        self.entries[key] = compiled


def build_numbered(number: int) -> bytes:
    return build_script(f"(drop (i32.const {number}))")


def execute(runtime: ScriptRuntime, code: bytes) -> ScriptResult:
    return runtime.execute(ScriptCall(code, PRE_STATE, b""))


@pytest.mark.parametrize("backend", Backend)
def test_execute_compiles_each_code_once(backend: Backend) -> None:
    runtime = ScriptRuntime(replace(KEEP, backend=backend, libraries=Libraries.NATIVE))

    for _ in range(3):
        for number in range(4):
            assert execute(runtime, build_numbered(number)).outcome == "returned"
            assert execute(runtime, bytes(bytearray(build_numbered(number)))).outcome == "returned"

    assert runtime.compile_count == 4


def test_execute_refused_module_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []

    def judge(code: bytes) -> Module:
        judged.append(code)
        return decode_module(code)

    monkeypatch.setattr("chain.eei.preparing.decode_module", judge)
    runtime = ScriptRuntime(KEEP)
    ill_typed = bytes.fromhex(
        "0061736d0100000001040160000003020100070801046d61696e00000a0601040041000b"
    )

    results = [execute(runtime, ill_typed) for _ in range(3)]

    assert results[0].outcome == "trapped:invalid_module"
    assert results == [results[0]] * 3
    assert (judged, runtime.compile_count) == ([ill_typed], 0)


def test_execute_forgets_the_least_recently_used_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.eei.loading.MAX_LOADED_MODULES", 2)
    runtime = ScriptRuntime(KEEP)

    for number in (0, 1, 0, 2, 0):
        execute(runtime, build_numbered(number))
    assert runtime.compile_count == 3

    execute(runtime, build_numbered(1))
    assert runtime.compile_count == 4


def test_store_is_asked_once_and_given_what_was_compiled() -> None:
    store = MemoryStore()
    runtime = ScriptRuntime(KEEP, store)

    first, second = (execute(runtime, build_numbered(1)) for _ in range(2))

    assert first == second
    assert (store.loads, len(store.entries), runtime.compile_count) == (1, 1, 1)


def test_second_runtime_loads_from_the_store_with_the_same_result() -> None:
    store = MemoryStore()
    first = execute(ScriptRuntime(KEEP, store), build_numbered(1))
    runtime = ScriptRuntime(KEEP, store)

    second = execute(runtime, build_numbered(1))

    assert runtime.compile_count == 0
    assert second == first


def test_store_key_names_code_engine_and_settings() -> None:
    store = MemoryStore()
    runtime = ScriptRuntime(KEEP, store)

    execute(runtime, build_numbered(1))
    execute(runtime, build_numbered(2))

    assert len(store.entries) == 2
    name = get_engine_key(is_linked=True)
    assert all(f"-{name}-" in key for key in store.entries)
    assert name != get_engine_key()


def test_engine_name_has_the_version() -> None:
    assert get_engine_name().startswith("wasmtime-50.")


@pytest.mark.parametrize("get_name", [get_engine_name, get_engine_key])
def test_engine_name_and_key_follow_the_settings(
    get_name: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = get_name()

    monkeypatch.setattr("chain.eei.engine.SETTINGS", {**SETTINGS, "max_wasm_stack": 2**20})

    assert get_name() != before


def test_engine_key_changes_with_the_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = get_engine_key()
    other = tmp_path / "wasmtime.py"
    other.write_text("# another release", encoding="utf-8")
    monkeypatch.setattr(wasmtime, "__file__", str(other))

    moved = get_engine_key()
    other.write_text("# yet another release", encoding="utf-8")

    assert len({before, moved, get_engine_key()}) == 3


def test_engine_key_without_files_has_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = get_engine_key()
    monkeypatch.setattr(wasmtime, "__loader__", None)

    without = get_engine_key()
    monkeypatch.setattr("chain.eei.engine._get_version", lambda: "50.99")

    assert len({before, without, get_engine_key()}) == 3


def test_store_entry_of_another_engine_is_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    code = build_numbered(1)
    foreign = bytes(wasmtime.Module(wasmtime.Engine(), code).serialize())
    store = MemoryStore()
    execute(ScriptRuntime(KEEP, store), code)
    _, record = store.entries.popitem()
    found = unpack_record(record)
    assert found is not None
    monkeypatch.setattr(store, "load", lambda _key: pack_record(found[0], foreign))
    runtime = ScriptRuntime(KEEP, store)

    assert execute(runtime, code).outcome == "returned"
    assert runtime.compile_count == 1


def test_refused_module_is_not_given_to_the_store() -> None:
    store = MemoryStore()

    execute(ScriptRuntime(KEEP, store), b"\0asm")

    assert store.entries == {}


EVERY_IMPORT = """(module
  (import "eth2" "useTicks" (func (param i32)))
  (import "env" "abort" (func (param i64 f32 f64) (result i32)))
  (import "other" "held" (global i32)) (import "other" "table" (table 1 funcref))
  (memory (export "memory") 1) (table 7 funcref)
  (func (export "main") (result i32 i32) (i32.const 1) (i32.const 2)))"""


@pytest.mark.parametrize(
    "link", [None, LinkFacts("m", "b", 1, 2, (CallFact(3, 4, is_library=True),))]
)
@pytest.mark.parametrize("fault", [None, FaultFact("missing_export", {"name": "main"})])
def test_unpack_record_returns_the_facts_that_were_packed(
    link: LinkFacts | None, fault: FaultFact | None
) -> None:
    described = describe_module(decode_module(compile_wat(EVERY_IMPORT)))
    facts = replace(described, link=link, fault=fault, start_export="start", shift=5)

    assert unpack_record(pack_record(facts, b"compiled")) == (facts, b"compiled")
    assert [entry.kind for entry in facts.imports] == ["function", "function", "global", "table"]
    assert [entry.signature is None for entry in facts.imports] == [False, False, True, True]


@pytest.mark.parametrize("record", [b"", b"\0asm", b"module with facts 0\n"])
def test_unpack_record_of_anything_else_is_none(record: bytes) -> None:
    assert unpack_record(record) is None


def test_store_entry_that_is_no_record_is_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    monkeypatch.setattr(store, "load", lambda _key: b"of an older form")
    runtime = ScriptRuntime(KEEP, store)

    assert execute(runtime, build_numbered(1)).outcome == "returned"
    assert (runtime.compile_count, len(store.entries)) == (1, 1)


def test_store_entry_that_was_not_linked_is_a_bug_of_the_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    execute(ScriptRuntime(KEEP, store), build_numbered(1))
    found = unpack_record(store.entries.popitem()[1])
    assert found is not None
    unlinked = pack_record(replace(found[0], link=None), found[1])
    monkeypatch.setattr(store, "load", lambda _key: unlinked)

    with pytest.raises(ValueError, match="the module was not linked"):
        execute(ScriptRuntime(KEEP, store), build_numbered(1))
