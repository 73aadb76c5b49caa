"""The money: where all ETH is at the end of slots, what flowed between shards, the conservation.

Source:
    PROTOCOL 3.6 (conservation), 8 (deposits).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator import events
from simulator.events import name_shard
from simulator.report.facts import RunFacts
from simulator.report.model import Section, Table
from simulator.report.sections.money_deposits import DepositBook

Columns = Mapping[str, Sequence[Any]]

_MOST_POINTS: Final = 400
"""So many slots are drawn; a screen has hardly more columns for a chart."""

_PLACES: Final = (
    "slot", "validators", "accounts", "reserve", "in_flight", "funding", "unclaimed", "unbacked",
    "printed", "burned", "elsewhere",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Money:
    """Where all ETH is, in Gwei.

    Attributes:
        genesis: ETH at genesis.
        stride: Every how many slots there is a point; the last slot always has one.
        points: At the ends of slots. ``validators`` holds bonds, and not what a deposit in flight
            has with a validator; ``accounts`` pools and accounts on shards, without what is locked
            in ``reserve``; ``in_flight`` deposits between pushed and settled; ``funding`` what is
            on its way into pools; ``unclaimed`` the rest of the scripts' balances; ``burned``
            fees. These are all ETH at genesis, unless scripts owe more than they have:
            ``unbacked`` is by how much. ``printed`` is what scripts credited beyond what they took
            in, ``elsewhere`` the part of accounts and reserve that no shard's steps account for.
        shards: Accounts and reserve of every shard, at the same points.
        checked: In how many slots the books were compared.
        errors: Slots in which they did not agree: ``slot gwei``.
        flows: Deposits by route and direction: ``route from to deposits gwei settled
            settled_gwei``.
    """

    genesis: int
    stride: int
    points: Columns
    shards: Sequence[Sequence[int]]
    checked: int
    errors: Columns
    flows: Columns


class MoneyCollector:
    """Follows the ETH through a run."""

    def __init__(self, facts: RunFacts) -> None:
        """Start with the first slot."""
        self._chains = tuple(map(name_shard, range(facts.shards)))
        self._stride = -(-facts.slots // _MOST_POINTS)
        self._last_slot = facts.slots
        self._book = DepositBook()
        self._points = Table(*_PLACES)
        self._shards: list[list[int]] = [[] for _ in self._chains]
        self._errors = Table("slot", "gwei")
        self._checked = 0
        self._genesis = 0

    def add(self, event: events.Event) -> None:
        """Take in one event."""
        if isinstance(event, events.SlotClosed):
            self._close(event)
        else:
            self._book.add(event)

    def finish(self) -> Money:
        """Return the model."""
        return Money(
            genesis=self._genesis,
            stride=self._stride,
            points=self._points.to_columns(),
            shards=self._shards,
            checked=self._checked,
            errors=self._errors.to_columns(),
            flows=self._book.build_flows().to_columns(),
        )

    def _close(self, closed: events.SlotClosed) -> None:
        self._checked += 1
        self._genesis = closed.total_eth + closed.burned - closed.error
        if closed.error:
            self._errors.add(slot=closed.slot, gwei=closed.error)
        if closed.slot % self._stride and closed.slot != self._last_slot:
            return
        for balances, chain in zip(self._shards, self._chains, strict=True):
            balances.append(self._book.shards[chain])
        self._points.add(**self._find_places(closed))

    def _find_places(self, closed: events.SlotClosed) -> Mapping[str, int]:
        """Return where all ETH is.

        While a validator holds a deposit, the script's balance does not back it: that is how much
        of what is in flight is with validators.
        """
        funding = self._book.funding
        held = min(
            max(0, closed.in_flight - closed.backing + funding), self._book.on_the_beacon_route
        )
        owed = closed.accounted + closed.in_flight - held + funding
        return {
            "slot": closed.slot,
            "validators": closed.total_eth - closed.pooled - held,
            "accounts": closed.accounted - closed.reserve,
            "reserve": closed.reserve,
            "in_flight": closed.in_flight,
            "funding": funding,
            "unclaimed": max(0, closed.pooled - owed),
            "unbacked": max(0, owed - closed.pooled),
            "printed": closed.printed,
            "burned": closed.burned,
            "elsewhere": closed.accounted - sum(self._book.shards.values()),
        }


SECTION: Final = Section("money", "The money", MoneyCollector)
