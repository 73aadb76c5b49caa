"""The host functions for pywasm, written from ``docs/eei.md``: core, debug and extended ones.

Source:
    docs/eei.md and docs/metering.md, whatever ``chain.eei`` does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pywasm.core import Machine  # type: ignore[import-untyped]  # it has no types

_U32: Final = 2**32
_CALL_TICKS: Final = 1_000
_ROOT_BYTES: Final = 32
_DEPOSIT_BYTES: Final = 184
_MOST_DEPOSITS: Final = 1_024

Value = int | float


class HostFaultError(Exception):
    """The host ends a script; the code is what stands behind ``trapped:``, or a limit's name."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Host:
    """What one execution sees and does.

    Attributes:
        pre_state: The script's state.
        data: The block's data.
        slot: The block's slot.
        env: The script's index.
        shard: The shard that executes.
        beacon_root: Of the beacon state.
        shard_roots: Of other shards' states.
        ticks: What is left.
        is_started: False while a start function runs.
        saved: The new state.
        deposits: What was pushed.
        modified_state: What was handed out.
        lines: What was printed, except text and timers.
    """

    pre_state: bytes
    data: bytes
    slot: int
    env: int
    shard: int
    beacon_root: bytes
    shard_roots: Mapping[int, bytes]
    ticks: int
    is_started: bool = False
    saved: bytes | None = None
    deposits: list[bytes] = field(default_factory=list)
    modified_state: bytes = b""
    lines: list[str] = field(default_factory=list)

    def get_function(self, name: str) -> Callable[[Machine, list[Any]], list[Value]]:
        """Return a function that pywasm can call, by its name without that of its module."""
        handle = _HANDLERS[name]

        def call(machine: Machine, arguments: list[Any]) -> list[Value]:
            if name == "useTicks":
                self._take(arguments[0] % _U32)
                return []
            if name == "abort":
                # Ends a script at any time, and takes nothing.
                raise HostFaultError("abort")
            if not self.is_started:
                raise HostFaultError("host_call_in_start")
            unsigned = [each % _U32 if isinstance(each, int) else each for each in arguments]
            return handle(self, _Memory(machine), arguments if name == "print64" else unsigned)

        return call

    def _take(self, ticks: int) -> None:
        if ticks > self.ticks:
            self.ticks = 0
            raise HostFaultError("out_of_ticks")
        self.ticks -= ticks

    def pay(self, size: int = 0) -> None:
        """Take the price of a call."""
        self._take(_CALL_TICKS + size)


