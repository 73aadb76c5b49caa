"""Shard slots and blocks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.constants import (
    DEPOSITS_PER_BLOCK_LIMIT,
    DOMAIN_BEACON_BLOCK,
    GWEI_PER_ETH,
    ZERO_ROOT,
    ZERO_SIGNATURE,
)
from chain.containers import (
    DepositData,
    ShardState,
    SignedShardBlock,
    TimestampedDepositData,
    compute_shard_block_header,
)
from chain.encoding import encode, list_of
from chain.errors import InvalidShardBlock
from chain.shard import (
    CrosslinkedRoots,
    apply_shard_block,
    apply_shard_slot,
    decode_deposits,
    get_env_state,
    get_mark,
)
from chain.types import Fuel, ScriptIndex, ShardIndex, Slot
from tests.helpers import ssz_model
from tests.helpers.chain import (
    CONFIG,
    DEPOSITOR,
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

UNSAVING = compile_script('(module (memory (export "memory") 1) (func (export "main")))')
LOOPING = compile_script(
    '(module (memory (export "memory") 1) (func (export "main") (loop $again (br $again))))'
)
COPYING = compile_script(
    """(module
      (import "eth2" "blockDataCopy" (func $copy (param i32 i32 i32)))
      (memory (export "memory") 1)
      (func (export "main") (call $copy (i32.const 0) (i32.const 0) (i32.const 33))))"""
)
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


def refuse(lab: Lab, signed: SignedShardBlock | bytes) -> str:
    """Return the code with which a block is refused, having seen that nothing changed."""
    encoded = signed if isinstance(signed, bytes) else encode(signed)
    state, root = lab.shards[SHARD], lab.shards[SHARD].hash_tree_root
    with pytest.raises(InvalidShardBlock) as caught:
        apply_shard_block(state, encoded, lab.beacon, lab.context, [])
    assert state.hash_tree_root == root
    assert root == ssz_model.compute_naive_root(ShardState, state)
    return caught.value.code


# Slots


def test_slot_stores_the_pre_state_root_and_moves_on(lab: Lab) -> None:
    lab.add_shard_block(shard=SHARD)
    before = lab.shards[SHARD]

    after = apply_shard_slot(before)

    assert after.slot == 4
    assert after.latest_state_roots[3] == before.hash_tree_root
    assert after.parent_block == before.parent_block.evolve(state_root=before.hash_tree_root)
    assert after.exec_env_states == before.exec_env_states
    assert after.hash_tree_root == ssz_model.compute_naive_root(ShardState, after)


def test_slot_without_a_block_changes_nothing_else(lab: Lab) -> None:
    before = lab.shards[SHARD]

    after = apply_shard_slot(before)

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
    assert roots.get(ShardIndex(4)) is None
    assert roots.get(ShardIndex(-1)) is None


# Blocks that are refused


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("shard", 1, "wrong_shard"),
        ("shard", 2**64 - 1, "wrong_shard"),
        ("slot", 2, "wrong_slot"),
        ("slot", 4, "wrong_slot"),
        ("parent_root", ZERO_ROOT, "wrong_parent"),
        ("beacon_root", ZERO_ROOT, "wrong_beacon_root"),
        ("env", 3, "unknown_script"),
        ("env", 2**64 - 1, "unknown_script"),
        ("env", 1, "script_failed"),
        ("env", 2, "wrong_state_root"),
        ("data", bytes(32), "wrong_state_root"),
        ("data", STATE + encode(DEPOSIT), "wrong_state_root"),
        ("state_root", ZERO_ROOT, "wrong_state_root"),
        ("deposit_root", ZERO_ROOT, "wrong_deposit_root"),
        ("proposer_index", DEPOSITOR, "wrong_proposer"),
        ("proposer_index", 2**64 - 1, "wrong_proposer"),
    ],
)
def test_block_with_one_field_changed_is_refused(
    lab: Lab, field: str, value: object, code: str
) -> None:
    block = lab.build_shard_block(shard=SHARD).message.evolve(**{field: value})

    assert refuse(lab, lab.sign_shard_block(block, SHARD)) == code


def test_block_with_another_signature_is_refused(lab: Lab) -> None:
    signed = lab.build_shard_block(shard=SHARD)
    key, root = lab.keys[signed.message.proposer_index], signed.message.hash_tree_root
    forged = [
        ZERO_SIGNATURE,
        key.sign(root, DOMAIN_BEACON_BLOCK),
        lab.build_shard_block(bytes(32), shard=SHARD).signature,
        make_key("stranger").sign(root, b"\x01\x00\x00\x00"),
    ]

    refusals = [refuse(lab, signed.evolve(signature=signature)) for signature in forged]

    assert refusals == ["wrong_block_signature"] * 4


def test_block_that_saw_another_beacon_state_is_refused(lab: Lab) -> None:
    signed = lab.build_shard_block(shard=SHARD)

    lab.add_beacon_block()

    assert refuse(lab, signed) == "wrong_beacon_root"


def test_second_block_of_a_slot_is_refused(lab: Lab) -> None:
    first = lab.build_shard_block(shard=SHARD)
    lab.add_shard_block(shard=SHARD)

    assert refuse(lab, first) == "slot_taken"
    assert refuse(lab, lab.build_shard_block(shard=SHARD)) == "slot_taken"


def test_block_at_genesis_is_refused() -> None:
    lab = Lab(scripts=[PUSHER])

    assert refuse(lab, lab.build_shard_block(shard=SHARD)) == "slot_taken"


def test_block_data_may_fill_the_limit_and_no_more() -> None:
    lab = Lab(replace(CONFIG, max_block_data_bytes=32 + 184), scripts=[PUSHER])
    lab.advance()
    fitting = lab.build_shard_block(STATE + encode(DEPOSIT), shard=SHARD)

    assert refuse(lab, lab.build_shard_block(bytes(32 + 185), shard=SHARD)) == "data_too_large"
    assert apply_shard_block(
        lab.shards[SHARD], encode(fitting), lab.beacon, lab.context, []
    ).deposits == (DEPOSIT,)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (TRAPPER, "trapped:unreachable"),
        (COPYING, "trapped:block_data_out_of_bounds"),
        (UNSAVING, "trapped:unsaved_post_state"),
        (LOOPING, "out_of_fuel"),
        (b"no module", "trapped:invalid_module"),
    ],
    ids=["trapping", "copying", "unsaving", "looping", "no module"],
)
def test_block_whose_script_fails_is_refused_as_a_whole(code: bytes, outcome: str) -> None:
    execution = replace(CONFIG.execution, max_fuel=Fuel(100_000))
    lab = Lab(replace(CONFIG, execution=execution), scripts=[code])
    lab.advance()
    signed = lab.build_shard_block(STATE, shard=SHARD)

    with pytest.raises(InvalidShardBlock) as caught:
        apply_shard_block(lab.shards[SHARD], encode(signed), lab.beacon, lab.context, [])

    assert caught.value.code == "script_failed"
    assert caught.value.values["outcome"] == outcome
    assert refuse(lab, signed) == "script_failed"


def test_block_whose_script_pushes_and_then_traps_leaves_no_deposit() -> None:
    trapping = compile_script(
        """(module
          (import "eth2" "savePostStateRoot" (func $save (param i32)))
          (import "eth2" "pushNewDeposit" (func $push (param i32 i32)))
          (memory (export "memory") 1)
          (func (export "main")
            (call $save (i32.const 0))
            (call $push (i32.const 0) (i32.const 184))
            unreachable))"""
    )
    lab = Lab(scripts=[trapping])
    lab.advance()
    before = lab.shards[SHARD]

    assert refuse(lab, lab.build_shard_block(b"", shard=SHARD)) == "script_failed"
    lab.advance()
    assert lab.shards[SHARD].exec_env_states == before.exec_env_states
    assert lab.shards[SHARD].parent_block == before.parent_block


@pytest.mark.parametrize("encoded", [b"", b"\x00", bytes(500)])
def test_bytes_that_are_no_block_are_refused(lab: Lab, encoded: bytes) -> None:
    assert refuse(lab, encoded) == "malformed_block"


def test_block_with_a_byte_less_is_refused(lab: Lab) -> None:
    encoded = encode(lab.build_shard_block(shard=SHARD))

    assert refuse(lab, encoded[:100]) == "malformed_block"
    assert refuse(lab, encoded + b"\x00") == "wrong_block_signature"  # a byte of data more


@HEAVY_PROPERTY
@given(position=st.integers(0, 2**16), mask=st.integers(1, 255))
def test_block_with_any_byte_changed_is_refused(position: int, mask: int) -> None:
    lab = Lab(scripts=[PUSHER])
    lab.advance_to(3)
    encoded = bytearray(encode(lab.build_shard_block(STATE + encode(DEPOSIT), shard=SHARD)))
    encoded[position % len(encoded)] ^= mask

    assert refuse(lab, bytes(encoded))


def test_get_mark_of_a_script_that_was_never_called_is_empty(lab: Lab) -> None:
    assert get_mark(lab.shards[SHARD], ScriptIndex(5)) == b""


def test_ring_holds_the_roots_of_the_last_slots() -> None:
    lab = Lab()

    lab.advance_to(70)

    ring = lab.shards[SHARD].latest_state_roots
    assert [ring[slot % 64] for slot in range(6, 70)] == lab.shard_roots[SHARD][6:]
    assert lab.shards[SHARD].slot == Slot(70)
