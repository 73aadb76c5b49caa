"""Validating a YAML file against a model: every problem at once, each with its line and key.

Source:
    Ours: pydantic says what is wrong, ``yaml_source`` says where.
"""

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from simulator.scenario.base import HEX_PATTERN, NAME_PATTERN
from simulator.yaml_source import Key, KeyPath, YamlSource

M = TypeVar("M", bound=BaseModel)

_INPUT_SHOWN: Final = 60
_WORDS: Final = {
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping of keys",
    "enum": "must be {expected}",
    "finite_number": "must be a number",
    "float_type": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "must be a number of fewer digits",
    "int_type": "must be a whole number",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "mapping_type": "must be a mapping of keys",
    "model_type": "must be a mapping of keys",
    "none_required": "must be null",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "union_tag_invalid": "must be one of {expected_tags}",
}
"""What is wrong, in the words of YAML, by what pydantic calls it."""

_PATTERNS: Final = {
    NAME_PATTERN: "must be a name: a letter, then letters, digits, - and _, up to 64 in all",
    HEX_PATTERN: "must be hex, two digits a byte",
}
"""What a text has to look like, by its pattern."""

_COUNTS: Final = {
    "too_short": "needs at least {min_length} elements, has {actual_length}",
    "too_long": "needs at most {max_length} elements, has {actual_length}",
}
_EMPTY: Final = "must not be empty"

# What YAML 1.2 and everybody else takes for a number, and YAML 1.1 for text.
_EXPONENTIAL: Final = re.compile(
    r"([-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?))[eE]([-+]?)([0-9]+)", re.ASCII
)


def validate_model(source: YamlSource, model: type[M]) -> tuple[M | None, list[str]]:
    """Return the model that a file makes, if it makes one, and what is wrong with the file.

    Unknown keys are taken away once they are noted: what else is wrong, pydantic says only about
    a mapping without them.

    Args:
        source: The file; its value is a mapping.
        model: What it should make.
    """
    value, problems = source.value, list(source.repeated)
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
    """Return a value as it is shown in a message: as YAML has it, where that is not as Python."""
    match value:
        case None | True | False:
            text = {None: "null", True: "true", False: "false"}[value]
        case float() if not math.isfinite(value):
            text = ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
        case _:
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
    if problem["type"] in _COUNTS:
        return f"{where}: {_describe_count(problem)}"
    given = problem["input"]
    if isinstance(given, float) and math.isnan(given):
        # Pydantic says that it is not below the upper bound.
        return f"{where}: must be a number, not {shorten(given)}"
    message = describe_problem(problem)
    if isinstance(given, dict | tuple):
        return f"{where}: {message}"
    return f"{where}: {message}, not {shorten(given)}{_suggest_number(problem)}"


def describe_problem(problem: Mapping[str, Any]) -> str:
    """Return what is wrong with a value, in the words of YAML.

    Args:
        problem: As pydantic has it.
    """
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in _COUNTS:
        return _describe_count(problem)
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"must look like {context['pattern']}")
    if kind == "string_too_short" and context["min_length"] == 1:
        return _EMPTY
    if kind in _WORDS:
        return _WORDS[kind].format(**{key: _show_limit(limit) for key, limit in context.items()})
    message: str = problem["msg"]
    return message.removeprefix("Value error, ")


def _show_limit(limit: object) -> str:
    """Return a limit as people write it: a bound of floats may be whole."""
    if isinstance(limit, float) and limit == int(limit):
        limit = int(limit)
    return f"{limit:,}" if isinstance(limit, int) else str(limit)


def _describe_count(problem: Mapping[str, Any]) -> str:
    if problem["ctx"].get("actual_length") == 0:
        return _EMPTY
    return _COUNTS[problem["type"]].format(**problem["ctx"])


def _suggest_number(problem: Mapping[str, Any]) -> str:
    """Say how to write a number that YAML takes for text, if that is what is wrong."""
    given = problem["input"]
    found = _EXPONENTIAL.fullmatch(given) if isinstance(given, str) else None
    if found is None or problem["type"] != "float_type":
        return ""
    mantissa, sign, exponent = found.groups()
    point = "" if "." in mantissa else ".0"
    return f", which YAML takes for text; write {mantissa}{point}e{sign or '+'}{exponent}"


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
