"""A shard's history as the run database tells it: the blocks that count, and what they saw.

Source:
    Ours.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from chain.constants import ZERO_ROOT
from chain.types import Root
from simulator import events
from simulator.errors import RunFolderError
from simulator.scout_file import MAX_FILE_BYTES
from simulator.store import RunReader


class HistoryScript(NamedTuple):
    """A registered script: the scenario's name, and sha256 of its code in hex."""

    name: str
    code_hash: str


class HistoryBlock(NamedTuple):
    """A block that ran its script.

    Attributes:
        env: The script's index.
        slot: When.
        data: The block's data.
        env_state: The script's state after the block.
        pushed: Serialized deposits.
        beacon_root: The beacon state that the block was built on, hex.
        crosslinks: Crosslinked state roots that the block saw, hex, by shard; of shards that
            are missing the root is zero.
        has_run: Whether the placement let the script run.
    """

    env: int
    slot: int
    data: bytes
    env_state: Root
    pushed: tuple[bytes, ...]
    beacon_root: str
    crosslinks: Mapping[int, str]
    has_run: bool


@dataclass(frozen=True, slots=True)
class ShardHistory:
    """What counts of a shard's history.

    Attributes:
        scripts: Scripts by index, as many as the shard has states.
        pre_states: The shard's states before the first of the blocks.
        blocks: The blocks that ran a script and were not called back, oldest first.
        post_states: The shard's states after them.
    """

    scripts: tuple[HistoryScript, ...]
    pre_states: tuple[Root, ...]
    blocks: tuple[HistoryBlock, ...]
    post_states: tuple[Root, ...]


def read_history(
    reader: RunReader, shard: int, first_slot: int = 0, last_slot: int | None = None
) -> ShardHistory:
    """Go through a run and keep what became of a shard.

    Args:
        reader: The run; what an incomplete one has is enough.
        shard: Index of the shard.
        first_slot: Blocks before this slot count for the states alone.
        last_slot: The history is the one that stood at the end of this slot, even if blocks
            were called back later; by default at the end of the run.

    Raises:
        RunFolderError: What the database holds is no history, or too long for a test file.
    """
    history = _History(first_slot)
    try:
        for event in reader.read_events(chains=(events.BEACON, events.name_shard(shard))):
            if last_slot is None or event.slot <= last_slot:
                history.add(event)
            if history.kept_bytes > MAX_FILE_BYTES:
                problem = "the blocks are too long for a test file; choose fewer slots"
                raise RunFolderError(f"{reader.path}: {problem} (--first-slot, --last-slot)")
        return history.conclude()
    except (LookupError, ValueError) as error:
        problem = f"not a run that this version can show: {error}"
        raise RunFolderError(f"{reader.path}: {problem}") from error


class _Crosslinks:
    """The crosslinked state roots, as scripts see them at each moment."""

    def __init__(self) -> None:
        self._included: dict[int, list[events.CrosslinkIncluded]] = defaultdict(list)
        self._seen: Mapping[int, str] | None = {}

    def include(self, event: events.CrosslinkIncluded) -> None:
        self._included[event.shard].append(event)
        self._seen = None

    def orphan(self, block_slot: int) -> None:
        """Return to what was there before the beacon block of a slot."""
        for shard, included in self._included.items():
            self._included[shard] = [event for event in included if event.slot != block_slot]
        self._seen = None

    def get_roots(self) -> Mapping[int, str]:
        """Return the roots by shard; one object until something changes."""
        if self._seen is None:
            self._seen = {
                shard: included[-1].shard_state_root
                for shard, included in self._included.items()
                if included
            }
        return self._seen


class _History:
    """What is known of a history while it is read."""

    def __init__(self, first_slot: int) -> None:
        self.kept_bytes = 0
        self._first_slot = first_slot
        self._hashes: dict[str, str] = {}
        self._indices: dict[str, int] = {}
        self._blocks: list[HistoryBlock] = []
        self._crosslinks = _Crosslinks()

    def add(self, event: events.Event) -> None:
        """Take in the next event."""
        match event:
            case events.ScriptSubmitted():
                self._hashes[event.script] = event.code_hash
            case events.ScriptRegistered():
                self._indices[event.script] = event.index
            case events.CrosslinkIncluded():
                self._crosslinks.include(event)
            case events.BeaconBlockOrphaned():
                self._crosslinks.orphan(event.block_slot)
            case events.ShardBlockAccepted():
                self._add_block(event)
            case events.ShardReverted():
                self._blocks = [each for each in self._blocks if each.slot < event.from_slot]
                self.kept_bytes = sum(len(each.data) for each in self._blocks)
            case _:
                pass

    def _add_block(self, event: events.ShardBlockAccepted) -> None:
        block = HistoryBlock(
            env=self._indices[event.script],
            slot=event.slot,
            data=event.data if event.slot >= self._first_slot else b"",
            env_state=Root(bytes.fromhex(event.env_state)),
            pushed=event.pushed,
            beacon_root=event.beacon_root,
            crosslinks=self._crosslinks.get_roots(),
            has_run=not event.noop_rule,
        )
        self._blocks.append(block)
        self.kept_bytes += len(block.data)

    def conclude(self) -> ShardHistory:
        """Return what counts; a no-op left nothing but a place for its script's state."""
        names = {index: name for name, index in self._indices.items()}
        state_count = max((block.env + 1 for block in self._blocks), default=0)
        states = [ZERO_ROOT] * state_count
        before = [block for block in self._blocks if block.slot < self._first_slot]
        since = self._blocks[len(before) :]
        pre_states = _apply(before, states)
        return ShardHistory(
            scripts=tuple(
                HistoryScript(names[index], self._hashes[names[index]])
                for index in range(state_count)
            ),
            pre_states=pre_states,
            blocks=tuple(block for block in since if block.has_run),
            post_states=_apply(since, pre_states),
        )


def _apply(blocks: Iterable[HistoryBlock], states: Iterable[Root]) -> tuple[Root, ...]:
    """Return the states after some blocks."""
    after = list(states)
    for block in blocks:
        after[block.env] = block.env_state
    return tuple(after)
