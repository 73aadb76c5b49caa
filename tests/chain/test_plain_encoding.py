"""The short way between values and bytes: what py-ssz says, without asking it."""

from typing import Any

import pytest
import ssz
from hypothesis import given
from hypothesis import strategies as st
from ssz.hash_tree import HashTree
from ssz.sedes import Bitlist

from chain.containers import (
    EMPTY_SHARD_BLOCK_HEADER,
    BeaconState,
    DepositReceiptProof,
    NewExecutionScript,
    ShardState,
    SignedBeaconBlock,
    SignedCrosslink,
    SignedShardBlock,
    TimestampedDepositData,
    WithdrawalReceipt,
)
from chain.encoding import Container, decode, encode
from chain.encoding.plain import get_reader, split_parts
from tests.helpers import ssz_model
from tests.helpers.properties import HEAVY_PROPERTY, PROPERTY

KINDS = [
    BeaconState,
    DepositReceiptProof,
    NewExecutionScript,
    ShardState,
    SignedBeaconBlock,
    SignedCrosslink,
    SignedShardBlock,
    TimestampedDepositData,
    WithdrawalReceipt,
]


@pytest.mark.parametrize("kind", KINDS)
@HEAVY_PROPERTY
@given(data=st.data())
def test_container_is_written_and_read_as_by_py_ssz(
    kind: type[Container], data: st.DataObject
) -> None:
    value = data.draw(ssz_model.values_of(kind))
    encoded = encode(value)

    assert encoded == ssz.encode(value)
    read = decode(kind, encoded)
    assert read == value
    assert list(read) == list(value)
    assert type(read) is kind
    assert read.hash_tree_root == ssz_model.compute_naive_root(kind, value)


@pytest.mark.parametrize("limit", [1, 7, 8, 9, 300])
@PROPERTY
@given(data=st.data())
def test_bits_are_read_as_by_py_ssz_or_not_at_all(limit: int, data: st.DataObject) -> None:
    kind, encoded = Bitlist(limit), data.draw(st.binary(max_size=limit // 8 + 2))
    read = get_reader(kind)
    try:
        expected = kind.deserialize(encoded)
    except ssz.DeserializationError:
        with pytest.raises(ValueError, match="not a list of bits"):
            read(encoded)
    else:
        assert read(encoded) == expected


@pytest.mark.parametrize("offsets", [[5, 6], [4, 9], [4, 3]], ids=["gap", "outside", "backwards"])
def test_split_parts_refuses_offsets_that_no_encoder_writes(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="not the offsets of an encoder"):
        split_parts(bytes(8), offsets, 4)


@HEAVY_PROPERTY
@given(data=st.data())
def test_tree_of_a_container_has_the_layers_of_the_one_of_py_ssz(data: st.DataObject) -> None:
    value = data.draw(ssz_model.values_of(SignedCrosslink))
    changed = value.evolve(signature=data.draw(st.binary(min_size=96, max_size=96)))

    for each in (value, changed):
        tree: Any = each.hash_tree
        theirs: Any = HashTree.compute(list(tree.chunks), len(tree.chunks))
        assert list(map(list, tree.raw_hash_tree)) == list(map(list, theirs.raw_hash_tree))
        assert tree.root == theirs.root


def test_tree_of_a_container_does_not_grow() -> None:
    tree: Any = EMPTY_SHARD_BLOCK_HEADER.hash_tree

    assert tree.extend([]) is tree
    with pytest.raises(ValueError, match="a container does not grow"):
        tree.extend([bytes(32)])
