"""What the parts of a page are made of: sections, the collectors that feed them, columns.

A section of the page is

- a module in ``simulator/report/sections/`` with a ``Section``,
- a template ``templates/sections/NAME.html.j2`` with its static markup,
- ``assets/js/sections/NAME.js``, which draws it, and ``assets/css/sections/NAME.css``.

Its data come from one pass over a run's events: ``start`` makes a collector, which is given every
event in order and then asked for the section's model, a frozen dataclass. All models of a run go
into one JSON document inside the page::

    {"facts": RunFacts, "sections": {"chains": Chains, ...}}

and what concerns all runs together, made by ``combine``, into one more::

    {"runs": [label, ...], "sections": {"comparison": ...}}

Many alike records are kept as columns, one list per field, and strings that repeat as a number
into a list of strings: that is a fifth of the bytes, and what a drawing loop wants.

Source:
    Ours.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Protocol

from simulator.events import Event
from simulator.report.facts import RunFacts


class Collector(Protocol):
    """Takes in a run's events and makes a section's model of them."""

    def add(self, event: Event) -> None:
        """Take in one event."""

    def finish(self) -> object:
        """Return the model: a dataclass of columns, numbers and strings."""


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """A run as the page knows it.

    Attributes:
        facts: What identifies it.
        sections: The models of its sections, by name.
    """

    facts: RunFacts
    sections: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page.

    Attributes:
        name: Of its files, its anchor, and its key in the documents.
        title: Its heading.
        start: Makes the collector of one run, unless no run of its own has data for it.
        combine: Makes a model of all runs, None where they have nothing to say together.
    """

    name: str
    title: str
    start: Callable[[RunFacts], Collector] | None = None
    combine: Callable[[Sequence[ReportedRun]], object | None] | None = None


class Words:
    """Strings by number, each kept once; 0 is the empty string."""

    def __init__(self) -> None:
        """Start with the empty string alone."""
        self._numbers: dict[str, int] = {"": 0}

    def add(self, word: str) -> int:
        """Return the number of a string."""
        return self._numbers.setdefault(word, len(self._numbers))

    def to_list(self) -> Sequence[str]:
        """Return all strings in the order of their numbers."""
        return tuple(self._numbers)


class Table:
    """Records that become columns."""

    def __init__(self, *names: str) -> None:
        """Name the columns."""
        self._columns: dict[str, list[Any]] = {name: [] for name in names}

    def __len__(self) -> int:
        """Return the number of records."""
        return len(next(iter(self._columns.values())))

    def add(self, **values: object) -> int:
        """Add a record with a value for every column, and return its position."""
        position = len(self)
        for name, column in self._columns.items():
            column.append(values[name])
        return position

    def replace(self, position: int, name: str, value: object) -> None:
        """Change one value of a record."""
        self._columns[name][position] = value

    def get(self, position: int, name: str) -> Any:  # noqa: ANN401 - whatever the column holds
        """Return one value of a record."""
        return self._columns[name][position]

    def change(self, name: str, function: Callable[[Any], Any]) -> None:
        """Change a whole column."""
        self._columns[name] = [function(value) for value in self._columns[name]]

    def to_columns(self) -> Mapping[str, Sequence[Any]]:
        """Return the columns by name."""
        return self._columns


def flatten(model: object) -> Any:  # noqa: ANN401 - JSON
    """Return a model as JSON knows it: dataclasses as objects, the rest as it is."""
    if is_dataclass(model):
        return {field.name: flatten(getattr(model, field.name)) for field in fields(model)}
    if isinstance(model, Mapping):
        return {str(key): flatten(value) for key, value in model.items()}
    if isinstance(model, Iterable) and not isinstance(model, str):
        values = list(model)
        plain = all(isinstance(value, int | str) for value in values)
        return values if plain else [flatten(value) for value in values]
    return model
