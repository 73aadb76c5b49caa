"""Telling a lesson: narration and run in, pieces to show out; nothing here prints.

Source:
    Ours: the terminal and the page show the same pieces, so both tell the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chain.eei import CompiledStore
from simulator.errors import UserError
from simulator.lessons.narration import (
    Bars,
    Journey,
    Lanes,
    Lesson,
    Part,
    Question,
    Source,
    Step,
    Story,
    Table,
)
from simulator.lessons.story import list_lanes, tell_event
from simulator.lessons.values import Record
from simulator.terminal import format_call, format_gwei


@dataclass(frozen=True, slots=True)
class ToldProse:
    """Markdown, numbers filled in."""

    markdown: str


@dataclass(frozen=True, slots=True)
class ToldRun:
    """The chains are about to run these slots."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ToldTable:
    """Rows of text.

    Attributes:
        columns: Headings; all empty if there are none.
        numeric: Columns that hold numbers.
        rows: Cells.
        tones: ``good``, ``bad`` or ``plain`` per row; empty if they do not matter.
    """

    columns: tuple[str, ...]
    numeric: frozenset[int]
    rows: tuple[tuple[str, ...], ...]
    tones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldLanes:
    """Chains as rows, slots as cells."""

    first: int
    last: int
    lanes: tuple[tuple[str, Sequence[str]], ...]


@dataclass(frozen=True, slots=True)
class ToldBars:
    """Values as lengths; the longest has share 1."""

    title: str
    bars: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, slots=True)
class ToldSource:
    """A file's text."""

    name: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class ToldQuestion:
    """A question, and what is right in this run.

    Attributes:
        ask: Markdown.
        choices: Text, and whether it is right: exactly one is.
        number: The right number, if a number is asked for.
        answer: Markdown.
    """

    ask: str
    choices: tuple[tuple[str, bool], ...]
    number: float | None
    answer: str

    @property
    def has_right_answer(self) -> bool:
        """Tell whether an answer can be right or wrong."""
        return bool(self.choices) or self.number is not None

    @property
    def wish(self) -> str:
        """Return what kind of answer is asked for."""
        if self.choices:
            return "a letter"
        return "a thought" if self.number is None else "a number"

    @property
    def right_choice(self) -> int:
        """Return the position of the right choice."""
        return next(place for place, (_, is_right) in enumerate(self.choices) if is_right)

    def is_right(self, given: str) -> bool:
        """Tell whether an answer is right: a letter of a choice, or a number."""
        text = given.strip().lower().replace(",", "")
        if self.choices:
            return text[:1] == chr(ord("a") + self.right_choice)
        try:
            return self.number is not None and float(text.split()[0]) == self.number
        except (ValueError, IndexError):
            return False


Told = ToldProse | ToldRun | ToldTable | ToldLanes | ToldBars | ToldSource | ToldQuestion


