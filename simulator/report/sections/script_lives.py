"""The lives of scripts as columns: from the request to be registered to the last call.

Source:
    PROTOCOL 6, 7.
"""

from typing import Any, Final

from simulator import events
from simulator.report.model import Table
from simulator.report.sections.script_failures import FailureCollector

_MOST_SCRIPTS: Final = 1_500
"""Beyond, a page would be too large to open; the metrics count the others."""

_COLUMNS: Final = (
    "name", "submitted", "sender", "bytes", "hash", "flaw", "attack", "registered", "index", "fee",
    "refused", "by", "code", "usable", "settled", "called", "calls", "noops", "failed", "dropped",
    "fuel", "marks", "mark", "verdict", "until", "condemned", "returned", "rewarded", "burned",
)  # fmt: skip

_UNKNOWN: Final = dict.fromkeys(
    (
        "registered",
        "index",
        "fee",
        "refused",
        "usable",
        "settled",
        "called",
        "verdict",
        "until",
        "condemned",
    )
)
_ZEROS: Final = dict.fromkeys(
    ("calls", "noops", "failed", "dropped", "fuel", "marks", "returned", "rewarded", "burned"), 0
)
_EMPTY: Final = dict.fromkeys(("by", "code", "mark"), "")


class LifeCollector:
    """Keeps one record per script, by its name."""

    def __init__(self) -> None:
        """Start empty."""
        self.scripts = Table(*_COLUMNS)
        self.failures = FailureCollector()
        self.left_out = 0
        self._positions: dict[str, int] = {}

    def find(self, script: str) -> int | None:
        """Return the position of a script, None if it is left out."""
        return self._positions.get(script)

    def add(self, event: events.Event) -> None:
        """Take in one event, if it is about a script."""
        if isinstance(event, events.ScriptSubmitted):
            self._submit(event)
        position = self._positions.get(getattr(event, "script", ""))
        if position is None:
            return
        self.failures.add(position, event)
        match event:
            case events.ScriptRegistered():
                self._set(
                    position,
                    registered=event.slot,
                    index=event.index,
                    fee=event.fee,
                    code=event.rule,
                    by="the placement" if event.rule else "",
                )
            case events.ScriptRefused():
                self._set(position, refused=event.slot, code=event.code, by=event.by)
            case events.ScriptUsable():
                self._set(position, usable=event.slot + 1)
            case events.ScriptSettled():
                self._set(position, settled=event.slot + 1)
            case events.MarkWritten():
                self._mark(position, event)
            case events.BondSettled():
                for name in ("returned", "rewarded", "burned"):
                    self._count(position, name, getattr(event, name))
            case _:
                self._call(position, event)

    def _submit(self, event: events.ScriptSubmitted) -> None:
        if event.script in self._positions:
            return
        if len(self.scripts) >= _MOST_SCRIPTS:
            self.left_out += 1
            return
        self._positions[event.script] = self.scripts.add(
            name=event.script,
            submitted=event.slot,
            sender=event.sender,
            bytes=event.size_bytes,
            hash=event.code_hash,
            flaw=event.rule,
            attack=event.attack,
            **_UNKNOWN,
            **_ZEROS,
            **_EMPTY,
        )

    def _mark(self, position: int, event: events.MarkWritten) -> None:
        self._count(position, "marks")
        verdict = None if event.says_valid is None else int(event.says_valid)
        condemned = self.scripts.get(position, "condemned")
        if verdict is not None:
            condemned = None if verdict else condemned or event.slot
        self._set(position, mark=event.mark, verdict=verdict, until=event.until_slot)
        self._set(position, condemned=condemned)

    def _call(self, position: int, event: events.Event) -> None:
        match event:
            case events.ShardBlockAccepted():
                self._count(position, "noops" if event.noop_rule else "calls")
                self._count(position, "fuel", event.fuel)
                if not event.noop_rule and self.scripts.get(position, "called") is None:
                    self._set(position, called=event.slot)
            case events.ShardBlockRejected():
                self._count(position, "failed")
            case events.CallDropped():
                self._count(position, "dropped")

    def _set(self, position: int, **values: Any) -> None:  # noqa: ANN401 - of any column
        for name, value in values.items():
            self.scripts.replace(position, name, value)

    def _count(self, position: int, name: str, amount: int = 1) -> None:
        self.scripts.replace(position, name, self.scripts.get(position, name) + amount)
