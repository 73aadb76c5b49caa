"""What no model can check: that a narration's names lead somewhere.

Source:
    Ours.
"""

from collections.abc import Iterator
from dataclasses import fields
from functools import reduce
from graphlib import CycleError, TopologicalSorter

from chain.eei import ScriptResult
from simulator.events import EVENT_KINDS
from simulator.lessons.narration import (
    Bars,
    Journey,
    Lanes,
    Lesson,
    Part,
    Question,
    Slots,
    Story,
    Table,
    Value,
)
from simulator.lessons.values import COMPARISON, PLACEHOLDER
from simulator.reach import FileRefused
from simulator.yaml_source import KeyPath

Problem = tuple[KeyPath, str]


def find_problems(lesson: Lesson) -> Iterator[Problem]:
    """Yield what is well formed but leads nowhere, with its key."""
    narration = lesson.narration
    for name, value in narration.values.items():
        for key, message in _check_value(lesson, value):
            yield ("values", name, key), message
    try:
        TopologicalSorter({n: v.operands for n, v in narration.values.items()}).prepare()
    except CycleError as error:
        yield ("values", error.args[1][0]), "is computed from itself"
    for name, execution in narration.executions.items():
        keys = ("executions", name, "script")
        yield from _check_file(lesson, keys, execution.script)
    yield from _check_steps(lesson)
    yield from _check_slots(lesson)


def _check_steps(lesson: Lesson) -> Iterator[Problem]:
    steps = lesson.narration.steps
    if not steps:
        yield ("steps",), "a lesson has steps"
    for step_number, step in enumerate(steps):
        for keys, message in _check_text(lesson, ("title",), step.title):
            yield ("steps", step_number, *keys), message
        for part_number, part in enumerate(step.parts):
            for keys, message in _check_part(lesson, part):
                yield ("steps", step_number, "parts", part_number, *keys), message


def _check_value(lesson: Lesson, value: Value) -> Iterator[tuple[str, str]]:
    for operand in value.operands:
        if operand not in lesson.narration.values:
            yield value.source, f"there is no value {operand}"
    if value.run is not None and value.run not in lesson.runs:
        yield "run", f"there is no run {value.run}"
    loaded = lesson.runs.get(value.run or "", lesson.loaded)
    if value.config is not None and not _has_setting(loaded.config, value.config):
        yield "config", f"the chain has no setting {value.config}"
    if value.scenario is not None and not _has_setting(loaded.scenario, value.scenario):
        yield "scenario", f"the scenario has no key {value.scenario}"
    if value.code is not None and value.code not in loaded.scripts:
        yield "code", f"the scenario registers no {value.code}"
    yield from _check_execution(lesson, value)
    yield from _check_event(value)


def _check_execution(lesson: Lesson, value: Value) -> Iterator[tuple[str, str]]:
    if value.execution is None:
        return
    if value.execution not in lesson.narration.executions:
        yield "execution", f"there is no execution {value.execution}"
    if value.field not in {each.name for each in fields(ScriptResult)}:
        yield "field", f"an execution has no field {value.field}"


def _check_event(value: Value) -> Iterator[tuple[str, str]]:
    wanted = value.event
    if wanted is None:
        return
    kind = EVENT_KINDS.get(str(wanted.get("kind")))
    if kind is None:
        yield "event", f"there is no kind of event {wanted.get('kind')}"
        return
    known = {each.name for each in fields(kind)}
    for name in wanted:
        if name != "kind" and name not in known:
            yield "event", f"{kind.kind} has no field {name}"
    if value.field is not None and value.field not in known:
        yield "field", f"{kind.kind} has no field {value.field}"


def _has_setting(settings: object, dotted: str) -> bool:
    missing = object()
    found = reduce(lambda holder, name: getattr(holder, name, missing), dotted.split("."), settings)
    return found is not missing


