"""Loading a scenario: file, overrides, models, and the checks that no model can make.

Source:
    Ours. Every problem of a file is reported at once, with file, line and key.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chain.config import ChainConfig
from chain.constants import CODE_BYTES_LIMIT
from simulator.costs import PROFILES, CostModel
from simulator.costs.profile_file import read_profile
from simulator.errors import ScenarioError, UserError
from simulator.scenario import CostSettings, Scenario, build_chain_config
from simulator.scenario_checks import find_impossible
from simulator.yaml_models import shorten, validate_model
from simulator.yaml_source import Key, KeyPath, YamlSource, format_keys, parse_scalar, read_yaml


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


@dataclass(frozen=True, slots=True)
class Override:
    """A value that replaces one of a scenario file.

    Attributes:
        keys: Where.
        value: What, as YAML would give it.
        text: ``dotted.key=value``, as reports have it.
        origin: Where it was said, for messages.
    """

    keys: KeyPath
    value: Any
    text: str
    origin: str


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
    source = read_scenario(path)
    given = [*overrides, *([] if seed is None else [f"seed={seed}"])]
    return build_overridden(source, [parse_override(text) for text in given])


def build_overridden(source: YamlSource, overrides: Sequence[Override]) -> LoadedScenario:
    """Build a scenario; of what is wrong elsewhere because of overrides, say which they are.

    Raises:
        ScenarioError: Every problem found, one line each.
        UserError: An override that cannot be applied.
    """
    try:
        return build_scenario(source, overrides)
    except ScenarioError as error:
        if not overrides:
            raise
        own = find_own_problems(source)
        given = f" (with {', '.join(map(_name, overrides))})"
        starts = tuple(override.origin for override in overrides)
        told = (
            f"{line}{'' if line in own or line.startswith(starts) else given}"
            for line in error.problems
        )
        raise ScenarioError(list(told)) from error


def find_own_problems(source: YamlSource) -> frozenset[str]:
    """Return what is wrong with a scenario as its file has it."""
    try:
        build_scenario(source)
    except ScenarioError as error:
        return frozenset(error.problems)
    return frozenset()


def read_scenario(path: str | Path) -> YamlSource:
    """Read a scenario file and check nothing but that it is a mapping.

    Raises:
        ScenarioError: It cannot be read.
    """
    found = find_scenario(path)
    source = read_yaml(found, may_repeat=True)
    if not isinstance(source.value, dict):
        raise ScenarioError([f"{found}: a scenario is a mapping of keys, this file is not"])
    return source


def build_scenario(source: YamlSource, overrides: Sequence[Override] = ()) -> LoadedScenario:
    """Override and check a scenario that was read; it stays as it is, for others.

    Args:
        source: What ``read_scenario`` returned.
        overrides: Applied in this order.

    Raises:
        ScenarioError: Every problem found, one line each.
        UserError: An override that cannot be applied.
    """
    source = replace(source, replaced=dict(source.replaced))
    for override in overrides:
        source.value = _replace(source.value, override.keys, override)
        source.replaced[override.keys] = override.origin
    if isinstance(source.value.get("preset"), int):
        # `preset: 2019` is a number to YAML and a name to everybody else.
        source.value = {**source.value, "preset": str(source.value["preset"])}
    scenario, problems = validate_model(source, Scenario)
    folder = source.path.parent
    scripts, unreadable = _read_scripts(source, folder)
    problems += unreadable
    if scenario is None:
        raise ScenarioError(problems)
    config = build_chain_config(scenario)
    problems += _find_impossible(scenario, config, scripts, source)
    costs, unusable = _read_costs(source, scenario.costs, folder)
    problems += unusable
    if problems:
        raise ScenarioError(problems)
    texts = tuple(override.text for override in overrides)
    return LoadedScenario(source.path.stem, scenario, config, scripts, texts, costs)


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


def parse_override(text: str, option: str = "--set") -> Override:
    """Read an override from the command line.

    Args:
        text: ``dotted.key=value``, the value in YAML.
        option: What it was given to, for messages.

    Raises:
        UserError: It is not ``dotted.key=value``, or the value is not YAML.
    """
    keys_text, equals, value_text = text.partition("=")
    keys = parse_keys(keys_text)
    if not equals or not keys:
        raise UserError(f"{option} {text}: write it as dotted.key=value")
    try:
        value = parse_scalar(value_text)
    except ScenarioError as error:
        raise UserError(f"{option} {text}: the value is not YAML") from error
    return Override(keys, value, text, f"{option} {shorten(text)}")


def parse_keys(text: str) -> KeyPath:
    """Return the keys of a dotted key, as in ``events[0].slot``; none if it is not one."""
    parts = text.replace("[", ".").replace("]", "").split(".")
    if not all(parts):
        return ()
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _replace(container: Any, keys: Sequence[Key], override: Override) -> Any:  # noqa: ANN401 - YAML values
    """Return a container in which the value behind a key path is another one."""
    if not keys:
        return override.value
    key, rest = keys[0], keys[1:]
    if isinstance(key, int) and isinstance(container, tuple):
        if key >= len(container):
            raise UserError(f"{_name(override)}: there is no element {key}")
        changed = _replace(container[key], rest, override)
        return (*container[:key], changed, *container[key + 1 :])
    if container is None:
        container = {}
    if not isinstance(container, dict):
        raise UserError(f"{_name(override)}: {key!r} is not inside a mapping")
    return {**container, str(key): _replace(container.get(str(key)), rest, override)}


def _name(override: Override) -> str:
    """Return an override as its author wrote it."""
    option = override.origin.partition(" ")[0]
    return f"{option} {override.text}" if option.startswith("--") else override.origin


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


__all__ = [
    "LoadedScenario",
    "Override",
    "build_overridden",
    "build_scenario",
    "find_own_problems",
    "find_scenario",
    "format_keys",
    "load_scenario",
    "parse_keys",
    "parse_override",
    "read_scenario",
]
