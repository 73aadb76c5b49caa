"""Shard slots and blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.constants import (
    DEPOSITS_PER_BLOCK_LIMIT,
    GWEI_PER_ETH,
    ZERO_ROOT,
)
from chain.containers import (
    DepositData,
    ShardState,
    TimestampedDepositData,
    compute_shard_block_header,
)
from chain.encoding import encode, list_of
from chain.shard import (
    CrosslinkedRoots,
    apply_shard_block,
    apply_shard_slot,
    decode_deposits,
    get_env_state,
    get_mark,
)
from chain.types import ScriptIndex, ShardIndex, Slot
from tests.helpers import ssz_model
from tests.helpers.chain import (
    PUSHER,
    STATE,
    TRAPPER,
    Lab,
    compile_script,
)
from tests.helpers.keys import make_key, sign_deposit
from tests.helpers.properties import HEAVY_PROPERTY

SHARD = 2
DEPOSIT = sign_deposit(make_key("new"), 32 * GWEI_PER_ETH)

PEEKING = compile_script(
    """(module
      (import "eth2" "getShardStateRoot" (func $peek (param i32 i32) (result i32)))
      (import "eth2" "savePostStateRoot" (func $save (param i32)))
      (memory (export "memory") 1)
      (func (export "main")
        (drop (call $peek (i32.const 1) (i32.const 0)))
        (call $save (i32.const 0))))"""
)


@pytest.fixture
def lab() -> Lab:
    lab = Lab(scripts=[PUSHER, TRAPPER, PUSHER])
    lab.advance_to(3)
    return lab


# Slots


def test_slot_stores_the_pre_state_root_and_moves_on(lab: Lab) -> None:
    lab.add_shard_block(shard=SHARD)
    before = lab.shards[SHARD]

    after = apply_shard_slot(before, lab.beacon, lab.context, [])

    assert after.slot == 4
    assert after.latest_state_roots[3] == before.hash_tree_root
    assert after.parent_block == before.parent_block.evolve(state_root=before.hash_tree_root)
    assert after.exec_env_states == before.exec_env_states
    assert after.hash_tree_root == ssz_model.compute_naive_root(ShardState, after)


def test_slot_without_a_block_changes_nothing_else(lab: Lab) -> None:
    before = lab.shards[SHARD]

    after = apply_shard_slot(before, lab.beacon, lab.context, [])

    ring = before.latest_state_roots.set(3, before.hash_tree_root)
    assert after == before.evolve(slot=4, latest_state_roots=ring)


# Blocks that are accepted


def test_block_is_accepted_by_its_bytes_alone(lab: Lab) -> None:
    signed = lab.build_shard_block(shard=SHARD)

    transition = apply_shard_block(
        lab.shards[SHARD], bytes(bytearray(encode(signed))), lab.beacon, lab.context, []
    )

    after = transition.state
    assert after.hash_tree_root == signed.message.state_root
    assert after.hash_tree_root == ssz_model.compute_naive_root(ShardState, after)
    assert after.parent_block == compute_shard_block_header(signed.message).evolve(
        state_root=ZERO_ROOT
    )
    assert list(after.exec_env_states) == [STATE]
    assert transition.result is not None
    assert transition.result.post_state_root == STATE


def test_block_header_gets_the_root_of_its_block_in_the_next_slot(lab: Lab) -> None:
    signed = lab.build_shard_block(shard=SHARD)
    lab.add_shard_block(shard=SHARD)

    lab.advance()

    assert lab.shards[SHARD].parent_block.hash_tree_root == signed.message.hash_tree_root


def test_blocks_follow_each_other_over_empty_slots(lab: Lab) -> None:
    lab.add_shard_block(shard=SHARD)
    lab.advance(9)

    lab.add_shard_block(bytes(reversed(STATE)), shard=SHARD)

    parent, child = (block.header for block in lab.blocks[SHARD])
    assert child.parent_root == parent.hash_tree_root
    assert list(lab.shards[SHARD].exec_env_states) == [bytes(reversed(STATE))]


def test_block_grows_states_with_zero_roots_up_to_its_script(lab: Lab) -> None:
    lab.add_shard_block(env=2, shard=SHARD)

    state = lab.shards[SHARD]
    assert list(state.exec_env_states) == [ZERO_ROOT, ZERO_ROOT, STATE]
    assert [get_env_state(state, ScriptIndex(env)) for env in range(5)] == [
        ZERO_ROOT,
        ZERO_ROOT,
        STATE,
        ZERO_ROOT,
        ZERO_ROOT,
    ]


def test_block_of_a_lower_script_leaves_the_others_alone(lab: Lab) -> None:
    lab.add_shard_block(env=2, shard=SHARD)
    lab.advance()

    lab.add_shard_block(bytes(reversed(STATE)), env=0, shard=SHARD)

    assert list(lab.shards[SHARD].exec_env_states) == [bytes(reversed(STATE)), ZERO_ROOT, STATE]


def test_block_changes_its_own_shard_only(lab: Lab) -> None:
    others = [state for shard, state in enumerate(lab.shards) if shard != SHARD]

    lab.add_shard_block(shard=SHARD)

    assert [state for shard, state in enumerate(lab.shards) if shard != SHARD] == others


def test_block_commits_to_the_deposits_that_its_script_pushed(lab: Lab) -> None:
    deposits = [DEPOSIT, DEPOSIT.evolve(amount=5), DEPOSIT]

    transition = lab.add_shard_block(STATE + b"".join(map(encode, deposits)), shard=SHARD)

    assert list(transition.deposits) == deposits
    assert transition.state.parent_block.deposit_root == ssz_model.compute_naive_root(
        list_of(DepositData, DEPOSITS_PER_BLOCK_LIMIT), deposits
    )


def test_block_without_deposits_has_the_root_of_the_empty_list(lab: Lab) -> None:
    transition = lab.add_shard_block(shard=SHARD)

    assert transition.deposits == ()
    assert transition.state.parent_block.deposit_root == ssz_model.compute_naive_root(
        list_of(DepositData, DEPOSITS_PER_BLOCK_LIMIT), []
    )


@pytest.mark.parametrize("kind", [DepositData, TimestampedDepositData])
@HEAVY_PROPERTY
@given(data=st.data())
def test_decode_deposits_takes_any_bytes_of_the_right_size(
    kind: type[DepositData], data: st.DataObject
) -> None:
    size = len(encode(data.draw(ssz_model.values_of(kind))))
    pushed = data.draw(st.lists(st.binary(min_size=size, max_size=size), max_size=3))

    deposits = decode_deposits(pushed)

    assert [encode(deposit) for deposit in deposits] == pushed
    assert all(isinstance(deposit, kind) for deposit in deposits)


def test_script_sees_the_state_roots_that_are_crosslinked() -> None:
    lab = Lab(scripts=[PUSHER, PEEKING])
    lab.advance()
    lab.add_shard_block(shard=1)
    lab.add_crosslink(shard=1)

    lab.add_shard_block(b"", env=1, shard=SHARD)

    assert lab.shards[SHARD].exec_env_states[1] == lab.beacon.crosslinks[1].shard_state_root
    assert lab.shards[SHARD].exec_env_states[1] == lab.shards[1].latest_state_roots[1]


def test_crosslinked_roots_are_those_of_the_shards_there_are() -> None:
    lab = Lab(scripts=[PUSHER])
    lab.advance()
    lab.add_shard_block(shard=1)
    lab.add_crosslink(shard=1)

    roots = CrosslinkedRoots(lab.beacon)

    assert dict(roots) == {
        0: ZERO_ROOT,
        1: lab.shards[1].latest_state_roots[1],
        2: ZERO_ROOT,
        3: ZERO_ROOT,
    }
    assert len(roots) == 4
    assert roots.get(ShardIndex(4)) is None
    assert roots.get(ShardIndex(-1)) is None


def test_crosslinked_roots_equal_those_of_the_same_crosslinks_and_mappings_like_them() -> None:
    lab = Lab(scripts=[PUSHER])
    before = CrosslinkedRoots(lab.beacon)
    same = CrosslinkedRoots(lab.beacon)
    lab.advance()
    lab.add_shard_block(shard=1)
    lab.add_crosslink(shard=1)

    after = CrosslinkedRoots(lab.beacon)

    assert before == same
    assert before != after
    assert after == dict(after)
    assert after != dict(before)
    assert after != "no mapping"


def test_get_mark_of_a_script_that_was_never_called_is_empty(lab: Lab) -> None:
    assert get_mark(lab.shards[SHARD], ScriptIndex(5)) == b""


def test_ring_holds_the_roots_of_the_last_slots() -> None:
    lab = Lab()

    lab.advance_to(70)

    ring = lab.shards[SHARD].latest_state_roots
    assert [ring[slot % 64] for slot in range(6, 70)] == lab.shard_roots[SHARD][6:]
    assert lab.shards[SHARD].slot == Slot(70)
