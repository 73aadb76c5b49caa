"""Handlers of the core functions: state in, data in, state out, deposits out, ticks.

Source:
    PROTOCOL 5.
"""

from chain.config import ExecutionLimits
from chain.constants import (
    DEPOSIT_DATA_BYTES,
    DEPOSITS_PER_BLOCK_LIMIT,
    TIMESTAMPED_DEPOSIT_DATA_BYTES,
)
from chain.eei.frame import Frame
from chain.eei.interface import NO_REPLY, Reply
from chain.errors import ScriptFault
from chain.types import Root


def load_pre_state_root(frame: Frame) -> Reply:
    """Hand out the pre-state."""
    return Reply((frame.call.pre_state_root,))


def block_data_size(frame: Frame) -> Reply:
    """Tell the size of the block data."""
    return Reply(result=len(frame.call.data))


def check_block_data_copy(frame: Frame, _pointer: int, offset: int, length: int) -> None:
    """Refuse a range that is not inside the block data.

    Raises:
        ScriptFault: ``block_data_out_of_bounds``.
    """
    size = len(frame.call.data)
    if offset + length > size:
        raise ScriptFault("block_data_out_of_bounds", offset=offset, length=length, size=size)


def block_data_copy(frame: Frame, offset: int, length: int) -> Reply:
    """Hand out a range of the block data."""
    return Reply((frame.call.data[offset : offset + length],))


def save_post_state_root(frame: Frame, root: bytes) -> Reply:
    """Remember the post-state; the last call wins."""
    frame.saved_root = Root(root)
    return NO_REPLY


def get_deposit_bytes(limits: ExecutionLimits) -> int:
    """Return the size of the config's ``DepositData``."""
    return TIMESTAMPED_DEPOSIT_DATA_BYTES if limits.deposit_min_timestamp else DEPOSIT_DATA_BYTES


def check_push_new_deposit(frame: Frame, _pointer: int, length: int) -> None:
    """Refuse a deposit of another size than the config's ``DepositData``.

    Raises:
        ScriptFault: ``malformed_deposit``.
    """
    expected = get_deposit_bytes(frame.limits)
    if length != expected:
        raise ScriptFault("malformed_deposit", length=length, expected=expected)


def push_new_deposit(frame: Frame, deposit: bytes) -> Reply:
    """Append a deposit.

    Raises:
        ScriptFault: ``too_many_deposits``: the block's list of deposits would not hold it.
    """
    if len(frame.deposits) >= DEPOSITS_PER_BLOCK_LIMIT:
        raise ScriptFault("too_many_deposits", limit=DEPOSITS_PER_BLOCK_LIMIT)
    frame.deposits.append(deposit)
    return NO_REPLY


def use_ticks(frame: Frame, ticks: int) -> Reply:
    """Subtract from the tick budget; zero may be reached.

    Raises:
        ScriptFault: ``out_of_ticks``; then all of them are gone.
    """
    frame.take_ticks(ticks)
    return NO_REPLY
