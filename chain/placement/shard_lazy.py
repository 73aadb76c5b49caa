"""``shard-lazy``: every shard validates for itself, at first use."""

from chain.containers import ExecutionScript
from chain.placement.base import (
    MARKED_INVALID,
    MARKED_VALID,
    CheckScript,
    ExecutionDecision,
    Placement,
)
from chain.types import Slot


class ShardLazyPlacement(Placement):
    """``shard-lazy``: a shard's nodes validate when the script is first used there.

    Who, when: the n nodes of a shard, at first use. Mark: one byte per shard and script. A bad
    script makes its first block there a no-op that writes the mark; later blocks are refused
    by the mark alone. Usable from the first call. Total cost: A n x.

    Source:
        PROTOCOL 7.
    """

    name = "shard-lazy"
    validates_at_execution = True

    def decide_execution(
        self, script: ExecutionScript, shard_mark: bytes, check: CheckScript, slot: Slot
    ) -> ExecutionDecision:
        """Validate unless this shard has done so before."""
        del slot
        if shard_mark == MARKED_VALID:
            return ExecutionDecision()
        verdict = check(script.code)
        if verdict.is_valid:
            return ExecutionDecision(mark=MARKED_VALID)
        return ExecutionDecision(runs=False, mark=MARKED_INVALID, rule=verdict.rule)
