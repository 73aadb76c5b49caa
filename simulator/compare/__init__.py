"""Comparing runs: keys of a scenario varied, over several seeds.

Plan the runs, make them, work out what they show::

    planned = plan_runs("placements", ["validation.strategy=beacon-block,shard-lazy"], seeds="5")
    comparison = build_comparison(list(compare(planned, workers=2)))

Source:
    Ours; this is how placements are compared (PROTOCOL 7).
"""

from simulator.compare.comparison import (
    Comparison,
    Finding,
    build_comparison,
    find_missing,
    to_json,
)
from simulator.compare.groups import Group
from simulator.compare.plan import MAX_RUNS, PlannedRun, plan_runs
from simulator.compare.runs import ComparedRun, compare
from simulator.compare.sentences import label_settings, tell_seeds
from simulator.compare.spreads import Spread

__all__ = [
    "MAX_RUNS",
    "ComparedRun",
    "Comparison",
    "Finding",
    "Group",
    "PlannedRun",
    "Spread",
    "build_comparison",
    "compare",
    "find_missing",
    "label_settings",
    "plan_runs",
    "tell_seeds",
    "to_json",
]
