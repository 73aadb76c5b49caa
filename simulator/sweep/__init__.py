"""Sweeps: a scenario run with many settings, on all cores or many machines.

Plan the points, run those that are not finished, read the table::

    plan = plan_sweep(Path("places.yaml"))
    sweep = conduct_sweep(plan, Path("runs/sweeps/places"), LocalPool(2), watcher)
    pyarrow.parquet.read_table(sweep.results_path)

Source:
    Ours.
"""

from simulator.sweep.conduct import Sweep, Watcher, conduct_sweep, make_filter
from simulator.sweep.journal import peek_journal
from simulator.sweep.plan import Point, SweepPlan, plan_sweep
from simulator.sweep.points import MAX_POINTS, format_value
from simulator.sweep.results import Outcome, PointResult
from simulator.sweep.table import METRIC_PREFIX, RESULTS_NAME

__all__ = [
    "MAX_POINTS",
    "METRIC_PREFIX",
    "RESULTS_NAME",
    "Outcome",
    "Point",
    "PointResult",
    "Sweep",
    "SweepPlan",
    "Watcher",
    "conduct_sweep",
    "format_value",
    "make_filter",
    "peek_journal",
    "plan_sweep",
]
