"""One shard block, from its data to the state that it leads to.

Everything in here depends on one shard's state and on what it sees of the beacon chain, so that
any process can do it for any shard.

Source:
    PROTOCOL 4; honest proposers run a block before they propose it (PROTOCOL 7).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chain.beacon_view import BeaconView
from chain.bls import compute_signing_root, sign
from chain.constants import DOMAIN_SHARD_BLOCK, ZERO_ROOT
from chain.containers import ShardBlock, ShardState, SignedShardBlock
from chain.context import ChainContext
from chain.effects import Effect
from chain.encoding import encode
from chain.errors import InvalidShardBlock
from chain.receipts import compute_deposit_root
from chain.shard import (
    ShardTransition,
    apply_shard_block,
    process_shard_block,
    validate_shard_block_data,
)
from chain.types import ScriptIndex, SecretKey, ShardIndex, ValidatorIndex


class BlockOrder(NamedTuple):
    """What a block is to be made of.

    Attributes:
        shard: The shard.
        env: The script.
        data: Its data.
        proposer: Who proposes it.
        secret: The proposer's key.
        is_careful: Whether the proposer leaves it alone if it turns out to be invalid.
    """

    shard: ShardIndex
    env: ScriptIndex
    data: bytes
    proposer: ValidatorIndex
    secret: SecretKey
    is_careful: bool


@dataclass(frozen=True, slots=True)
class BlockOutcome:
    """What became of an order.

    Attributes:
        size_bytes: Size of the signed block; 0 if none was proposed.
        error: Why there is no block, or why the shard refused it; None if it was accepted.
        transition: The transition of an accepted block.
        effects: What the shard's nodes did when the block reached them.
    """

    size_bytes: int
    error: InvalidShardBlock | None
    transition: ShardTransition | None
    effects: Sequence[Effect]

    @property
    def was_proposed(self) -> bool:
        """Tell whether there was a block at all."""
        return self.size_bytes > 0


def make_block(
    state: ShardState, order: BlockOrder, beacon: BeaconView, context: ChainContext
) -> BlockOutcome:
    """Propose a block, and import it.

    Args:
        state: The shard's state in the block's slot.
        order: What to make the block of.
        beacon: What the shard sees of the beacon chain.
        context: Settings, placement, engine.
    """
    block, error = _try(state, _build_unsigned(state, order, beacon), beacon, context)
    if error is not None and order.is_careful:
        return BlockOutcome(0, error, None, ())
    encoded = _sign(block, order, context)
    effects: list[Effect] = []
    try:
        transition = apply_shard_block(state, encoded, beacon, context, effects)
    except InvalidShardBlock as refusal:
        return BlockOutcome(len(encoded), refusal, None, effects)
    return BlockOutcome(len(encoded), None, transition, effects)


def _build_unsigned(state: ShardState, order: BlockOrder, beacon: BeaconView) -> ShardBlock:
    return ShardBlock.create(
        shard=order.shard,
        slot=state.slot,
        parent_root=state.parent_block.hash_tree_root,
        beacon_root=beacon.hash_tree_root,
        env=order.env,
        data=order.data,
        state_root=ZERO_ROOT,
        deposit_root=ZERO_ROOT,
        proposer_index=order.proposer,
    )


def _try(
    state: ShardState, block: ShardBlock, beacon: BeaconView, context: ChainContext
) -> tuple[ShardBlock, InvalidShardBlock | None]:
    """Run a block, and return it with the roots that it leads to."""
    try:
        validate_shard_block_data(block, context.config)
        transition = process_shard_block(state, block, beacon, context, [])
    except InvalidShardBlock as error:
        return block, error
    roots = {
        "state_root": transition.state.hash_tree_root,
        "deposit_root": compute_deposit_root(transition.deposits),
    }
    return block.evolve(**roots), None


def _sign(block: ShardBlock, order: BlockOrder, context: ChainContext) -> bytes:
    message = compute_signing_root(block.hash_tree_root, DOMAIN_SHARD_BLOCK)
    signature = sign(context.config.bls, order.secret, message)
    return encode(SignedShardBlock.create(message=block, signature=signature))
