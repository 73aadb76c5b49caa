"""Everything around the protocol: scenarios, actors, the slot loop, the run database.

``load_scenario`` and ``run`` are what a notebook needs; ``resume`` goes on with a run.
"""

from typing import TYPE_CHECKING

from chain.lazy import import_lazily

if TYPE_CHECKING:
    from simulator.loader import LoadedScenario, load_scenario
    from simulator.resuming import resume
    from simulator.runner import RunResult, run
else:
    __getattr__ = import_lazily(
        __name__,
        {
            "loader": "LoadedScenario load_scenario",
            "resuming": "resume",
            "runner": "RunResult run",
        },
    )

__all__ = ["LoadedScenario", "RunResult", "load_scenario", "resume", "run"]
