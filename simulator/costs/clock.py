"""The one place where clocks are read.

Nothing that is simulated may depend on it. What it says is shown beside a run, and kept out of
every report.

Source:
    Ours: measured wall time, asked for with ``--measure`` and by ``calibrate``; and the pace at
    which ``--live`` draws.
"""

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Returns seconds since an arbitrary moment; tests bring their own."""


def read_clock() -> float:
    """Return the seconds of a clock that never goes backwards."""
    return time.perf_counter()


def read_processor_clock() -> float:
    """Return the seconds that processors have spent on this process."""
    return time.process_time()
