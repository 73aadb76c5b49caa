"""Loading a scenario: file, overrides, models, and the checks that no model can make.

Source:
    Ours. Every problem of a file is reported at once, with file, line and key.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from chain.config import ChainConfig
from chain.constants import CODE_BYTES_LIMIT
from simulator.costs import PROFILES, CostModel
from simulator.costs.profile_file import read_profile
from simulator.errors import ScenarioError, UserError
from simulator.scenario import CostSettings, Scenario, build_chain_config
from simulator.scenario_checks import find_impossible
from simulator.yaml_source import Key, YamlSource, format_keys, parse_scalar, read_yaml

_INPUT_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario that can be run.

    Attributes:
        name: File name without its ending.
        scenario: The validated models.
        config: The chain config that follows.
        scripts: Code by path, as the scenario writes the paths.
        overrides: The ``--set`` values, in the order given.
        costs: Rates and budget.
    """

    name: str
    scenario: Scenario
    config: ChainConfig
    scripts: Mapping[str, bytes]
    overrides: tuple[str, ...]
    costs: CostModel = field(default_factory=CostModel)


def load_scenario(
    path: str | Path, overrides: Iterable[str] = (), seed: int | None = None
) -> LoadedScenario:
    """Read, override and check a scenario file.

    Args:
        path: A YAML file, or the name of a shipped scenario.
        overrides: ``dotted.key=value``, the value in YAML.
        seed: Replaces the file's seed.

    Raises:
        ScenarioError: Every problem found, one line each.
        UserError: An override that cannot be applied.
    """
    found = find_scenario(path)
    given = [*overrides, *([] if seed is None else [f"seed={seed}"])]
    source = read_yaml(found)
    if not isinstance(source.value, dict):
        raise ScenarioError([f"{found}: a scenario is a mapping of keys, this file is not"])
    for override in given:
        _apply_override(source, override)
    scenario, problems = _validate_models(source)
    scripts, unreadable = _read_scripts(source, found.parent)
    problems += unreadable
    if scenario is None:
        raise ScenarioError(problems)
    config = build_chain_config(scenario)
    problems += _find_impossible(scenario, config, scripts, source)
    costs, unusable = _read_costs(source, scenario.costs, found.parent)
    problems += unusable
    if problems:
        raise ScenarioError(problems)
    return LoadedScenario(found.stem, scenario, config, scripts, tuple(given), costs)


def find_scenario(path: str | Path) -> Path:
    """Return the file of a path, or of a shipped scenario's name.

    Raises:
        ScenarioError: It looks like a name, and there is no such scenario.
    """
    from simulator.shipped import find_shipped  # noqa: PLC0415 - only where it is used

    given = Path(path)
    if given.is_file():
        return given
    shipped = find_shipped(str(path))
    if shipped is None and (given.parent != Path() or given.suffix):
        return given
    if shipped is None:
        raise ScenarioError(
            [f"{path}: no such file, and no such scenario; see `shardlab scenarios`"]
        )
    return shipped


def _apply_override(source: YamlSource, override: str) -> None:
    keys_text, equals, value_text = override.partition("=")
    keys = _parse_keys(keys_text)
    if not equals or not keys:
        raise UserError(f"--set {override}: write it as dotted.key=value")
    try:
        value = parse_scalar(value_text)
    except ScenarioError as error:
        raise UserError(f"--set {override}: the value is not YAML") from error
    source.value = _replace(source.value, keys, value, override)
    source.replaced[keys] = f"--set {_shorten(override)}"


