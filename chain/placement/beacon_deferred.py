"""``beacon-deferred``: beacon nodes validate later, a little in every slot."""

from chain.config import ChainConfig
from chain.containers import BeaconState, ExecutionScript, NewExecutionScript
from chain.effects import Effect
from chain.errors import InvalidShardBlock
from chain.placement.base import (
    MARKED_INVALID,
    MARKED_VALID,
    CheckScript,
    MarkedVerdict,
    Placement,
    RegistrationDecision,
)
from chain.placement.marks import (
    MARKED_PENDING,
    bury_script,
    decode_numbers,
    encode_numbers,
    find_marked,
    write_script_mark,
)
from chain.types import ScriptIndex, Slot


class BeaconDeferredPlacement(Placement):
    """``beacon-deferred``: all beacon nodes validate within D slots, so much per slot.

    Who, when: all N nodes, from a queue, first in first out, ``deferred_bytes_per_slot`` bytes
    of code in every slot; longer code takes several slots. Mark: pending with the deadline and
    the bytes still to do, then valid with the slot from which it can be called. A bad script
    becomes invalid, and its code is dropped, when its turn has come; its sender pays the fee
    and nobody loses a block. Usable after D slots (``deferral_slots``), or when the queue gets
    to it, whatever is later: a flood delays everybody behind it. Total cost: N x, at most N
    times the budget in any slot.

    Source:
        PROTOCOL 7. That the queue may miss the deadline is ours: the budget is the point.
    """

    name = "beacon-deferred"
    validates_at_registration = True

    def decide_registration(
        self,
        operation: NewExecutionScript,
        check: CheckScript,
        state: BeaconState,
        config: ChainConfig,
    ) -> RegistrationDecision:
        """Queue up."""
        del check
        deadline = state.slot + config.deferral_slots
        return RegistrationDecision(
            mark=MARKED_PENDING + encode_numbers(deadline, len(operation.code))
        )

    def process_slot(
        self, state: BeaconState, check: CheckScript, effects: list[Effect], config: ChainConfig
    ) -> None:
        """Work on the queue until the slot's budget is used up."""
        budget = config.deferred_bytes_per_slot
        for index in find_marked(state.execution_scripts, MARKED_PENDING):
            if budget <= 0:
                return
            deadline, left = decode_numbers(state.execution_scripts[index].mark[1:])
            if left > budget:
                mark = MARKED_PENDING + encode_numbers(deadline, left - budget)
                write_script_mark(state, index, mark, effects)
                return
            budget -= left
            if check(state.execution_scripts[index].code).is_valid:
                usable_from = max(deadline, state.slot)
                write_script_mark(state, index, MARKED_VALID + encode_numbers(usable_from), effects)
            else:
                bury_script(state, index, effects)

    def validate_import(
        self, env: ScriptIndex, script: ExecutionScript, shard_mark: bytes, slot: Slot
    ) -> None:
        """Refuse what is not validated, or not due yet.

        Raises:
            InvalidShardBlock: ``script_not_usable``, ``script_marked_invalid``.
        """
        super().validate_import(env, script, shard_mark, slot)
        is_pending = script.mark[:1] == MARKED_PENDING
        if is_pending or slot < decode_numbers(script.mark[1:])[0]:
            raise InvalidShardBlock("script_not_usable", env=env, slot=slot)

    def get_verdict(self, mark: bytes) -> MarkedVerdict | None:
        """Return what the nodes found."""
        if mark[:1] == MARKED_VALID or mark == MARKED_INVALID:
            return MarkedVerdict(is_valid=mark[:1] == MARKED_VALID)
        return None

    def compute_spread_slots(self, size_bytes: int, config: ChainConfig) -> int:
        """Return how many budgets some code takes."""
        return max(1, -(-size_bytes // config.deferred_bytes_per_slot))
