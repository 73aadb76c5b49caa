"""Proposers and committees."""

from collections import Counter
from dataclasses import replace

import pytest

from chain.committees import (
    compute_shuffled,
    get_active_indices,
    get_beacon_proposer,
    get_shard_committee,
    get_shard_proposer,
    get_shuffled,
    is_active,
)
from chain.config import DEMO, ChainConfig
from chain.constants import FAR_FUTURE_EPOCH, ZERO_ROOT
from chain.containers import BeaconState
from chain.credentials import UNUSED_VALIDATOR
from chain.errors import InvalidBlock
from chain.genesis import (
    build_active_validator,
    build_depositor,
    build_genesis_beacon_state,
    build_retired_validator,
)
from chain.types import Epoch, Gwei, Pubkey, Root, ShardIndex, Slot, ValidatorIndex


def build_state(active: int, config: ChainConfig = DEMO) -> BeaconState:
    pubkeys = [Pubkey(bytes([index]) * 48) for index in range(active + 2)]
    people = [
        build_depositor(pubkeys[-2], Gwei(1)),
        *(build_active_validator(pubkey, Gwei(32)) for pubkey in pubkeys[:-2]),
        build_retired_validator(pubkeys[-1], Gwei(1)),
    ]
    return build_genesis_beacon_state(people, config)


@pytest.mark.parametrize(
    ("activation", "leaving", "epoch", "active"),
    [
        (2, 4, 1, False),
        (2, 4, 2, True),
        (2, 4, 3, True),
        (2, 4, 4, False),
        (2, 2, 2, False),
        (FAR_FUTURE_EPOCH, FAR_FUTURE_EPOCH, 9, False),
    ],
)
def test_is_active_from_activation_until_exit(
    activation: int, leaving: int, epoch: int, *, active: bool
) -> None:
    validator = UNUSED_VALIDATOR.evolve(activation_epoch=activation, exit_epoch=leaving)

    assert is_active(validator, Epoch(epoch)) is active


def test_get_active_indices_leaves_out_who_is_not_on_duty() -> None:
    assert get_active_indices(build_state(3).validators, Epoch(0)) == (1, 2, 3)


def test_get_shuffled_nobody_on_duty_is_refused() -> None:
    with pytest.raises(InvalidBlock) as caught:
        get_shuffled(build_state(0), Slot(9), DEMO)

    assert caught.value.code == "no_active_validators"
    assert caught.value.values == {"epoch": 1}


def test_compute_shuffled_is_a_permutation_by_seed_and_epoch() -> None:
    indices = tuple(ValidatorIndex(index) for index in range(50))
    seeds, epochs = [ZERO_ROOT, Root(b"\x01" * 32)], [Epoch(0), Epoch(1)]

    orders = {compute_shuffled(indices, seed, epoch) for seed in seeds for epoch in epochs}

    assert len(orders) == 4
    assert all(tuple(sorted(order)) == indices != order for order in orders)


def test_get_shuffled_stays_the_same_within_an_epoch() -> None:
    state = build_state(20)

    first, *others, next_epoch = [get_shuffled(state, Slot(slot), DEMO) for slot in range(8, 17)]

    assert set(others) == {first}
    assert next_epoch != first


def test_get_beacon_proposer_takes_turns() -> None:
    state = build_state(8)

    proposers = [get_beacon_proposer(state, Slot(slot), DEMO) for slot in range(8)]

    assert sorted(proposers) == list(range(1, 9))
    assert tuple(proposers) == get_shuffled(state, Slot(0), DEMO)


@pytest.mark.parametrize(
    ("active", "size"), [(1, 1), (3, 1), (4, 1), (7, 1), (8, 2), (11, 2), (12, 3), (100, 5)]
)
def test_get_shard_committee_deals_validators_out_evenly(active: int, size: int) -> None:
    config, state = replace(DEMO, max_committee_size=5), build_state(active)

    committees = [get_shard_committee(state, ShardIndex(s), Slot(0), config) for s in range(4)]

    assert [len(committee) for committee in committees] == [size] * 4
    served = Counter(member for committee in committees for member in committee)
    most = -(-4 // active)  # fewer validators than shards: some serve several
    assert max(served.values()) == most


def test_get_shard_proposer_takes_turns_in_the_committee() -> None:
    state, shard = build_state(12), ShardIndex(2)
    committee = get_shard_committee(state, shard, Slot(0), DEMO)

    proposers = [get_shard_proposer(state, shard, Slot(slot), DEMO) for slot in range(8)]

    assert len(set(committee)) == 3
    assert proposers == [committee[slot % 3] for slot in range(8)]
