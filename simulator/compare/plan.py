"""Planning a comparison: which runs the options ask for, all loaded before anything runs.

Source:
    Ours; this is how placements are compared (PROTOCOL 7).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from simulator.errors import UserError
from simulator.loader import (
    LoadedScenario,
    Override,
    build_overridden,
    parse_keys,
    parse_override,
    read_scenario,
)

MAX_RUNS: Final = 1_000
"""More runs than this are taken for a slip: values and seeds multiply fast."""

SEED_KEY: Final = "seed"

# A text in quotes where a value may begin, or else one character.
_PIECE: Final = re.compile(
    r"""(?<![^\s\[{,:]) (?: '(?:[^']|'')*' | "(?:[^"\\]|\\.)*" ) | .""", re.DOTALL | re.VERBOSE
)


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
        vary: ``dotted.key=value,value,...``, one a key; a value may be a list or a mapping.
        overrides: Further ``key=value`` overrides for all runs, of other keys.
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
    for text in overrides:
        _validate_unvaried(text, variations)
    source = read_scenario(scenario)
    fixed = [parse_override(text) for text in overrides]
    used: Sequence[int | None] = [seed]
    if given:
        first = given.first
        if first is None:
            first = build_overridden(source, fixed).scenario.seed
        used = given.listed or range(first, first + given.count)
    return [
        PlannedRun(
            settings, build_overridden(source, [*fixed, *_write(settings), *_write_seed(each)])
        )
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
        values = split_values(listed)
        if not equals or not key or not all(values):
            raise UserError(f"--vary {text}: write it as dotted.key=value,value,...")
        if len(set(values)) < len(values):
            raise UserError(f"--vary {text}: gives a value twice")
        if parse_keys(key) in map(parse_keys, variations):
            raise UserError(f"--vary {text}: {key} is varied already")
        variations[key] = values
    if not variations:
        raise UserError("--vary: say at least one key, as dotted.key=value,value,...")
    return variations


def split_values(text: str) -> tuple[str, ...]:
    """Split values at the commas between them, not at those inside a list, a mapping or quotes."""
    values, depth = [""], 0
    for piece in _PIECE.findall(text):
        if piece == "," and not depth:
            values.append("")
            continue
        if piece in "[{" and (depth or not values[-1].strip()):
            depth += 1
        elif piece in "]}" and depth:
            depth -= 1
        values[-1] += piece
    return tuple(values)


def _validate_unvaried(text: str, variations: Mapping[str, object]) -> None:
    """Refuse an override that every run would replace again.

    Raises:
        UserError: The key is varied, or is below one that is.
    """
    keys = parse_keys(text.partition("=")[0])
    for varied in variations:
        if keys and keys[: len(parse_keys(varied))] == parse_keys(varied):
            raise UserError(f"--set {text}: --vary {varied}=... replaces it in every run")


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


def _write(settings: Mapping[str, str]) -> list[Override]:
    return [parse_override(f"{key}={value}", "--vary") for key, value in settings.items()]


def _write_seed(seed: int | None) -> list[Override]:
    return [] if seed is None else [parse_override(f"{SEED_KEY}={seed}")]
