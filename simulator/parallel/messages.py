"""What a worker process is told, and what it answers: little, as it holds its shards' states.

Source:
    Ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Final, NamedTuple

from chain.config import ChainConfig
from chain.containers import (
    ShardBlockHeader,
    ShardState,
    build_shard_block,
)
from chain.eei import CompiledStore, ScriptResult
from chain.effects import Effect, MarkWritten
from chain.encoding import decode, encode
from chain.errors import InvalidShardBlock
from chain.shard import record_shard_block
from chain.types import Root, ShardIndex
from simulator.parallel.beacon_updates import BeaconUpdate
from simulator.parallel.blocks import BlockOrder, BlockOutcome


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker begins with.

    Attributes:
        config: Settings of the run.
        compiled: Where compiled scripts are kept between runs, if anywhere.
        shards: The shards whose states it holds, ascending.
    """

    config: ChainConfig
    compiled: CompiledStore | None
    shards: Sequence[ShardIndex]


@dataclass(frozen=True, slots=True)
class SlotStart:
    """A slot begins.

    Attributes:
        update: What shards see of the beacon chain in it.
        states: Encoded states, of shards that were called back or are otherwise not where their
            worker left them.
    """

    update: BeaconUpdate
    states: Mapping[ShardIndex, bytes]


@dataclass(frozen=True, slots=True)
class SlotEnd:
    """No more blocks are ordered in this slot; answered with the roots of all its shards."""


_take_apart: Final = attrgetter(*(each.name for each in fields(ScriptResult)))
"""Pickles several times as fast as the record itself."""

Message = SlotStart | BlockOrder | SlotEnd


class SentError(NamedTuple):
    """A refusal: what an error of its kind is made of."""

    code: str
    values: Mapping[str, object]


class SentOutcome(NamedTuple):
    """An outcome without what the other side has or can derive: data, and the state.

    Attributes:
        shard: The shard.
        size_bytes: Size of the signed block; 0 if none was proposed.
        error: Why there is no block, or why the shard refused it.
        header: The encoded header of an accepted block.
        result: The fields of what its execution did; None for a no-op.
        effects: What nodes did when the block reached them.
    """

    shard: ShardIndex
    size_bytes: int
    error: SentError | None
    header: bytes
    result: tuple[Any, ...] | None
    effects: Sequence[Effect]


@dataclass(frozen=True, slots=True)
class SentRoots:
    """The roots of a worker's shards at the end of a slot, in the order of its shards."""

    roots: Sequence[Root]


@dataclass(frozen=True, slots=True)
class SentBug:
    """Something that no rule accounts for, as the worker's traceback tells it."""

    trace: str


@dataclass(frozen=True, slots=True)
class SentOverrun:
    """The watchdog ended a script, in these words."""

    message: str


Answer = SentOutcome | SentRoots | SentBug | SentOverrun


def pack_outcome(shard: ShardIndex, outcome: BlockOutcome) -> SentOutcome:
    """Return an outcome as it travels."""
    error, transition = outcome.error, outcome.transition
    result = None if transition is None else transition.result
    return SentOutcome(
        shard,
        outcome.size_bytes,
        None if error is None else SentError(error.code, error.values),
        b"" if transition is None else encode(transition.header),
        None if result is None else _take_apart(result),
        outcome.effects,
    )


def unpack_outcome(sent: SentOutcome, state: ShardState, order: BlockOrder) -> BlockOutcome:
    """Return an outcome as if the block had been made here, without executing or hashing it.

    Args:
        sent: What a worker sent.
        state: The shard's state before the block.
        order: What the block was made of.
    """
    error = None if sent.error is None else InvalidShardBlock(sent.error.code, **sent.error.values)
    if not sent.header:
        return BlockOutcome(sent.size_bytes, error, None, sent.effects)
    block = build_shard_block(decode(ShardBlockHeader, sent.header), order.data)
    marks = [effect.mark for effect in sent.effects if isinstance(effect, MarkWritten)]
    mark = marks[-1] if marks else None
    result = None if sent.result is None else ScriptResult(*sent.result)
    transition = record_shard_block(state, block, result, mark, [])
    return BlockOutcome(sent.size_bytes, error, transition, sent.effects)
