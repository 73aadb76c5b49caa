"""``shard-every-call``: whoever is called validates, every time."""

from chain.containers import ExecutionScript
from chain.errors import InvalidShardBlock
from chain.placement.base import CheckScript, ExecutionDecision, Placement
from chain.types import Slot


class ShardEveryCallPlacement(Placement):
    """``shard-every-call``: a shard's nodes validate before every call.

    Who, when: the n nodes of a shard, at each of its u calls. Mark: none, neither in the state
    nor on a node's disk. A bad script costs every careless caller its block, afresh each time;
    all nodes of the shard validate it in vain. Usable at once. Total cost: A u n x.

    Source:
        PROTOCOL 7.
    """

    name = "shard-every-call"
    validates_at_execution = True
    nodes_remember = False

    def decide_execution(
        self, script: ExecutionScript, shard_mark: bytes, check: CheckScript, slot: Slot
    ) -> ExecutionDecision:
        """Validate, as if it were the first time.

        Raises:
            InvalidShardBlock: ``script_invalid``: without a mark a no-op would be for nothing.
        """
        del shard_mark, slot
        verdict = check(script.code)
        if not verdict.is_valid:
            raise InvalidShardBlock("script_invalid", rule=verdict.rule, offset=verdict.offset)
        return ExecutionDecision()
