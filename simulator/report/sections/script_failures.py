"""What went wrong with scripts: where, the code, the byte offset, how often.

Source:
    Ours.
"""

from typing import Final

from simulator import events
from simulator.report.model import Table
from simulator.report.reasons import explain_refusal, explain_rule

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
                told = explain_rule(event.code)
                self._count(script, event, f"registration refused by {event.by}", event.code, told)
            case events.ScriptRegistered() if event.rule:
                told = explain_rule(event.rule)
                self._count(script, event, "registered as invalid", event.rule, told)
            case events.ScriptValidated() if event.rule:
                told = explain_rule(event.rule)
                what = f"validated by {event.role}"
                self._count(script, event, what, event.rule, told, event.offset)
            case events.ShardBlockRejected():
                code = f"{event.code}: {event.outcome}" if event.outcome else event.code
                told = explain_refusal(event.code, event.outcome)
                self._count(script, event, "shard block refused", code, told)
            case events.ShardBlockAccepted() if event.noop_rule:
                told = explain_rule(event.noop_rule)
                self._count(script, event, "block without effect", event.noop_rule, told)
            case events.CallDropped():
                code, _, outcome = event.code.partition(":")
                told = explain_refusal(code, outcome)
                self._count(script, event, "call dropped", event.code, told)

    def _count(
        self,
        script: int,
        event: events.Event,
        what: str,
        code: str,
        meaning: str,
        offset: int = NO_OFFSET,
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
                meaning=_shorten(meaning, code),
            )
        self.failures.replace(position, "last", event.slot)
        self.failures.replace(position, "count", self.failures.get(position, "count") + 1)


def _shorten(meaning: str, code: str) -> str:
    """Return what a code means without the code, which stands beside it."""
    told = meaning.removeprefix(code)
    return told.removeprefix(", ").removeprefix(" (").removesuffix(")" if told != meaning else "")
