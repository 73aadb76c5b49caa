"""Handlers of the extended profile: what else a script may want to see.

Source:
    PROTOCOL 5 ("what other data should scripts see").
"""

from typing import Final

from chain.eei.frame import Frame
from chain.eei.interface import NO_REPLY, Reply
from chain.types import ShardIndex

_WRITTEN: Final = 0
_UNKNOWN_SHARD: Final = 1


def get_shard_id(frame: Frame) -> Reply:
    """Tell which shard executes."""
    return Reply(result=frame.call.shard)


def get_slot(frame: Frame) -> Reply:
    """Tell the block's slot."""
    return Reply(result=frame.call.slot)


def get_env(frame: Frame) -> Reply:
    """Tell the script's own index, as withdrawals name it."""
    return Reply(result=frame.call.env)


def load_beacon_state_root(frame: Frame) -> Reply:
    """Hand out the root of the beacon state that the shard last saw."""
    return Reply((frame.call.beacon_state_root,))


def get_shard_state_root(frame: Frame, shard: int) -> Reply:
    """Hand out a shard's state root, if it is known."""
    root = frame.call.shard_state_roots.get(ShardIndex(shard))
    if root is None:
        return Reply(result=_UNKNOWN_SHARD)
    return Reply((root,), _WRITTEN)


def expose_modified_state(frame: Frame, state: bytes) -> Reply:
    """Remember the modified state for relayers; the last call wins."""
    frame.modified_state = state
    return NO_REPLY
