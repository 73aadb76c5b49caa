"""The native libraries without a script, called as ``LibraryInstance`` calls the wasm ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Final, NamedTuple, Protocol

from chain.config import ExecutionLimits, PrimeField
from chain.eei.frame import checked_range
from chain.eei.interface import Counted, HostFunction, Parameter, Role, Size
from chain.eei.table import HOST_FUNCTIONS
from chain.errors import ScriptFault
from tests.helpers.wasm_libraries import LibraryFault, LibraryInstance
from tests.helpers.wat import PAGE_BYTES

ROWS: Final = {row.label: row for row in HOST_FUNCTIONS}


class NativeInstance:
    """The host functions over a script's memory of so many pages: judged as the host does it."""

    def __init__(self, pages: int = 1) -> None:
        self._memory = bytearray(pages * PAGE_BYTES)

    def call(
        self, label: str, *arguments: int, prime_field: PrimeField = PrimeField.BLS12_381
    ) -> int | None:
        """Call a host function.

        Raises:
            LibraryFault: It ended the script.
        """
        row = ROWS[label]
        limits = replace(ExecutionLimits(), prime_field=prime_field)
        frame = SimpleNamespace(limits=limits)
        try:
            if row.check:
                row.check(frame, *arguments)
            spans = self._check_ranges(row, limits, arguments)
            reply = row.handler(frame, *self._build_inputs(row, spans, arguments))
        except ScriptFault as fault:
            raise LibraryFault(fault.code) from fault
        outputs = [span for each, span in spans.items() if each.role is Role.OUTPUT]
        for span, data in zip(outputs, reply.outputs, strict=True):
            self._memory[span] = data
        return reply.result

    def _check_ranges(
        self, row: HostFunction, limits: ExecutionLimits, arguments: Sequence[int]
    ) -> dict[Parameter, slice]:
        parameters = row.parameters or ()
        given = dict(zip((each.name for each in parameters), arguments, strict=True))
        spans = {}
        for each in parameters:
            if each.role in (Role.INPUT, Role.OUTPUT):
                size = compute_size(each.size, limits, given)
                spans[each] = checked_range(given[each.name], size, len(self._memory))
        return spans

    def _build_inputs(
        self, row: HostFunction, spans: Mapping[Parameter, slice], arguments: Sequence[int]
    ) -> Iterator[bytes | int]:
        for each, argument in zip(row.parameters or (), arguments, strict=True):
            if each.role is Role.INPUT:
                yield bytes(self._memory[spans[each]])
            elif each.role is Role.VALUE:
                yield argument

    def write(self, pointer: int, data: bytes) -> None:
        self._memory[pointer : pointer + len(data)] = data

    def read(self, pointer: int, size: int) -> bytes:
        return bytes(self._memory[pointer : pointer + size])


def compute_size(size: Size, limits: ExecutionLimits, given: Mapping[str, int]) -> int:
    """Return how many bytes a pointer stands for, given the values of all parameters."""
    if isinstance(size, Counted):
        return given[size.parameter] * size.unit_bytes
    return size if isinstance(size, int) else size.get_bytes(limits)


class Instance(Protocol):
    """What the two instances share."""

    def call(self, label: str, *arguments: int, prime_field: PrimeField = ...) -> int | None: ...
    def write(self, pointer: int, data: bytes) -> None: ...
    def read(self, pointer: int, size: int) -> bytes: ...


class Outcome(NamedTuple):
    """What a call came to.

    Attributes:
        fault: Code of the fault; empty when there was none.
        result: What it returned.
        memory: All of the script's memory, afterwards.
    """

    fault: str
    result: int | None
    memory: bytes


class BothInstances:
    """The same calls, to the native and to the wasm libraries."""

    def __init__(self, pages: int = 1) -> None:
        self._pages = pages
        self._native = NativeInstance(pages)
        self._wasm = LibraryInstance(pages)

    @property
    def size_bytes(self) -> int:
        return self._wasm.size_bytes

    def agree(
        self,
        label: str,
        arguments: Sequence[int],
        memory: bytes = b"",
        prime_field: PrimeField = PrimeField.BLS12_381,
    ) -> Outcome:
        """Call both over memories that begin like this, expect the same, and return it."""
        native, wasm = (
            self._call(each, label, arguments, memory, prime_field)
            for each in (self._native, self._wasm)
        )
        assert (wasm.fault, wasm.result) == (native.fault, native.result)
        assert wasm.memory == native.memory
        return wasm

    def _call(
        self,
        instance: Instance,
        label: str,
        arguments: Sequence[int],
        memory: bytes,
        prime_field: PrimeField,
    ) -> Outcome:
        instance.write(0, memory.ljust(self.size_bytes, b"\xcc"))
        fault, result = "", None
        try:
            result = instance.call(label, *arguments, prime_field=prime_field)
        except LibraryFault as ended:
            [fault] = ended.args
        return Outcome(fault, result, instance.read(0, self.size_bytes))
