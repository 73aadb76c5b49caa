"""The wasm libraries without a script: their functions, called over a memory of the test's."""

from functools import cache
from typing import Final

from wasmtime import Config, Engine, Func, Global, Linker, Memory, Module, Store, Trap

from chain.config import PrimeField
from chain.eei.libraries import FAULT_CODES, compute_export_name, get_libraries
from tests.helpers.wat import compile_wat

# The library imports the helpers, the helpers need its memory: so it is given these first.
_BEFORE: Final = """(module
  (type $none (func (result i32)))
  (type $copy (func (param i32 i32 i32)))
  (type $fail (func (param i32)))
  (table (export "helpers") 4 4 funcref)
  (func (export "pages") (type $none)
    (call_indirect (type $none) (i32.const 0)))
  (func (export "read") (type $copy)
    (call_indirect (type $copy) (local.get 0) (local.get 1) (local.get 2) (i32.const 1)))
  (func (export "write") (type $copy)
    (call_indirect (type $copy) (local.get 0) (local.get 1) (local.get 2) (i32.const 2)))
  (func (export "fail") (type $fail)
    (call_indirect (type $fail) (local.get 0) (i32.const 3))))"""

_BEHIND: Final = """(module
  (import "script" "helpers" (table 4 4 funcref))
  (import "library" "memory" (memory $library 1 1))
  (memory $script (export "memory") 0)
  (global $fault (export "fault") (mut i32) (i32.const 0))
  (elem (i32.const 0) $pages $read $write $fail)
  (func $pages (result i32) (memory.size $script))
  (func $read (param i32 i32 i32)
    (memory.copy $library $script (local.get 0) (local.get 1) (local.get 2)))
  (func $write (param i32 i32 i32)
    (memory.copy $script $library (local.get 0) (local.get 1) (local.get 2)))
  (func $fail (param i32) (global.set $fault (local.get 0)) unreachable))"""

_FUEL: Final = 1 << 62


class LibraryFault(Exception):
    """A library ended the script, with this code."""


class LibraryInstance:
    """The libraries over a script's memory of so many pages.

    Attributes:
        fuel_used: By the last call, the helpers' included.
    """

    def __init__(self, pages: int = 1) -> None:
        self._pages = pages
        self._is_over = False
        self.fuel_used = 0
        self._instantiate()

    def _instantiate(self) -> None:
        self.store = Store(_make_engine())
        linker = Linker(self.store.engine)
        for name, code in (
            ("script", compile_wat(_BEFORE)),
            ("library", get_libraries().code),
            ("behind", compile_wat(_BEHIND)),
        ):
            self.store.set_fuel(_FUEL)
            instance = linker.instantiate(self.store, _compile(code))
            linker.define_instance(self.store, name, instance)
            if name == "library":
                self._functions = instance.exports(self.store)
        exports = instance.exports(self.store)
        memory, fault = exports["memory"], exports["fault"]
        assert isinstance(memory, Memory)
        assert isinstance(fault, Global)
        self._memory = memory
        self._fault = fault
        memory.grow(self.store, self._pages)

    def get(self, label: str, prime_field: PrimeField = PrimeField.BLS12_381) -> Func:
        function = self._functions[compute_export_name(label, prime_field)]
        assert isinstance(function, Func)
        return function

    def call(
        self, label: str, *arguments: int, prime_field: PrimeField = PrimeField.BLS12_381
    ) -> int | None:
        """Call the wasm that stands for a host function.

        Raises:
            LibraryFault: It ended the script, and this instance with it; the next call goes to
                another one over the same bytes.
        """
        if self._is_over:
            self._begin_again()
        function = self.get(label, prime_field)
        self.store.set_fuel(_FUEL)
        try:
            result: int | None = function(self.store, *map(_to_signed, arguments))
        except Trap as trap:
            code = self._fault.value(self.store)
            if code == 0:
                raise
            self._is_over = True
            raise LibraryFault(FAULT_CODES[int(code)]) from trap
        self.fuel_used = _FUEL - self.store.get_fuel()
        return result

    def _begin_again(self) -> None:
        memory = self.read(0, self.size_bytes)
        self._instantiate()
        self.write(0, memory)
        self._is_over = False

    def write(self, pointer: int, data: bytes) -> None:
        if data:
            self._memory.write(self.store, data, pointer)

    def read(self, pointer: int, size: int) -> bytes:
        return bytes(self._memory.read(self.store, pointer, pointer + size))

    @property
    def size_bytes(self) -> int:
        return self._memory.data_len(self.store)


@cache
def _make_engine() -> Engine:
    config = Config()
    config.consume_fuel = True
    return Engine(config)


@cache
def _compile(code: bytes) -> Module:
    return Module(_make_engine(), code)


def _to_signed(number: int) -> int:
    return number - (1 << 32) if number >= 1 << 31 else number
