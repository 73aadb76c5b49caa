"""The shipped libraries linked into a script, beside the same module on its own."""

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

import pytest
import wasmtime

from chain.config import PrimeField
from chain.eei.libraries import FAULT_CODES, LIBRARY_LABELS, compute_export_name, get_libraries
from chain.wasm import LINKED_RULES, FunctionType, LinkPlan, ValueType, decode_module, link_module
from simulator.rng import derive_rng
from tests.helpers.linking import call_exported, define, get_linked_engine
from tests.helpers.wasm_libraries import LibraryFault, LibraryInstance
from tests.helpers.wasm_modules import build_wat, is_valid

I32: Final = ValueType.I32
PAGES: Final = 2
SIZE_BYTES: Final = PAGES * 65_536
CALLS: Final = 14
VALID_CALLS: Final = 8
FAULT_AT: Final = 65_536
"""In host memory, behind the library's page."""

HELPERS: Final = {
    "pages": define(FunctionType((), (I32,)), "memory.size 0"),
    "read": define(
        FunctionType((I32,) * 3, ()), "local.get 0 local.get 1 local.get 2 memory.copy 1 0"
    ),
    "write": define(
        FunctionType((I32,) * 3, ()), "local.get 0 local.get 1 local.get 2 memory.copy 0 1"
    ),
    "fail": define(
        FunctionType((I32,), ()),
        "i32.const $fault local.get 0 i32.store memory=1 unreachable",
        fault=FAULT_AT,
    ),
}


@dataclass(frozen=True, slots=True)
class LinkedLibrary:
    """One library function, called over a script's memory."""

    store: wasmtime.Store
    function: wasmtime.Func
    script: wasmtime.Memory
    host: wasmtime.Memory

    def call(self, memory: bytes, arguments: list[int]) -> tuple[object, bytes]:
        """Return the result or the name of the fault, and memory behind it."""
        self.store.set_fuel(10**9)
        self.script.write(self.store, memory)
        try:
            result: object = self.function(self.store, *arguments)
        except wasmtime.Trap:
            fault = self.host.read(self.store, FAULT_AT, FAULT_AT + 4)
            result = FAULT_CODES[int.from_bytes(fault, "little")]
        return result, bytes(self.script.read(self.store, 0, SIZE_BYTES))


@cache
def link_library(name: str) -> bytes:
    """Link a script that imports one function of the library, and exports it."""
    module = get_libraries().module
    export = module.get_export(name)
    assert export is not None
    kind = module.get_function_type(export.index)
    script = build_wat(f"""(module
      (import "eth2" "{name}" (func $it (param {" ".join(kind.params)})
        (result {" ".join(kind.results)})))
      (memory (export "memory") {PAGES}) (export "it" (func $it)))""")
    plan = LinkPlan(
        definitions=[call_exported(name, kind)],
        helpers=HELPERS,
        library=get_libraries(),
        max_script_pages=PAGES,
        host_pages=2,
        host_max_pages=2,
    )
    return link_module(script, decode_module(script), plan).code


@cache
def compile_library(name: str) -> wasmtime.Module:
    return wasmtime.Module(get_linked_engine(), link_library(name))


def instantiate(name: str) -> LinkedLibrary:
    store = wasmtime.Store(get_linked_engine())
    store.set_fuel(10**9)
    module = compile_library(name)
    exports = wasmtime.Instance(store, module, []).exports(store)
    function, script, host = exports["it"], exports["memory"], exports["host_memory"]
    assert isinstance(function, wasmtime.Func)
    assert isinstance(script, wasmtime.Memory)
    assert isinstance(host, wasmtime.Memory)
    return LinkedLibrary(store, function, script, host)


def call_alone(
    library: LibraryInstance, label: str, prime_field: PrimeField, arguments: list[int]
) -> tuple[object, bytes]:
    try:
        result: object = library.call(label, *arguments, prime_field=prime_field)
    except LibraryFault as fault:
        result = str(fault)
    return result, library.read(0, SIZE_BYTES)


@pytest.mark.parametrize("prime_field", PrimeField)
@pytest.mark.parametrize("label", sorted(LIBRARY_LABELS))
def test_linked_library_does_what_it_does_alone(label: str, prime_field: PrimeField) -> None:
    rng = derive_rng(0, f"{label} {prime_field}")
    name = compute_export_name(label, prime_field)
    alone = LibraryInstance(PAGES)
    faults = set()

    for place in range(CALLS):
        memory = rng.randbytes(1_024) + bytes(1_024) + rng.randbytes(SIZE_BYTES - 2_048)
        # A fault leaves the library's stack as it was: it is the end of an instance.
        linked = instantiate(name)
        count = len(linked.function.type(linked.store).params)
        # Small numbers are pointers, and sizes that are not too large.
        arguments = [rng.choice((rng.randrange(2_048), rng.randrange(96))) for _ in range(count)]
        if place >= VALID_CALLS:
            arguments[place % count] = rng.choice((SIZE_BYTES - rng.randrange(20), -1))
        alone.write(0, memory)
        expected = call_alone(alone, label, prime_field, arguments)
        assert linked.call(memory, arguments) == expected
        faults.add(expected[0] if isinstance(expected[0], str) else "")

    assert "" in faults
    assert len(faults) > 1


def test_linked_library_is_valid_small_and_has_only_what_is_reached() -> None:
    module = get_libraries().module
    for label, prime_field in product(sorted(LIBRARY_LABELS), PrimeField):
        code = link_library(compute_export_name(label, prime_field))

        assert is_valid(get_linked_engine(), code)
        assert len(code) < len(get_libraries().code)
        assert len(decode_module(code, LINKED_RULES).bodies) < len(module.bodies)
