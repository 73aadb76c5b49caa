"""Comparing routes: the same transfers by every route, and the load that each can bear.

Source:
    Ours; the routes are PROTOCOL 8's.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Final, Protocol

from simulator.errors import UserError
from simulator.findings import find_growing_queues
from simulator.loader import LoadedScenario, load_scenario
from simulator.metrics import Number
from simulator.scenario import Route

SHARE_KEPT: Final = 0.9
"""A load is too much when the settled share falls below this part of the smallest load's."""


class Outcome(Protocol):
    """What is needed of a run's result."""

    @property
    def metrics(self) -> Mapping[str, Number]:
        """Numbers by dotted name."""

    @property
    def findings(self) -> Sequence[str]:
        """What to know before trusting them."""


Simulate = Callable[[LoadedScenario], Outcome]


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """A run to be made: one route under one load.

    Attributes:
        route: By which the transfers cross.
        multiple: Of the scenario's own load.
        per_slot: Transfers per slot that users ask for, those within shards included.
        loaded: The scenario.
    """

    route: Route
    multiple: float
    per_slot: float
    loaded: LoadedScenario


@dataclass(frozen=True, slots=True)
class RouteRun:
    """One run, and whether its load was too much.

    Attributes:
        plan: What was run.
        metrics: All its metrics.
        findings: All its findings.
        saturated_by: Why the load was too much, empty if it was not.
    """

    plan: RoutePlan
    metrics: Mapping[str, Number]
    findings: Sequence[str]
    saturated_by: tuple[str, ...]

    def get(self, name: str) -> Number | None:
        """Return a metric of the route itself; None if it has no value."""
        return self.metrics.get(f"routes.{self.plan.route}.{name}")

    @property
    def settled_share(self) -> float:
        """Return the share of transfers that settled, of those that were not rejected."""
        return _compute_settled_share(self.plan.route, self.metrics)


@dataclass(frozen=True, slots=True)
class RouteResult:
    """What one route did under growing load.

    Attributes:
        route: The route.
        runs: Its runs by growing load, up to and with the first that was too much; the one under
            the scenario's own load is always among them.
    """

    route: Route
    runs: tuple[RouteRun, ...]

    @property
    def base(self) -> RouteRun:
        """Return the run under the scenario's own load."""
        return next(run for run in self.runs if run.plan.multiple == 1)

    @property
    def sustained(self) -> RouteRun | None:
        """Return the run with the highest load below any that was too much."""
        fine = list(takewhile(lambda run: not run.saturated_by, self.runs))
        return fine[-1] if fine else None

    @property
    def saturated(self) -> RouteRun | None:
        """Return the run with the lowest load that was too much."""
        return next((run for run in self.runs if run.saturated_by), None)

    def tell_limit(self) -> str:
        """Return what the runs say about the route's throughput, as a sentence."""
        sustained, saturated = self.sustained, self.saturated
        if saturated is None:
            largest = self.runs[-1]
            if not largest.get("settled"):
                return f"{self.route}: nothing settled, which says nothing about the route's limit."
            return (
                f"{self.route}: at least {largest.get('settled_per_slot') or 0:g} transfers per "
                f"slot. The largest load ({largest.plan.per_slot:g} per slot) does not saturate "
                "the route: the figure is the load's, not the route's."
            )
        why = " and ".join(saturated.saturated_by)
        limit = f"saturated at {saturated.plan.per_slot:g} per slot ({why})"
        if sustained is None:
            rate = saturated.get("settled_per_slot") or 0
            return f"{self.route}: {limit}, the smallest load; {rate:g} settled per slot there."
        rate = sustained.get("settled_per_slot") or 0
        return (
            f"{self.route}: {rate:g} transfers per slot at {sustained.plan.per_slot:g} per slot; "
            f"{limit}."
        )


def parse_loads(text: str) -> list[float]:
    """Return the multiples of the load that an option gives, and 1, in order.

    Raises:
        UserError: They are not positive numbers.
    """
    try:
        loads = {float(part) for part in text.split(",")}
    except ValueError:
        loads = {0.0}
    if not all(load > 0 and math.isfinite(load) for load in loads):
        raise UserError(f"--loads {text}: write positive numbers, as in 1,2,4")
    return sorted({1.0, *loads})


