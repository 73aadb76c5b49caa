"""What validating costs: who pays, by which rates, and what a clock says.

Three kinds of cost, never added up: *modelled* seconds follow from the size of the code and an
engine profile, *work* counts what the decoder saw, and *measured* seconds are read from a clock
when somebody asks for them.

Source:
    PROTOCOL 7.
"""

from simulator.costs.ledger import Charge, PaidCode, ValidationLedger
from simulator.costs.model import CostModel
from simulator.costs.profiles import PROFILES, EngineProfile, ProfileName
from simulator.costs.roles import Role, find_role

__all__ = [
    "PROFILES",
    "Charge",
    "CostModel",
    "EngineProfile",
    "PaidCode",
    "ProfileName",
    "Role",
    "ValidationLedger",
    "find_role",
]
