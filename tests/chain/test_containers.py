"""Every container: its fields, its bytes, its root."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.constants import (
    DEPOSIT_DATA_BYTES,
    TIMESTAMPED_DEPOSIT_DATA_BYTES,
    ZERO_ROOT,
    ZERO_SIGNATURE,
)
from chain.containers import (
    EMPTY_SHARD_BLOCK_HEADER,
    BeaconBlock,
    DepositData,
    NewExecutionScript,
    ShardBlock,
    TimestampedDepositData,
    ValidationReport,
    Validator,
    Withdrawal,
    build_shard_block,
    compute_beacon_block_header,
    compute_shard_block_header,
)
from chain.encoding import Container, SignedContainer, decode, encode
from chain.types import Slot
from tests.helpers import ssz_model
from tests.helpers.properties import HEAVY_PROPERTY, PROPERTY

CONTAINERS = ssz_model.get_containers()

PROTOCOL_FIELDS = {
    "Validator": (
        "pubkey withdrawal_credentials activation_eligibility_epoch activation_epoch "
        "exit_epoch withdrawable_epoch"
    ),
    "DepositData": "pubkey withdrawal_credentials amount signature",
    "NewExecutionScript": "sender slot code pubkey signature",
    "NewValidator": "executor deposit proof",
    "Withdrawal": "validator_index target data pubkey signature",
    "ExecutionScript": "code balance mark",
    "WithdrawalReceipt": "receipt_index withdrawal amount",
    "BeaconState": (
        "slot validators balances execution_scripts withdrawal_receipts "
        "next_withdrawal_receipt_index crosslinks latest_block_header latest_state_roots "
        "historical_roots claims"
    ),
    "BeaconBlock": "slot parent_root state_root proposer_index body",
    "BeaconBlockBody": (
        "crosslinks new_execution_scripts new_validators withdrawals validation_reports"
    ),
    "ShardState": "exec_env_states slot parent_block latest_state_roots marks",
    "ShardBlock": (
        "shard slot parent_root beacon_root env data state_root deposit_root proposer_index"
    ),
}
"""Copied from PROTOCOL 2; behind it, the fields that the protocol leaves to us."""


@pytest.mark.parametrize("kind", CONTAINERS)
@HEAVY_PROPERTY
@given(data=st.data())
def test_container_round_trips_through_the_specified_bytes(
    kind: type[Container], data: st.DataObject
) -> None:
    value = data.draw(ssz_model.values_of(kind))

    encoded = encode(value)

    assert encoded == ssz_model.encode_naively(kind, value)
    assert decode(kind, encoded) == value
    assert encode(decode(kind, encoded)) == encoded


@pytest.mark.parametrize("kind", CONTAINERS)
@HEAVY_PROPERTY
@given(data=st.data())
def test_container_root_equals_the_specification(
    kind: type[Container], data: st.DataObject
) -> None:
    value = data.draw(ssz_model.values_of(kind))

    assert value.hash_tree_root == ssz_model.compute_naive_root(kind, value)
    assert decode(kind, encode(value)).hash_tree_root == value.hash_tree_root


@pytest.mark.parametrize("kind", CONTAINERS)
@HEAVY_PROPERTY
@given(data=st.data())
def test_container_with_one_new_field_equals_one_made_so(
    kind: type[Container], data: st.DataObject
) -> None:
    before = data.draw(ssz_model.values_of(kind))
    name, part = data.draw(st.sampled_from(ssz_model.get_fields(kind)))
    new = data.draw(ssz_model.values_of(part))
    root = before.hash_tree_root
    draft = before.draft()
    setattr(draft, name, new)

    evolved = before.evolve(**{name: new})

    fields = {each: getattr(before, each) for each in kind.get_field_names()}
    assert evolved == Container.finish(draft) == kind.create(**fields | {name: new})
    assert evolved.hash_tree_root == ssz_model.compute_naive_root(kind, evolved)
    assert before.hash_tree_root == root


@pytest.mark.parametrize(("name", "fields"), PROTOCOL_FIELDS.items())
def test_container_fields_are_in_protocol_order(name: str, fields: str) -> None:
    [kind] = [kind for kind in CONTAINERS if kind.__name__ == name]

    assert kind.get_field_names() == tuple(fields.split())


@HEAVY_PROPERTY
@given(data=st.data())
def test_signing_root_is_the_root_without_the_signature(data: st.DataObject) -> None:
    kind = data.draw(
        st.sampled_from([DepositData, NewExecutionScript, Withdrawal, ValidationReport])
    )
    value: SignedContainer = data.draw(ssz_model.values_of(kind))

    roots = [
        ssz_model.compute_naive_root(part, getattr(value, name))
        for name, part in ssz_model.get_fields(kind)
    ]

    assert kind.get_field_names()[-1] == "signature"
    assert value.signing_root == ssz_model.merkleize(roots[:-1], len(roots) - 1)


@PROPERTY
@given(deposit=ssz_model.values_of(DepositData), timestamp=st.integers(0, 2**64 - 1))
def test_timestamped_deposit_has_the_bytes_of_a_flat_one(
    deposit: DepositData, timestamp: int
) -> None:
    timestamped = TimestampedDepositData.create(deposit=deposit, min_timestamp=timestamp)

    assert encode(timestamped) == encode(deposit) + timestamp.to_bytes(8, "little")
    assert len(encode(deposit)) == DEPOSIT_DATA_BYTES == 184
    assert len(encode(timestamped)) == TIMESTAMPED_DEPOSIT_DATA_BYTES == 192


@HEAVY_PROPERTY
@given(block=ssz_model.values_of(ShardBlock))
def test_shard_block_header_has_the_root_of_its_block(block: ShardBlock) -> None:
    assert compute_shard_block_header(block).hash_tree_root == block.hash_tree_root


@HEAVY_PROPERTY
@given(block=ssz_model.values_of(BeaconBlock))
def test_beacon_block_header_has_the_root_of_its_block(block: BeaconBlock) -> None:
    assert compute_beacon_block_header(block).hash_tree_root == block.hash_tree_root


def test_empty_shard_block_header_is_all_zero() -> None:
    assert encode(EMPTY_SHARD_BLOCK_HEADER) == bytes(4 * 8 + 5 * 32)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"deposit": None}, "missing: min_timestamp"),
        ({"deposit": None, "min_timestamp": 0, "more": 1}, "unexpected: more"),
    ],
)
def test_create_wrong_fields_is_a_bug_of_the_caller(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        TimestampedDepositData.create(**fields)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pubkey", bytes(47)),
        ("withdrawal_credentials", bytes(33)),
        ("amount", -1),
        ("amount", 2**64),
        ("signature", b""),
    ],
)
def test_create_value_outside_its_kind_is_a_bug_of_the_caller(name: str, value: object) -> None:
    fields = {
        "pubkey": bytes(48),
        "withdrawal_credentials": ZERO_ROOT,
        "amount": 0,
        "signature": ZERO_SIGNATURE,
    }

    with pytest.raises(Exception, match="serialize"):
        DepositData.create(**fields | {name: value})


def test_containers_are_compared_by_value() -> None:
    fields = dict.fromkeys(Validator.get_field_names()[2:], 0)
    one = Validator.create(pubkey=bytes(48), withdrawal_credentials=ZERO_ROOT, **fields)
    same = Validator.create(pubkey=bytes(48), withdrawal_credentials=ZERO_ROOT, **fields)

    assert one == same
    assert hash(one) == hash(same)
    assert one != one.evolve(exit_epoch=1)


def test_draft_reads_what_was_written_and_leaves_its_original_alone() -> None:
    draft = EMPTY_SHARD_BLOCK_HEADER.draft()

    draft.slot = Slot(5)

    assert (draft.slot, draft.shard, EMPTY_SHARD_BLOCK_HEADER.slot) == (5, 0, 0)
    assert Container.finish(draft) == EMPTY_SHARD_BLOCK_HEADER.evolve(slot=5)


def test_draft_of_a_field_that_does_not_exist_is_a_bug_of_the_caller() -> None:
    draft = EMPTY_SHARD_BLOCK_HEADER.draft()

    with pytest.raises(AttributeError, match="has no field slots"):
        draft.slots = 5  # type: ignore[attr-defined]  # what must fail


@HEAVY_PROPERTY
@given(block=ssz_model.values_of(ShardBlock))
def test_build_shard_block_of_a_header_and_its_data_is_the_block(block: ShardBlock) -> None:
    header = compute_shard_block_header(block)

    built = build_shard_block(header, block.data)

    assert built == block
    assert list(built) == list(block)
    assert built.hash_tree_root == header.hash_tree_root == block.hash_tree_root
    assert encode(built) == encode(block)
