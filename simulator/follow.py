"""Following deposits: their whole lives, read back from a run's events.

Source:
    PROTOCOL 8.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import UserError
from simulator.events import DepositCreated, DepositStep
from simulator.store import RunReader


@dataclass(slots=True)
class FollowedDeposit:
    """One deposit as its events tell it.

    Attributes:
        number: Running number from 1.
        script: Script that carried it.
        from_shard: Shard that sent it.
        to_shard: Shard that was to receive it.
        gwei: Amount.
        created_slot: When its user asked for it.
        steps: What happened to it, in order.
    """

    number: int
    script: str
    from_shard: int
    to_shard: int
    gwei: int
    created_slot: int
    steps: list[DepositStep] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Return its last step, ``waiting`` before the first."""
        return self.steps[-1].event if self.steps else "waiting"

    @property
    def latency_slots(self) -> int | None:
        """Return the slots from (last) pushed to settled; None if it is not settled."""
        if self.state != "settled":
            return None
        pushed = max(step.slot for step in self.steps if step.event == "pushed")
        return self.steps[-1].slot - pushed

    def to_json(self) -> dict[str, Any]:
        """Return the stable machine-readable form."""
        return {
            "id": self.number,
            "script": self.script,
            "from_shard": self.from_shard,
            "to_shard": self.to_shard,
            "gwei": self.gwei,
            "state": self.state,
            "latency_slots": self.latency_slots,
            "events": [
                {
                    "slot": step.slot,
                    "chain": step.chain,
                    "event": step.event,
                    "block_root": step.block_root,
                    "proof_bytes": step.proof_bytes,
                    "note": step.note,
                }
                for step in self.steps
            ],
        }


def read_deposits(reader: RunReader) -> list[FollowedDeposit]:
    """Return all deposits of a run, by number."""
    deposits = {}
    for event in reader.read_events(DepositCreated.kind):
        deposit = _start(event)
        deposits[deposit.number] = deposit
    for event in reader.read_events(DepositStep.kind):
        if isinstance(event, DepositStep):
            deposits[event.deposit].steps.append(event)
    return [deposits[number] for number in sorted(deposits)]


def read_deposit(reader: RunReader, number: int) -> FollowedDeposit:
    """Return one deposit of a run.

    Raises:
        UserError: The run has no such deposit.
    """
    found: Sequence[Any] = list(reader.read_events(deposit=number))
    if not found:
        count = sum(1 for _ in reader.read_events(DepositCreated.kind))
        known = f"it has deposits 1 to {count}" if count else "it has none"
        raise UserError(f"{reader.path}: there is no deposit {number}; {known}")
    deposit = _start(found[0])
    deposit.steps.extend(event for event in found if isinstance(event, DepositStep))
    return deposit


def _start(event: Any) -> FollowedDeposit:  # noqa: ANN401 - a DepositCreated, by its kind
    return FollowedDeposit(
        number=event.deposit,
        script=event.script,
        from_shard=event.from_shard,
        to_shard=event.to_shard,
        gwei=event.gwei,
        created_slot=event.slot,
    )
