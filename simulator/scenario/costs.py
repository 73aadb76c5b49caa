"""How costs are modelled: rates, and nodes that are no validators.

Source:
    PROTOCOL 7 (rates, budget); the further roles are ours.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from simulator.costs.profiles import ProfileName
from simulator.scenario.base import Count, Model


class CostSettings(Model):
    """How modelled costs are computed; nothing in the protocol depends on it."""

    profile: Annotated[ProfileName, Field(strict=False)] = ProfileName.WASMTIME
    """Engine whose rates count: wasmtime, winch, linear-pass, wasmi, fizzy, or measured."""
    path: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    """File of the measured profile, as `shardlab calibrate` writes it; relative to the scenario,
    or to the working directory when it is given on the command line."""
    budget_ms: Annotated[int, Field(ge=1, le=60_000)] = 100
    """What one node can spend on scripts in one slot, milliseconds."""
    shard_full_nodes: Count = 0
    """Nodes of every shard that execute its blocks without being validators."""
    light_clients: Count = 0
    """Nodes that follow headers and validate nothing."""

    @model_validator(mode="after")
    def _reads_a_file_for_measured(self) -> Self:
        if self.profile is ProfileName.MEASURED and self.path is None:
            raise ValueError("profile measured needs a path: what `shardlab calibrate` wrote")
        if self.profile is not ProfileName.MEASURED and self.path is not None:
            raise ValueError(f"path is for profile measured, not for {self.profile}")
        return self
