"""``toy-even-size``: nobody validates; code of an odd size is refused once it is called."""

from chain.config import ChainConfig
from chain.containers import BeaconState, NewExecutionScript
from chain.placement.base import (
    MARKED_INVALID,
    MARKED_VALID,
    CheckScript,
    Placement,
    RegistrationDecision,
)


class ToyEvenSizePlacement(Placement):
    """``toy-even-size``: the mark follows from the size, and costs nobody anything."""

    name = "toy-even-size"

    def decide_registration(
        self,
        operation: NewExecutionScript,
        check: CheckScript,
        state: BeaconState,
        config: ChainConfig,
    ) -> RegistrationDecision:
        """Look at the size alone."""
        del check, state, config
        is_odd = len(operation.code) % 2
        return RegistrationDecision(mark=MARKED_INVALID if is_odd else MARKED_VALID)
