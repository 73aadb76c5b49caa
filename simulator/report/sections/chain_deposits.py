"""Deposits and the steps of their lives as columns.

Source:
    PROTOCOL 8 for the steps.
"""

from typing import Final

from simulator import events
from simulator.report.model import Table, Words
from simulator.report.sections.lanes import find_lane

_MOST_DEPOSITS: Final = 12_000
"""Beyond, a page would be too large to open; ``shardlab follow`` knows the others."""


class DepositCollector:
    """Keeps the first deposits of a run and all their steps."""

    def __init__(self, words: Words) -> None:
        """Start empty."""
        self._words = words
        self.deposits = Table(
            "number", "script", "route", "from", "to", "gwei", "created", "sender", "recipient"
        )
        self.steps = Table(
            "deposit", "slot", "lane", "step", "proof", "beacon", "note", "account", "before",
            "after",
        )  # fmt: skip
        self.left_out = 0
        self._positions: dict[int, int] = {}

    def add(self, event: events.Event) -> None:
        """Take in one event, if it is about a deposit."""
        if isinstance(event, events.DepositCreated):
            self._add_deposit(event)
        elif isinstance(event, events.DepositStep) and event.deposit in self._positions:
            self._add_step(event)

    def _add_deposit(self, event: events.DepositCreated) -> None:
        if len(self.deposits) >= _MOST_DEPOSITS:
            self.left_out += 1
            return
        fields: dict[str, object] = {"from": event.from_shard, "to": event.to_shard}
        self._positions[event.deposit] = self.deposits.add(
            number=event.deposit,
            script=self._words.add(event.script),
            route=self._words.add(event.route),
            gwei=event.gwei,
            created=event.slot,
            sender=self._words.add(event.sender),
            recipient=self._words.add(event.recipient),
            **fields,
        )

    def _add_step(self, event: events.DepositStep) -> None:
        self.steps.add(
            deposit=self._positions[event.deposit],
            slot=event.slot,
            lane=find_lane(event.chain),
            step=self._words.add(event.event),
            proof=event.proof_bytes,
            beacon=event.beacon_bytes,
            note=self._words.add(event.note),
            account=self._words.add(event.account),
            before=event.before_gwei,
            after=event.after_gwei,
        )
