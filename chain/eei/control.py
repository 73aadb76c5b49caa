"""Host memory: where linked code finds what goes in, and leaves what comes out.

Behind the memory of a library, if one is linked in, lies the control block; behind it room for
block data of ordinary size, and in the next pages, where a script pushes deposits, all
that a block can hold. Larger block data comes last, and host memory grows for it.

All numbers are little-endian.

Source:
    Ours: one write before ``main`` and one read after it are all that crosses the border.
"""

import ctypes
import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

from chain.constants import DEPOSITS_PER_BLOCK_LIMIT, TIMESTAMPED_DEPOSIT_DATA_BYTES
from chain.eei.model import ScriptCall

PAGE_BYTES: Final = 65_536

# What comes in, and what is counted. Ticks and calls are neighbours: one store sets both.
TICKS: Final = 0
CALLS: Final = 8
DATA_BYTES: Final = 16
DATA_START: Final = 20
SLOT: Final = 24
ENV: Final = 32
SHARD: Final = 40
IS_STARTED: Final = 44
PRE_STATE: Final = 48
BEACON_ROOT: Final = 80
# What comes out.
IS_SAVED: Final = 112
DEPOSITS: Final = 116
POST_STATE: Final = 120
# The call that the host has to carry out or to judge.
FUNCTION: Final = 152
IS_REFUSED: Final = 156
RESULT: Final = 160
SCRATCH: Final = 168
ARGUMENTS: Final = 184

PLACES: Final[Mapping[str, int]] = {
    "ticks": TICKS,
    "calls": CALLS,
    "data_bytes": DATA_BYTES,
    "data_start": DATA_START,
    "slot": SLOT,
    "env": ENV,
    "shard": SHARD,
    "is_started": IS_STARTED,
    "is_saved": IS_SAVED,
    "deposits": DEPOSITS,
    "deposit_room": PAGE_BYTES,
    "function": FUNCTION,
    "is_refused": IS_REFUSED,
    "result": RESULT,
    "scratch": SCRATCH,
    "scratch_8": SCRATCH + 8,
    "arguments": ARGUMENTS,
    **{
        f"{name}_{at}": start + at
        for name, start in (
            ("pre_state", PRE_STATE),
            ("beacon_root", BEACON_ROOT),
            ("post_state", POST_STATE),
        )
        for at in range(0, 32, 8)
    },
}
"""By the names that instructions use, from the start of the control block."""

ARGUMENT_BYTES: Final = 8
MAX_ARGUMENTS: Final = 1_000
"""What the engine allows a function to have."""

_DATA_ROOM: Final = 8_192
_DEPOSIT_BYTES: Final = DEPOSITS_PER_BLOCK_LIMIT * TIMESTAMPED_DEPOSIT_DATA_BYTES

_INPUT: Final = struct.Struct("<qqIIQQII32s32s")
_OUTPUT: Final = struct.Struct("<qq28xI64xII32sII")
_U32: Final = struct.Struct("<I")


class Output(NamedTuple):
    """What an execution left in the control block."""

    ticks: int
    calls: int
    is_started: int
    is_saved: int
    deposits: int
    post_state: bytes
    function: int
    is_refused: int


def compute_pages(*, has_deposits: bool) -> int:
    """Return how large host memory is without a library, in pages.

    Source:
        Ours.
    """
    return 1 + (-(-_DEPOSIT_BYTES // PAGE_BYTES) if has_deposits else 0)


def compute_growth(data_bytes: int) -> int:
    """Return by how many pages host memory grows for block data.

    Source:
        Ours.
    """
    return 0 if data_bytes <= PAGE_BYTES - _DATA_ROOM else -(-data_bytes // PAGE_BYTES)


def encode_input(
    call: ScriptCall, ticks: int, base: int, end: int, *, is_started: bool
) -> tuple[bytes, int]:
    """Encode what goes in.

    Args:
        call: The execution.
        ticks: Its budget.
        base: Address of the control block in host memory.
        end: Size of host memory before it grew, in bytes.
        is_started: Whether there is no start function.

    Returns:
        The head of the control block, and the address of the block data.
    """
    data_bytes = len(call.data)
    start = end if compute_growth(data_bytes) else base + _DATA_ROOM
    root, beacon_root = call.pre_state_root, call.beacon_state_root
    head = _INPUT.pack(
        ticks, 0, data_bytes, start, call.slot, call.env, call.shard, is_started, root, beacon_root
    )
    return head, start


def read_output(address: int) -> Output:
    """Read what came out of an execution.

    Args:
        address: Of the control block, in this process.
    """
    return Output._make(_OUTPUT.unpack(ctypes.string_at(address, _OUTPUT.size)))


def read_function(address: int) -> int:
    """Read the number of the import that the host is asked to carry out.

    Args:
        address: Of the control block, in this process.
    """
    return int(_U32.unpack(ctypes.string_at(address + FUNCTION, _U32.size))[0])


def read_deposits(address: int, count: int, size_bytes: int) -> list[bytes]:
    """Read the deposits that were pushed.

    Args:
        address: Of the control block, in this process.
        count: How many.
        size_bytes: Of each.
    """
    if not count:
        return []
    data = ctypes.string_at(address + PAGE_BYTES, count * size_bytes)
    return [data[at : at + size_bytes] for at in range(0, len(data), size_bytes)]


def set_started(address: int) -> None:
    """Let the script call the host from now on."""
    ctypes.memmove(address + IS_STARTED, _U32.pack(1), _U32.size)


class ControlTicks:
    """The ticks of an execution, in its control block."""

    def __init__(self, address: int) -> None:
        """Refer to a control block by its address in this process."""
        self._left = ctypes.c_int64.from_address(address + TICKS)

    def get(self) -> int:
        """Return the ticks that are left."""
        return self._left.value

    def set(self, ticks: int) -> None:
        """Set the ticks that are left."""
        self._left.value = ticks
