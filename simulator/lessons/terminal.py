"""A lesson in the terminal: prose, a pause, the next slots; questions one can answer.

Source:
    Ours. Where nobody can answer, everything is printed without stopping.
"""

import sys
from collections.abc import Iterator, Mapping
from functools import singledispatchmethod
from typing import Final, Protocol

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from simulator.lessons.story import CELL_WORDS, CELLS
from simulator.lessons.telling import (
    Telling,
    Told,
    ToldBars,
    ToldLanes,
    ToldProse,
    ToldQuestion,
    ToldRun,
    ToldSource,
    ToldTable,
)
from simulator.terminal.columns import fill_columns, measure_column
from simulator.terminal.formats import start_table
from simulator.wording import count_of

WIDEST: Final = 80
"""Prose in longer lines is hard to read."""

_BAR_COLUMNS: Final = 24
_STYLES: Final = {"good": "green", "bad": "red", "plain": ""}
_QUIT: Final = frozenset({"q", "quit", "exit"})


class LeftLesson(Exception):
    """Whoever listened has had enough for now."""


class Audience(Protocol):
    """Who listens."""

    def ask(self, prompt: str) -> str:
        """Return what somebody types, without the line's end.

        Raises:
            EOFError: Nobody is there any more.
        """


class Keyboard:
    """Somebody at a terminal."""

    def __init__(self, console: Console) -> None:
        """Remember where to prompt."""
        self._console = console

    def ask(self, prompt: str) -> str:
        """Return a line from standard input."""
        return self._console.input(Text(prompt, style="bold cyan"))


def open_console() -> Console:
    """Return a console on today's stdout, no wider than is good for reading."""
    console = Console(file=sys.stdout, highlight=False)
    console.width = min(console.width, WIDEST)
    return console


def _fill_tables(told: ToldTable, width: int) -> Iterator[Mapping[int, str]]:
    """Yield columns with their headings, as many tables as numbers need that must not be folded.

    Args:
        told: The table; its first column says what the others are about.
        width: Of the terminal.
    """
    headings = dict(enumerate(told.columns))
    others = [position for position in headings if position]
    cells = {position: [row[position] for row in told.rows] for position in headings}
    needed = sum(measure_column(headings[place], cells[place]) for place in headings)
    if set(others) - told.numeric or needed <= width:
        yield headings
        return
    narrow = {place: heading.replace(" ", "\n") for place, heading in headings.items()}
    # No two keys are alike, and a number is never longer than what it counts.
    columns = {f"{narrow[place]}\n{place}": cells[place] for place in others}
    room = max(0, width - measure_column(narrow[0], cells[0]))
    for chosen in fill_columns(columns, room):
        places = [int(key.rpartition("\n")[2]) for key in chosen]
        yield {place: narrow[place] for place in [0, *places]}