class Telling:
    """A lesson that is being told.

    Attributes:
        lesson: The lesson.
        record: Its runs, as far as they have come.
    """

    def __init__(self, lesson: Lesson, compiled: CompiledStore | None = None) -> None:
        """Open the lesson; the chains are at genesis.

        Args:
            lesson: The lesson.
            compiled: Where compiled scripts are kept between runs, if anywhere.
        """
        self.lesson = lesson
        self.record = Record(lesson, compiled)

    def tell(self, step: Step) -> Iterator[Told]:
        """Yield the pieces of a step; a run happens after whoever listens has heard of it."""
        for part in step.parts:
            yield from self._tell_part(part)

    def skip(self, steps: Sequence[Step]) -> None:
        """Let the chains run as far as these steps do, telling nothing."""
        for step in steps:
            for part in step.parts:
                if part.run_to is not None:
                    self.record.main.run_to(self._find_slot(part.run_to))

    def _tell_part(self, part: Part) -> Iterator[Told]:
        if part.run_to is not None:
            yield from self._run(part.run_to)
            return
        for name, teller in _TELLERS.items():
            given = getattr(part, name)
            if given is not None:
                yield teller(self, given)

    def _run(self, target: int | str) -> Iterator[ToldRun]:
        main, last = self.record.main, self._find_slot(target)
        if last > main.slot:
            yield ToldRun(main.slot + 1, last)
            main.run_to(last)

    def _find_slot(self, target: int | str) -> int:
        main = self.record.main
        if target == "end":
            return main.last_slot
        return target if isinstance(target, int) else int(self.record.compute(target))

    def _tell_prose(self, markdown: str) -> ToldProse:
        return ToldProse(self.record.fill(markdown))

    def _tell_table(self, table: Table) -> ToldTable:
        record = self.record
        rows = tuple(
            (record.fill(row.label), *(record.format(name) for name in row.values))
            for row in table.rows
        )
        width = len(rows[0])
        columns = ("", *table.columns) if table.columns else ("",) * width
        return ToldTable(columns, frozenset(range(1, width)), rows)

    def _tell_bars(self, bars: Bars) -> ToldBars:
        record = self.record
        numbers = [float(record.compute(row.values[0])) for row in bars.rows]
        longest = max(numbers, default=0) or 1.0
        return ToldBars(
            record.fill(bars.title),
            tuple(
                (record.fill(row.label), record.format(row.values[0]), number / longest)
                for row, number in zip(bars.rows, numbers, strict=True)
            ),
        )

    def _tell_story(self, story: Story) -> ToldTable:
        run = self.record.get_run(story.run)
        first, last = (self._find_slot(slot) for slot in story.slots)
        rows, tones = [], []
        for event in run.events:
            wanted = (not story.chains or event.chain in story.chains) and (
                not story.kinds or event.kind in story.kinds
            )
            told = tell_event(event) if wanted and first <= event.slot <= last else None
            if told is not None:
                rows.append((str(event.slot), event.chain, told[1]))
                tones.append(told[0])
        if not rows:
            raise UserError(f"{self.lesson.name}: nothing to tell of slots {first} to {last}")
        return ToldTable(
            ("slot", "chain", "what happened"), frozenset({0}), tuple(rows), tuple(tones)
        )

    def _tell_lanes(self, lanes: Lanes) -> ToldLanes:
        run = self.record.get_run(lanes.run)
        first, last = (self._find_slot(slot) for slot in lanes.slots)
        rows = list_lanes(run.events, run.loaded.config.shard_count, first, last)
        return ToldLanes(first, last, tuple(rows))

    def _tell_journey(self, journey: Journey) -> ToldTable:
        run = self.record.get_run(journey.run)
        number = journey.deposit
        deposit = run.follow(number if isinstance(number, int) else self.record.compute(number))
        rows = tuple(
            (
                str(step.slot),
                step.chain,
                step.event,
                f"{step.proof_bytes:,}" if step.proof_bytes else "",
                step.note or _describe_balance(step.before_gwei, step.after_gwei),
            )
            for step in deposit.steps
        )
        columns = ("slot", "chain", "step", "proof, bytes", "note")
        tones = tuple("good" if step.event == "settled" else "plain" for step in deposit.steps)
        return ToldTable(columns, frozenset({0, 3}), rows, tones)

    def _tell_source(self, source: Source) -> ToldSource:
        text = self.lesson.read_file(source.file).decode(errors="replace")
        return ToldSource(Path(source.file).name, source.language, text)

    def _tell_execution(self, name: str) -> ToldTable:
        wanted = self.lesson.narration.executions[name]
        result = self.record.execute(name)
        calls = [("it asks", format_call(call)) for call in result.calls]
        rows = (
            ("state before", wanted.state),
            ("block data", wanted.data or "none"),
            *calls,
            ("outcome", result.outcome),
            ("state after", result.post_state_root.hex()),
            ("work (fuel)", f"{result.fuel_used:,}"),
        )
        return ToldTable(("", ""), frozenset(), rows)

    def _tell_question(self, question: Question) -> ToldQuestion:
        record = self.record
        choices = tuple(
            (record.fill(choice.text), record.is_true(choice.right)) for choice in question.choices
        )
        if choices and sum(is_right for _, is_right in choices) != 1:
            raise UserError(
                f"{self.lesson.name}: {question.ask.strip()}: exactly one choice must be right"
            )
        number = None if question.number is None else float(record.compute(question.number))
        return ToldQuestion(
            record.fill(question.ask), choices, number, record.fill(question.answer)
        )


def _describe_balance(before_gwei: int | None, after_gwei: int | None) -> str:
    if before_gwei is None or after_gwei is None:
        return ""
    return f"account: {format_gwei(before_gwei)} before, {format_gwei(after_gwei)} after"


_TELLERS: Final[Mapping[str, Callable[[Telling, Any], Told]]] = {
    "prose": Telling._tell_prose,  # noqa: SLF001 - this class's own table
    "table": Telling._tell_table,  # noqa: SLF001 - as above
    "bars": Telling._tell_bars,  # noqa: SLF001 - as above
    "story": Telling._tell_story,  # noqa: SLF001 - as above
    "lanes": Telling._tell_lanes,  # noqa: SLF001 - as above
    "journey": Telling._tell_journey,  # noqa: SLF001 - as above
    "source": Telling._tell_source,  # noqa: SLF001 - as above
    "execution": Telling._tell_execution,  # noqa: SLF001 - as above
    "question": Telling._tell_question,  # noqa: SLF001 - as above
}
"""Keys of a part, and who tells them."""
