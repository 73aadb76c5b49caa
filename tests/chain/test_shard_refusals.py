"""Shard blocks that are refused, rule by rule."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.constants import (
    DOMAIN_BEACON_BLOCK,
    GWEI_PER_ETH,
    ZERO_ROOT,
    ZERO_SIGNATURE,
)
from chain.containers import (
    ShardState,
    SignedShardBlock,
)
from chain.encoding import encode
from chain.errors import InvalidShardBlock
from chain.shard import (
    apply_shard_block,
)
from chain.types import Fuel
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
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else None,
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
