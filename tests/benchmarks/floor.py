"""What the benchmarks are compared with: wasmtime, and as little else as possible."""

import ctypes
from collections.abc import Callable, Iterable

from wasmtime import Caller, Engine, Func, FuncType, Linker, Memory, Module, Store

from chain.config import ExecutionLimits
from chain.eei import ScriptCall, control
from chain.eei.engine import get_linked_engine
from chain.eei.preparers import LinkedPreparer
from chain.eei.raw import Execution, get_linked_address
from chain.types import Root

PRE_STATE = bytes(range(32))


class BareLoop:
    """Runs a script the shortest way there is: a fresh instance, ``main``, the saved state.

    No limits, no fuel, no checks, no states, no blocks; only the three host functions that
    helloworld imports.
    """

    def __init__(self, code: bytes) -> None:
        self._engine = Engine()
        self._module = Module(self._engine, code)
        self._linker = Linker(self._engine)
        self._saved = b""
        functions: dict[str, Callable[..., int | None]] = {
            "blockDataSize": self._get_block_data_size,
            "loadPreStateRoot": self._load_pre_state_root,
            "savePostStateRoot": self._save_post_state_root,
        }
        for entry in self._module.imports:
            name = entry.name or ""
            assert isinstance(entry.type, FuncType)
            self._linker.define_func(
                entry.module, name, entry.type, functions[name], access_caller=True
            )

    def run_block(self) -> bytes:
        """Run the script once and return what it saved."""
        store = Store(self._engine)
        instance = self._linker.instantiate(store, self._module)
        main = instance.exports(store)["main"]
        assert isinstance(main, Func)
        main(store)
        return self._saved

    def run_blocks(self, count: int) -> bytes:
        for _ in range(count):
            self.run_block()
        return self._saved

    def _get_block_data_size(self, _: Caller) -> int:
        return 0

    def _load_pre_state_root(self, caller: Caller, pointer: int) -> None:
        _get_memory(caller).write(caller, PRE_STATE, pointer)

    def _save_post_state_root(self, caller: Caller, pointer: int) -> None:
        self._saved = bytes(_get_memory(caller).read(caller, pointer, pointer + 32))


class LinkedLoop:
    """Runs linked code the shortest way there is: an instance, one write, ``main``, one read.

    No results, no checks, no faults, no bridge to the host.
    """

    def __init__(self, code: bytes) -> None:
        limits = ExecutionLimits()
        prepared = LinkedPreparer(limits).prepare(code)
        link = prepared.facts.link
        assert link is not None
        self._engine = get_linked_engine(limits.max_table_elements)
        linker = Linker(self._engine)
        self._linked = linker.instantiate_pre(Module(self._engine, prepared.code))
        self._address = get_linked_address(self._linked)
        self._memory_export = link.memory_export.encode()
        self._link = link
        self._execution = Execution(self._engine, lambda: False)

    def run_block(self, pre_state: bytes, data: bytes) -> bytes:
        """Run the script once and return what it saved."""
        execution, link = self._execution, self._link
        call = ScriptCall(b"", Root(pre_state), data)
        execution.open()
        execution.instantiate(self._address, self._memory_export, link.base)
        head, start = control.encode_input(call, 0, link.base, link.end, is_started=True)
        ctypes.memmove(execution.control, head, len(head))
        ctypes.memmove(execution.control - link.base + start, data, len(data))
        execution.call(b"main", 0)
        post_state = control.read_output(execution.control).post_state
        execution.close()
        return post_state

    def run_blocks(self, state: bytes, blocks: Iterable[bytes]) -> bytes:
        for data in blocks:
            state = self.run_block(state, data)
        return state


def _get_memory(caller: Caller) -> Memory:
    memory = caller["memory"]
    assert isinstance(memory, Memory)
    return memory
