"""What went wrong with scripts: where, the code, the byte offset, how often.

Source:
    Ours.
"""

from typing import Final

from simulator import events
from simulator.report.model import Table
from simulator.report.reasons import describe_refusal

NO_OFFSET: Final = -1
"""Only validating knows at which byte a rule is broken."""


class FailureCollector:
    """Counts alike failures together; when the first and the last of them happened."""

    def __init__(self) -> None:
        """Start empty."""
        self.failures = Table(
            "script", "what", "code", "offset", "first", "last", "count", "meaning"
        )
        self._positions: dict[tuple[int, str, str, int], int] = {}

    def add(self, script: int, event: events.Event) -> None:
        """Take in one event about a script, if something failed in it."""
        match event:
            case events.ScriptRefused():
                self._count(script, event, f"registration refused by {event.by}", event.code)
            case events.ScriptRegistered() if event.rule:
                self._count(script, event, "registered as invalid", event.rule)
            case events.ScriptValidated() if event.rule:
                self._count(script, event, f"validated by {event.role}", event.rule, event.offset)
            case events.ShardBlockRejected():
                code = f"{event.code}:{event.outcome}" if event.outcome else event.code
                self._count(script, event, "shard block refused", code)
            case events.ShardBlockAccepted() if event.noop_rule:
                self._count(script, event, "block without effect", event.noop_rule)
            case events.CallDropped():
                self._count(script, event, "call dropped", event.code)

    def _count(
        self, script: int, event: events.Event, what: str, code: str, offset: int = NO_OFFSET
    ) -> None:
        key = (script, what, code, offset)
        position = self._positions.get(key)
        if position is None:
            position = self._positions[key] = self.failures.add(
                script=script,
                what=what,
                code=code,
                offset=offset,
                first=event.slot,
                last=event.slot,
                count=0,
                meaning=describe_refusal(*code.split(":", 1)),
            )
        self.failures.replace(position, "last", event.slot)
        self.failures.replace(position, "count", self.failures.get(position, "count") + 1)
