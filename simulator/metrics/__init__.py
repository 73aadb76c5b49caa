"""Metrics: events in, numbers out; one flat mapping of dotted names.

Source:
    Ours.
"""

from simulator.metrics.fold import Metrics
from simulator.metrics.numbers import Number, describe
from simulator.metrics.queues import QUEUES, QueueTrend
from simulator.metrics.transfers import DEPOSIT_STEPS, ROUTES

__all__ = [
    "DEPOSIT_STEPS",
    "QUEUES",
    "ROUTES",
    "Metrics",
    "Number",
    "QueueTrend",
    "describe",
]
