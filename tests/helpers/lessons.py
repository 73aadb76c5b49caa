"""Lessons for tests: an audience that answers from a list, and narrations made on the spot."""

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from simulator.lessons import Telling, list_lessons, open_lesson
from simulator.lessons.narration import Lesson
from simulator.lessons.reading import load_lesson
from simulator.lessons.telling import Told, ToldQuestion
from simulator.lessons.terminal import Stage

NUMBERS = range(1, len(list_lessons()) + 1)
SCENARIO = """\
title: A quiet chain
slots: 4
chain: {bls: insecure}
genesis: {validators: 8, depositors: 1}
"""
NARRATION: Mapping[str, Any] = {
    "title": "A test",
    "goal": "Nothing.",
    "scenario": "quiet.yaml",
    "values": {"shards": {"config": "shard_count"}},
    "steps": [{"title": "One", "parts": [{"prose": "There are {shards} shards."}]}],
}


class MemoryStore:
    """Compiled scripts, shared by the lessons of one test run."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load(self, key: str) -> bytes | None:
        return self._compiled.get(key)

    def save(self, key: str, compiled: bytes) -> None:
        self._compiled[key] = compiled


COMPILED = MemoryStore()


class ScriptedAudience:
    """Answers from a list, and then presses Enter; remembers what it was asked.

    An answer that is an exception is raised.
    """

    def __init__(self, answers: Sequence[str | BaseException] = ()) -> None:
        self._answers = list(answers)
        self.prompts: list[str] = []

    def ask(self, prompt: str) -> str:
        self.prompts.append(prompt)
        answer = self._answers.pop(0) if self._answers else ""
        if isinstance(answer, BaseException):
            raise answer
        return answer


class AnsweringAudience:
    """Presses Enter at pauses, and answers questions one after the other."""

    def __init__(self, answers: Sequence[str]) -> None:
        self._answers = iter(answers)

    def ask(self, prompt: str) -> str:
        return next(self._answers) if prompt.startswith("Your answer") else ""


def perform(
    lesson: Lesson,
    audience: ScriptedAudience | AnsweringAudience | None = None,
    *,
    first_step: int = 1,
    width: int = 80,
) -> str:
    """Tell a lesson to an audience, and return what stood on the terminal."""
    output = io.StringIO()
    Stage(Telling(lesson, COMPILED), Console(file=output, width=width), audience).perform(
        first_step
    )
    return output.getvalue()


@cache
def tell_all(number: int, seed: int | None = None) -> tuple[tuple[Told, ...], ...]:
    """Every piece of a lesson, step by step."""
    telling = Telling(open_lesson(number, seed), COMPILED)
    return tuple(tuple(telling.tell(step)) for step in telling.lesson.narration.steps)


def list_questions(number: int) -> list[ToldQuestion]:
    return [told for step in tell_all(number) for told in step if isinstance(told, ToldQuestion)]


def write_lesson(
    folder: Path, narration: Mapping[str, Any] | None = None, /, **changes: object
) -> Path:
    """Write a narration, and the scenario that it tells."""
    (folder / "quiet.yaml").write_text(SCENARIO, encoding="utf-8")
    path = folder / "1_test.yaml"
    document = {**(narration or NARRATION), **changes}
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def build_lesson(folder: Path, *parts: Mapping[str, Any], **values: Mapping[str, Any]) -> Lesson:
    """A lesson of one step with these parts and values."""
    steps = [{"title": "One", "parts": list(parts)}]
    return load_lesson(write_lesson(folder, steps=steps, values=dict(values)), 1)


def list_texts(lesson: Lesson) -> Iterator[str]:
    """Yield every text of a narration that a reader sees."""
    narration = lesson.narration
    yield from (narration.title, narration.goal)
    for step in narration.steps:
        yield step.title
        for part in step.parts:
            if part.prose is not None:
                yield part.prose
            for rows in (part.table, part.bars):
                yield from (row.label for row in rows.rows) if rows is not None else ()
            if part.table is not None:
                yield from part.table.columns
            if part.bars is not None:
                yield part.bars.title
            if part.question is not None:
                yield from (part.question.ask, part.question.answer)
                yield from (choice.text for choice in part.question.choices)