def plan_routes(
    scenario: str | Path,
    overrides: Sequence[str],
    seed: int | None,
    loads: Sequence[float],
    *,
    allow_outside: bool = False,
) -> dict[Route, list[RoutePlan]]:
    """Load a scenario once per route and load, before anything runs.

    Seed and users are the same everywhere; so are the transfers of all routes under one load.

    Args:
        scenario: File, or name of a shipped scenario.
        overrides: ``key=value`` overrides for all runs.
        seed: Replaces the file's seed.
        loads: Multiples of the scenario's own load, growing.
        allow_outside: Whether the file may name files outside its folder.

    Raises:
        UserError: No transfers of the scenario cross shards.
        ScenarioError: A load makes the scenario impossible.
    """
    original = load_scenario(scenario, overrides, seed, allow_outside=allow_outside)
    rates = {
        position: item.transfers.per_slot
        for position, item in enumerate(original.scenario.workload)
        if item.transfers is not None and item.transfers.cross_shard > 0
    }
    if not rates:
        raise UserError(
            f"{scenario}: no workload has transfers that cross shards, so there are no routes to "
            "compare"
        )

    def plan(route: Route, multiple: float) -> RoutePlan:
        scaled = {position: rate * multiple for position, rate in rates.items()}
        changes = [
            change
            for position, rate in scaled.items()
            for change in (
                f"workload[{position}].transfers.route={route}",
                f"workload[{position}].transfers.per_slot={_format_rate(rate)}",
            )
        ]
        loaded = load_scenario(scenario, [*overrides, *changes], seed, allow_outside=allow_outside)
        return RoutePlan(route, multiple, round(sum(scaled.values()), 6), loaded)

    return {route: [plan(route, multiple) for multiple in loads] for route in Route}


def compare_routes(
    plans: Mapping[Route, Sequence[RoutePlan]], simulate: Simulate
) -> Iterator[RouteResult]:
    """Run every route under growing load, until a load is too much.

    A load is too much when a queue grows without bound, or when the settled share (of the
    transfers that were not rejected) falls below nine tenths of that under the smallest load.

    Source:
        Ours.
    """
    for route, planned in plans.items():
        runs: list[RouteRun] = []
        for plan in planned:
            run = _run_plan(plan, simulate, runs[0].settled_share if runs else 0.0)
            runs.append(run)
            if run.saturated_by and plan.multiple >= 1:
                break
        yield RouteResult(route, tuple(runs))


def _run_plan(plan: RoutePlan, simulate: Simulate, first_share: float) -> RouteRun:
    outcome = simulate(plan.loaded)
    share = _compute_settled_share(plan.route, outcome.metrics)
    reasons = [
        f"the {name} queue grows by about {growth:.3g} per slot"
        for name, growth in find_growing_queues(outcome.metrics).items()
    ]
    if share < SHARE_KEPT * first_share:
        reasons.append(f"the settled share falls from {first_share:.0%} to {share:.0%}")
    return RouteRun(plan, outcome.metrics, outcome.findings, tuple(reasons))


def _compute_settled_share(route: Route, metrics: Mapping[str, Number]) -> float:
    def get(name: str) -> Number:
        return metrics.get(f"routes.{route}.{name}", 0)

    accepted = get("created") - get("rejected")
    return get("settled") / accepted if accepted else 0.0


def _format_rate(rate: float) -> str:
    """Return a rate as YAML reads it: no exponent."""
    return f"{rate:.9f}".rstrip("0").rstrip(".")


def to_json(result: RouteResult) -> dict[str, Any]:
    """Return the stable machine-readable form of one route."""
    sustained, saturated = result.sustained, result.saturated
    return {
        "route": str(result.route),
        "metrics": dict(result.base.metrics),
        "findings": list(result.base.findings),
        "sustained_per_slot": None if sustained is None else sustained.get("settled_per_slot"),
        "sustained_load_per_slot": None if sustained is None else sustained.plan.per_slot,
        "saturated": saturated is not None,
        "limit": result.tell_limit(),
        "loads": [
            {
                "multiple": run.plan.multiple,
                "per_slot": run.plan.per_slot,
                "created": run.get("created"),
                "settled": run.get("settled"),
                "settled_per_slot": run.get("settled_per_slot"),
                "settled_share": round(run.settled_share, 3),
                "saturated_by": list(run.saturated_by),
                "findings": list(run.findings),
            }
            for run in result.runs
        ],
    }
