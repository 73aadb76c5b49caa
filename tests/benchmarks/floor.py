"""What the benchmarks are compared with: wasmtime and Python host functions, nothing else."""

from collections.abc import Callable

from wasmtime import Caller, Engine, Func, FuncType, Linker, Memory, Module, Store

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


def _get_memory(caller: Caller) -> Memory:
    memory = caller["memory"]
    assert isinstance(memory, Memory)
    return memory
