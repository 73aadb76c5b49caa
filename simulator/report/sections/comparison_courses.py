"""How a run went, in a few courses over its slots that several runs can share a scale for.

Source:
    Ours.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator import events
from simulator.report.facts import RunFacts
from simulator.report.model import Table
from simulator.report.sections.script_costs import read_model

_MOST_POINTS: Final = 200
"""A small multiple is hardly wider."""

_COUNTED: Final = ("blocks", "usable", "settled", "refused")


@dataclass(frozen=True, slots=True)
class Courses:
    """One run's courses.

    Attributes:
        points: At the ends of slots, all of them sums since the first slot but ``in_flight``:
            ``slot blocks usable settled refused seconds in_flight``. ``settled`` counts deposits,
            ``refused`` shard blocks, ``seconds`` are modelled, of validating.
    """

    points: Mapping[str, Sequence[Any]]


class CourseCollector:
    """Counts through a run."""

    def __init__(self, facts: RunFacts) -> None:
        """Start with zeros."""
        self._stride = -(-facts.slots // _MOST_POINTS)
        self._last_slot = facts.slots
        self._model = read_model(facts.costs)
        self._points = Table("slot", *_COUNTED, "seconds", "in_flight")
        self._counts: Counter[str] = Counter()
        self._usable: set[str] = set()
        self._settled: set[int] = set()

    def add(self, event: events.Event) -> None:
        """Take in one event."""
        match event:
            case events.ShardBlockAccepted():
                self._counts["blocks"] += 1
            case events.ShardBlockRejected():
                self._counts["refused"] += 1
            case events.ScriptUsable():
                self._usable.add(event.script)
            case events.DepositStep():
                self._step(event)
            case events.ScriptValidated():
                self._counts["paid"] += event.size_bytes * event.new_nodes
            case events.SlotClosed():
                self._close(event)

    def finish(self) -> Courses:
        """Return the model."""
        return Courses(self._points.to_columns())

    def _step(self, step: events.DepositStep) -> None:
        if step.event == "settled":
            self._settled.add(step.deposit)
        elif step.event == "reverted":
            self._settled.discard(step.deposit)

    def _close(self, closed: events.SlotClosed) -> None:
        if closed.slot % self._stride and closed.slot != self._last_slot:
            return
        self._counts["usable"], self._counts["settled"] = len(self._usable), len(self._settled)
        model = self._model
        self._points.add(
            slot=closed.slot,
            seconds=None if model is None else model.compute_seconds(self._counts["paid"]),
            in_flight=closed.in_flight,
            **{name: self._counts[name] for name in _COUNTED},
        )
