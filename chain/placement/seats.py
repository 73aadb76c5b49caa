"""Who is asked about a script, and who of them lies: drawn from the seed.

Source:
    PROTOCOL 7 (``committee``, ``optimistic``): sampled by the seed.
"""

import hashlib
from functools import lru_cache

from chain.committees import compute_shuffled, get_active_indices
from chain.config import ChainConfig
from chain.constants import DOMAIN_ADVERSARY
from chain.containers import BeaconState
from chain.types import Epoch, Root, ScriptIndex, Slot, ValidatorIndex


def get_seats(
    state: BeaconState, script: ScriptIndex, since: Slot, domain: bytes, config: ChainConfig
) -> tuple[ValidatorIndex, ...]:
    """Return the validators of a slot's epoch in the order in which they are drawn.

    Args:
        state: Beacon state of that slot or a later one.
        script: Whose turn it is; every script draws its own.
        since: The slot in which the draw was due.
        domain: What they are drawn for.
        config: Settings; whoever asks takes as many of them as it needs.

    Source:
        Ours: one draw per script, so that nobody can buy a seat for all scripts.
    """
    epoch = config.compute_epoch(since)
    return _draw(get_active_indices(state.validators, epoch), script, epoch, domain, config)


@lru_cache(maxsize=256)  # a pure function, asked in every slot for every script under way
def _draw(
    indices: tuple[ValidatorIndex, ...],
    script: ScriptIndex,
    epoch: Epoch,
    domain: bytes,
    config: ChainConfig,
) -> tuple[ValidatorIndex, ...]:
    named = config.shuffling_seed + domain + script.to_bytes(8, "little")
    return compute_shuffled(indices, Root(hashlib.sha256(named).digest()), epoch)


def get_adversary(state: BeaconState, slot: Slot, config: ChainConfig) -> frozenset[ValidatorIndex]:
    """Return the validators on duty who are not honest: the config's share, drawn once.

    A validator is of one kind for the whole run; what varies is how many of them a committee
    draws. So a share below the quorum wins now and then where committees are small.

    Source:
        Ours: PROTOCOL 7 says that the honest share is configurable.
    """
    indices = get_active_indices(state.validators, config.compute_epoch(slot))
    return _draw_adversary(indices, config)


@lru_cache(maxsize=16)  # a pure function, asked in every slot
def _draw_adversary(
    indices: tuple[ValidatorIndex, ...], config: ChainConfig
) -> frozenset[ValidatorIndex]:
    seed = Root(hashlib.sha256(config.shuffling_seed + DOMAIN_ADVERSARY).digest())
    count = round((1 - config.honest_share) * len(indices))
    return frozenset(compute_shuffled(indices, seed, Epoch(0))[:count])
