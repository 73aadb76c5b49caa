"""Where the ETH of deposits is: on which shard, on the way, or arrived.

Source:
    PROTOCOL 8 for the steps; the books of a slot are compared with it by the tests.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from simulator import events
from simulator.report.model import Table

INSIDE: Final = "shard"
"""Route of what stays on its shard."""

_BEACON_ROUTE: Final = "beacon"
_MOVES: Final = {"pushed": -1, "settled": 1, "returned": 1}


@dataclass(slots=True)
class _Deposit:
    """A deposit, and every move of its ETH that was not called back."""

    created: events.DepositCreated
    moves: list[events.DepositStep] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        return bool(self.moves) and self.moves[-1].event == "settled"

    def take_back(self, chain: str, orphaned_slot: int) -> Iterator[events.DepositStep]:
        """Undo and yield the moves that are called back.

        A shard calls back what happened on it; the beacon chain calls back whatever happened, on
        any shard, since the block that was orphaned.
        """
        if chain != events.BEACON:
            if self.moves and self.moves[-1].chain == chain:
                yield self.moves.pop()
            return
        while self.moves and self.moves[-1].slot >= orphaned_slot:
            yield self.moves.pop()


class DepositBook:
    """Keeps every deposit's place, and the sums that follow from it.

    Attributes:
        shards: Gwei in pools and accounts, by the name of the chain.
        in_flight: Gwei pushed and not settled yet, by route.
        funding: Gwei withdrawn to fund pools that is not there yet.
    """

    def __init__(self) -> None:
        """Start without deposits."""
        self.shards: Counter[str] = Counter()
        self.in_flight: Counter[str] = Counter()
        self.funding = 0
        self._deposits: dict[int, _Deposit] = {}
        self._orphaned_slot = 0

    @property
    def on_the_beacon_route(self) -> int:
        """Return the Gwei in flight that a validator may hold."""
        return self.in_flight[_BEACON_ROUTE]

    def add(self, event: events.Event) -> None:
        """Take in one event, if it moves ETH between shards."""
        match event:
            case events.DepositCreated():
                self._deposits[event.deposit] = _Deposit(event)
            case events.DepositStep():
                self._step(self._deposits[event.deposit], event)
            case events.PoolFunded():
                self._fund(event)
            case events.BeaconBlockOrphaned():
                self._orphaned_slot = event.block_slot

    def build_flows(self) -> Table:
        """Return ``route from to deposits gwei settled settled_gwei``, in a stable order."""
        sums: dict[tuple[str, int, int], list[int]] = {}
        for deposit in self._deposits.values():
            created = deposit.created
            key = (created.route, created.from_shard, created.to_shard)
            count = sums.setdefault(key, [0, 0, 0, 0])
            settled = int(deposit.is_settled)
            for place, amount in enumerate((1, created.gwei, settled, settled * created.gwei)):
                count[place] += amount
        names = ("route", "from", "to", "deposits", "gwei", "settled", "settled_gwei")
        flows = Table(*names)
        for key, count in sorted(sums.items()):
            flows.add(**dict[str, Any](zip(names, (*key, *count), strict=True)))
        return flows

    def _step(self, deposit: _Deposit, step: events.DepositStep) -> None:
        if step.event in _MOVES:
            deposit.moves.append(step)
            self._move(deposit, step, 1)
        elif step.event == "reverted":
            for undone in deposit.take_back(step.chain, self._orphaned_slot):
                self._move(deposit, undone, -1)

    def _move(self, deposit: _Deposit, step: events.DepositStep, sign: int) -> None:
        """Move a deposit's ETH, or with a negative sign move it back."""
        route = deposit.created.route
        if route == INSIDE:
            return  # it never leaves its shard
        change = sign * _MOVES[step.event] * deposit.created.gwei
        self.shards[step.chain] += change
        self.in_flight[route] -= change

    def _fund(self, event: events.PoolFunded) -> None:
        arrived = {"withdrawn": 0, "settled": event.gwei, "reverted": -event.gwei}[event.event]
        self.shards[event.chain] += arrived
        self.funding += (event.gwei if event.event == "withdrawn" else 0) - arrived
