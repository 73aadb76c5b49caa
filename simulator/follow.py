"""Following deposits: their whole lives, read back from a run's events.

Source:
    PROTOCOL 8.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from simulator.errors import UserError
from simulator.events import DepositCreated, DepositStep, Event
from simulator.store import RunReader
from simulator.wording import count_of


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
        route: ``beacon``, ``receipt``, ``netting``, or ``shard`` when it stays on one.
        sender: Address of the account that pays, empty if there are no accounts.
        recipient: Address of the account to be credited, empty if there are no accounts.
        steps: What happened to it, in order.
    """

    number: int
    script: str
    from_shard: int
    to_shard: int
    gwei: int
    created_slot: int
    route: str = "beacon"
    sender: str = ""
    recipient: str = ""
    steps: list[DepositStep] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Return its last step, ``waiting`` before the first."""
        return self.steps[-1].event if self.steps else "waiting"

    @property
    def pushed_slot(self) -> int | None:
        """Return when it was last pushed; None if it never was."""
        return max((step.slot for step in self.steps if step.event == "pushed"), default=None)

    @property
    def latency_slots(self) -> int | None:
        """Return the slots from its last push to settled; None if it is not settled.

        On one shard, pushing is settling: there they count from creation.
        """
        return self._measure() if self.state == "settled" else None

    def tell_end(self, seconds_per_slot: int) -> str:
        """Return how its story ends, as a sentence or two."""
        reverts = sum(step.event == "reverted" for step in self.steps[:-1])
        times = "once" if reverts == 1 else count_of(reverts, "time")
        return self._tell_state(seconds_per_slot) + (
            f" On its way it was called back {times}." if reverts else ""
        )

    def to_json(self) -> dict[str, Any]:
        """Return the stable machine-readable form."""
        return {
            "id": self.number,
            "script": self.script,
            "route": self.route,
            "from_shard": self.from_shard,
            "to_shard": self.to_shard,
            "sender": self.sender,
            "recipient": self.recipient,
            "gwei": self.gwei,
            "created_slot": self.created_slot,
            "state": self.state,
            "latency_slots": self.latency_slots,
            "events": [
                {"slot": step.slot, "chain": step.chain, **_describe_step(step)}
                for step in self.steps
            ],
        }

    def _tell_state(self, seconds_per_slot: int) -> str:
        note = f": {self.steps[-1].note}" if self.steps and self.steps[-1].note else ""
        slots, (_, since) = self._measure(), self._get_began()
        seconds = count_of(slots * seconds_per_slot, "second")
        took = f"{count_of(slots, 'slot')} ({seconds}) after it was {since}"
        if not slots:
            took = f"in the slot in which it was {since}"
        told = {
            "waiting": "It waits: nothing has happened to it yet.",
            "settled": f"Settled {took}.",
            "returned": f"Returned to its sender {took}.",
            "rejected": f"Rejected{note}.",
            "stuck": f"Stuck{note}.",
            "expired": f"Expired{note}; not returned to its sender.",
            "reverted": f"Reverted{note}; not retried before the end of the run.",
        }
        return told.get(self.state, f"Its last state is: {self.state}.")

    def _measure(self) -> int:
        """Return the slots from its last push, or else its creation, to its last step."""
        return self.steps[-1].slot - self._get_began()[0] if self.steps else 0

    def _get_began(self) -> tuple[int, str]:
        """Return the slot from which its latency counts, and what happened then."""
        if self.route == "shard" or self.pushed_slot is None:
            return self.created_slot, "asked for"
        return self.pushed_slot, "pushed"


def read_deposits(reader: RunReader) -> list[FollowedDeposit]:
    """Return all deposits of a run, by number."""
    created = reader.read_events(DepositCreated.kind)
    return collect_deposits(chain(created, reader.read_events(DepositStep.kind)))


def collect_deposits(events: Iterable[Event]) -> list[FollowedDeposit]:
    """Return all deposits that events tell of, by number; creation comes before any step."""
    deposits: dict[int, FollowedDeposit] = {}
    for event in events:
        if isinstance(event, DepositCreated):
            deposits[event.deposit] = _start(event)
        elif isinstance(event, DepositStep):
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
        route=event.route,
        sender=event.sender,
        recipient=event.recipient,
    )


def _describe_step(step: DepositStep) -> dict[str, Any]:
    details = step.get_details()
    del details["deposit"]
    return details
