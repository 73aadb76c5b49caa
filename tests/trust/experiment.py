"""What an experiment is, and what it tells.

Source:
    Ours: one shape for all experiments, so that one command runs them, any case can be met
    again by its number and seed, and the page of results is written by nobody's hand.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Final

MOST_FAILURES_KEPT: Final = 20


class Section(Enum):
    """The parts of the page of results, in its order."""

    ORACLES = "Independent oracles"
    ATTACKS = "Attacks"
    CRASHES = "Crashes"
    KEEPING = "Keeping it so"


@dataclass(frozen=True, slots=True)
class Cases:
    """Some cases of an experiment.

    Attributes:
        experiment: Its name.
        seed: Of the whole experiment.
        numbers: Which cases.
    """

    experiment: str
    seed: int
    numbers: range

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def make_rng(self, number: int) -> Random:
        """Return the chance of one case, the same whichever other cases are tried."""
        return Random(f"{self.experiment}/{self.seed}/{number}")  # noqa: S311 - must repeat


@dataclass(slots=True)
class Tally:
    """What came of cases.

    Attributes:
        tried: How many cases.
        outcomes: How many came to what.
        explained: Disagreements that have a reason, by the reason.
        failures: What must not be, each with the number of its case; the first few of them.
        failed: How many there are.
        peaks: The greatest value seen of anything worth stating, by name with its unit.
        tables: What is worth more than a count: by the table's heading, ``row | cells``, and
            by its rows, how often which cell was told.
    """

    tried: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    failed: int = 0
    peaks: dict[str, float] = field(default_factory=dict)
    tables: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)

    def count(self, outcome: str, times: int = 1) -> None:
        """Count what a case came to; a case may come to several things."""
        self.outcomes[outcome] += times

    def explain(self, reason: str) -> None:
        """Count a disagreement that has a reason."""
        self.explained[reason] += 1

    def fail(self, number: int, what: str) -> None:
        """Tell of a case that shows the claim wrong."""
        self.failed += 1
        if len(self.failures) < MOST_FAILURES_KEPT:
            self.failures.append(f"case {number}: {what}")

    def peak(self, name: str, value: float) -> None:
        """Remember the greatest value of something."""
        self.peaks[name] = max(value, self.peaks.get(name, value))

    def tell(self, heading: str, row: str, cell: str, times: int = 1) -> None:
        """Tell of something in a table's row."""
        self.tables.setdefault(heading, {}).setdefault(row, Counter())[cell] += times

    def add(self, other: "Tally") -> None:
        """Take in what came of other cases."""
        self.tried += other.tried
        self.outcomes += other.outcomes
        self.explained += other.explained
        self.failed += other.failed
        self.failures = (self.failures + other.failures)[:MOST_FAILURES_KEPT]
        for name, value in other.peaks.items():
            self.peak(name, value)
        for heading, rows in other.tables.items():
            for row, cells in rows.items():
                for cell, times in cells.items():
                    self.tell(heading, row, cell, times)


Examine = Callable[[Cases, Tally], None]
"""Tries cases and tells what came of them; must be importable by name in another process."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """A claim and how it is tried.

    Attributes:
        name: In snake case; also the name of its file of results.
        section: Where the page tells of it.
        claim: What holds, one sentence.
        method: What is tried and against what, a sentence or two.
        unit: What the cases are, plural: "modules".
        full: Cases at full size; a function where they are enumerated rather than drawn.
        quick: Cases in continuous integration; 0 for what cannot be had at a small size, whose
            parts have tests of their own.
        examine: Tries them.
        found: What was found and fixed, one sentence each.
        is_exhaustive: The cases are all there are, so that a smaller size is spread over them
            evenly; otherwise they are drawn, and a smaller size is the first of them.
        is_parallel: Whether the cases may be shared among processes.
        find_obstacle: Says why the experiment cannot be tried on this machine, or nothing where
            it can: what it needs beyond Python's packages is not everywhere. None if it needs
            nothing.
    """

    name: str
    section: Section
    claim: str
    method: str
    unit: str
    full: int | Callable[[], int]
    quick: int
    examine: Examine
    found: tuple[str, ...] = ()
    is_exhaustive: bool = False
    is_parallel: bool = True
    find_obstacle: Callable[[], str] | None = None

    def get_obstacle(self) -> str:
        """Return why the experiment cannot be tried here; empty where it can."""
        return self.find_obstacle() if self.find_obstacle else ""

    def select_cases(self, seed: int, *, is_full: bool) -> Cases:
        """Return the cases of a size."""
        total = self.full if isinstance(self.full, int) else self.full()
        wanted = total if is_full else min(self.quick, total)
        step = max(1, total // max(1, wanted)) if self.is_exhaustive else 1
        return Cases(self.name, seed, range(0, total, step)[:wanted])
