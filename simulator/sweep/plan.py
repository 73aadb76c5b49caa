"""Planning a sweep: every point loaded and checked before anything runs.

Source:
    Ours.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from simulator.errors import ScenarioError, UserError
from simulator.loader import (
    LoadedScenario,
    Override,
    build_scenario,
    find_own_problems,
    parse_keys,
    read_scenario,
)
from simulator.runner import describe_run
from simulator.shipped import find_shipped, find_shipped_sweep
from simulator.sweep.checks import find_mistakes
from simulator.sweep.points import Choice, Choices, enumerate_choices, format_value
from simulator.sweep.settings import SEED_KEY, SweepSettings
from simulator.yaml_models import validate_model
from simulator.yaml_source import YamlSource, read_yaml

RESULTS_FORMAT: Final = 1
"""Part of every point's id: raise it when the same scenario comes to other numbers, though
shardlab's version stays the same."""

_ID_DIGITS: Final = 16
_MAX_PROBLEMS: Final = 20
_MAX_BAD_POINTS: Final = 200


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a sweep.

    Attributes:
        id: Hash of everything that its result depends on.
        scenario: Name of its scenario.
        choices: The values of the varied keys.
        seed: Its seed.
        slots: How many slots it simulates.
        overrides: What makes the point of its scenario.
        source: Its scenario's position in the plan.
    """

    id: str
    scenario: str
    choices: Choices
    seed: int
    slots: int
    overrides: tuple[Override, ...]
    source: int

    @property
    def settings(self) -> dict[str, Any]:
        """Return the values by dotted key."""
        return {key: choice.value for key, choice in self.choices.items()}


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """A sweep that can be run.

    Attributes:
        path: The sweep file.
        settings: What it says.
        sources: The scenario files, read once.
        points: In the order of the file, none twice.
        repeated: How many more points there were that say the same as another.
        expected: The metrics that the scenarios expect something of, in their order.
    """

    path: Path
    settings: SweepSettings
    sources: tuple[YamlSource, ...]
    points: tuple[Point, ...]
    repeated: int
    expected: tuple[str, ...]

    @property
    def keys(self) -> list[str]:
        """Return the varied keys, those of the grid first."""
        drawn = self.settings.sample.keys if self.settings.sample else ()
        return [*(self.settings.grid or ()), *drawn]

    def load(self, point: Point) -> LoadedScenario:
        """Return a point's scenario.

        Raises:
            UserError: A script has changed since the sweep was planned.
        """
        loaded = build_scenario(self.sources[point.source], point.overrides)
        if compute_point_id(loaded) != point.id:
            raise UserError(f"{self.sources[point.source].path}: its scripts changed meanwhile")
        return loaded


def plan_sweep(path: Path) -> SweepPlan:
    """Read a sweep file, and load every point of it.

    Args:
        path: The file, or the name of a shipped sweep.

    Raises:
        ScenarioError: The file or a point cannot be used; every problem, one line each.
    """
    if not path.exists():
        path = find_shipped_sweep(str(path)) or path
    file = read_yaml(path)
    if not isinstance(file.value, dict):
        raise ScenarioError([f"{path}: a sweep is a mapping of keys, this file is not"])
    settings, problems = _validate(file)
    sources, unknown = _read_scenarios(file, settings)
    mistakes = list(find_mistakes(file, settings))
    problems += [*mistakes, *unknown]
    loader = _PointLoader(file, settings)
    for position, source in enumerate([] if mistakes else sources):
        loader.load_all(position, source)
    points = loader.finish(problems)
    unique = {point.id: point for point in reversed(points)}
    ordered = tuple(point for point in points if unique[point.id] is point)
    repeated = len(points) - len(ordered)
    return SweepPlan(path, settings, tuple(sources), ordered, repeated, tuple(loader.expected))


def _validate(file: YamlSource) -> tuple[SweepSettings, list[str]]:
    """Return what a sweep file says, as far as it can be used, and what is wrong with it.

    Raises:
        ScenarioError: Nothing of it can be used.
    """
    settings, problems = validate_model(file, SweepSettings)
    if settings is None:
        # A wrong list of seeds says nothing of the grid: what can be looked at is, in one round.
        usable = {key: value for key, value in file.value.items() if _is_sound(file, key)}
        settings, _ = validate_model(replace(file, value={"title": "?", **usable}), SweepSettings)
    if settings is None or not file.value.keys() & {"scenario", "scenarios"}:
        raise ScenarioError(problems)
    return settings, problems


def _is_sound(file: YamlSource, key: str) -> bool:
    """Tell whether a key of a sweep file can be used, whatever the others are."""
    alone = {"title": "?", "scenario": "?", key: file.value[key]}
    if key == "scenarios":
        del alone["scenario"]
    return validate_model(replace(file, value=alone), SweepSettings)[0] is not None


def _read_scenarios(
    file: YamlSource, settings: SweepSettings
) -> tuple[list[YamlSource], list[str]]:
    """Return the scenarios that can be read, and what is wrong with the others."""
    names: set[str] = set()
    sources, problems = list[YamlSource](), list[str]()
    for position, text in enumerate(settings.list_scenarios()):
        where = ("scenario",) if settings.scenarios is None else ("scenarios", position)
        beside = file.path.parent / text
        found = beside if beside.is_file() else find_shipped(text)
        if found is None:
            unknown = f"{text}: no such file beside it, and no such scenario"
            problems.append(f"{file.describe(where)}: {unknown}")
            continue
        if found.stem in names:
            problems.append(
                f"{file.describe(where)}: there is another scenario called {found.stem}"
            )
        names.add(found.stem)
        try:
            sources.append(read_scenario(found))
        except ScenarioError as error:
            problems += error.problems
    return sources, problems


class _PointLoader:
    """Loads every point, keeps what identifies it, and forgets the rest: there may be many."""

    def __init__(self, file: YamlSource, settings: SweepSettings) -> None:
        self.expected: dict[str, None] = {}
        self._file = file
        self._settings = settings
        self._base = [
            self._override(key, Choice(value, ("set", key))) for key, value in settings.set.items()
        ]
        self._points: list[Point] = []
        self._problems: dict[str, str] = {}
        self._bad_points = 0

    def load_all(self, position: int, source: YamlSource) -> None:
        """Load the points of one scenario."""
        own: frozenset[str] | None = None
        seeds = list(_list_seeds(self._settings, source))
        for choices in enumerate_choices(self._settings):
            varied = [self._override(key, choice) for key, choice in choices.items()]
            for seed in seeds:
                overrides = (*self._base, *varied, *self._override_seed(seed))
                try:
                    loaded = build_scenario(source, overrides)
                except UserError as error:
                    own = find_own_problems(source) if own is None else own
                    self._note(error, self._label(choices, seed), own)
                    continue
                self.expected |= dict.fromkeys(each.metric for each in loaded.scenario.expect)
                self._points.append(
                    Point(
                        id=compute_point_id(loaded),
                        scenario=loaded.name,
                        choices=choices,
                        seed=loaded.scenario.seed,
                        slots=loaded.scenario.slots,
                        overrides=overrides,
                        source=position,
                    )
                )

    def finish(self, others: Sequence[str]) -> list[Point]:
        """Return the points.

        Args:
            others: What else is wrong with the file.

        Raises:
            ScenarioError: Some cannot be used, or something else is wrong.
        """
        problems = [*others, *self._show_problems()]
        if problems:
            raise ScenarioError(problems)
        return self._points

    def _note(self, error: UserError, label: str, own: Collection[str]) -> None:
        """Keep what is wrong with a point; more than anybody reads is enough.

        Args:
            error: Says it.
            label: What makes the point of its scenario.
            own: What is wrong with the scenario as its file has it.
        """
        for line in str(error).splitlines():
            is_placed = line.startswith(f"{self._file.path}:") or line in own
            self._problems.setdefault(line, "" if is_placed else label)
        self._bad_points += 1
        if len(self._problems) > _MAX_PROBLEMS or self._bad_points >= _MAX_BAD_POINTS:
            shown = self._show_problems()[:_MAX_PROBLEMS]
            raise ScenarioError([*shown, "the points after that were not looked at"])

    def _label(self, choices: Choices, seed: int | None) -> str:
        """Return the values of a point by where the sweep file has them."""
        fixed = [f"{key}={format_value(value)}" for key, value in self._settings.set.items()]
        given = {"set": fixed} if fixed else {}
        for key, choice in choices.items():
            text = f"{key}={format_value(choice.value)}"
            given.setdefault(str(choice.where[0]), []).append(text)
        if seed is not None:
            given[f"{SEED_KEY}s"] = [str(seed)]
        return "; ".join(f"{section} {', '.join(texts)}" for section, texts in given.items())

    def _show_problems(self) -> list[str]:
        """Return every problem once, with the first point that has it."""
        return [
            f"{line} (first with {self._file.path}: {label})" if label else line
            for line, label in self._problems.items()
        ]

    def _override(self, key: str, choice: Choice) -> Override:
        text = f"{key}={format_value(choice.value)}"
        section = choice.where[0]
        line = self._file.lines.get(choice.where, 1)
        origin = f"{self._file.path}:{line}: {section}: {text}"
        return Override(parse_keys(key), choice.value, text, origin)

    def _override_seed(self, seed: int | None) -> list[Override]:
        if seed is None:
            return []
        origin = self._file.describe((f"{SEED_KEY}s",))
        return [Override((SEED_KEY,), seed, f"{SEED_KEY}={seed}", origin)]


def _list_seeds(settings: SweepSettings, source: YamlSource) -> Iterator[int | None]:
    """Yield the seeds of a scenario; None for its own, whatever that is."""
    own = source.value.get(SEED_KEY, 0)
    if not isinstance(settings.seeds, int):
        yield from settings.seeds
    elif settings.seeds == 1 or not isinstance(own, int):
        yield None
    else:
        yield from range(own, own + settings.seeds)


def compute_point_id(loaded: LoadedScenario) -> str:
    """Return the hash of everything that a point's result depends on.

    That is the scenario with its values in place, the chain config and costs that follow, the
    bytes of its scripts, and the versions of shardlab and of the libraries that reports name. A
    comment in a file, or how its keys are ordered, is no part of it.
    """
    described = describe_run(loaded)
    # Other words for the same scenario.
    del described["overrides"]
    identity = {
        "format": RESULTS_FORMAT,
        "scenario": loaded.scenario.model_dump(mode="json"),
        "run": described,
    }
    text = json.dumps(identity, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS]
