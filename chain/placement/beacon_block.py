"""``beacon-block``: Proposal 2."""

from chain.config import ChainConfig
from chain.containers import BeaconState, NewExecutionScript
from chain.errors import InvalidOperation
from chain.placement.base import CheckScript, Placement, RegistrationDecision


class BeaconBlockPlacement(Placement):
    """``beacon-block``: every beacon node validates, and a bad script costs the block.

    Who, when: all N nodes, on block import. Mark: none; what is registered is valid. A bad
    script invalidates the block, so its proposer loses the slot and the sender keeps the fee.
    Usable in the next slot. Total cost: N x.

    Source:
        PROTOCOL 7 and 3.2 (Proposal 2).
    """

    name = "beacon-block"
    costs_block = True
    validates_at_registration = True

    def decide_registration(
        self,
        operation: NewExecutionScript,
        check: CheckScript,
        state: BeaconState,
        config: ChainConfig,
    ) -> RegistrationDecision:
        """Validate; a bad script is a broken rule like any other."""
        del state, config
        verdict = check(operation.code)
        if not verdict.is_valid:
            raise InvalidOperation("script_invalid", rule=verdict.rule, offset=verdict.offset)
        return RegistrationDecision()
