"""What a lesson's file may say: pydantic models.

A lesson is a scenario and a narration of it. Narrations hold no numbers: a name in braces
stands for one, and ``values`` says where in the run it comes from.

Source:
    Ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from chain.constants import CODE_BYTES_LIMIT
from simulator.loader import LoadedScenario
from simulator.reach import Reach
from simulator.scenario import HexBytes, Model

ValueName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
Slots = tuple[int | ValueName, int | ValueName]
"""First and last slot, as numbers or as names of values."""
Filter = Mapping[str, bool | int | str]
"""Fields of an event and what they must be; true and false ask whether there is anything."""

_MAX_FILE_BYTES: Final = CODE_BYTES_LIMIT

SOURCES: Final = (
    "config",
    "scenario",
    "metric",
    "event",
    "execution",
    "code",
    "slot",
    "sum",
    "difference",
    "product",
    "quotient",
)


class Value(Model):
    """A number or a word that the run knows: exactly one source, and how to show it."""

    config: str | None = None
    """A setting of the chain, dotted."""
    scenario: str | None = None
    """A setting of the scenario, dotted."""
    metric: str | None = None
    """A metric, as it is when the value is shown."""
    event: Filter | None = None
    """Events of a kind, up to now."""
    execution: ValueName | None = None
    """What one of the lesson's executions came to."""
    code: str | None = None
    """Size in bytes of a script's code, by its path in the scenario."""
    slot: Literal["now", "end"] | None = None
    """The slot that ran last, or the scenario's last."""
    sum: tuple[ValueName, ValueName] | None = None
    difference: tuple[ValueName, ValueName] | None = None
    product: tuple[ValueName, ValueName] | None = None
    quotient: tuple[ValueName, ValueName] | None = None
    field: str | None = None
    """Of an event or an execution: which field."""
    pick: Literal["first", "last", "total", "largest", "count"] = "first"
    """Of several events: which, or what of all of them."""
    read: Literal["size", "integer"] | None = None
    """Of bytes or hex: how many bytes, or the little-endian number in the first eight."""
    show: Literal["plain", "eth", "root", "milliseconds", "seconds", "times", "chain"] = "plain"
    """How it is written."""
    unit: str = ""
    """Noun that follows the number, in the singular."""
    run: ValueName | None = None
    """Which of the lesson's other runs it is from, by default the one that is told."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of: {', '.join(SOURCES)}")
        needs_field = (self.event is not None and self.pick != "count") or self.execution
        if needs_field and self.field is None:
            raise ValueError("needs a field")
        return self

    @property
    def source(self) -> str:
        """Return the key that says where the value comes from."""
        return next(name for name in SOURCES if getattr(self, name) is not None)

    @property
    def operands(self) -> tuple[str, ...]:
        """Return the names of the values that this one is computed from."""
        return self.sum or self.difference or self.product or self.quotient or ()


class Execution(Model):
    """A script that runs once, outside any chain."""

    script: str
    """Path of the .wasm file, relative to the scenario."""
    state: HexBytes = "00" * 32
    """The 32 bytes before."""
    data: HexBytes = ""
    """Block data."""


class Fact(Model):
    """A line of a table: what it is, and named values."""

    label: Text
    values: tuple[ValueName, ...]


class Table(Model):
    """Named values in rows."""

    columns: tuple[str, ...] = ()
    """Headings of the values' columns, if there is more than one."""
    rows: tuple[Fact, ...]


class Bars(Model):
    """Named values as lengths."""

    title: Text
    rows: tuple[Fact, ...]


class Story(Model):
    """What happened in some slots, in sentences."""

    slots: Slots
    chains: tuple[str, ...] = ()
    """Only these, by default all."""
    kinds: tuple[str, ...] = ()
    """Only events of these kinds, by default all that are worth a sentence."""
    run: ValueName | None = None


class Lanes(Model):
    """Every chain as a row, every slot as a cell."""

    slots: Slots
    run: ValueName | None = None


class Journey(Model):
    """The life of one deposit so far."""

    deposit: Annotated[int, Field(ge=1)] | ValueName
    run: ValueName | None = None


class Source(Model):
    """A file that the lesson shows."""

    file: str
    """Path relative to the scenario."""
    language: Literal["wat", "rust", "yaml"]


class Choice(Model):
    """One answer to choose."""

    text: Text
    right: bool | str = False
    """Whether it is right: yes or no, or a comparison of values, ``name < name``."""


class Question(Model):
    """Something to think about: choices, a number, or neither, if it has no one answer."""

    ask: Text
    choices: tuple[Choice, ...] = ()
    number: ValueName | None = None
    """The value that is the answer."""
    answer: Text
    """What to read afterwards."""

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        if self.choices and self.number is not None:
            raise ValueError("choices and number exclude each other")
        if len(self.choices) == 1:
            raise ValueError("one choice is none")
        return self


PARTS: Final = (
    "prose",
    "run_to",
    "table",
    "bars",
    "story",
    "lanes",
    "journey",
    "source",
    "execution",
    "question",
)


class Part(Model):
    """A piece of a step: exactly one of the keys."""

    prose: Text | None = None
    """Markdown."""
    run_to: Annotated[int, Field(ge=1)] | Literal["end"] | ValueName | None = None
    """The chains run up to this slot."""
    table: Table | None = None
    bars: Bars | None = None
    story: Story | None = None
    lanes: Lanes | None = None
    journey: Journey | None = None
    source: Source | None = None
    execution: ValueName | None = None
    question: Question | None = None

    @model_validator(mode="after")
    def _is_one_part(self) -> Self:
        if sum(getattr(self, name) is not None for name in PARTS) != 1:
            raise ValueError(f"needs exactly one of: {', '.join(PARTS)}")
        return self


class Step(Model):
    """What fits on one slide, or nearly."""

    title: Text
    parts: tuple[Part, ...]


class Narration(Model):
    """A whole file."""

    title: Text
    goal: Text
    """What one knows afterwards, in a sentence."""
    scenario: str
    """The scenario that is told, relative to the file."""
    runs: Mapping[ValueName, tuple[str, ...]] = {}
    """Other runs of the scenario, by the settings that they replace: ``key=value``."""
    executions: Mapping[ValueName, Execution] = {}
    values: Mapping[ValueName, Value] = {}
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson that can be told.

    Attributes:
        number: From 1.
        name: File name without its ending.
        narration: What is told.
        loaded: The scenario of the run that is told.
        runs: The scenarios of the other runs.
        folder: Where the scenario is, for the files that it names.
        reach: Where these files may be.
    """

    number: int
    name: str
    narration: Narration
    loaded: LoadedScenario
    runs: Mapping[str, LoadedScenario]
    folder: Path
    reach: Reach

    def read_file(self, name: str) -> bytes:
        """Return a file that the narration names.

        Raises:
            FileRefused: It cannot be read, or must not be.
        """
        return self.reach.read(self.folder / name, _MAX_FILE_BYTES)