def _check_part(lesson: Lesson, part: Part) -> Iterator[Problem]:
    if part.prose is not None:
        yield from _check_text(lesson, ("prose",), part.prose)
    if part.run_to != "end":
        yield from _check_name(lesson, ("run_to",), part.run_to)
    if part.table is not None:
        yield from _below("table", _check_rows(lesson, part.table, len(part.table.columns) or 1))
    if part.bars is not None:
        yield from _below("bars", _check_rows(lesson, part.bars, 1))
    if part.question is not None:
        yield from _below("question", _check_question(lesson, part.question))
    if part.source is not None:
        yield from _check_file(lesson, ("source", "file"), part.source.file)
    if part.execution is not None and part.execution not in lesson.narration.executions:
        yield ("execution",), f"there is no execution {part.execution}"
    yield from _check_views(lesson, part)


def _check_views(lesson: Lesson, part: Part) -> Iterator[Problem]:
    """Yield what is wrong with views on a run, or on one of the others."""
    views: dict[str, tuple[Story | Lanes | Journey | None, Slots | tuple[int | str, ...]]] = {
        "story": (part.story, part.story.slots if part.story else ()),
        "lanes": (part.lanes, part.lanes.slots if part.lanes else ()),
        "journey": (part.journey, (part.journey.deposit,) if part.journey else ()),
    }
    for key, (view, names) in views.items():
        if view is not None and view.run is not None and view.run not in lesson.runs:
            yield (key, "run"), f"there is no run {view.run}"
        for name in names:
            yield from _check_name(lesson, (key,), None if name == "end" else name)
    for kind in part.story.kinds if part.story else ():
        if kind not in EVENT_KINDS:
            yield ("story", "kinds"), f"there is no kind of event {kind}"


def _check_file(lesson: Lesson, keys: KeyPath, name: str) -> Iterator[Problem]:
    try:
        lesson.reach.find(lesson.folder / name)
    except FileRefused as error:
        yield keys, f"{name}: {error}"


def _below(key: str, problems: Iterator[Problem]) -> Iterator[Problem]:
    return (((key, *keys), message) for keys, message in problems)


def _check_rows(lesson: Lesson, table: Table | Bars, columns: int) -> Iterator[Problem]:
    for position, row in enumerate(table.rows):
        yield from _check_text(lesson, ("rows", position, "label"), row.label)
        if len(row.values) != columns:
            yield ("rows", position, "values"), f"needs {columns}, not {len(row.values)}"
        for name in row.values:
            yield from _check_name(lesson, ("rows", position, "values"), name)


def _check_question(lesson: Lesson, question: Question) -> Iterator[Problem]:
    yield from _check_text(lesson, ("ask",), question.ask)
    yield from _check_text(lesson, ("answer",), question.answer)
    certain = [choice.right for choice in question.choices if isinstance(choice.right, bool)]
    if question.choices and len(certain) == len(question.choices) and sum(certain) != 1:
        yield ("choices",), "exactly one choice must be right"
    yield from _check_name(lesson, ("number",), question.number)
    for position, choice in enumerate(question.choices):
        yield from _check_text(lesson, ("choices", position, "text"), choice.text)
        if isinstance(choice.right, str):
            match = COMPARISON.fullmatch(choice.right)
            key = ("choices", position, "right")
            if match is None:
                yield key, "write it as: name < name, name = name, name > name or name != name"
                continue
            yield from _check_name(lesson, key, match[1])
            yield from _check_name(lesson, key, match[3])


def _check_text(lesson: Lesson, keys: KeyPath, text: str) -> Iterator[Problem]:
    for name in PLACEHOLDER.findall(text):
        yield from _check_name(lesson, keys, name)


def _check_name(lesson: Lesson, keys: KeyPath, name: int | str | None) -> Iterator[Problem]:
    if isinstance(name, str) and name not in lesson.narration.values:
        yield keys, f"there is no value {name}"


def _check_slots(lesson: Lesson) -> Iterator[Problem]:
    """Yield where the chains would have to run backwards, or past their end."""
    reached = 0
    for step_number, step in enumerate(lesson.narration.steps):
        for part_number, part in enumerate(step.parts):
            slot = part.run_to
            if not isinstance(slot, int):
                continue
            keys = ("steps", step_number, "parts", part_number, "run_to")
            if slot <= reached:
                yield keys, f"the chains are at slot {reached} already"
            if slot > lesson.loaded.scenario.slots:
                yield keys, f"the scenario ends with slot {lesson.loaded.scenario.slots}"
            reached = slot
