"""What stays the same throughout a run: chain, validation, proposers, genesis.

Source:
    Ours; the keys of ``chain`` are those of ``chain.config``.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from chain.config import (
    Backend,
    BlsBackend,
    Libraries,
    Metering,
    PrimeField,
    Profile,
    UnsavedPostState,
    ValidatorLifecycle,
)
from chain.constants import (
    BLOCK_DATA_BYTES_LIMIT,
    CODE_BYTES_LIMIT,
    COMMITTEE_LIMIT,
    SHARD_LIMIT,
    VALIDATOR_LIMIT,
)
from simulator.scenario.base import Count, GweiAmount, Model, PositiveCount, Share

_TickCost = Annotated[int, Field(ge=0, le=2**32 - 1)] | None


class TickCostSettings(Model):
    """Overrides of ``TickCosts``: prices of injected metering, in ticks."""

    control: _TickCost = None
    """Instructions that only delimit or throw away, such as block, end and drop."""
    branch: _TickCost = None
    """if and the branches."""
    call: _TickCost = None
    """Calls, direct and indirect."""
    variable: _TickCost = None
    """Reading and writing locals and globals."""
    constant: _TickCost = None
    """Constants."""
    numeric: _TickCost = None
    """Arithmetic, comparison and conversion of integers, and select."""
    division: _TickCost = None
    """Quotients and remainders of integers."""
    floating: _TickCost = None
    """Everything about floats."""
    vector: _TickCost = None
    """Everything about vectors."""
    memory: _TickCost = None
    """Loads, stores, and the size of memory."""
    bulk: _TickCost = None
    """Copying, filling and growing memory or tables, apart from the size."""
    reference: _TickCost = None
    """References and single table entries."""
    function_entry: _TickCost = None
    """Entering a function."""
    memory_page: _TickCost = None
    """Each page by which memory grows."""
    moved_unit: _TickCost = None
    """Each byte, or table entry, that one instruction copies or fills."""


class ExecutionSettings(Model):
    """Overrides of ``ExecutionLimits``: what one script execution may use."""

    metering: Annotated[Metering, Field(strict=False)] | None = None
    """Who counts what an execution uses: none, fuel, ticks or injected."""
    max_fuel: Annotated[int, Field(ge=1, le=10**13)] | None = None
    """Fuel of one execution, about one per instruction."""
    max_ticks: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    """Budget of useTicks; where calls of it are injected, max_fuel unless this is given."""
    watchdog_fuel: Annotated[int, Field(ge=1, le=10**13)] | None = None
    """Under none and ticks the watchdog ends an execution after this much fuel."""
    tick_costs: TickCostSettings = TickCostSettings()
    """Prices of injected metering."""
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
    backend: Annotated[Backend, Field(strict=False)] | None = None
    """How scripts reach the host: linked (fast) or host (all calls go to Python)."""
    libraries: Annotated[Libraries, Field(strict=False)] | None = None
    """System libraries: native, or wasm, which needs the linked backend."""

    @model_validator(mode="after")
    def _libraries_can_be_linked(self) -> Self:
        if self.backend is Backend.HOST and self.libraries is Libraries.WASM:
            raise ValueError("libraries wasm are linked into scripts: not with backend host")
        return self


class ChainSettings(Model):
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


class ValidationSettings(Model):
    """Where scripts are validated, and by which rules."""

    strategy: str = "beacon-operation"
    """Name of the placement."""
    profile: Annotated[Profile, Field(strict=False)] = Profile.STRICT
    """Script rules: scout or strict."""
    features: tuple[str, ...] = ()
    """WebAssembly features allowed beyond the strict profile, such as sign_extension."""
    deferral_slots: Annotated[int, Field(ge=1, le=65_536)] | None = None
    """beacon-deferred: slots from registration until a script can be called."""
    deferred_bytes_per_slot: Annotated[int, Field(ge=1, le=CODE_BYTES_LIMIT)] | None = None
    """beacon-deferred: bytes of code that all beacon nodes validate in a slot."""
    committee_size: Annotated[int, Field(ge=1, le=COMMITTEE_LIMIT)] | None = None
    """committee: validators that vote about a script; fewer if fewer are on duty."""
    committee_quorum: tuple[PositiveCount, PositiveCount] | None = None
    """committee: share of the seats that makes a verdict, [2, 3] for two thirds."""
    honest_share: Share | None = None
    """committee, optimistic: share of validators who say what they found."""
    verdict_epochs: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """committee: epochs for which a verdict holds; then it must be renewed."""
    challengers: Annotated[int, Field(ge=0, le=VALIDATOR_LIMIT)] | None = None
    """optimistic: validators that look at every script of their own accord."""
    challenge_window_slots: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """optimistic: slots in which one may object to a script."""
    challenge_bond_gwei: Annotated[int, Field(ge=0, le=10**15)] | None = None
    """optimistic: stake on a script, and on an objection, in Gwei."""


class ProposerSettings(Model):
    """How proposers behave."""

    careless: Share = 0.0
    """Share of validators that include whatever arrives, without checking it first."""


class GenesisSettings(Model):
    """Who is in the registry at slot 0: depositors come first, then validators."""

    validators: PositiveCount = 64
    """Active validators, who propose and vote."""
    validator_gwei: GweiAmount = 32_000_000_000
    """Balance of each validator."""
    depositors: Count = 8
    """Not yet eligible for activation, so allowed to register scripts; indices from 0."""
    depositor_gwei: GweiAmount = 32_000_000_000
    """Balance of each depositor, from which registration fees are burned."""
