"""Running one point, and what is kept of it.

Source:
    Ours.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from chain.errors import ConservationBreach
from simulator.loader import LoadedScenario
from simulator.metrics import Number
from simulator.module_cache import DiskModuleCache, default_cache_folder
from simulator.pools import Crash
from simulator.runner import get_versions, run


class Outcome(StrEnum):
    """How a point ended."""

    COMPLETE = "complete"
    """It reached its last slot."""
    BREACHED = "breached"
    """ETH appeared or vanished."""
    CRASHED = "crashed"
    """A bug of ours, or a machine without memory: it runs again when the sweep goes on."""
    FOREIGN = "foreign"
    """Not run: the worker has other versions than the machine that planned it. Never kept."""


@dataclass(frozen=True, slots=True)
class PointJob:
    """What a worker needs to run a point: no file, and nothing else of the sweep."""

    point: str
    loaded: LoadedScenario
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PointResult:
    """What a point came to; the same wherever it ran, but for the trace.

    Attributes:
        point: Its id.
        outcome: How it ended.
        metrics: Numbers by dotted name.
        findings: What a reader should know before trusting them.
        unmet: The metrics of which an expectation is not met.
        beacon_state_root: Of the final state, hex.
        error: What ended it early, in a line.
        trace: The traceback, where it is a bug of ours.
    """

    point: str
    outcome: Outcome
    metrics: Mapping[str, Number] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    beacon_state_root: str | None = None
    error: str | None = None
    trace: str = ""

    @property
    def is_finished(self) -> bool:
        """Tell whether it need not run again."""
        return self.outcome in {Outcome.COMPLETE, Outcome.BREACHED}

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "PointResult":
        """Return what ``to_json`` described."""
        listed = {name: tuple(record[name]) for name in ("findings", "unmet")}
        return cls(**{**record, **listed, "outcome": Outcome(record["outcome"])})


def run_point(job: PointJob) -> PointResult:
    """Run a point, in whichever process; errors without a name are the pool's."""
    versions = get_versions()
    if versions != job.versions:
        differing = sorted(name for name in versions if versions[name] != job.versions.get(name))
        shown = ", ".join(f"{name} {versions[name]}" for name in differing)
        return PointResult(job.point, Outcome.FOREIGN, error=shown)
    cache = DiskModuleCache(default_cache_folder())
    try:
        result = run(job.loaded, None, cache, keep_events=False)
    except ConservationBreach as error:
        return PointResult(job.point, Outcome.BREACHED, error=str(error))
    return PointResult(
        point=job.point,
        outcome=Outcome.COMPLETE,
        metrics=dict(result.metrics),
        findings=tuple(result.findings),
        unmet=tuple(each.metric for each in result.expectations if not each.met),
        beacon_state_root=result.report["beacon_state_root"],
    )


def describe_crash(point: str, crash: Crash) -> PointResult:
    """Return what is kept of a point that has no result."""
    return PointResult(point, Outcome.CRASHED, error=crash.summary, trace=crash.trace)
