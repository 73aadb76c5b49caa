"""What all parts of a scenario are made of: kinds of values, and the base of all models.

Source:
    Ours.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from chain.constants import SHARD_LIMIT

S = TypeVar("S", bound=Sequence[int])

NAME_PATTERN: Final = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"
HEX_PATTERN: Final = r"^([0-9a-fA-F]{2})*$"


def _validate_once(shards: S) -> S:
    for position, shard in enumerate(shards):
        if shard in shards[:position]:
            raise ValueError(f"names shard {shard} twice")
    return shards


Name = Annotated[str, Field(pattern=NAME_PATTERN)]
HexBytes = Annotated[str, Field(pattern=HEX_PATTERN)]
SlotNumber = Annotated[int, Field(ge=0, le=10_000_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
PositiveCount = Annotated[int, Field(ge=1, le=1_000_000)]
GweiAmount = Annotated[int, Field(ge=1, le=10**18)]
Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, le=100_000)]
Shard = Annotated[int, Field(ge=0, lt=SHARD_LIMIT)]
ShardList = Annotated[
    tuple[Shard, ...],
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_validate_once),
]
"""Some shards: whoever means all of them leaves the key out."""
Bound = Annotated[float, Field(allow_inf_nan=False)]
PresetName = Literal["2019", "2020", "demo"]


class Model(BaseModel):
    """What all parts have in common: nothing unknown, nothing converted."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )


class Span(Model):
    """A stretch of slots."""

    start: SlotNumber = 1
    """First slot."""
    stop: SlotNumber | None = None
    """First slot after the last, by default the end of the run."""

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.stop is not None and self.stop < self.start:
            raise ValueError("stop lies before start")
        return self

    def covers(self, slot: int) -> bool:
        """Tell whether a slot lies in the stretch."""
        return self.start <= slot and (self.stop is None or slot < self.stop)
