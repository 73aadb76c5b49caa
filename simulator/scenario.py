"""What a scenario file may say: pydantic models, and the chain config that follows.

Source:
    Ours; the keys of ``chain`` are those of ``chain.config``.
"""

from dataclasses import replace
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from chain.config import (
    PRESETS,
    BlsBackend,
    ChainConfig,
    ExecutionLimits,
    PrimeField,
    Profile,
    UnsavedPostState,
    ValidatorLifecycle,
)
from chain.constants import BLOCK_DATA_BYTES_LIMIT, CODE_BYTES_LIMIT, SHARD_LIMIT
from chain.types import Root

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
HexBytes = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2})*$")]
SlotNumber = Annotated[int, Field(ge=0, le=10_000_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
PositiveCount = Annotated[int, Field(ge=1, le=1_000_000)]
GweiAmount = Annotated[int, Field(ge=1, le=10**18)]
Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, le=100_000)]
Shard = Annotated[int, Field(ge=0, lt=SHARD_LIMIT)]
Bound = Annotated[float, Field(allow_inf_nan=False)]
PresetName = Literal["2019", "2020", "demo"]


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )


class ExecutionSettings(_Model):
    """Overrides of ``ExecutionLimits``: what one script execution may use."""

    max_fuel: Annotated[int, Field(ge=1, le=10**13)] | None = None
    """Fuel of one execution, about one per instruction."""
    max_ticks: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    """Budget of useTicks."""
    max_memory_pages: Annotated[int, Field(ge=1, le=65_536)] | None = None
    """Linear memory in pages of 64 KiB."""
    max_table_elements: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    """Elements of all tables together."""
    max_debug_bytes: Annotated[int, Field(ge=0, le=10**8)] | None = None
    """Debug output kept per execution."""
    unsaved_post_state: Annotated[UnsavedPostState, Field(strict=False)] | None = None
    """Post state of a script that saved none: zero, keep or trap."""
    deposit_min_timestamp: bool | None = None
    """Whether deposits carry Proposal 2's min_timestamp."""
    prime_field: Annotated[PrimeField, Field(strict=False)] | None = None
    """Field of the bignum library's field arithmetic."""


