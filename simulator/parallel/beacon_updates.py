"""What shards see of the beacon chain, on its way to another process: only what changed.

Source:
    Ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from chain.constants import SCRIPT_LIMIT, VALIDATOR_LIMIT, ZERO_ROOT
from chain.containers import BeaconState, ExecutionScript, Validator
from chain.encoding import Container, SszList, decode, encode, make_list
from chain.types import Root, ShardIndex

C = TypeVar("C", bound=Container)


class SeenCrosslink(NamedTuple):
    """What a shard sees of another shard's crosslink."""

    shard_state_root: Root


class ListUpdate(NamedTuple):
    """How a list changed.

    Attributes:
        length: Its length now.
        changed: Position and encoding of every element that is new.
    """

    length: int
    changed: Sequence[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class BeaconUpdate:
    """How what shards see changed since the last slot.

    Attributes:
        root: The beacon state's root.
        validators: The registry; None when it did not change.
        scripts: The scripts; None when nothing of them changed but balances.
        shard_roots: Crosslinked state roots that changed, by shard.
    """

    root: Root
    validators: ListUpdate | None
    scripts: ListUpdate | None
    shard_roots: Sequence[tuple[ShardIndex, Root]]


@dataclass(slots=True)
class SeenBeacon:
    """A beacon state as far as shards see it."""

    hash_tree_root: Root = ZERO_ROOT
    validators: SszList[Validator] = field(
        default_factory=lambda: make_list(Validator, VALIDATOR_LIMIT)
    )
    execution_scripts: SszList[ExecutionScript] = field(
        default_factory=lambda: make_list(ExecutionScript, SCRIPT_LIMIT)
    )
    crosslinks: list[SeenCrosslink] = field(default_factory=list)

    def apply(self, update: BeaconUpdate) -> None:
        """See what changed."""
        self.hash_tree_root = update.root
        if update.validators is not None:
            self.validators = _apply(self.validators, update.validators, Validator, VALIDATOR_LIMIT)
        if update.scripts is not None:
            self.execution_scripts = _apply(
                self.execution_scripts, update.scripts, ExecutionScript, SCRIPT_LIMIT
            )
        # A new list: executions are told apart by the one that they saw.
        self.crosslinks = list(self.crosslinks)
        for shard, root in update.shard_roots:
            self.crosslinks[shard : shard + 1] = [SeenCrosslink(root)]


def compute_update(before: BeaconState | None, after: BeaconState) -> BeaconUpdate:
    """Return how what shards see differs between two beacon states.

    Args:
        before: The state that was seen last, None at first.
        after: The state to be seen.
    """
    earlier = () if before is None else before.crosslinks
    roots = [crosslink.shard_state_root for crosslink in earlier]
    return BeaconUpdate(
        after.hash_tree_root,
        _compare(None if before is None else before.validators, after.validators, _is_same),
        _compare(
            None if before is None else before.execution_scripts,
            after.execution_scripts,
            _looks_the_same,
        ),
        [
            (ShardIndex(shard), crosslink.shard_state_root)
            for shard, crosslink in enumerate(after.crosslinks)
            if shard >= len(roots) or roots[shard] != crosslink.shard_state_root
        ],
    )


def _is_same(before: Validator, after: Validator) -> bool:
    return before is after


def _looks_the_same(before: ExecutionScript, after: ExecutionScript) -> bool:
    """Tell whether two scripts differ in nothing that shards look at: not in code, or mark."""
    return before is after or (before.code is after.code and before.mark == after.mark)


def _compare(
    before: SszList[C] | None, after: SszList[C], is_same: Callable[[C, C], bool]
) -> ListUpdate | None:
    if before is after:
        return None
    known: Sequence[C] = () if before is None else tuple(before)
    changed = [
        (position, encode(element))
        for position, element in enumerate(after)
        if position >= len(known) or not is_same(known[position], element)
    ]
    if not changed and len(known) == len(after):
        return None
    return ListUpdate(len(after), changed)


def _apply(current: SszList[C], update: ListUpdate, kind: type[C], limit: int) -> SszList[C]:
    elements: list[Any] = list(current)[: update.length]
    for position, encoded in update.changed:
        elements[position : position + 1] = [decode(kind, encoded)]
    return make_list(kind, limit, elements)
