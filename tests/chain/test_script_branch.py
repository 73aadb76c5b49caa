"""The way from a script's 32 bytes to the root of its shard's state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.constants import SCRIPT_LIMIT
from chain.containers import ShardState
from chain.errors import InvalidProof
from chain.genesis import build_genesis_shard_state
from chain.merkle import compute_depth, validate_branch
from chain.receipts import build_script_branch, compute_script_index
from chain.types import Root, ScriptIndex, ShardIndex
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.relay import build_branch, build_list_branch

SCRIPTS = 5


def build_state(scripts: int = SCRIPTS) -> ShardState:
    states = [Root(bytes([script + 1]) * 32) for script in range(scripts)]
    return build_genesis_shard_state(ShardIndex(3)).evolve(exec_env_states=states)


def test_compute_script_index_is_twenty_levels_deep() -> None:
    """Three for the state's five fields, one for the list's length, sixteen for 65,536 scripts."""
    assert SCRIPT_LIMIT == 2**16
    assert compute_depth(compute_script_index(ScriptIndex(0))) == 20
    # Field 0 of eight, the content on the left of the length, element 5.
    assert compute_script_index(ScriptIndex(5)) == ((8 + 0) * 2 + 0) * 2**16 + 5


@pytest.mark.parametrize("env", range(SCRIPTS))
def test_build_script_branch_is_the_naive_one(env: int) -> None:
    state = build_state()
    roots = [
        bytes(state.get_kind(name).get_hash_tree_root(getattr(state, name)))
        for name in state.get_field_names()
    ]
    expected = build_list_branch(list(state.exec_env_states), 16, env) + build_branch(roots, 3, 0)

    branch = build_script_branch(state, ScriptIndex(env))

    assert [bytes(node) for node in branch] == [bytes(node) for node in expected]
    validate_branch(
        state.exec_env_states[env],
        tuple(branch),
        compute_script_index(ScriptIndex(env)),
        state.hash_tree_root,
    )


@HEAVY_PROPERTY
@given(level=st.integers(0, 19), bit=st.integers(0, 255), env=st.integers(0, SCRIPTS - 1))
def test_build_script_branch_any_flipped_bit_breaks_it(level: int, bit: int, env: int) -> None:
    state = build_state()
    branch = build_script_branch(state, ScriptIndex(env))
    flipped = int.from_bytes(branch[level], "little") ^ 1 << bit
    branch[level] = Root(flipped.to_bytes(32, "little"))

    assert refuse(state, env, env, branch) == "wrong_root"


@pytest.mark.parametrize("other", [0, 2, SCRIPTS, SCRIPT_LIMIT - 1])
def test_build_script_branch_does_not_prove_another_script(other: int) -> None:
    state = build_state()

    assert refuse(state, 1, other, build_script_branch(state, ScriptIndex(1))) == "wrong_root"


def test_build_script_branch_does_not_prove_another_state() -> None:
    state = build_state()
    branch = build_script_branch(state, ScriptIndex(1))
    later = state.evolve(slot=state.slot + 1)

    assert refuse(later, 1, 1, branch) == "wrong_root"


@pytest.mark.parametrize("size", [0, 19, 21])
def test_build_script_branch_other_lengths_are_refused(size: int) -> None:
    state = build_state()
    branch = [*build_script_branch(state, ScriptIndex(1)), Root(bytes(32))][:size]

    assert refuse(state, 1, 1, branch) == "wrong_branch_length"


def refuse(state: ShardState, script: int, claimed: int, branch: list[Root]) -> str:
    """Return the code with which a script's bytes are not what a branch says of another."""
    with pytest.raises(InvalidProof) as caught:
        validate_branch(
            state.exec_env_states[script],
            tuple(branch),
            compute_script_index(ScriptIndex(claimed)),
            state.hash_tree_root,
        )
    return caught.value.code
