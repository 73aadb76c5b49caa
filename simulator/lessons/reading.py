"""Reading a lesson's file.

Source:
    Ours. Every problem of a file is reported at once, with file, line and key.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simulator.errors import ScenarioError
from simulator.lessons.checks import find_problems
from simulator.lessons.narration import Lesson, Narration
from simulator.loader import load_scenario
from simulator.yaml_models import describe_problem
from simulator.yaml_source import YamlSource, read_yaml


def load_lesson(path: Path, number: int = 0, seed: int | None = None) -> Lesson:
    """Read and check a lesson.

    Args:
        path: The narration.
        number: Which lesson it is.
        seed: Replaces the scenario's; the story is then told with other numbers.

    Raises:
        ScenarioError: Every problem of the file, one line each.
    """
    source = read_yaml(path)
    if not isinstance(source.value, dict):
        raise ScenarioError([f"{path}: a lesson is a mapping of keys, this file is not"])
    narration = _validate(source)
    scenario = path.parent / narration.scenario
    lesson = Lesson(
        number=number,
        name=path.stem,
        narration=narration,
        loaded=load_scenario(scenario, seed=seed),
        runs={
            name: load_scenario(scenario, overrides, seed)
            for name, overrides in narration.runs.items()
        },
        folder=scenario.parent,
    )
    problems = [f"{source.describe(keys)}: {message}" for keys, message in find_problems(lesson)]
    if problems:
        raise ScenarioError(problems)
    return lesson


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
