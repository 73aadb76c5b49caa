"""Validating a YAML file against a model: every problem at once, each with its line and key.

Source:
    Ours: pydantic says what is wrong, ``yaml_source`` says where.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from simulator.yaml_source import Key, KeyPath, YamlSource

M = TypeVar("M", bound=BaseModel)

_INPUT_SHOWN: Final = 60
_SHAPES: Final = {
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys",
    "model_type": "must be a mapping of keys",
}
"""What pydantic says about shapes, in the words of YAML."""

_TOO_SHORT: Final = "too_short"


def validate_model(source: YamlSource, model: type[M]) -> tuple[M | None, list[str]]:
    """Return the model that a file makes, if it makes one, and what is wrong with the file.

    Unknown keys are taken away once they are noted: what else is wrong, pydantic says only about
    a mapping without them.

    Args:
        source: The file; its value is a mapping.
        model: What it should make.
    """
    value, problems = source.value, list[str]()
    while True:
        try:
            return model.model_validate(value), problems
        except ValidationError as error:
            found = error.errors()
        noted = [_describe(source, problem, model) for problem in found]
        problems += [problem for problem in noted if problem not in problems]
        unknown = [
            _find_keys(value, problem) for problem in found if problem["type"] == "extra_forbidden"
        ]
        if not unknown:
            return None, problems
        for keys in unknown:
            value = _drop(value, keys)


def shorten(value: object) -> str:
    """Return a value as it is shown in a message."""
    text = repr(value)
    return text if len(text) <= _INPUT_SHOWN else text[: _INPUT_SHOWN - 3] + "..."


def _drop(container: Any, keys: Sequence[Key]) -> Any:  # noqa: ANN401 - YAML values
    """Return a container without the value behind a key path."""
    key, rest = keys[0], keys[1:]
    if isinstance(container, tuple):
        position = int(key)
        changed = _drop(container[position], rest)
        return (*container[:position], changed, *container[position + 1 :])
    if rest:
        return {**container, key: _drop(container[key], rest)}
    return {name: value for name, value in container.items() if name != key}


def _describe(source: YamlSource, problem: Mapping[str, Any], model: type[BaseModel]) -> str:
    keys = _find_keys(source.value, problem)
    where = source.describe(keys)
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown key{_suggest(keys, model)}"
    if problem["type"] == "missing":
        return f"{where}: missing"
    if problem["type"] == _TOO_SHORT:
        return f"{where}: needs at least {problem['ctx']['min_length']} of them"
    message = _SHAPES.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    given = problem["input"]
    if isinstance(given, dict | tuple):
        return f"{where}: {message}"
    return f"{where}: {message}, not {shorten(given)}"


def _find_keys(value: Any, problem: Mapping[str, Any]) -> KeyPath:  # noqa: ANN401 - YAML values
    """Return where a problem is, without the names that pydantic gives to alternatives."""
    keys: list[Key] = []
    for position, part in enumerate(problem["loc"], start=1):
        is_index = isinstance(value, tuple) and isinstance(part, int) and part < len(value)
        if is_index or (isinstance(value, dict) and part in value):
            value = value[part]
        elif problem["type"] != "missing" or position < len(problem["loc"]):
            continue
        keys.append(part)
    return tuple(keys)


def _suggest(keys: Sequence[Key], model: type[BaseModel]) -> str:
    given = str(keys[-1])
    names = _get_known_names(model.model_json_schema()) - {given}
    close = difflib.get_close_matches(given, sorted(names), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _get_known_names(schema: Mapping[str, Any]) -> set[str]:
    names = set(schema.get("properties", {}))
    for definition in schema.get("$defs", {}).values():
        names |= set(definition.get("properties", {}))
    return names
