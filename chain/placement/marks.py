"""Writing and finding marks: part of the state, and told to whoever counts their bytes.

Source:
    Ours: PROTOCOL 7 names the marks, not where they are kept.
"""

from functools import lru_cache
from typing import Final

from chain.containers import BeaconState, ExecutionScript, ShardState
from chain.effects import Effect, MarkWritten
from chain.encoding import SszList
from chain.placement.base import MARKED_INVALID, UNMARKED
from chain.types import ScriptIndex

MARKED_PENDING: Final = b"\x02"
"""First byte of a mark that waits for a verdict; what follows is the placement's."""

_NUMBER_BYTES: Final = 8


def write_script_mark(
    state: BeaconState, index: ScriptIndex, mark: bytes, effects: list[Effect]
) -> None:
    """Replace a script's mark on the beacon chain; the state is a draft."""
    marked = state.execution_scripts[index].evolve(mark=mark)
    state.execution_scripts = state.execution_scripts.set(index, marked)
    effects.append(MarkWritten(index, None, mark))


def bury_script(state: BeaconState, index: ScriptIndex, effects: list[Effect]) -> None:
    """Mark a script as invalid for good and drop its code, which nobody can run any more.

    Its index and its pool stay, as those of a script that was refused at registration.
    """
    emptied = state.execution_scripts[index].evolve(code=b"")
    state.execution_scripts = state.execution_scripts.set(index, emptied)
    write_script_mark(state, index, MARKED_INVALID, effects)


def write_shard_mark(
    state: ShardState, env: ScriptIndex, mark: bytes, effects: list[Effect]
) -> None:
    """Write a shard's mark on a script; the state is a draft."""
    missing = env + 1 - len(state.marks)
    if missing > 0:
        state.marks = state.marks.extend([UNMARKED] * missing)
    state.marks = state.marks.set(env, mark)
    effects.append(MarkWritten(env, state.parent_block.shard, mark))


@lru_cache(maxsize=16)  # a pure function, asked in every slot, of a list that seldom changes
def find_marked(scripts: SszList[ExecutionScript], status: bytes) -> tuple[ScriptIndex, ...]:
    """Return the scripts whose mark begins with a byte, ascending."""
    return tuple(
        ScriptIndex(index)
        for index, script in enumerate(scripts)
        if script.mark[: len(status)] == status
    )


def encode_numbers(*numbers: int) -> bytes:
    """Return numbers as uint64, little-endian, one behind the other."""
    return b"".join(number.to_bytes(_NUMBER_BYTES, "little") for number in numbers)


def decode_numbers(data: bytes) -> list[int]:
    """Return the numbers that ``encode_numbers`` wrote."""
    return [
        int.from_bytes(data[start : start + _NUMBER_BYTES], "little")
        for start in range(0, len(data), _NUMBER_BYTES)
    ]