def _parse_keys(text: str) -> tuple[Key, ...]:
    parts = text.replace("[", ".").replace("]", "").split(".")
    if not all(parts):
        return ()
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _replace(container: Any, keys: Sequence[Key], value: Any, override: str) -> Any:  # noqa: ANN401 - YAML values
    """Return a container in which the value behind a key path is another one."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(key, int) and isinstance(container, tuple):
        if key >= len(container):
            raise UserError(f"--set {override}: there is no element {key}")
        changed = _replace(container[key], rest, value, override)
        return (*container[:key], changed, *container[key + 1 :])
    if container is None:
        container = {}
    if not isinstance(container, dict):
        raise UserError(f"--set {override}: {key!r} is not inside a mapping")
    return {**container, str(key): _replace(container.get(str(key)), rest, value, override)}


def _validate_models(source: YamlSource) -> tuple[Scenario | None, list[str]]:
    """Return the models, if there can be any, and what is wrong with them.

    Unknown keys are taken away once they are noted: what else is wrong, pydantic says only about
    a mapping without them.
    """
    if isinstance(source.value.get("preset"), int):
        # `preset: 2019` is a number to YAML and a name to everybody else.
        source.value["preset"] = str(source.value["preset"])
    value, problems = source.value, list[str]()
    while True:
        try:
            return Scenario.model_validate(value), problems
        except ValidationError as error:
            found = error.errors()
        noted = [_describe(source, problem) for problem in found]
        problems += [problem for problem in noted if problem not in problems]
        unknown = [problem["loc"] for problem in found if problem["type"] == "extra_forbidden"]
        if not unknown:
            return None, problems
        for keys in unknown:
            value = _drop(value, keys)


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


def _describe(source: YamlSource, problem: Mapping[str, Any]) -> str:
    keys = problem["loc"]
    where = source.describe(keys)
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown key{_suggest(keys)}"
    if problem["type"] == "missing":
        return f"{where}: missing"
    message = problem["msg"].removeprefix("Value error, ")
    given = problem["input"]
    if isinstance(given, dict | tuple):
        return f"{where}: {message}"
    return f"{where}: {message}, not {_shorten(given)}"


def _shorten(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _INPUT_SHOWN else text[: _INPUT_SHOWN - 3] + "..."


def _suggest(keys: Sequence[Key]) -> str:
    given = str(keys[-1])
    names = _get_known_names(Scenario.model_json_schema()) - {given}
    close = difflib.get_close_matches(given, sorted(names), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _get_known_names(schema: Mapping[str, Any]) -> set[str]:
    names = set(schema.get("properties", {}))
    for definition in schema.get("$defs", {}).values():
        names |= set(definition.get("properties", {}))
    return names


def _read_costs(
    source: YamlSource, settings: CostSettings, folder: Path
) -> tuple[CostModel, list[str]]:
    """Return the cost model, and why the file of a measured profile cannot be read."""
    budget_seconds = settings.budget_ms / 1000
    if settings.path is None:
        return CostModel(PROFILES[settings.profile], budget_seconds), []
    keys = ("costs", "path")
    is_override = any(keys[:length] in source.replaced for length in (1, 2))
    try:
        profile = read_profile(Path(settings.path) if is_override else folder / settings.path)
    except UserError as error:
        return CostModel(), [f"{source.describe(keys)}: {error}"]
    return CostModel(profile, budget_seconds), []


def _read_scripts(source: YamlSource, folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """Return the scripts that a file names, well formed or not, and which cannot be read."""
    scripts: dict[str, bytes] = {}
    problems = []
    for keys, script in _find_script_paths(source.value):
        try:
            scripts[script] = _read_script(folder / script)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            problems.append(f"{source.describe(keys)}: {folder / script}: {reason}")
    return scripts, problems


def _find_script_paths(scenario: Mapping[str, Any]) -> Iterable[tuple[tuple[Key, ...], str]]:
    events = scenario.get("events")
    for position, event in enumerate(events if isinstance(events, tuple) else ()):
        register = event.get("register") if isinstance(event, dict) else None
        script = register.get("script") if isinstance(register, dict) else None
        if isinstance(script, str):
            yield ("events", position, "register", "script"), script


def _read_script(path: Path) -> bytes:
    """Read a script, but not more than a beacon block could ever hold.

    Raises:
        ValueError: It is longer than that.
    """
    with path.open("rb") as file:
        code = file.read(CODE_BYTES_LIMIT + 1)
    if len(code) > CODE_BYTES_LIMIT:
        raise ValueError(f"longer than {CODE_BYTES_LIMIT} bytes")
    return code


def _find_impossible(
    scenario: Scenario, config: ChainConfig, scripts: Mapping[str, bytes], source: YamlSource
) -> list[str]:
    """Return what is well formed but cannot be meant."""
    problems = find_impossible(scenario, config, scripts)
    return [f"{source.describe(keys)}: {message}" for keys, message in problems]


__all__ = ["LoadedScenario", "find_scenario", "format_keys", "load_scenario"]