class ChainSettings(_Model):
    """Overrides of the preset, key by key as in ``chain.config.ChainConfig``."""

    shard_count: Annotated[int, Field(ge=1, le=SHARD_LIMIT)] | None = None
    """Number of shards."""
    seconds_per_slot: Annotated[int, Field(ge=1, le=3600)] | None = None
    """Seconds per slot, for figures in seconds."""
    slots_per_epoch: Annotated[int, Field(ge=1, le=8192)] | None = None
    """Slots per epoch."""
    max_block_data_bytes: Annotated[int, Field(ge=0, le=BLOCK_DATA_BYTES_LIMIT)] | None = None
    """Largest data of a shard block."""
    crosslink_interval_slots: Annotated[int, Field(ge=1, le=2048)] | None = None
    """Crosslinks are included in slots that are multiples of this."""
    crosslink_lag_slots: Annotated[int, Field(ge=1, le=2048)] | None = None
    """A crosslink covers shard slots up to this many slots ago."""
    activation_delay_epochs: Annotated[int, Field(ge=0, le=65_536)] | None = None
    """Notice before activation: claimed in epoch e, active in e + 2 plus this."""
    service_epochs: Annotated[int, Field(ge=0, le=65_536)] | None = None
    """Epochs that a deposited validator serves before it leaves by itself."""
    withdrawability_delay_epochs: Annotated[int, Field(ge=0, le=65_536)] | None = None
    """Epochs from exit to withdrawable."""
    validator_lifecycle: Annotated[ValidatorLifecycle, Field(strict=False)] | None = None
    """delayed, or instant: deposited validators are withdrawable at once."""
    max_registrations_per_block: Annotated[int, Field(ge=0, le=1024)] | None = None
    """NewExecutionScript operations in a beacon block."""
    max_claims_per_block: Annotated[int, Field(ge=0, le=1024)] | None = None
    """NewValidator operations in a beacon block."""
    max_withdrawals_per_block: Annotated[int, Field(ge=0, le=1024)] | None = None
    """Withdrawal operations in a beacon block."""
    max_reports_per_block: Annotated[int, Field(ge=0, le=1024)] | None = None
    """Validation reports in a beacon block."""
    new_code_fee: Annotated[int, Field(ge=0, le=10**15)] | None = None
    """Flat registration fee in Gwei, burned."""
    new_code_byte_fee: Annotated[int, Field(ge=0, le=10**9)] | None = None
    """Registration fee per byte of code in Gwei, burned."""
    max_code_bytes: Annotated[int, Field(ge=8, le=CODE_BYTES_LIMIT)] | None = None
    """Largest script."""
    max_committee_size: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Most members of a shard's committee."""
    validators_per_node: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Validators that share one machine, for the cost figures."""
    bls: Annotated[BlsBackend, Field(strict=False)] | None = None
    """Signatures: real (py-ecc), fast (arkworks) or insecure (a hash)."""
    execution: ExecutionSettings = ExecutionSettings()
    """Limits of one script execution."""


class ValidationSettings(_Model):
    """Where scripts are validated, and by which rules."""

    strategy: str = "beacon-operation"
    """Name of the placement."""
    profile: Annotated[Profile, Field(strict=False)] = Profile.STRICT
    """Script rules: scout or strict."""
    features: tuple[str, ...] = ()
    """WebAssembly features allowed beyond the strict profile, such as sign_extension."""


class ProposerSettings(_Model):
    """How proposers behave."""

    careless: Share = 0.0
    """Share of validators that include whatever arrives, without checking it first."""


class GenesisSettings(_Model):
    """Who is in the registry at slot 0: depositors come first, then validators."""

    validators: PositiveCount = 64
    """Active validators, who propose and vote."""
    validator_gwei: GweiAmount = 32_000_000_000
    """Balance of each validator."""
    depositors: Count = 8
    """Not yet eligible for activation, so allowed to register scripts; indices from 0."""
    depositor_gwei: GweiAmount = 32_000_000_000
    """Balance of each depositor, from which registration fees are burned."""


class Register(_Model):
    """Register a script."""

    name: Name
    """Name by which the rest of the scenario calls it."""
    script: str
    """Path of the .wasm file, relative to the scenario file."""
    sender: Count = 0
    """Validator index that signs and pays: one of the depositors."""


class Deposit(_Model):
    """One deposit from shard to shard."""

    script: Name
    """A script that speaks deposit_relay's block data."""
    from_shard: Shard = Field(alias="from")
    """Shard whose pool pays."""
    to_shard: Shard = Field(alias="to")
    """Shard whose pool is credited."""
    gwei: GweiAmount
    """Amount."""


class Call(_Model):
    """One shard block that runs a script with given data."""

    script: Name
    """Registered script."""
    shard: Shard
    """Shard on which it is called."""
    data: HexBytes = ""
    """Block data in hex."""


class ScenarioEvent(_Model):
    """Something that happens once, at a slot: exactly one of the keys beside ``slot``."""

    slot: SlotNumber
    """When."""
    register_script: Register | None = Field(default=None, alias="register")
    """Register a script."""
    deposit: Deposit | None = None
    """Send one deposit."""
    call: Call | None = None
    """Call a script once."""

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        kinds = (self.register_script, self.deposit, self.call)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("needs exactly one of: register, deposit, call")
        return self


class TopologyKind(StrEnum):
    """Who may send to whom, as a graph of shards."""

    COMPLETE = "complete"
    RING = "ring"
    STAR = "star"
    SMALL_WORLD = "small-world"
    SCALE_FREE = "scale-free"
    EDGES = "edges"


class Topology(_Model):
    """A graph of shards; deposits travel along its edges, drawn evenly."""

    kind: Annotated[TopologyKind, Field(strict=False)] = TopologyKind.COMPLETE
    """complete, ring, star, small-world, scale-free, or edges."""
    neighbors: Annotated[int, Field(ge=1, le=64)] = 4
    """Neighbours of a shard in a small world; edges per new shard in a scale-free graph."""
    rewire: Share = 0.1
    """Share of edges that a small world rewires."""
    edges: tuple[tuple[Shard, Shard], ...] = ()
    """The directed edges, for kind edges."""

    @model_validator(mode="after")
    def _has_edges(self) -> Self:
        if (self.kind is TopologyKind.EDGES) != bool(self.edges):
            raise ValueError("edges are given exactly when the kind is edges")
        return self


class _Period(_Model):
    start: SlotNumber = 1
    """First slot."""
    stop: SlotNumber | None = None
    """First slot after the last, by default the end of the run."""
    per_slot: Rate = 1.0
    """How many per slot; the fraction is drawn."""

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.stop is not None and self.stop < self.start:
            raise ValueError("stop lies before start")
        return self