class Stage:
    """Where a lesson is told."""

    def __init__(self, telling: Telling, console: Console, audience: Audience | None) -> None:
        """Prepare to tell.

        Args:
            telling: The lesson.
            console: Where to print.
            audience: Who can answer; None prints everything, with the answers.
        """
        self._telling = telling
        self._console = console
        self._audience = audience
        self._asked = 0
        self._right = 0

    def perform(self, first_step: int = 1) -> None:
        """Tell the lesson from a step on, to its end or until somebody leaves."""
        steps = self._telling.lesson.narration.steps
        position = first_step
        try:
            self._introduce()
            self._telling.skip(steps[: first_step - 1])
            for position in range(first_step, len(steps) + 1):
                self._perform_step(position)
                if position < len(steps):
                    self._pause("Press Enter for the next step")
        except (LeftLesson, KeyboardInterrupt, EOFError):
            self._say_goodbye(position)
        else:
            self._conclude()

    def _introduce(self) -> None:
        lesson = self._telling.lesson
        title = f"Lesson {lesson.number}: {lesson.narration.title}"
        self._console.print(Text(title, style="bold"))
        self._console.print(Text(lesson.narration.goal, style="dim"))
        scenario = lesson.loaded.scenario
        self._console.print(
            Text(f"{count_of(scenario.slots, 'slot')}, seed {scenario.seed}", style="dim")
        )
        if self._audience is not None:
            self._console.print(Text("Type q at any pause to leave.", style="dim"))

    def _perform_step(self, position: int) -> None:
        steps = self._telling.lesson.narration.steps
        step = steps[position - 1]
        self._console.print()
        title = f"{position} of {len(steps)}: {self._telling.record.fill(step.title)}"
        self._console.print(Rule(Text(title, style="bold"), align="left", characters="-"))
        for told in self._telling.tell(step):
            self._console.print()
            self._show(told)

    @singledispatchmethod
    def _show(self, told: Told) -> None:
        raise TypeError(told)

    @_show.register
    def _show_prose(self, told: ToldProse) -> None:
        self._print_markdown(told.markdown)

    @_show.register
    def _show_run(self, told: ToldRun) -> None:
        slots = (
            f"slot {told.first}"
            if told.first == told.last
            else (f"slots {told.first} to {told.last}")
        )
        self._pause(f"Press Enter to run {slots}")
        self._console.print(Text(f"[{slots}]", style="cyan"))

    @_show.register
    def _show_table(self, told: ToldTable) -> None:
        tones = told.tones or ("plain",) * len(told.rows)
        for chosen in _fill_tables(told, self._console.width):
            table = start_table(show_header=any(told.columns))
            for position, heading in chosen.items():
                is_number = position in told.numeric
                table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
            for row, tone in zip(told.rows, tones, strict=True):
                table.add_row(*(Text(row[place]) for place in chosen), style=_STYLES[tone])
            self._console.print(table)

    @_show.register
    def _show_lanes(self, told: ToldLanes) -> None:
        widest = max(len(name) for name, _ in told.lanes)
        room = self._console.width - widest - 2
        for start in range(0, told.last - told.first + 1, room):
            first = told.first + start
            last = min(told.last, first + room - 1)
            self._console.print(Text(f"{'':{widest}}  slots {first} to {last}", style="dim"))
            for name, cells in told.lanes:
                drawn = "".join(CELLS[kind] for kind in cells[start : start + room])
                self._console.print(Text(f"{name:{widest}}  {drawn}"))
        seen = [kind for kind in CELLS if any(kind in cells for _, cells in told.lanes)]
        legend = ", ".join(f"{CELLS[kind]} {CELL_WORDS[kind]}" for kind in seen)
        self._console.print(Text(legend, style="dim"))

    @_show.register
    def _show_bars(self, told: ToldBars) -> None:
        self._console.print(Text(told.title, style="bold"))
        table = start_table(show_header=False)
        table.add_column(overflow="fold")
        table.add_column(justify="right", overflow="fold")
        table.add_column()
        room = min(_BAR_COLUMNS, self._console.width // 3)
        for label, value, share in told.bars:
            table.add_row(Text(label), Text(value), Text("#" * round(share * room), style="cyan"))
        self._console.print(table)

    @_show.register
    def _show_source(self, told: ToldSource) -> None:
        self._console.print(Text(told.name, style="bold"))
        if self._console.is_terminal:
            language = {"wat": "scheme"}.get(told.language, told.language)
            self._console.print(Syntax(told.text, language, word_wrap=True, theme="ansi_dark"))
        else:
            self._console.print(Text(told.text.rstrip()))

    @_show.register
    def _show_question(self, told: ToldQuestion) -> None:
        self._console.print(Text("Question", style="bold magenta"))
        self._print_markdown(told.ask)
        for position, (text, _) in enumerate(told.choices):
            self._console.print(Padding(Text(f"{chr(ord('a') + position)}) {text}"), (0, 0, 0, 2)))
        if self._audience is not None:
            self._hear(told, self._audience)
        elif told.choices:
            self._console.print(Text(f"Right is {self._name_right_choice(told)}."))
        self._console.print(Text("Answer", style="bold magenta"))
        self._print_markdown(told.answer)

    def _hear(self, told: ToldQuestion, audience: Audience) -> None:
        wish = (
            "a letter" if told.choices else "a number" if told.number is not None else "a thought"
        )
        given = self._check(audience.ask(f"Your answer ({wish}; Enter shows mine): "))
        if not given or not told.has_right_answer:
            return
        self._asked += 1
        if told.is_right(given):
            self._right += 1
            self._console.print(Text("Right.", style="green"))
        else:
            right = f" It is {self._name_right_choice(told)}." if told.choices else ""
            self._console.print(Text(f"Not quite.{right}", style="yellow"))

    def _name_right_choice(self, told: ToldQuestion) -> str:
        return chr(ord("a") + told.right_choice)

    def _pause(self, prompt: str) -> None:
        if self._audience is not None:
            self._console.print()
            self._check(self._audience.ask(f"{prompt}: "))

    def _check(self, typed: str) -> str:
        if typed.strip().lower() in _QUIT:
            raise LeftLesson
        return typed.strip()

    def _print_markdown(self, text: str) -> None:
        self._console.print(Markdown(text, code_theme="ansi_dark"))

    def _conclude(self) -> None:
        lesson = self._telling.lesson
        self._console.print()
        self._console.print(Rule(characters="-"))
        if self._asked:
            self._console.print(Text(self._praise()))
        self._console.print(Text(f"This was lesson {lesson.number}.", style="dim"))

    def _praise(self) -> str:
        if self._right == self._asked:
            return f"You answered {self._asked}, all of them right."
        return (
            f"You answered {self._asked} and had {self._right} right. The wrong ones taught you "
            "more."
        )

    def _say_goodbye(self, position: int) -> None:
        number = self._telling.lesson.number
        self._console.print()
        again = f"shardlab lesson {number} --from {position}"
        self._console.print(Text(f"See you later. To go on from here: {again}"))
