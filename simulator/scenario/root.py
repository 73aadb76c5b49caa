"""A whole scenario file, and the chain config that follows from it.

Source:
    Ours.
"""

from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from chain.config import PRESETS, ChainConfig, ExecutionLimits, Metering
from chain.types import Root, Ticks
from simulator.scenario.adversaries import Adversary
from simulator.scenario.base import Bound, Model, PresetName
from simulator.scenario.costs import CostSettings
from simulator.scenario.faults import Fault
from simulator.scenario.happenings import ScenarioEvent
from simulator.scenario.settings import (
    ChainSettings,
    ExecutionSettings,
    GenesisSettings,
    ProposerSettings,
    ValidationSettings,
)
from simulator.scenario.workload import Workload


class Expectation(Model):
    """A statement about a metric that must hold at the end."""

    metric: str
    """Dotted name of the metric."""
    equals: Bound | None = None
    """The exact value."""
    at_least: Bound | None = None
    """Lower bound."""
    at_most: Bound | None = None
    """Upper bound."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.equals, self.at_least, self.at_most) == (None, None, None):
            raise ValueError("needs one of: equals, at_least, at_most")
        return self

    def is_met(self, value: float) -> bool:
        """Tell whether a value keeps to every bound."""
        return (
            (self.equals is None or value == self.equals)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )


class Scenario(Model):
    """A whole scenario file: one question to the simulator."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    """What the run shows, in a sentence."""
    preset: PresetName = "demo"
    """Which chain to start from: 2019, 2020 or demo."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    """All randomness follows from this number."""
    slots: Annotated[int, Field(ge=1, le=10_000_000)]
    """How many slots to simulate."""
    chain: ChainSettings = ChainSettings()
    """Overrides of the preset."""
    validation: ValidationSettings = ValidationSettings()
    """Where scripts are validated, and by which rules."""
    costs: CostSettings = CostSettings()
    """How costs are modelled."""
    proposers: ProposerSettings = ProposerSettings()
    """How proposers behave."""
    genesis: GenesisSettings = GenesisSettings()
    """Who is there at slot 0."""
    events: tuple[ScenarioEvent, ...] = ()
    """What happens once."""
    workload: tuple[Workload, ...] = ()
    """What keeps happening."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong."""
    adversaries: tuple[Adversary, ...] = ()
    """Who sends bad scripts."""
    expect: tuple[Expectation, ...] = ()
    """What must hold at the end."""


def build_chain_config(scenario: Scenario) -> ChainConfig:
    """Return the preset with the scenario's overrides, shuffled by its seed.

    Source:
        PROTOCOL 8 (presets).
    """
    preset = PRESETS[scenario.preset]
    given = _drop_unset(scenario.chain.model_dump(exclude={"execution"}))
    config = replace(
        preset,
        **given,
        **_drop_unset(scenario.validation.model_dump()),
        shuffling_seed=Root(sha256(f"{scenario.seed}/shuffling".encode()).digest()),
    )
    execution = build_execution_limits(scenario.chain.execution, preset.execution)
    return replace(config, execution=replace(execution, bls=config.bls))


def build_execution_limits(settings: ExecutionSettings, base: ExecutionLimits) -> ExecutionLimits:
    """Return limits with a scenario's overrides.

    Injected ticks count what fuel counts, so unless the scenario says otherwise their budget is
    that of fuel: the usual one is for scripts that count for themselves, in units of their own.

    Source:
        Ours.
    """
    given = _drop_unset(settings.model_dump(exclude={"tick_costs"}))
    costs = replace(base.tick_costs, **_drop_unset(settings.tick_costs.model_dump()))
    limits = replace(base, **given, tick_costs=costs)
    if limits.metering is Metering.INJECTED and settings.max_ticks is None:
        return replace(limits, max_ticks=Ticks(limits.max_fuel))
    return limits


def _drop_unset(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}
