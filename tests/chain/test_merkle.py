"""Branches by generalized index, built and checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.constants import SHARD_LIMIT, ZERO_ROOT
from chain.containers import Crosslink, Validator
from chain.encoding import make_list
from chain.errors import InvalidProof
from chain.merkle import (
    ROOT_INDEX,
    build_element_branch,
    build_field_branch,
    build_leaf_branch,
    compute_depth,
    compute_element_index,
    compute_field_index,
    compute_root,
    concatenate,
    validate_branch,
)
from chain.types import GeneralizedIndex, Root
from tests.helpers import ssz_model
from tests.helpers.properties import HEAVY_PROPERTY, PROPERTY

ROOTS = st.binary(min_size=32, max_size=32).map(Root)
LEAF, LEFT, RIGHT = Root(b"\x01" * 32), Root(b"\x02" * 32), Root(b"\x03" * 32)


def at(index: int) -> GeneralizedIndex:
    return GeneralizedIndex(index)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ((), 1),
        ((5,), 5),
        ((1, 6, 1), 6),
        ((2, 3), 5),  # left child, then its right child: 1 -> 2 -> 5
        ((3, 2), 6),
        ((2, 2, 2), 8),
        ((3, 3, 3), 15),
        ((9, 5), 37),  # 1001 then 01: 100101
    ],
)
def test_concatenate_walks_down_one_index_after_another(parts: tuple[int, ...], whole: int) -> None:
    assert concatenate(*map(at, parts)) == whole


@pytest.mark.parametrize(("index", "depth"), [(1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3)])
def test_compute_depth_counts_levels_below_the_root(index: int, depth: int) -> None:
    assert compute_depth(at(index)) == depth


def test_compute_root_puts_siblings_on_the_side_the_index_says() -> None:
    pair = ssz_model.hash_pair

    assert compute_root(LEAF, [], ROOT_INDEX) == LEAF
    assert compute_root(LEAF, [LEFT, RIGHT], at(4)) == pair(pair(LEAF, LEFT), RIGHT)
    assert compute_root(LEAF, [LEFT, RIGHT], at(5)) == pair(pair(LEFT, LEAF), RIGHT)
    assert compute_root(LEAF, [LEFT, RIGHT], at(6)) == pair(RIGHT, pair(LEAF, LEFT))
    assert compute_root(LEAF, [LEFT, RIGHT], at(7)) == pair(RIGHT, pair(LEFT, LEAF))


@pytest.mark.parametrize("branch", [[], [LEFT], [LEFT, RIGHT, LEFT]])
def test_compute_root_wrong_branch_length_is_refused(branch: list[Root]) -> None:
    with pytest.raises(InvalidProof) as caught:
        compute_root(LEAF, branch, at(4))

    assert caught.value.code == "wrong_branch_length"
    assert caught.value.values == {"given": len(branch), "needed": 2}


def test_validate_branch_wrong_root_is_refused() -> None:
    root = compute_root(LEAF, [LEFT, RIGHT], at(6))

    with pytest.raises(InvalidProof) as caught:
        validate_branch(LEAF, [LEFT, RIGHT], at(6), LEFT)

    assert caught.value.code == "wrong_root"
    assert caught.value.values == {"computed": root, "expected": LEFT}


@PROPERTY
@given(
    # Equal siblings may change places, so leaf and siblings are distinct.
    nodes=st.lists(ROOTS, min_size=2, max_size=9, unique=True),
    seed=st.integers(0, 255),
    part=st.sampled_from(["leaf", "branch", "index", "root"]),
    position=st.integers(0, 2**16),
    mask=st.integers(1, 255),
)
def test_validate_branch_any_changed_byte_is_refused(
    nodes: list[Root], seed: int, part: str, position: int, mask: int
) -> None:
    leaf, *branch = nodes
    index = at((1 << len(branch)) + seed % (1 << len(branch)))
    root = compute_root(leaf, branch, index)
    validate_branch(leaf, branch, index, root)

    match part:
        case "leaf":
            leaf = change(leaf, position, mask)
        case "root":
            root = change(root, position, mask)
        case "branch":
            level = position % len(branch)
            branch[level] = change(branch[level], position // len(branch), mask)
        case _:
            index = at(index ^ (1 << position % len(branch)))

    with pytest.raises(InvalidProof) as caught:
        validate_branch(leaf, branch, index, root)
    assert caught.value.code == "wrong_root"


def change(root: Root, position: int, mask: int) -> Root:
    at_byte = position % len(root)
    return Root(root[:at_byte] + bytes([root[at_byte] ^ mask]) + root[at_byte + 1 :])


@pytest.mark.parametrize("kind", ssz_model.get_containers())
@HEAVY_PROPERTY
@given(data=st.data())
def test_build_field_branch_leads_from_every_field_to_the_root(
    kind: type[Crosslink], data: st.DataObject
) -> None:
    value = data.draw(ssz_model.values_of(kind))
    name, part = data.draw(st.sampled_from(ssz_model.get_fields(kind)))
    leaf = Root(ssz_model.compute_naive_root(part, getattr(value, name)))

    branch = build_field_branch(value, name)

    validate_branch(leaf, branch, compute_field_index(kind, name), value.hash_tree_root)


@pytest.mark.parametrize("limit", [1, 5, 8, SHARD_LIMIT])
@HEAVY_PROPERTY
@given(data=st.data())
def test_build_element_branch_leads_from_every_element_to_the_root(
    limit: int, data: st.DataObject
) -> None:
    elements = data.draw(
        st.lists(ssz_model.values_of(Validator), min_size=1, max_size=min(limit, 5))
    )
    position = data.draw(st.integers(0, len(elements) - 1))
    built = make_list(Validator, limit, elements)
    leaf = elements[position].hash_tree_root

    branch = build_element_branch(built, limit, position, in_list=True)

    index = compute_element_index(limit, position, in_list=True)
    validate_branch(leaf, branch, index, built.hash_tree_root)
    roots = [element.hash_tree_root for element in elements]
    assert branch == build_leaf_branch(roots, limit, position)


def test_compute_element_index_by_hand() -> None:
    # Four elements are nodes 4..7; a list has them one level further down, left of its length.
    assert [compute_element_index(4, position, in_list=False) for position in range(4)] == [
        4,
        5,
        6,
        7,
    ]
    assert [compute_element_index(4, position, in_list=True) for position in range(4)] == [
        8,
        9,
        10,
        11,
    ]
    assert compute_element_index(1, 0, in_list=False) == 1
    assert compute_element_index(5, 4, in_list=False) == 12


def test_compute_field_index_by_hand() -> None:
    # Five fields need eight leaves, nodes 8..15.
    assert compute_field_index(Crosslink, "shard") == 8
    assert compute_field_index(Crosslink, "shard_state_root") == 12


@pytest.mark.parametrize("position", [-1, 4, 2**64 - 1])
def test_compute_element_index_out_of_range_is_refused(position: int) -> None:
    with pytest.raises(InvalidProof) as caught:
        compute_element_index(4, position, in_list=True)

    assert caught.value.code == "position_out_of_range"


@pytest.mark.parametrize("position", [-1, 2])
def test_build_element_branch_out_of_range_is_refused(position: int) -> None:
    crosslink = Crosslink.create(
        shard=0, start_slot=0, end_slot=0, headers_root=ZERO_ROOT, shard_state_root=ZERO_ROOT
    )
    two = make_list(Crosslink, 4, [crosslink, crosslink])

    with pytest.raises(InvalidProof) as caught:
        build_element_branch(two, 4, position, in_list=True)

    assert caught.value.code == "position_out_of_range"