class _Memory:
    """The memory of whoever calls."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def check(self, pointer: int, size: int) -> bytearray:
        """Return all of memory, if a range is inside."""
        module = self._machine.stack.frame[-1].module
        data: bytearray = self._machine.store.mems[module.mems[0]].data
        if pointer + size > len(data):
            raise HostFaultError("memory_out_of_bounds")
        return data


def _write_root(host: Host, memory: _Memory, pointer: int, root: bytes) -> list[Value]:
    data = memory.check(pointer, _ROOT_BYTES)
    host.pay()
    data[pointer : pointer + _ROOT_BYTES] = root
    return []


def _tell(host: Host, value: int) -> list[Value]:
    host.pay()
    return [value]


def _read(host: Host, memory: _Memory, arguments: list[int]) -> bytes:
    """Read a range that is paid by the byte."""
    pointer, size = arguments
    data = memory.check(pointer, size)
    host.pay(size)
    return bytes(data[pointer : pointer + size])


def _block_data_copy(host: Host, memory: _Memory, arguments: list[int]) -> list[Value]:
    pointer, offset, size = arguments
    if offset + size > len(host.data):
        raise HostFaultError("block_data_out_of_bounds")
    data = memory.check(pointer, size)
    host.pay(size)
    data[pointer : pointer + size] = host.data[offset : offset + size]
    return []


def _save(host: Host, memory: _Memory, arguments: list[int]) -> list[Value]:
    [pointer] = arguments
    data = memory.check(pointer, _ROOT_BYTES)
    host.pay()
    host.saved = bytes(data[pointer : pointer + _ROOT_BYTES])
    return []


def _push_deposit(host: Host, memory: _Memory, arguments: list[int]) -> list[Value]:
    if arguments[1] != _DEPOSIT_BYTES:
        raise HostFaultError("malformed_deposit")
    deposit = _read(host, memory, arguments)
    if len(host.deposits) >= _MOST_DEPOSITS:
        raise HostFaultError("too_many_deposits")
    host.deposits.append(deposit)
    return []


def _get_shard_root(host: Host, memory: _Memory, arguments: list[int]) -> list[Value]:
    shard, pointer = arguments
    data = memory.check(pointer, _ROOT_BYTES)
    host.pay()
    if shard not in host.shard_roots:
        return [1]
    data[pointer : pointer + _ROOT_BYTES] = host.shard_roots[shard]
    return [0]


def _expose(host: Host, memory: _Memory, arguments: list[int]) -> list[Value]:
    host.modified_state = _read(host, memory, arguments)
    return []


def _print_hex(name: str) -> Callable[[Host, _Memory, list[int]], list[Value]]:
    def handle(host: Host, memory: _Memory, arguments: list[int]) -> list[Value]:
        host.lines.append(f"{name}: {_read(host, memory, arguments).hex()}")
        return []

    return handle


def _print_number(name: str, bits: int) -> Callable[[Host, _Memory, list[int]], list[Value]]:
    def handle(host: Host, _memory: _Memory, arguments: list[int]) -> list[Value]:
        host.pay()
        number = arguments[0] % 2**bits
        host.lines.append(f"{name}: {number} (0x{number:0{bits // 4}x})")
        return []

    return handle


def _print_nothing(host: Host, memory: _Memory, arguments: list[int]) -> list[Value]:
    """Text and timers: their lines are not compared."""
    if arguments:
        _read(host, memory, arguments)
    else:
        host.pay()
    return []


_HANDLERS: Final[Mapping[str, Callable[[Host, _Memory, list[Any]], list[Value]]]] = {
    "loadPreStateRoot": lambda host, memory, given: _write_root(
        host, memory, given[0], host.pre_state
    ),
    "blockDataSize": lambda host, _memory, _given: _tell(host, len(host.data)),
    "blockDataCopy": _block_data_copy,
    "savePostStateRoot": _save,
    "pushNewDeposit": _push_deposit,
    "useTicks": _print_nothing,
    "print32": _print_number("print32", 32),
    "print64": _print_number("print64", 64),
    "printMem": _print_nothing,
    "log": _print_nothing,
    "startTimer": _print_nothing,
    "endTimer": _print_nothing,
    "printMemHex": _print_hex("printMemHex"),
    "mem": _print_hex("mem"),
    "eth2_debugPrintMem": _print_hex("eth2_debugPrintMem"),
    "abort": _print_nothing,
    "getShardId": lambda host, _memory, _given: _tell(host, host.shard),
    "getSlot": lambda host, _memory, _given: _tell(host, _signed(host.slot)),
    "getEnv": lambda host, _memory, _given: _tell(host, _signed(host.env)),
    "loadBeaconStateRoot": lambda host, memory, given: _write_root(
        host, memory, given[0], host.beacon_root
    ),
    "getShardStateRoot": _get_shard_root,
    "exposeModifiedState": _expose,
}

NAMES: Final = frozenset(_HANDLERS)
"""The functions that there are here."""

PRINTED: Final = ("print32:", "print64:", "printMemHex:", "mem:", "eth2_debugPrintMem:")
"""How the lines begin that are compared."""


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def strip_name(module: str, name: str) -> str:
    """Return the name of a host function without the module that ``env`` puts in front."""
    if module == "env":
        for prefix in ("eth2_", "debug_"):
            rest = name.removeprefix(prefix)
            if rest != name and rest in NAMES:
                return rest
    return name
