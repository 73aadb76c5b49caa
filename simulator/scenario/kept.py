"""A scenario as a run keeps it, and as it comes back: whatever else is on the disk by then.

Source:
    Ours.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.scenario.root import Scenario

Rate = Annotated[float, Field(ge=1, le=10**15)]


class KeptCosts(BaseModel):
    """The rates that a run counted with."""

    model_config = ConfigDict(frozen=True)

    validating_bytes_per_second: Rate
    """Bytes validated per second."""
    compiling_bytes_per_second: Rate | None
    """Bytes compiled per second, None for an interpreter."""


class KeptRun(BaseModel):
    """What of a run's own description is needed to go on with it."""

    model_config = ConfigDict(frozen=True, strict=True)

    scenario: str
    """Name of the scenario."""
    overrides: tuple[str, ...]
    """``key=value`` in the order given; the model has them applied."""
    scripts: Mapping[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]]
    """sha256 of the scripts' code by path."""
    model: Scenario
    """The scenario."""
    costs: KeptCosts
    """Rates."""


def keep_scenario(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as plain values, without what tells where files lie on this machine."""
    kept = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if scenario.costs.path is not None:
        kept["costs"]["path"] = scenario.costs.path.replace("\\", "/").rpartition("/")[2]
    return kept


def parse_kept_run(meta: Mapping[str, Any]) -> KeptRun:
    """Return what a run's description says, if it is well formed.

    Args:
        meta: As a run database has it.

    Raises:
        ValueError: It is not; says where and why.
    """
    try:
        return KeptRun.model_validate_json(json.dumps(meta))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise ValueError(f"{where}: {problem['msg']}") from error
