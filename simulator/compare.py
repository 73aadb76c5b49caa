"""Comparing runs: one key of a scenario varied, one run per value.

Source:
    Ours; this is how placements are compared (PROTOCOL 7).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chain.eei import CompiledStore
from simulator.errors import UserError
from simulator.loader import LoadedScenario, load_scenario
from simulator.metrics import Number
from simulator.runner import Progress, RunResult, run


@dataclass(frozen=True, slots=True)
class Variation:
    """One value of the varied key, and the scenario that it makes."""

    settings: Mapping[str, str]
    loaded: LoadedScenario


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One run of a comparison."""

    settings: Mapping[str, str]
    result: RunResult


def load_variations(
    scenario: str | Path, vary: str, overrides: Sequence[str], seed: int | None
) -> list[Variation]:
    """Load a scenario once per value, before anything runs.

    Args:
        scenario: File, or name of a shipped scenario.
        vary: ``dotted.key=value,value,...``.
        overrides: Further ``key=value`` overrides for all runs.
        seed: Replaces the file's seed.

    Raises:
        UserError: ``vary`` is not of that form.
        ScenarioError: A value makes the scenario impossible.
    """
    key, equals, values = vary.partition("=")
    if not equals or not key or not all(values.split(",")):
        raise UserError(f"--vary {vary}: write it as dotted.key=value,value,...")
    return [
        Variation({key: value}, load_scenario(scenario, [*overrides, f"{key}={value}"], seed))
        for value in values.split(",")
    ]


def compare(
    variations: Sequence[Variation],
    compiled: CompiledStore | None = None,
    progress: Progress | None = None,
) -> Iterator[ComparedRun]:
    """Run every variation in turn; nothing but the results is kept."""
    for variation in variations:
        result = run(variation.loaded, None, compiled, progress, keep_events=False)
        yield ComparedRun(variation.settings, result)


def find_differing(runs: Sequence[ComparedRun]) -> list[str]:
    """Return the metrics in which the runs differ, sorted."""
    names = sorted({name for compared in runs for name in compared.result.metrics})
    return [
        name
        for name in names
        if len({compared.result.metrics.get(name, 0) for compared in runs}) > 1
    ]


def to_json(compared: ComparedRun) -> dict[str, Any]:
    """Return the stable machine-readable form of one run."""
    metrics: Mapping[str, Number] = compared.result.metrics
    return {
        "settings": dict(compared.settings),
        "seed": compared.result.seed,
        "beacon_state_root": compared.result.states.beacon.hash_tree_root.hex(),
        "metrics": dict(metrics),
        "expectations_met": compared.result.expectations_met,
    }
