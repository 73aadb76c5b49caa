"""The way from a wasm call to a handler and back, the same for every host function.

Order of judgement, fixed so that every node names the same fault:

1. whoever has less than ``BASE_FUEL`` left is out of fuel, whatever the call is;
2. no host calls while a start function runs;
3. the arguments by themselves (a deposit's size, a range of block data);
4. every memory range in full, in parameter order;
5. the price in fuel;
6. what the bytes say (a division by zero), by the handler.

Only then does a byte move into memory. A call that ends before it is paid costs nothing.

Source:
    PROTOCOL 5; the order is ours.
"""

from typing import Final, NamedTuple

from chain.config import ExecutionLimits
from chain.eei.frame import Frame, checked_range
from chain.eei.interface import BASE_FUEL, Counted, HostFunction, Parameter, Reply, Role
from chain.eei.model import HostCall
from chain.errors import ScriptFault
from chain.wasm import ValueType

_SHOWN_BYTES: Final = 64
_MASKS: Final = {ValueType.I32: 0xFFFF_FFFF, ValueType.I64: 0xFFFF_FFFF_FFFF_FFFF}


class _Range(NamedTuple):
    """A pointer parameter with its size resolved: fixed, or counted by another argument."""

    parameter: int
    fixed_bytes: int
    counter: int
    unit_bytes: int
    is_output: bool

    def compute_bytes(self, arguments: tuple[int, ...]) -> int:
        if self.unit_bytes:
            return arguments[self.counter] * self.unit_bytes
        return self.fixed_bytes


class _Moved(NamedTuple):
    """The bytes that a call took out of memory and put into it."""

    read: tuple[bytes, ...]
    written: tuple[bytes, ...]
    result: int | None


class BoundFunction:
    """A host function under one config: sizes known, ready to be called."""

    def __init__(self, row: HostFunction, limits: ExecutionLimits) -> None:
        """Resolve what the config decides."""
        parameters = row.parameters or ()
        self.row = row
        self._base_fuel = row.compute_base_fuel(limits)
        self._masks = tuple(_MASKS[each.type] for each in parameters)
        self._ranges = tuple(
            _resolve_range(index, parameters, limits)
            for index, each in enumerate(parameters)
            if each.role in (Role.INPUT, Role.OUTPUT)
        )
        self._counted = tuple(each for each in self._ranges if each.unit_bytes)
        self._given = tuple(
            (index, each.role is Role.INPUT)
            for index, each in enumerate(parameters)
            if each.role in (Role.VALUE, Role.INPUT)
        )

    def invoke(self, frame: Frame, arguments: tuple[int, ...]) -> int | None:
        """Carry out one call from wasm.

        Args:
            frame: The current execution.
            arguments: As the engine hands them over: signed.

        Returns:
            The result for wasm.

        Raises:
            ScriptFault: Whatever ends the script.

        Source:
            PROTOCOL 5.
        """
        unsigned = tuple(
            argument & mask for argument, mask in zip(arguments, self._masks, strict=True)
        )
        frame.call_count += 1
        try:
            moved = self._perform(frame, unsigned)
        except ScriptFault as fault:
            if fault.code != "out_of_fuel":
                # That one comes from the engine as well, which names no function.
                fault.values["host_function"] = self.row.label
            frame.trace(HostCall(self.row.label, unsigned, (), (), None, fault.code))
            raise
        if frame.calls is not None:
            frame.trace(_build_host_call(self.row, unsigned, moved))
        return moved.result

    def _perform(self, frame: Frame, arguments: tuple[int, ...]) -> _Moved:
        frame.require_fuel(BASE_FUEL)
        if not frame.is_started:
            raise ScriptFault("host_call_in_start")
        if self.row.check is not None:
            self.row.check(frame, *arguments)
        spans = self._check_ranges(frame, arguments)
        frame.charge(self._compute_price(arguments))
        inputs = {index: frame.read(spans[index]) for index, is_input in self._given if is_input}
        reply = self.row.handler(
            frame, *(inputs.get(index, arguments[index]) for index, _ in self._given)
        )
        self._write_outputs(frame, spans, reply)
        return _Moved(tuple(inputs.values()), reply.outputs, reply.result)

    def _check_ranges(self, frame: Frame, arguments: tuple[int, ...]) -> dict[int, slice]:
        if not self._ranges:
            return {}
        memory_size = frame.get_memory().size_bytes
        return {
            each.parameter: checked_range(
                arguments[each.parameter], each.compute_bytes(arguments), memory_size
            )
            for each in self._ranges
        }

    def _compute_price(self, arguments: tuple[int, ...]) -> int:
        size_bytes = sum(each.compute_bytes(arguments) for each in self._counted)
        return self._base_fuel + self.row.byte_fuel * size_bytes

    def _write_outputs(self, frame: Frame, spans: dict[int, slice], reply: Reply) -> None:
        targets = (each.parameter for each in self._ranges if each.is_output)
        for index, data in zip(targets, reply.outputs, strict=False):
            frame.write(spans[index], data)


def _resolve_range(
    index: int, parameters: tuple[Parameter, ...], limits: ExecutionLimits
) -> _Range:
    size = parameters[index].size
    is_output = parameters[index].role is Role.OUTPUT
    if isinstance(size, Counted):
        counter = [each.name for each in parameters].index(size.parameter)
        return _Range(index, 0, counter, size.unit_bytes, is_output)
    size_bytes = size if isinstance(size, int) else size.get_bytes(limits)
    return _Range(index, size_bytes, 0, 0, is_output)


def _build_host_call(row: HostFunction, arguments: tuple[int, ...], moved: _Moved) -> HostCall:
    read = tuple(map(_shorten, moved.read))
    written = tuple(map(_shorten, moved.written))
    return HostCall(row.label, arguments, read, written, moved.result, "")


def _shorten(data: bytes) -> str:
    if len(data) <= _SHOWN_BYTES:
        return data.hex()
    return f"{data[:_SHOWN_BYTES].hex()}... ({len(data)} bytes)"
