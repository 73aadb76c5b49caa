"""Everything around the protocol: scenarios, actors, the slot loop, the run database.

``load_scenario`` and ``run`` are what a notebook needs.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.loader import LoadedScenario, load_scenario
    from simulator.runner import RunResult, run

__all__ = ["LoadedScenario", "RunResult", "load_scenario", "run"]


def __getattr__(name: str) -> object:
    """Import on first use: the command line answers ``--help`` without the simulator."""
    from importlib import import_module  # noqa: PLC0415 - see above

    modules = {
        "LoadedScenario": "loader",
        "load_scenario": "loader",
        "RunResult": "runner",
        "run": "runner",
    }
    if name not in modules:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    return getattr(import_module(f"simulator.{modules[name]}"), name)
