"""Everything that varies per run: frozen settings, and the three presets.

Source:
    PROTOCOL 8 for the presets, 5 for the execution limits; fees and small sizes are ours,
    the record names none.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from chain.constants import ZERO_ROOT
from chain.types import Epoch, Fuel, Gwei, Root, Slot, Ticks


class BlsBackend(StrEnum):
    """How signatures are made and checked.

    ``real`` is py-ecc, ``fast`` the same suite in arkworks, ``insecure`` a keyed hash that
    anybody can forge: for large runs in which nobody tries.
    """

    REAL = "real"
    FAST = "fast"
    INSECURE = "insecure"


class ValidatorLifecycle(StrEnum):
    """Whether deposited validators serve the preset's delays or are withdrawable at once."""

    DELAYED = "delayed"
    INSTANT = "instant"


class UnsavedPostState(StrEnum):
    """What the post state is when a script returns without ``savePostStateRoot``."""

    ZERO = "zero"
    KEEP = "keep"
    TRAP = "trap"


class PrimeField(StrEnum):
    """The fields behind ``f1m_*`` (base field) and ``frm_*`` (scalar field)."""

    BLS12_381 = "bls12-381"
    BN128 = "bn128"
    SECP256K1 = "secp256k1"


class Profile(StrEnum):
    """Which set of script rules applies (PROTOCOL 6)."""

    SCOUT = "scout"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class ExecutionLimits:
    """What one execution of a script may use, and the choices the EEI leaves open.

    Attributes:
        max_fuel: wasmtime fuel, host calls included; about one per instruction.
        max_ticks: Budget of ``useTicks``.
        max_memory_pages: Linear memory in pages of 64 KiB.
        max_table_elements: Elements of all tables together.
        max_debug_bytes: Debug output kept; the rest is dropped.
        unsaved_post_state: Post state of a script that saved none.
        deposit_min_timestamp: Whether deposits carry Proposal 2's min_timestamp (192 bytes).
        prime_field: Field of the bignum library's field arithmetic.
        bls: Backend of the ``bls`` library.

    Source:
        PROTOCOL 5.
    """

    max_fuel: Fuel = Fuel(400_000_000)
    max_ticks: Ticks = Ticks(10_000_000)
    max_memory_pages: int = 512
    max_table_elements: int = 65_536
    max_debug_bytes: int = 65_536
    unsaved_post_state: UnsavedPostState = UnsavedPostState.TRAP
    deposit_min_timestamp: bool = False
    prime_field: PrimeField = PrimeField.BLS12_381
    bls: BlsBackend = BlsBackend.FAST


@dataclass(frozen=True, slots=True)
class ChainConfig:
    """Settings of one run, passed last to every transition.

    Attributes:
        preset: Name of the preset this began as.
        shard_count: Shards.
        seconds_per_slot: Seconds, for figures in seconds only.
        slots_per_epoch: Slots.
        max_block_data_bytes: Largest ``data`` of a shard block.
        crosslink_interval_slots: A crosslink may be included when the slot is a multiple.
        crosslink_lag_slots: It then covers shard slots up to ``slot - lag``.
        max_registrations_per_block: NewExecutionScript operations in a beacon block.
        max_claims_per_block: NewValidator operations in a beacon block.
        max_withdrawals_per_block: Withdrawal operations in a beacon block.
        max_reports_per_block: Validation reports in a beacon block.
        validator_lifecycle: Delays of deposited validators.
        activation_delay_epochs: Notice before activation: a deposit that is claimed in epoch e is
            eligible from e + 1, and activated in e + 2 plus this.
        service_epochs: From activation to exit; deposited validators leave by themselves.
        withdrawability_delay_epochs: From exit to withdrawable.
        new_code_fee: Flat registration fee, burned.
        new_code_byte_fee: Fee per byte of code, burned.
        max_code_bytes: Largest script.
        max_committee_size: Members of a shard's committee, at most.
        bls: Signature backend.
        shuffling_seed: Stands in for RANDAO: proposers and committees follow from it.
        strategy: Name of the placement: where scripts are validated.
        profile: Script rules that validation applies.
        features: WebAssembly features allowed beyond the profile's own, by name.
        validators_per_node: How many validators share one machine.
        execution: Limits of one script execution.

    Source:
        PROTOCOL 2-8.
    """

    preset: str
    shard_count: int
    seconds_per_slot: int
    slots_per_epoch: int
    max_block_data_bytes: int
    crosslink_interval_slots: int
    crosslink_lag_slots: int
    withdrawability_delay_epochs: int
    activation_delay_epochs: int = 1
    service_epochs: int = 1
    max_registrations_per_block: int = 16
    max_claims_per_block: int = 16
    max_withdrawals_per_block: int = 16
    max_reports_per_block: int = 64
    validator_lifecycle: ValidatorLifecycle = ValidatorLifecycle.DELAYED
    new_code_fee: Gwei = Gwei(1_000_000_000)
    new_code_byte_fee: Gwei = Gwei(10_000)
    max_code_bytes: int = 1_048_576
    max_committee_size: int = 128
    bls: BlsBackend = BlsBackend.FAST
    shuffling_seed: Root = ZERO_ROOT
    strategy: str = "beacon-operation"
    profile: Profile = Profile.STRICT
    features: tuple[str, ...] = ()
    validators_per_node: int = 1
    execution: ExecutionLimits = field(default_factory=ExecutionLimits)

    def compute_epoch(self, slot: Slot) -> Epoch:
        """Return the epoch that a slot belongs to.

        Source:
            PROTOCOL 3.5.
        """
        return Epoch(slot // self.slots_per_epoch)


ETH2_2019 = ChainConfig(
    preset="2019",
    shard_count=1024,
    seconds_per_slot=6,
    slots_per_epoch=64,
    max_block_data_bytes=16_384,
    # At the first slot of epoch e the shards' epoch e - 3 is crosslinked: a block waits
    # between two and three epochs.
    crosslink_interval_slots=64,
    crosslink_lag_slots=129,
    withdrawability_delay_epochs=256,
)
"""Phase 2 as of 2019: many shards, slow crosslinks."""

ETH2_2020 = ChainConfig(
    preset="2020",
    shard_count=64,
    seconds_per_slot=12,
    slots_per_epoch=32,
    max_block_data_bytes=1_048_576,
    crosslink_interval_slots=1,
    crosslink_lag_slots=1,
    withdrawability_delay_epochs=256,
)
"""Phase 2 as of 2020: a crosslink for every shard in every slot."""

DEMO = ChainConfig(
    preset="demo",
    shard_count=4,
    seconds_per_slot=6,
    slots_per_epoch=8,
    max_block_data_bytes=16_384,
    crosslink_interval_slots=2,
    crosslink_lag_slots=1,
    withdrawability_delay_epochs=2,
    max_code_bytes=65_536,
)
"""Small enough to read every slot."""

PRESETS: dict[str, ChainConfig] = {preset.preset: preset for preset in (ETH2_2019, ETH2_2020, DEMO)}
