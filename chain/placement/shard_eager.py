"""``shard-eager``: every shard validates every script, as soon as it sees it."""

from chain.beacon_view import BeaconView
from chain.containers import ExecutionScript, ShardState
from chain.effects import Effect
from chain.errors import InvalidShardBlock
from chain.placement.base import (
    MARKED_INVALID,
    MARKED_VALID,
    UNMARKED,
    CheckScript,
    Placement,
)
from chain.placement.marks import write_shard_mark
from chain.types import ScriptIndex, Slot


class ShardEagerPlacement(Placement):
    """``shard-eager``: all shards validate a script in the first slot that knows of it.

    Who, when: the n nodes of every shard, at the start of the first shard slot after the
    inclusion, whether or not that slot has a block. Mark: one byte per shard and script. A bad
    script is marked on all S shards, and all of them have paid; calls are refused by the mark
    alone. Usable after one shard slot. Total cost: S n x.

    Source:
        PROTOCOL 7. That the slot validates, and not the block, is ours: a shard on which
        nobody has anything to do would otherwise put it off for ever.
    """

    name = "shard-eager"

    def process_shard_slot(
        self,
        state: ShardState,
        beacon_state: BeaconView,
        check: CheckScript,
        effects: list[Effect],
    ) -> None:
        """Validate and mark what was registered since the last slot."""
        known = len(state.marks)
        for index in range(known, len(beacon_state.execution_scripts)):
            verdict = check(beacon_state.execution_scripts[index].code)
            mark = MARKED_VALID if verdict.is_valid else MARKED_INVALID
            write_shard_mark(state, ScriptIndex(index), mark, effects)

    def validate_import(
        self, env: ScriptIndex, script: ExecutionScript, shard_mark: bytes, slot: Slot
    ) -> None:
        """Refuse what this shard has not validated, or found bad.

        Raises:
            InvalidShardBlock: ``script_not_usable``, ``script_marked_invalid``.
        """
        super().validate_import(env, script, shard_mark, slot)
        if shard_mark == UNMARKED:
            raise InvalidShardBlock("script_not_usable", env=env, slot=slot)
