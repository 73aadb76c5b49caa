"""The models of a sweep file.

Source:
    Ours.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from simulator.scenario import Model

Key = Annotated[str, Field(min_length=1, max_length=200)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
Limit = Annotated[int | float, Field(allow_inf_nan=False, ge=-(2**53), le=2**53)]
Values = Annotated[tuple[Any, ...], Field(min_length=1)]

_LISTED: Final = "listed"
_OTHER: Final = "other"

_MAX_KEYS: Final = 200
"""Every key is compared with every other."""

SEED_KEY: Final = "seed"


def _name_form(given: object) -> str:
    """Tell a list from what may stand in its place, so that messages are about one of them."""
    return _LISTED if isinstance(given, tuple | list) else _OTHER


class Range(Model):
    """Where random values of one key are drawn from."""

    start: Annotated[Limit, Field(alias="from")]
    """Smallest value."""
    stop: Annotated[Limit, Field(alias="to")]
    """Largest value."""
    scale: Literal["linear", "log"] = "linear"
    """Whether equal differences or equal factors are equally likely."""
    integer: bool = False
    """Whether only whole numbers are drawn."""

    @model_validator(mode="after")
    def _can_be_drawn_from(self) -> Self:
        if self.stop <= self.start:
            raise ValueError("to must be larger than from")
        if self.scale == "log" and self.start <= 0:
            raise ValueError("scale: log needs from above 0")
        if self.integer and not (_is_whole(self.start) and _is_whole(self.stop)):
            raise ValueError("integer: true needs whole numbers in from and to")
        return self


def _is_whole(number: float) -> bool:
    return number == math.floor(number)


Drawn = Annotated[
    Annotated[Values, Tag(_LISTED)] | Annotated[Range, Tag(_OTHER)], Discriminator(_name_form)
]
Seeds = Annotated[
    Annotated[tuple[Seed, ...], Field(min_length=1), Tag(_LISTED)]
    | Annotated[int, Field(ge=1), Tag(_OTHER)],
    Discriminator(_name_form),
]


class Sample(Model):
    """Random values of some keys, drawn together."""

    count: Annotated[int, Field(ge=1)]
    """How many times to draw."""
    seed: Seed = 0
    """All draws follow from this number."""
    keys: Annotated[Mapping[Key, Drawn], Field(min_length=1, max_length=_MAX_KEYS)]
    """What to draw: a list to choose from, or a range."""


class SweepSettings(Model):
    """A whole sweep file: one question to many runs."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    """What the sweep asks."""
    scenario: str | None = None
    """The scenario: a file, relative to this one, or the name of a shipped scenario."""
    scenarios: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Several of them."""
    set: Annotated[Mapping[Key, Any], Field(max_length=_MAX_KEYS)] = {}
    """Values for all points, by dotted key."""
    grid: Annotated[Mapping[Key, Values], Field(min_length=1, max_length=_MAX_KEYS)] | None = None
    """Every combination of these values, by dotted key."""
    sample: Sample | None = None
    """Random values, each draw with every combination of the grid."""
    seeds: Seeds = 1
    """Seeds of every point: these, or so many from the scenario's own on."""
    metrics: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Columns wanted, by name or pattern such as costs.*; by default all."""

    @model_validator(mode="after")
    def _names_scenarios_once(self) -> Self:
        if (self.scenario is None) == (self.scenarios is None):
            raise ValueError("needs either scenario or scenarios")
        return self

    def list_scenarios(self) -> Sequence[str]:
        """Return the scenarios as written."""
        return self.scenarios or ([] if self.scenario is None else [self.scenario])


__all__ = ["SEED_KEY", "Range", "Sample", "SweepSettings"]
