"""What a rejection test has to show: the code, and a state that did not change."""

from collections.abc import Callable

import pytest

from chain.containers import BeaconState
from chain.encoding import Container
from chain.errors import InvalidOperation


def get_refusal(state: BeaconState, process: Callable[[BeaconState], None]) -> str:
    """Return the code with which an operation is refused, having seen that nothing changed.

    Args:
        state: The state that the operation meets.
        process: Called with a draft of it.
    """
    draft, root = state.draft(), state.hash_tree_root
    with pytest.raises(InvalidOperation) as caught:
        process(draft)
    assert Container.finish(draft).hash_tree_root == root
    assert state.hash_tree_root == root
    return caught.value.code


def apply(state: BeaconState, process: Callable[[BeaconState], None]) -> BeaconState:
    """Return the state that an operation makes of a state."""
    draft, root = state.draft(), state.hash_tree_root
    process(draft)
    assert state.hash_tree_root == root
    return Container.finish(draft)
