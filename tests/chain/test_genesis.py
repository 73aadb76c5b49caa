"""States at slot 0."""

from dataclasses import replace

import pytest

from chain.config import DEMO, ETH2_2019, ETH2_2020, ChainConfig
from chain.constants import FAR_FUTURE_EPOCH, STATE_ROOTS_RING_SLOTS, ZERO_ROOT
from chain.containers import BeaconBlock, BeaconState, ShardState
from chain.credentials import compute_withdrawal_credentials
from chain.encoding import decode, encode
from chain.genesis import (
    EMPTY_BODY,
    build_active_validator,
    build_depositor,
    build_genesis_beacon_state,
    build_genesis_shard_state,
    build_retired_validator,
)
from chain.types import Gwei, Pubkey, ShardIndex
from tests.helpers import ssz_model

KEY = Pubkey(bytes(range(48)))


@pytest.mark.parametrize("config", [DEMO, ETH2_2020, ETH2_2019])
def test_genesis_beacon_state_has_one_empty_crosslink_a_shard(config: ChainConfig) -> None:
    state = build_genesis_beacon_state([build_active_validator(KEY, Gwei(32))], config)

    assert [crosslink.shard for crosslink in state.crosslinks] == list(range(config.shard_count))
    assert {crosslink.end_slot for crosslink in state.crosslinks} == {0}
    assert [len(claims) for claims in state.claims] == [0] * config.shard_count


def test_genesis_beacon_state_has_nothing_but_people() -> None:
    people = [build_active_validator(KEY, Gwei(32)), build_depositor(KEY, Gwei(7))]

    state = build_genesis_beacon_state(people, DEMO)

    assert list(state.balances) == [32, 7]
    assert [validator.pubkey for validator in state.validators] == [KEY, KEY]
    assert len(state.execution_scripts) == len(state.withdrawal_receipts) == state.slot == 0
    assert list(state.latest_state_roots) == [ZERO_ROOT] * STATE_ROOTS_RING_SLOTS


def test_genesis_beacon_state_header_is_that_of_the_empty_block() -> None:
    state = build_genesis_beacon_state([], DEMO)
    block = BeaconBlock.create(
        slot=0, parent_root=ZERO_ROOT, state_root=ZERO_ROOT, proposer_index=0, body=EMPTY_BODY
    )

    assert state.latest_block_header.hash_tree_root == block.hash_tree_root


def test_genesis_states_round_trip_and_keep_their_roots() -> None:
    beacon = build_genesis_beacon_state([build_active_validator(KEY, Gwei(32))], DEMO)
    shard = build_genesis_shard_state(ShardIndex(3))

    assert decode(BeaconState, encode(beacon)) == beacon
    assert decode(ShardState, encode(shard)) == shard
    assert beacon.hash_tree_root == ssz_model.compute_naive_root(BeaconState, beacon)


def test_genesis_claims_can_grow() -> None:
    """A tuple in their place has the same root, and broke the first claim."""
    state = build_genesis_beacon_state([], replace(DEMO, shard_count=2))

    grown = state.evolve(claims=state.claims.set(1, state.claims[1].append(5)))

    assert [list(claims) for claims in grown.claims] == [[], [5]]
    assert grown.hash_tree_root == ssz_model.compute_naive_root(BeaconState, grown)


def test_genesis_shard_state_knows_its_shard() -> None:
    roots = {build_genesis_shard_state(ShardIndex(shard)).hash_tree_root for shard in range(4)}

    assert len(roots) == 4
    assert build_genesis_shard_state(ShardIndex(2)).parent_block.shard == 2


def test_genesis_people_differ_in_their_epochs() -> None:
    never = FAR_FUTURE_EPOCH
    epochs = {
        build: (
            build(KEY, Gwei(1)).validator.activation_eligibility_epoch,
            build(KEY, Gwei(1)).validator.activation_epoch,
            build(KEY, Gwei(1)).validator.exit_epoch,
            build(KEY, Gwei(1)).validator.withdrawable_epoch,
        )
        for build in (build_active_validator, build_depositor, build_retired_validator)
    }

    assert epochs == {
        build_active_validator: (0, 0, never, never),
        build_depositor: (never, never, never, never),
        build_retired_validator: (0, 0, 0, 0),
    }
    credentials = build_depositor(KEY, Gwei(1)).validator.withdrawal_credentials
    assert credentials == compute_withdrawal_credentials(KEY)
