"""Persistent lists, vectors and trees: a change is made once, and only in what it returns."""

from typing import Any

import pytest
import ssz
from hypothesis import given
from hypothesis import strategies as st
from pyrsistent import pvector
from ssz.hash_tree import HashTree

from chain.constants import SCRIPT_LIMIT, STATE_ROOTS_RING_SLOTS, ZERO_ROOT
from chain.containers import ShardState
from chain.encoding import Container, bytes32, make_list, uint64
from chain.encoding.trees import Tree
from chain.genesis import build_genesis_shard_state
from chain.types import ShardIndex
from tests.helpers import ssz_model
from tests.helpers.properties import PROPERTY

CHUNK = st.binary(min_size=32, max_size=32)


def build_trees(chunks: list[bytes], limit: int) -> tuple[Tree, Any]:
    """Return a tree of ours and one of py-ssz."""
    leaves: Any = pvector(chunks)
    return Tree(leaves, limit), HashTree.compute(leaves, limit)


@pytest.mark.parametrize("limit", [8, 11, 2**20])
@PROPERTY
@given(data=st.data())
def test_changed_tree_has_the_layers_of_the_one_of_py_ssz(limit: int, data: st.DataObject) -> None:
    ours, theirs = build_trees(data.draw(st.lists(CHUNK, min_size=1, max_size=4)), limit)

    for _ in range(data.draw(st.integers(0, 4))):
        position = data.draw(st.integers(0, len(ours.chunks) - 1))
        pairs: Any = [position, data.draw(CHUNK)]
        added = data.draw(st.lists(CHUNK, max_size=1))
        ours, theirs = ours.mset(*pairs).extend(added), theirs.mset(*pairs).extend(added)
        if data.draw(st.booleans(), "somebody asks for the root in between"):
            assert ours.root == theirs.root

    assert list(ours.raw_hash_tree) == list(theirs.raw_hash_tree)


def test_changed_tree_leaves_the_one_before_as_it_was() -> None:
    before, _ = build_trees([ZERO_ROOT, ZERO_ROOT], 4)
    unchanged_root = before.root

    after = before.set(1, b"\x01" * 32)
    other = before.extend([b"\x02" * 32])

    assert before.root == unchanged_root
    assert len({before.root, after.root, other.root}) == 3


def test_tree_over_its_limit_is_a_bug_of_the_caller() -> None:
    full, _ = build_trees([ZERO_ROOT, ZERO_ROOT], 2)

    with pytest.raises(ValueError, match="3 chunks exceed the limit 2"):
        full.extend([ZERO_ROOT])


@pytest.mark.parametrize("element", [uint64, bytes32])
def test_list_set_outside_is_an_index_error(element: object) -> None:
    value: Any = 7 if element is uint64 else ZERO_ROOT
    values = make_list(element, 8, [value] * 5)

    with pytest.raises(IndexError):
        values.set(5, value)

    assert values.set(-1, value) == values


def test_list_over_its_limit_is_a_bug_of_the_caller() -> None:
    full = make_list(uint64, 3, [1, 2, 3])

    with pytest.raises(ValueError, match="4 elements exceed the limit 3"):
        full.append(4)
    with pytest.raises(ValueError, match="4 elements exceed the limit 3"):
        make_list(uint64, 3, [1, 2, 3, 4])
    with pytest.raises(ValueError, match="4 elements exceed the limit 3"):
        full.set(0, 9).append(4)


def test_vector_of_another_length_is_a_bug_of_the_caller() -> None:
    state = build_genesis_shard_state(ShardIndex(0))

    with pytest.raises(ValueError, match=f"1 elements for a vector of {STATE_ROOTS_RING_SLOTS}"):
        state.evolve(latest_state_roots=[ZERO_ROOT])


def test_container_without_all_fields_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="missing: exec_env_states"):
        ShardState.create(slot=0)


@pytest.mark.parametrize("kind", ssz_model.get_containers())
def test_container_kind_has_the_size_that_py_ssz_computes(kind: type[Container]) -> None:
    ours: Any = kind
    computed = ssz.sedes.Container([kind.get_kind(name) for name in kind.get_field_names()])

    assert ours.is_fixed_sized == computed.is_fixed_sized
    if ours.is_fixed_sized:
        assert ours.get_fixed_size() == computed.get_fixed_size()
    else:
        with pytest.raises(ValueError, match="varies in size"):
            ours.get_fixed_size()


def test_changes_by_way_of_py_ssz_have_the_same_root() -> None:
    state = build_genesis_shard_state(ShardIndex(0))
    roots: Any = make_list(bytes32, SCRIPT_LIMIT, [ZERO_ROOT] * 3)

    by_evolver: Any = roots.mset(1, b"\x01" * 32).evolver()
    by_evolver.extend([b"\x02" * 32])
    roots_by_evolver = by_evolver.persistent()
    state_by_evolver = state.mset("slot", 5, "exec_env_states", roots_by_evolver)

    changed = roots.set(1, b"\x01" * 32).append(b"\x02" * 32)
    assert roots_by_evolver == changed
    assert state_by_evolver == state.evolve(slot=5, exec_env_states=changed)
    assert state_by_evolver.hash_tree_root == ssz_model.compute_naive_root(
        ShardState, state_by_evolver
    )
