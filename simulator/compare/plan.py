"""Planning a comparison: which runs the options ask for, all loaded before anything runs.

Source:
    Ours; this is how placements are compared (PROTOCOL 7).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from simulator.errors import UserError
from simulator.loader import LoadedScenario, load_scenario

MAX_RUNS: Final = 1_000
"""More runs than this are taken for a slip: values and seeds multiply fast."""

SEED_KEY: Final = "seed"


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run to be made.

    Attributes:
        settings: The value of every varied key, as written.
        loaded: The scenario that they make, with its seed.
    """

    settings: Mapping[str, str]
    loaded: LoadedScenario


def plan_runs(
    scenario: str | Path,
    vary: Sequence[str],
    overrides: Sequence[str] = (),
    seed: int | None = None,
    seeds: str | None = None,
) -> list[PlannedRun]:
    """Load a scenario once per combination of values and per seed, before anything runs.

    The values of the first key change faster than those of the others, and seeds fastest: what is
    to be compared comes together.

    Args:
        scenario: File, or name of a shipped scenario.
        vary: ``dotted.key=value,value,...``, one a key.
        overrides: Further ``key=value`` overrides for all runs.
        seed: Replaces the file's seed.
        seeds: How many seeds to run with, from the scenario's on; or several, with commas.

    Raises:
        UserError: An option is not of its form, or there are too many runs.
        ScenarioError: A value makes the scenario impossible.
    """
    variations = _parse_variations(vary)
    if SEED_KEY in variations and (seed is not None or seeds is not None):
        raise UserError("--vary seed=...: say the seeds once, here or with --seed or --seeds")
    given = None if seeds is None else _parse_seeds(seeds, seed)
    count = math.prod(map(len, variations.values())) * (given.count if given else 1)
    if count > MAX_RUNS:
        raise UserError(f"these are {count:,} runs, more than {MAX_RUNS:,}: vary less at a time")
    used: Sequence[int | None] = [seed]
    if given:
        first = given.first
        if first is None:
            first = load_scenario(scenario, overrides, seed).scenario.seed
        used = given.listed or range(first, first + given.count)
    return [
        PlannedRun(settings, load_scenario(scenario, [*overrides, *_write(settings)], each))
        for settings in _combine(variations)
        for each in used
    ]


@dataclass(frozen=True, slots=True)
class _Seeds:
    """Either seeds, or how many; then ``first`` may be still unknown."""

    count: int
    listed: Sequence[int]
    first: int | None


def _parse_variations(vary: Sequence[str]) -> dict[str, tuple[str, ...]]:
    variations: dict[str, tuple[str, ...]] = {}
    for text in vary:
        key, equals, listed = text.partition("=")
        values = tuple(listed.split(","))
        if not equals or not key or not all(values):
            raise UserError(f"--vary {text}: write it as dotted.key=value,value,...")
        if len(set(values)) < len(values):
            raise UserError(f"--vary {text}: gives a value twice")
        if _spell(key) in map(_spell, variations):
            raise UserError(f"--vary {text}: {key} is varied already")
        variations[key] = values
    if not variations:
        raise UserError("--vary: say at least one key, as dotted.key=value,value,...")
    return variations


def _spell(key: str) -> str:
    """Return a key in the one spelling that ``events[0].slot`` and ``events.0.slot`` share."""
    return key.replace("[", ".").replace("]", "")


def _parse_seeds(text: str, seed: int | None) -> _Seeds:
    parts = text.split(",")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise UserError(f"--seeds {text}: write a number of seeds, as in 5, or seeds, as in 1,2,3")
    numbers = [int(part) for part in parts]
    if len(numbers) > 1:
        if seed is not None:
            raise UserError(
                f"--seeds {text}: leave out --seed, or say how many seeds from there on"
            )
        if len(set(numbers)) < len(numbers):
            raise UserError(f"--seeds {text}: gives a seed twice")
        return _Seeds(len(numbers), numbers, numbers[0])
    if numbers[0] < 1:
        raise UserError(f"--seeds {text}: there is no run without a seed")
    return _Seeds(numbers[0], (), seed)


def _combine(variations: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Return every combination, the first key's values changing fastest."""
    first, *others = variations
    return [
        {first: value, **dict(zip(others, rest, strict=True))}
        for rest in product(*(variations[key] for key in others))
        for value in variations[first]
    ]


def _write(settings: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" for key, value in settings.items()]