class DepositWorkload(_Period):
    """Deposits between shards, between given ones or along a topology."""

    script: Name
    """A script that speaks deposit_relay's block data."""
    from_shards: tuple[Shard, ...] = Field(default=(), alias="from")
    """Shards that send, drawn evenly."""
    to_shards: tuple[Shard, ...] = Field(default=(), alias="to")
    """Shards that receive, drawn evenly."""
    topology: Topology | None = None
    """A graph of shards instead of ``from`` and ``to``."""
    gwei: tuple[GweiAmount, GweiAmount]
    """Smallest and largest amount, drawn evenly."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if bool(self.from_shards) != bool(self.to_shards):
            raise ValueError("from and to go together")
        if bool(self.from_shards) == (self.topology is not None):
            raise ValueError("needs either from and to, or a topology")
        if self.gwei[0] > self.gwei[1]:
            raise ValueError("gwei: the smallest amount comes first")
        return self


class CallWorkload(_Period):
    """Calls of a script with fixed data on some shards."""

    script: Name
    """Registered script."""
    shards: tuple[Shard, ...] = ()
    """Shards on which it is called, all by default; ``per_slot`` is per shard."""
    data: HexBytes = ""
    """Block data in hex."""


class StorageWorkload(_Period):
    """Writes to a key-value script whose state only its relayer holds."""

    script: Name
    """A script that speaks key_value's block data."""
    shards: tuple[Shard, ...] = ()
    """Shards on which it is written to, all by default; ``per_slot`` is per shard."""
    keys: PositiveCount = 64
    """How many different keys are written, drawn evenly."""


class Workload(_Model):
    """Something that keeps happening: exactly one of the keys."""

    deposits: DepositWorkload | None = None
    """Deposits between shards."""
    calls: CallWorkload | None = None
    """Calls of a script."""
    storage: StorageWorkload | None = None
    """Writes to a key-value script, with witnesses."""

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        if sum(kind is not None for kind in (self.deposits, self.calls, self.storage)) != 1:
            raise ValueError("needs exactly one of: deposits, calls, storage")
        return self


class Expectation(_Model):
    """A statement about a metric that must hold at the end."""

    metric: str
    """Dotted name of the metric."""
    equals: Bound | None = None
    """The exact value."""
    at_least: Bound | None = None
    """Lower bound."""
    at_most: Bound | None = None
    """Upper bound."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.equals, self.at_least, self.at_most) == (None, None, None):
            raise ValueError("needs one of: equals, at_least, at_most")
        return self

    def is_met(self, value: float) -> bool:
        """Tell whether a value keeps to every bound."""
        return (
            (self.equals is None or value == self.equals)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
        )


class Scenario(_Model):
    """A whole scenario file: one question to the simulator."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    """What the run shows, in a sentence."""
    preset: PresetName = "demo"
    """Which chain to start from: 2019, 2020 or demo."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    """All randomness follows from this number."""
    slots: Annotated[int, Field(ge=1, le=10_000_000)]
    """How many slots to simulate."""
    chain: ChainSettings = ChainSettings()
    """Overrides of the preset."""
    validation: ValidationSettings = ValidationSettings()
    """Where scripts are validated, and by which rules."""
    proposers: ProposerSettings = ProposerSettings()
    """How proposers behave."""
    genesis: GenesisSettings = GenesisSettings()
    """Who is there at slot 0."""
    events: tuple[ScenarioEvent, ...] = ()
    """What happens once."""
    workload: tuple[Workload, ...] = ()
    """What keeps happening."""
    expect: tuple[Expectation, ...] = ()
    """What must hold at the end."""


def build_chain_config(scenario: Scenario) -> ChainConfig:
    """Return the preset with the scenario's overrides, shuffled by its seed.

    Source:
        PROTOCOL 8 (presets).
    """
    preset = PRESETS[scenario.preset]
    given = _drop_unset(scenario.chain.model_dump(exclude={"execution"}))
    limits = _drop_unset(scenario.chain.execution.model_dump())
    config = replace(
        preset,
        **given,
        strategy=scenario.validation.strategy,
        profile=scenario.validation.profile,
        features=scenario.validation.features,
        shuffling_seed=Root(sha256(f"{scenario.seed}/shuffling".encode()).digest()),
    )
    execution: ExecutionLimits = replace(preset.execution, bls=config.bls, **limits)
    return replace(config, execution=execution)


def _drop_unset(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}
