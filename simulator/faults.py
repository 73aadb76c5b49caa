"""Which faults strike when: the scenario's list, asked by slot and place.

Source:
    PROTOCOL 8 and 10; see ``simulator.scenario.faults`` for each.
"""

from collections.abc import Sequence

from chain.types import ShardIndex, Slot
from simulator.scenario import Fault, Insolvency, Orphan, Replay


class FaultPlan:
    """All faults of a run; an empty plan is a run in which nothing goes wrong."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        """Sort the faults by kind."""
        self._orphans = {fault.orphan.slot: fault.orphan for fault in faults if fault.orphan}
        self._withholds = [fault.withhold for fault in faults if fault.withhold]
        self._halts = [fault.halt for fault in faults if fault.halt]
        self._insolvencies = [fault.insolvency for fault in faults if fault.insolvency]
        self.replays: tuple[Replay, ...] = tuple(f.replay for f in faults if f.replay)

    @property
    def reverts_blocks(self) -> bool:
        """Tell whether blocks may have to be undone."""
        return bool(self._orphans)

    def find_orphan(self, slot: Slot) -> Orphan | None:
        """Return what is orphaned with the beacon block of a slot."""
        return self._orphans.get(slot)

    def is_halted(self, shard: ShardIndex, slot: Slot) -> bool:
        """Tell whether a shard produces no block in a slot."""
        return any(halt.shard == shard and halt.covers(slot) for halt in self._halts)

    def is_withheld(self, shard: ShardIndex, slot: Slot) -> bool:
        """Tell whether relayers deliver nothing to a shard in a slot."""
        return any(each.shard == shard and each.covers(slot) for each in self._withholds)

    def get_insolvencies(self, shard: ShardIndex, slot: Slot) -> list[Insolvency]:
        """Return the thefts that a shard's committee commits in a slot."""
        return [each for each in self._insolvencies if (each.shard, each.slot) == (shard, slot)]

    def describe_starting(self, slot: Slot) -> list[tuple[str, ShardIndex, str]]:
        """Return the lasting faults that begin in a slot: name, shard, and a sentence."""
        begun = []
        for each in self._withholds:
            if each.start == slot:
                note = f"relayers deliver nothing {_describe_end(each.stop)}"
                begun.append(("withhold", ShardIndex(each.shard), note))
        for halt in self._halts:
            if halt.start == slot:
                note = f"no blocks {_describe_end(halt.stop)}"
                begun.append(("halt", ShardIndex(halt.shard), note))
        return begun


def _describe_end(stop: int | None) -> str:
    return "until the end" if stop is None else f"until slot {stop}"
