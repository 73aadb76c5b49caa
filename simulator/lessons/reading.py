"""Reading a lesson's file.

Source:
    Ours. Every problem of a file is reported at once, with file, line and key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.errors import ScenarioError
from simulator.lessons.checks import find_problems
from simulator.lessons.narration import Lesson, Narration
from simulator.loader import Override, build_scenario, parse_override, read_scenario
from simulator.reach import FileRefused, build_reach
from simulator.yaml_models import describe_problem
from simulator.yaml_source import YamlSource, read_yaml


def load_lesson(
    path: Path, number: int = 0, seed: int | None = None, *, allow_outside: bool = False
) -> Lesson:
    """Read and check a lesson.

    Args:
        path: The narration.
        number: Which lesson it is.
        seed: Replaces the scenario's; the story is then told with other numbers.
        allow_outside: Whether it, and its scenario, may name files outside their folders.

    Raises:
        ScenarioError: Every problem of the file, one line each.
    """
    source = read_yaml(path)
    if not isinstance(source.value, dict):
        raise ScenarioError([f"{path}: a lesson is a mapping of keys, this file is not"])
    narration = _validate(source)
    source.allow_outside = allow_outside
    scenario = _read_scenario(source, narration)
    seeded = [] if seed is None else [parse_override(f"seed={seed}", "--seed")]
    lesson = Lesson(
        number=number,
        name=path.stem,
        narration=narration,
        loaded=build_scenario(scenario, seeded),
        runs={
            name: build_scenario(scenario, [*_parse_overrides(path, overrides), *seeded])
            for name, overrides in narration.runs.items()
        },
        folder=scenario.path.parent,
        reach=build_reach(scenario.path.parent, path.parent, allow_outside=allow_outside),
    )
    problems = [f"{source.describe(keys)}: {message}" for keys, message in find_problems(lesson)]
    if problems:
        raise ScenarioError(problems)
    return lesson


def _read_scenario(source: YamlSource, narration: Narration) -> YamlSource:
    folder, name = source.path.parent, narration.scenario
    try:
        build_reach(folder, allow_outside=source.allow_outside).find(folder / name)
    except FileRefused as error:
        raise ScenarioError([f"{source.describe(('scenario',))}: {name}: {error}"]) from error
    return read_scenario(folder / name, allow_outside=source.allow_outside)


def _parse_overrides(path: Path, texts: Sequence[str]) -> list[Override]:
    """Return what a lesson's file overrides: it reaches no further than its scenario does."""
    return [replace(parse_override(text), folder=path.parent) for text in texts]


def _validate(source: YamlSource) -> Narration:
    try:
        return Narration.model_validate(source.value)
    except ValidationError as error:
        raise ScenarioError([_describe(source, found) for found in error.errors()]) from error


def _describe(source: YamlSource, problem: Mapping[str, Any]) -> str:
    where = source.describe(_drop_kinds(source.value, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    if problem["type"] == "missing":
        return f"{where}: missing"
    return f"{where}: {describe_problem(problem)}"


def _drop_kinds(value: Any, keys: Sequence[str | int]) -> tuple[str | int, ...]:  # noqa: ANN401 - YAML values
    """Return a key path without what pydantic adds to say which of several kinds it tried."""
    known: list[str | int] = []
    for position, key in enumerate(keys):
        is_last = position == len(keys) - 1
        if isinstance(value, dict) and (key in value or is_last):
            value = value.get(key)
        elif isinstance(value, tuple) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            continue
        known.append(key)
    return tuple(known)
