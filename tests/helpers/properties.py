"""How property tests run: the same examples every time, however slow the machine is."""

from typing import Final

from hypothesis import HealthCheck, settings

PROPERTY: Final = settings(
    deadline=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""For tests that take about a millisecond an example."""

HEAVY_PROPERTY: Final = settings(PROPERTY, max_examples=20)
"""For tests whose examples are whole blocks or states."""
