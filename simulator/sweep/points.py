"""From the settings of a sweep to its points: which there are, in which order.

Scenarios change slowest; then the keys of the grid in the order of the file, the last of them
fastest, as nested loops would; then the draws of the sample; then seeds.

Every key of a sample draws from a generator of its own, so that neither a higher count nor
another key changes what was drawn before, and the points that are finished stay finished.

Source:
    Ours.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any, Final

from simulator.rng import derive_rng
from simulator.sweep.settings import Range, Sample, SweepSettings
from simulator.yaml_source import KeyPath

MAX_POINTS: Final = 100_000
"""More points than this are taken for a slip: values multiply fast."""

_DRAWN_DIGITS: Final = 6
"""Significant digits of a drawn number: it is meant to be read, and the same everywhere."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a varied key.

    Attributes:
        value: What YAML gave, or what was drawn.
        where: Where the sweep file has it, or the range that it was drawn from.
    """

    value: Any
    where: KeyPath


Choices = Mapping[str, Choice]
"""By dotted key."""


def count_points(settings: SweepSettings) -> int:
    """Return how many points there are, if none is drawn twice."""
    seeds = settings.seeds if isinstance(settings.seeds, int) else len(settings.seeds)
    draws = 1 if settings.sample is None else settings.sample.count
    grid = math.prod(map(len, (settings.grid or {}).values()))
    return len(settings.list_scenarios()) * grid * draws * seeds


def enumerate_choices(settings: SweepSettings) -> Iterator[Choices]:
    """Yield the values of all varied keys, for every combination of grid and draws."""
    grid = settings.grid or {}
    columns = [
        [Choice(value, ("grid", key, position)) for position, value in enumerate(values)]
        for key, values in grid.items()
    ]
    draws: Sequence[Choices] = [{}] if settings.sample is None else draw_sample(settings.sample)
    for combination in product(*columns):
        for draw in draws:
            yield {**dict(zip(grid, combination, strict=True)), **draw}


def draw_sample(sample: Sample) -> list[Choices]:
    """Draw the values of all keys of a sample."""
    columns: dict[str, list[Choice]] = {}
    for key, drawn in sample.keys.items():
        rng = derive_rng(sample.seed, f"sample/{key}")
        where: KeyPath = ("sample", "keys", key)
        columns[key] = [_draw(drawn, rng, where) for _ in range(sample.count)]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _draw(drawn: Sequence[Any] | Range, rng: Random, where: KeyPath) -> Choice:
    if isinstance(drawn, Range):
        return Choice(draw_number(drawn, rng), where)
    position = rng.randrange(len(drawn))
    return Choice(drawn[position], (*where, position))


def draw_number(span: Range, rng: Random) -> int | float:
    """Draw a number from a range; both its ends can be drawn.

    On a log scale a whole number n stands for all numbers from n up to n + 1.
    """
    if span.integer:
        start, stop = int(span.start), int(span.stop)
        if span.scale == "linear":
            return rng.randint(start, stop)
        drawn = math.exp(rng.uniform(math.log(start), math.log(stop + 1)))
        return min(max(math.floor(drawn), start), stop)
    if span.scale == "linear":
        number = rng.uniform(span.start, span.stop)
    else:
        number = math.exp(rng.uniform(math.log(span.start), math.log(span.stop)))
    return min(max(float(f"{number:.{_DRAWN_DIGITS}g}"), span.start), span.stop)


def format_value(value: object) -> str:
    """Return a value as it would be written after ``--set KEY=``."""
    if isinstance(value, float):
        text = repr(value)
        # Without a dot YAML takes 1e-05 for a word.
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    return value if isinstance(value, str) else json.dumps(value, default=str)
