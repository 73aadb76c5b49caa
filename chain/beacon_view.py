"""What shards see of a beacon state.

Source:
    Ours: so that whoever runs shards need not hold the whole beacon state.
"""

from typing import Protocol

from chain.containers import ExecutionScript, Validator
from chain.encoding import SszList
from chain.types import Root


class HasStateRoot(Protocol):
    """What a shard sees of another shard's crosslink."""

    @property
    def shard_state_root(self) -> Root:
        """Return the crosslinked state root."""


class SeenCrosslinks(Protocol):
    """What a shard sees of all crosslinks, by shard."""

    def __len__(self) -> int:
        """Return the number of shards."""

    def __getitem__(self, shard: int, /) -> HasStateRoot:
        """Return one shard's crosslink."""


class BeaconView(Protocol):
    """What shards see of a beacon state; to run their blocks, nobody needs more of it."""

    @property
    def hash_tree_root(self) -> Root:
        """Return the state's root."""

    @property
    def validators(self) -> SszList[Validator]:
        """Return the registry: proposers and their keys."""

    @property
    def execution_scripts(self) -> SszList[ExecutionScript]:
        """Return the scripts; of these the code and the mark."""

    @property
    def crosslinks(self) -> SeenCrosslinks:
        """Return the newest crosslink of every shard."""
