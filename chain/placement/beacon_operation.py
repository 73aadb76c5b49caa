"""``beacon-operation``: like Proposal 2, but a bad script fails alone."""

from chain.config import ChainConfig
from chain.containers import BeaconState, NewExecutionScript
from chain.placement.base import (
    MARKED_INVALID,
    MARKED_VALID,
    CheckScript,
    Placement,
    RegistrationDecision,
)


class BeaconOperationPlacement(Placement):
    """``beacon-operation``: every beacon node validates, and a bad script costs its sender.

    Who, when: all N nodes, on block import. Mark: one result byte on the script. A bad script
    fails alone: the fee is kept, the index is used up, the code is not stored. Usable in the
    next slot. Total cost: N x.

    Source:
        PROTOCOL 7.
    """

    name = "beacon-operation"
    validates_at_registration = True

    def decide_registration(
        self,
        operation: NewExecutionScript,
        check: CheckScript,
        state: BeaconState,
        config: ChainConfig,
    ) -> RegistrationDecision:
        """Validate and remember the result."""
        del state, config
        verdict = check(operation.code)
        if verdict.is_valid:
            return RegistrationDecision(mark=MARKED_VALID)
        return RegistrationDecision(mark=MARKED_INVALID, rule=verdict.rule)
