"""What goes into one execution and what comes out of it.

Source:
    PROTOCOL 1.3 and 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from chain.constants import ZERO_ROOT
from chain.types import Fuel, Root, ScriptIndex, ShardIndex, Slot, Ticks

RETURNED: Final = "returned"
"""The one outcome that counts as success."""

TRAPPED_PREFIX: Final = "trapped:"

OVERRAN: Final = "overran"
"""The one outcome that depends on the machine, so that no chain ever sees it."""

LIMIT_OUTCOMES: Final[Mapping[str, str]] = {
    "out_of_fuel": "Instructions and host calls used up the fuel.",
    "out_of_ticks": "`useTicks` went below the tick budget.",
    "watchdog": "Nothing else was sure to end it, and it went on until the watchdog did.",
    "memory_limit": "The module needs more memory or tables from the start than is allowed.",
    "stack_overflow": "Calls are nested too deeply.",
    OVERRAN: "Outside of any chain: real time ran out, which no limit had prevented.",
}
"""Outcomes that name a limit of the config; all other faults are ``trapped:<code>``."""

TRAP_CODES: Final[Mapping[str, str]] = {
    # The module never runs.
    "invalid_module": "The code is not a module that the engine accepts.",
    "too_complex": "Compiling the module could take too long.",
    "link_error": "An import is not offered, or has another type.",
    "missing_export": "`main` or `memory` is not exported.",
    "export_kind": "`main` is no function or `memory` no memory.",
    "main_signature": "`main` takes parameters.",
    # The engine ends it.
    "unreachable": "The script executed `unreachable`.",
    "memory_out_of_bounds": "An access, or a range given to the host, is outside memory.",
    "table_out_of_bounds": "An access is outside a table.",
    "indirect_call_to_null": "An indirect call hit an empty table entry.",
    "bad_signature": "An indirect call hit a function of another type.",
    "integer_overflow": "A division or conversion left the integer range.",
    "integer_division_by_zero": "An integer was divided by zero.",
    "bad_conversion_to_integer": "A NaN was converted to an integer.",
    # The host ends it.
    "abort": "The script called `abort`.",
    "bignum_overflow": "`add256` or `sub256` left the range of 256 bits.",
    "block_data_out_of_bounds": "`blockDataCopy` reached past the end of the block data.",
    "division_by_zero": "A number of the bignum library was divided by zero.",
    "host_call_in_start": "A start function called the host.",
    "malformed_deposit": "A deposit does not have the size of a `DepositData`.",
    "merkleize_limit": "There are more chunks than the limit, or it is above 2**64.",
    "missing_memory": "A library without a memory gave a range to the host.",
    "too_many_deposits": "One block pushed more deposits than a list holds.",
    "unsaved_post_state": "`main` returned without `savePostStateRoot`.",
}
"""Every code that can follow ``trapped:``."""


class ScriptLibrary(NamedTuple):
    """A wasm module whose exports a script can import under a module name.

    Where a name is also a native function's, the library wins: that is how a run compares
    native libraries with wasm ones.

    Source:
        PROTOCOL 9 (``libraries``); the precedence is ours.
    """

    name: str
    code: bytes


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """One execution: the script and everything it can see.

    Attributes:
        code: The script, any bytes.
        pre_state_root: Its 32 bytes of state before the block.
        data: The block's data.
        env: Index of the script in the beacon state.
        shard: The shard that executes.
        slot: The block's slot.
        beacon_state_root: Root of the beacon state that the shard last saw.
        shard_state_roots: What ``getShardStateRoot`` can see.
        libraries: Linked in this order, before the script.
    """

    code: bytes
    pre_state_root: Root
    data: bytes
    env: ScriptIndex = ScriptIndex(0)
    shard: ShardIndex = ShardIndex(0)
    slot: Slot = Slot(0)
    beacon_state_root: Root = ZERO_ROOT
    shard_state_roots: Mapping[ShardIndex, Root] = field(default_factory=dict)
    libraries: tuple[ScriptLibrary, ...] = ()


class HostCall(NamedTuple):
    """One traced call of a host function.

    Attributes:
        function: ``module.name`` as in the table, however the script spelled it.
        arguments: As unsigned numbers.
        read: What the host took from memory, hex, shortened, one per range.
        written: What the host put into memory, likewise.
        result: The number returned, if any.
        fault: Code of the fault that the call ended in, else empty.
    """

    function: str
    arguments: tuple[int | float, ...]
    read: tuple[str, ...]
    written: tuple[str, ...]
    result: int | None
    fault: str


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What an execution did; only ``returned`` has effects.

    Attributes:
        outcome: ``returned``, a key of ``LIMIT_OUTCOMES``, or ``trapped:`` and a key of
            ``TRAP_CODES``.
        detail: One sentence for people, the same in every run; empty when returned.
        post_state_root: The pre-state unless returned.
        deposits: Serialized DepositData in the order pushed; empty unless returned.
        fuel_used: Host calls included.
        ticks_used: What ``useTicks`` took.
        debug: Output of the debug functions, also of scripts that trapped.
        modified_state: What ``exposeModifiedState`` handed out; empty unless returned.
        calls: The first host calls, when traced.
        host_call_count: All host calls.
    """

    outcome: str
    detail: str
    post_state_root: Root
    deposits: tuple[bytes, ...]
    fuel_used: Fuel
    ticks_used: Ticks
    debug: tuple[str, ...]
    modified_state: bytes
    calls: tuple[HostCall, ...]
    host_call_count: int


def compute_outcome(code: str) -> str:
    """Return the outcome that a fault's code leads to.

    Source:
        Ours: a limit is an outcome of its own, everything else is a trap with a code.
    """
    return code if code in LIMIT_OUTCOMES else TRAPPED_PREFIX + code
