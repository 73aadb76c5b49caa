"""Where validation happens: one strategy a module.

A new strategy is a new module in this package with one subclass of ``Placement``; it is found
by being there, and nothing outside it changes.

Source:
    PROTOCOL 7.
"""

import importlib
import pkgutil

from chain.placement.base import (
    MARKED_INVALID,
    MARKED_VALID,
    UNMARKED,
    Call,
    CheckAs,
    CheckScript,
    ExecutionDecision,
    MarkedVerdict,
    Placement,
    RegistrationDecision,
    ReportDraft,
    Verdict,
)

__all__ = [
    "MARKED_INVALID",
    "MARKED_VALID",
    "UNMARKED",
    "Call",
    "CheckAs",
    "CheckScript",
    "ExecutionDecision",
    "MarkedVerdict",
    "Placement",
    "RegistrationDecision",
    "ReportDraft",
    "Verdict",
    "get_placements",
]


def get_placements() -> dict[str, type[Placement]]:
    """Return every strategy by name, sorted: those of this package and any other subclass."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return {strategy.name: strategy for strategy in sorted(_walk(Placement), key=_get_name)}


def _walk(parent: type[Placement]) -> list[type[Placement]]:
    children = parent.__subclasses__()
    return children + [strategy for child in children for strategy in _walk(child)]


def _get_name(strategy: type[Placement]) -> str:
    return strategy.name
