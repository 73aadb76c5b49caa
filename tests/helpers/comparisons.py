"""Builds compared runs from numbers, without running anything."""

from collections.abc import Mapping, Sequence
from typing import Final

from simulator.compare import ComparedRun

Numbers = Sequence[float | None]
"""One number per seed; None where the run lacks the metric."""

PLACE: Final = "place"
"""The first varied key of most synthetic comparisons."""

FIRST_SEED: Final = 7


def make_run(settings: Mapping[str, str], seed: int, metrics: Mapping[str, float]) -> ComparedRun:
    """One run that came to these metrics."""
    report = {
        "scenario": "synthetic",
        "title": "Synthetic",
        "seed": seed,
        "beacon_state_root": "00" * 32,
        "metrics": dict(metrics),
        "expectations": [],
    }
    return ComparedRun(settings, report)


def make_runs(
    cells: Sequence[tuple[Mapping[str, str], Mapping[str, Numbers]]],
) -> list[ComparedRun]:
    """The runs of several settings: for each, its metrics, one number per seed."""
    return [
        make_run(
            settings,
            FIRST_SEED + position,
            {name: value for name, ys in metrics.items() if (value := ys[position]) is not None},
        )
        for settings, metrics in cells
        for position in range(len(next(iter(metrics.values()))))
    ]


def make_contestants(metric: str, values: Mapping[str, Numbers]) -> list[ComparedRun]:
    """The runs of one varied key, with one metric."""
    return make_runs([({PLACE: name}, {metric: ys}) for name, ys in values.items()])
