"""All that a watcher sees, folded event by event.

Source:
    Ours: metrics are of the end; this is cheap to read at any time.
"""

from collections.abc import Callable, Iterable
from typing import Any

from simulator import events
from simulator.events import Event
from simulator.live.deposits import OpenDeposits
from simulator.live.lanes import Lanes
from simulator.live.notes import Notes
from simulator.loader import LoadedScenario
from simulator.metrics.costs import CostMetrics


class LiveState:
    """What happened so far.

    Attributes:
        title: Of the scenario.
        slots: How many slots the run will have.
        slot: The last slot that is over.
        lanes: Blocks by chain and slot.
        deposits: Those on their way.
        notes: What stood out.
        costs: What validating took.
        books: The books of the last slot.
    """

    def __init__(self, loaded: LoadedScenario) -> None:
        """Begin before the first slot."""
        scenario = loaded.scenario
        self.title = scenario.title
        self.slots = scenario.slots
        self.slot = 0
        self.lanes = Lanes(loaded.config.shard_count, scenario.slots)
        self.deposits = OpenDeposits()
        self.notes = Notes()
        self.costs = CostMetrics(loaded.costs, scenario.costs.light_clients)
        self.books: events.SlotClosed | None = None
        lanes, costs, note = self.lanes, self.costs, self.notes.add
        self._handlers: dict[type[Event], tuple[Callable[[Any], None], ...]] = {
            events.BeaconBlockAccepted: (lanes.add_beacon_block,),
            events.BeaconBlockRejected: (lanes.refuse_beacon_block, note),
            events.BeaconBlockOrphaned: (lanes.orphan_beacon_block, note),
            events.ShardBlockAccepted: (lanes.add_shard_block,),
            events.ShardBlockRejected: (lanes.refuse_shard_block, note),
            events.ShardReverted: (lanes.revert_shard, note),
            events.DepositCreated: (self.deposits.create,),
            events.DepositStep: (self.deposits.advance, note),
            events.FaultStruck: (note,),
            events.MarkWritten: (costs.mark,),
            events.ScriptRefused: (note,),
            events.ScriptRegistered: (costs.register, note),
            events.ScriptSubmitted: (costs.submit,),
            events.ScriptUsable: (note,),
            events.ScriptValidated: (costs.validate,),
            events.SlotClosed: (self._close,),
        }

    def add(self, slot: int, happened: Iterable[Event]) -> None:
        """Take in a slot and everything that happened in it."""
        handlers = self._handlers
        for event in happened:
            for handle in handlers.get(type(event), ()):
                handle(event)
        self.slot = slot

    def _close(self, event: events.SlotClosed) -> None:
        self.books = event
