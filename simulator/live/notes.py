"""What stood out, in words: the few events among thousands that a watcher should not miss.

Source:
    Ours.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from simulator import events

_KEPT: Final = 100
_PLACES_SHOWN: Final = 3


class Tone(Enum):
    """How a note is meant."""

    GOOD = "good"
    PLAIN = "plain"
    BAD = "bad"


@dataclass(slots=True)
class Note:
    """Something that stood out in a slot, perhaps on several chains.

    Attributes:
        slot: When.
        what: What happened, in words.
        tone: How it is meant.
        places: Chains on which it did, in order, once each time.
    """

    slot: int
    what: str
    tone: Tone
    places: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Return where it happened and what."""
        shown = list(dict.fromkeys(self.places))
        where = ", ".join(shown[:_PLACES_SHOWN])
        if len(shown) > _PLACES_SHOWN:
            where += f" and {len(shown) - _PLACES_SHOWN} more"
        times = f" (x{len(self.places)})" if len(self.places) > len(shown) else ""
        return f"{where}: {self.what}{times}"


class Notes:
    """The last things that stood out; the same on several chains in a slot is one."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._notes: deque[Note] = deque(maxlen=_KEPT)
        self._has_settled = False

    def add(self, event: events.Event) -> None:
        """Take in an event of a kind that may stand out."""
        found = self._judge(event)
        if found is None:
            return
        tone, what = found
        for note in reversed(self._notes):
            if note.slot != event.slot:
                break
            if note.what == what:
                note.places.append(event.chain)
                return
        self._notes.append(Note(event.slot, what, tone, [event.chain]))

    def read_last(self, count: int) -> Iterator[Note]:
        """Yield the last ones, the newest first."""
        for note, _ in zip(reversed(self._notes), range(count), strict=False):
            yield note

    def _judge(self, event: Any) -> tuple[Tone, str] | None:  # noqa: ANN401 - told apart below
        match event:
            case events.DepositStep():
                return self._judge_step(event)
            case events.BeaconBlockRejected() | events.ShardBlockRejected():
                return Tone.BAD, f"block refused, {event.code.replace('_', ' ')}"
            case events.BeaconBlockOrphaned():
                return Tone.BAD, f"the block of slot {event.block_slot} is orphaned"
            case events.ShardReverted():
                return Tone.BAD, f"blocks from slot {event.from_slot} on called back"
            case events.FaultStruck():
                came = "" if event.succeeded else ", without success"
                return Tone.BAD, f"fault {event.fault}{came}: {event.note}"
            case _:
                return _judge_script(event)

    def _judge_step(self, step: events.DepositStep) -> tuple[Tone, str] | None:
        if step.event == "settled" and not self._has_settled:
            self._has_settled = True
            return Tone.GOOD, f"deposit {step.deposit} settled, the first"
        words = _TROUBLED_STEPS.get(step.event)
        return None if words is None else (Tone.BAD, words)


_TROUBLED_STEPS: Final = {
    "rejected": "deposit rejected",
    "reverted": "deposit set back",
    "expired": "deposit expired",
    "returned": "deposit returned to its sender",
    "stuck": "deposit stuck",
}


def _judge_script(event: Any) -> tuple[Tone, str] | None:  # noqa: ANN401 - told apart below
    match event:
        case events.ScriptRegistered():
            if event.rule:
                return Tone.BAD, f"{event.script} registered, but broken: {_name(event.rule)}"
            return Tone.PLAIN, f"{event.script} registered as script {event.index}"
        case events.ScriptRefused():
            return Tone.BAD, f"{event.script} refused by {event.by}: {_name(event.code)}"
        case events.ScriptUsable():
            return Tone.GOOD, f"{event.script} can be called from now on"
        case _:
            return None


def _name(code: str) -> str:
    return code.replace("_", " ")
