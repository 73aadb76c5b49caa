"""Deposits in flight: where each of them is, and which have been for longest.

Source:
    PROTOCOL 8 (the steps of a deposit).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

from simulator.events import DepositCreated, DepositStep
from simulator.metrics.transfers import DEPOSIT_STEPS

_ASKED: Final = "asked"
_ENDS: Final = frozenset({"settled", "rejected", "returned"})
_ORDER: Final = {step: place for place, step in enumerate((_ASKED, *DEPOSIT_STEPS))}


@dataclass(slots=True)
class OpenDeposit:
    """What is shown of a deposit on its way.

    Attributes:
        created: Who wants what, and since when.
        step: The last step it took.
    """

    created: DepositCreated
    step: str = _ASKED


class OpenDeposits:
    """Folds steps into what is on its way now.

    One that ended can be called back, so that all of them are kept.

    Attributes:
        created: How many there were.
        settled: How many arrived, and are not called back.
        failed: How many were rejected, or returned to their senders.
    """

    def __init__(self) -> None:
        """Start without any."""
        self.created = 0
        self._deposits: dict[int, OpenDeposit] = {}
        self._open: set[int] = set()
        self._steps: Counter[str] = Counter()

    def create(self, event: DepositCreated) -> None:
        """Take in a new one."""
        self.created += 1
        self._deposits[event.deposit] = OpenDeposit(event)
        self._open.add(event.deposit)
        self._steps[_ASKED] += 1

    def advance(self, event: DepositStep) -> None:
        """Take in a step."""
        deposit = self._deposits[event.deposit]
        self._steps[deposit.step] -= 1
        self._steps[event.event] += 1
        deposit.step = event.event
        if event.event in _ENDS:
            self._open.discard(event.deposit)
        else:
            self._open.add(event.deposit)

    @property
    def in_flight(self) -> int:
        """Return how many have not ended."""
        return len(self._open)

    @property
    def settled(self) -> int:
        """Return how many arrived, and were not called back."""
        return self._steps["settled"]

    @property
    def failed(self) -> int:
        """Return how many were rejected, or went back to their senders."""
        return self._steps["rejected"] + self._steps["returned"]

    def count_steps(self) -> Mapping[str, int]:
        """Return how many in flight took which step last, in the order of steps."""
        steps = sorted(self._steps, key=_ORDER.__getitem__)
        return {
            step: self._steps[step] for step in steps if self._steps[step] and step not in _ENDS
        }

    def find_oldest(self, count: int) -> list[OpenDeposit]:
        """Return those in flight that were asked for first; numbers are given in that order."""
        return [self._deposits[number] for number in nsmallest(count, self._open)]
