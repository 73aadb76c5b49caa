"""Core functions as instructions: when each can be carried out, and what it then does.

``$names`` are places in host memory (``chain.eei.control``); parameters are locals 0, 1 and so on.

Source:
    PROTOCOL 5; ``chain.eei.core`` and ``chain.eei.extended`` say the same in Python.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from chain.constants import DEPOSITS_PER_BLOCK_LIMIT

_ROOT_WORDS: Final = range(0, 32, 8)


class CoreCode(NamedTuple):
    """What is special about one core function.

    Attributes:
        refusal: Leaves a number that is not 0 if the call cannot be carried out; ranges of
            memory are not judged here. Empty if it always can.
        effect: Carries it out and leaves the result, if there is one.
    """

    refusal: str
    effect: str


def _load(kind: str, place: str) -> str:
    return f"i32.const 0 {kind}.load offset=${place} memory=1 "


def _copy_root_out(place: str) -> str:
    """Copy 32 bytes from host memory to the script's, to where local 0 points."""
    return "".join(
        f"local.get 0 i32.const 0 i64.load offset=${place}_{at} memory=1 i64.store offset={at} "
        for at in _ROOT_WORDS
    )


def _copy_root_in(place: str) -> str:
    return "".join(
        f"i32.const 0 local.get 0 i64.load offset={at} i64.store offset=${place}_{at} memory=1 "
        for at in _ROOT_WORDS
    )


_COPY_DATA: Final = f"""
    local.get 0
    {_load("i32", "data_start")} local.get 1 i32.add
    local.get 2
    memory.copy 0 1"""

_PUSH_DEPOSIT: Final = f"""
    {_load("i32", "deposits")} i32.const $deposit_bytes i32.mul i32.const $deposit_room i32.add
    local.get 0
    i32.const $deposit_bytes
    memory.copy 1 0
    i32.const 0 {_load("i32", "deposits")} i32.const 1 i32.add
    i32.store offset=$deposits memory=1"""

_PAST_DATA: Final = f"""
    local.get 1 i64.extend_i32_u local.get 2 i64.extend_i32_u i64.add
    {_load("i32", "data_bytes")} i64.extend_i32_u
    i64.gt_u"""

_NO_ROOM: Final = f"""
    local.get 1 i32.const $deposit_bytes i32.ne
    {_load("i32", "deposits")} i32.const {DEPOSITS_PER_BLOCK_LIMIT} i32.ge_u
    i32.or"""

_TOO_MANY_TICKS: Final = f"local.get 0 i64.extend_i32_u {_load('i64', 'ticks')} i64.gt_u"

USE_TICKS: Final = "eth2.useTicks"
"""It takes its ticks with the last instruction, so its effect is not here."""

CORE_CODE: Final[Mapping[str, CoreCode]] = {
    "eth2.loadPreStateRoot": CoreCode("", _copy_root_out("pre_state")),
    "eth2.blockDataSize": CoreCode("", _load("i32", "data_bytes")),
    "eth2.blockDataCopy": CoreCode(_PAST_DATA, _COPY_DATA),
    "eth2.savePostStateRoot": CoreCode(
        "",
        _copy_root_in("post_state") + "i32.const 0 i32.const 1 i32.store offset=$is_saved memory=1",
    ),
    "eth2.pushNewDeposit": CoreCode(_NO_ROOM, _PUSH_DEPOSIT),
    USE_TICKS: CoreCode(_TOO_MANY_TICKS, ""),
    "eth2.getShardId": CoreCode("", _load("i32", "shard")),
    "eth2.getSlot": CoreCode("", _load("i64", "slot")),
    "eth2.getEnv": CoreCode("", _load("i64", "env")),
    "eth2.loadBeaconStateRoot": CoreCode("", _copy_root_out("beacon_root")),
}
"""By the label of the host function."""
