"""The chains: blocks as cells of lanes, crosslinks, the steps of deposits, and words for a slot.

Source:
    Ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator import events
from simulator.report.explain import tell
from simulator.report.facts import RunFacts
from simulator.report.model import Section, Table, Words
from simulator.report.sections.chain_blocks import BlockCollector
from simulator.report.sections.chain_deposits import DepositCollector
from simulator.report.sections.lanes import find_lane

Columns = Mapping[str, Sequence[Any]]

_QUEUES: Final = ("claim_queue", "withdrawal_queue", "relay_queue", "delivery_queue", "in_flight")


@dataclass(frozen=True, slots=True)
class Chains:
    """What the lanes are drawn from. Lane 0 is the beacon chain, lane ``n + 1`` is shard ``n``.

    Attributes:
        words: Strings that the columns refer to by number.
        root_digits: Hex digits kept of roots; 64 unless there are very many blocks. With more than
            that, ``state`` is empty.
        beacon: Beacon blocks: ``slot proposer root size crosslinks registrations claims
            withdrawals reports refused reason undone``. ``refused`` is the word of the broken
            rule, 0 for an accepted block; ``undone`` the slot in which it was orphaned, or 0.
        blocks: Shard blocks: ``slot lane proposer script root state beacon frame data deposits
            fuel ticks calls noop refused reason undone``, in order. ``state`` is the script's root
            afterwards, ``beacon`` the word of the beacon state's root that it was built on,
            ``frame`` its size without its data, ``noop`` the word of why the script did not run.
        crosslinks: ``slot shard start end blocks root undone``.
        deposits: ``number script route from to gwei created sender recipient``.
        left_out: Deposits of the run that are not among them, because there are so many.
        steps: Theirs, in order: ``deposit slot lane step proof beacon note account before after``.
            ``deposit`` is a position in ``deposits``; ``before`` and ``after`` are Gwei or null.
        stories: Sentences about what else happened: ``slot lane tone text``.
        books: Per slot from 1, at its end: lengths of queues, and Gwei in flight.
    """

    words: Sequence[str]
    root_digits: int
    beacon: Columns
    blocks: Columns
    crosslinks: Columns
    deposits: Columns
    left_out: int
    steps: Columns
    stories: Columns
    books: Columns


class ChainsCollector:
    """Turns events into cells, arcs and sentences."""

    def __init__(self, _facts: RunFacts) -> None:
        """Start empty."""
        self._words = Words()
        self._blocks = BlockCollector(self._words)
        self._deposits = DepositCollector(self._words)
        self._stories = Table("slot", "lane", "tone", "text")
        self._books = Table(*_QUEUES)

    def add(self, event: events.Event) -> None:
        """Take in one event."""
        self._blocks.add(event)
        self._deposits.add(event)
        if isinstance(event, events.SlotClosed):
            self._books.add(**{name: getattr(event, name) for name in _QUEUES})
        story = tell(event)
        if story is not None:
            self._stories.add(
                slot=event.slot,
                lane=find_lane(event.chain),
                tone=self._words.add(story.tone),
                text=self._words.add(story.text),
            )

    def finish(self) -> Chains:
        """Return the model."""
        digits = self._blocks.shorten_roots()
        return Chains(
            words=self._words.to_list(),
            root_digits=digits,
            beacon=self._blocks.beacon.to_columns(),
            blocks=self._blocks.shards.to_columns(),
            crosslinks=self._blocks.crosslinks.to_columns(),
            deposits=self._deposits.deposits.to_columns(),
            left_out=self._deposits.left_out,
            steps=self._deposits.steps.to_columns(),
            stories=self._stories.to_columns(),
            books=self._books.to_columns(),
        )


SECTION: Final = Section("chains", "The chains", ChainsCollector)
