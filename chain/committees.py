"""Who proposes and who votes: active validators, shuffled anew every epoch.

Source:
    PROTOCOL 7 ("committees are shuffled by the seed each epoch"). The shuffling is ours:
    ordering by a keyed hash is as fair as phase 0's swap-or-not and one line long.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from chain.beacon_view import BeaconView
from chain.config import ChainConfig
from chain.containers import Validator
from chain.encoding import SszList
from chain.errors import InvalidBlock
from chain.types import Epoch, Root, ShardIndex, Slot, ValidatorIndex


def is_active(validator: Validator, epoch: Epoch) -> bool:
    """Tell whether a validator is on duty in an epoch.

    Source:
        Phase 0; PROTOCOL 3.5.
    """
    return validator.activation_epoch <= epoch < validator.exit_epoch


@lru_cache(maxsize=8)  # a pure function, asked once per shard in every slot
def get_active_indices(validators: SszList[Validator], epoch: Epoch) -> tuple[ValidatorIndex, ...]:
    """Return the indices of all validators on duty in an epoch, ascending."""
    return tuple(
        ValidatorIndex(index)
        for index, validator in enumerate(validators)
        if is_active(validator, epoch)
    )


@lru_cache(maxsize=8)  # a pure function, asked once per shard in every slot
def compute_shuffled(
    indices: tuple[ValidatorIndex, ...], seed: Root, epoch: Epoch
) -> tuple[ValidatorIndex, ...]:
    """Return the validators in this epoch's order.

    Args:
        indices: Validators on duty.
        seed: 32 bytes that stand in for RANDAO.
        epoch: The epoch.
    """
    prefix = seed + epoch.to_bytes(8, "little")
    return tuple(
        sorted(
            indices,
            key=lambda index: hashlib.sha256(prefix + index.to_bytes(8, "little")).digest(),
        )
    )


def get_shuffled(state: BeaconView, slot: Slot, config: ChainConfig) -> tuple[ValidatorIndex, ...]:
    """Return the validators on duty in a slot's epoch, in that epoch's order.

    Raises:
        InvalidBlock: ``no_active_validators``.
    """
    epoch = config.compute_epoch(slot)
    indices = get_active_indices(state.validators, epoch)
    if not indices:
        raise InvalidBlock("no_active_validators", epoch=epoch)
    return compute_shuffled(indices, config.shuffling_seed, epoch)


def get_beacon_proposer(state: BeaconView, slot: Slot, config: ChainConfig) -> ValidatorIndex:
    """Return who may propose the beacon block of a slot.

    Raises:
        InvalidBlock: ``no_active_validators``.

    Source:
        Ours: the shuffled validators take turns.
    """
    shuffled = get_shuffled(state, slot, config)
    return shuffled[slot % len(shuffled)]


def get_shard_committee(
    state: BeaconView, shard: ShardIndex, slot: Slot, config: ChainConfig
) -> Sequence[ValidatorIndex]:
    """Return the committee of a shard in a slot's epoch: its proposers and voters.

    The shuffled validators are dealt out to the shards evenly; where there are fewer
    validators than shards, a validator serves several.

    Raises:
        InvalidBlock: ``no_active_validators``.

    Source:
        PROTOCOL 7: n nodes execute one shard block.
    """
    shuffled = get_shuffled(state, slot, config)
    size = min(max(1, len(shuffled) // config.shard_count), config.max_committee_size)
    first = shard * size
    return [shuffled[(first + member) % len(shuffled)] for member in range(size)]


def get_shard_proposer(
    state: BeaconView, shard: ShardIndex, slot: Slot, config: ChainConfig
) -> ValidatorIndex:
    """Return who may propose a shard's block in a slot.

    Raises:
        InvalidBlock: ``no_active_validators``.

    Source:
        Ours: the committee's members take turns.
    """
    committee = get_shard_committee(state, shard, slot, config)
    return committee[slot % len(committee)]
