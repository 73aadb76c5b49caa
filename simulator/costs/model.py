"""The cost model of one run: a profile and a budget.

Source:
    PROTOCOL 7.
"""

from dataclasses import dataclass
from typing import Any, Final

from simulator.costs.profiles import PROFILES, EngineProfile, ProfileName

BUDGET_SECONDS: Final = 0.1
"""Execution that a block has room for."""

_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class CostModel:
    """How bytes of code become modelled seconds, and how many a node may spend in a slot.

    Attributes:
        profile: Rates.
        budget_seconds: What one node can spend in one slot.
    """

    profile: EngineProfile = PROFILES[ProfileName.WASMTIME]
    budget_seconds: float = BUDGET_SECONDS

    def compute_seconds(self, size_bytes: int) -> float:
        """Return the modelled seconds of validating and compiling, to the microsecond."""
        return round(self.profile.compute_seconds(size_bytes), _DIGITS)

    def compute_validating_seconds(self, size_bytes: int) -> float:
        """Return the part of the modelled seconds that goes into validating."""
        return round(self.profile.compute_validating_seconds(size_bytes), _DIGITS)

    def compute_compiling_seconds(self, size_bytes: int) -> float:
        """Return the part of the modelled seconds that goes into compiling."""
        return round(self.profile.compute_compiling_seconds(size_bytes), _DIGITS)

    def is_over_budget(self, size_bytes: int) -> bool:
        """Tell whether a node cannot handle that many bytes of code within a slot's budget."""
        return self.profile.compute_seconds(size_bytes) > self.budget_seconds

    def describe(self) -> dict[str, Any]:
        """Return what a report says about the model; no place on any machine is in it."""
        return {
            "profile": str(self.profile.name),
            "validating_bytes_per_second": self.profile.validating,
            "compiling_bytes_per_second": self.profile.compiling,
            "budget_seconds": self.budget_seconds,
        }
