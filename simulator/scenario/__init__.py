"""What a scenario file may say: pydantic models, and the chain config that follows.

Source:
    Ours; the keys of ``chain`` are those of ``chain.config``.
"""

from simulator.scenario.adversaries import Adversary, AttackGoal, AttackKind
from simulator.scenario.base import HexBytes, Model, Name
from simulator.scenario.costs import CostSettings
from simulator.scenario.faults import Fault, Halt, Insolvency, Orphan, Replay, Withhold
from simulator.scenario.happenings import Call, Deposit, Register, ScenarioEvent
from simulator.scenario.root import Expectation, Scenario, build_chain_config
from simulator.scenario.settings import (
    ChainSettings,
    ExecutionSettings,
    GenesisSettings,
    ProposerSettings,
    ValidationSettings,
)
from simulator.scenario.workload import (
    Arrival,
    CallWorkload,
    DepositWorkload,
    Period,
    Route,
    StorageWorkload,
    Topology,
    TopologyKind,
    TransferWorkload,
    Workload,
)

__all__ = [
    "Adversary",
    "Arrival",
    "AttackGoal",
    "AttackKind",
    "Call",
    "CallWorkload",
    "ChainSettings",
    "CostSettings",
    "Deposit",
    "DepositWorkload",
    "ExecutionSettings",
    "Expectation",
    "Fault",
    "GenesisSettings",
    "Halt",
    "HexBytes",
    "Insolvency",
    "Model",
    "Name",
    "Orphan",
    "Period",
    "ProposerSettings",
    "Register",
    "Replay",
    "Route",
    "Scenario",
    "ScenarioEvent",
    "StorageWorkload",
    "Topology",
    "TopologyKind",
    "TransferWorkload",
    "ValidationSettings",
    "Withhold",
    "Workload",
    "build_chain_config",
]
