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


class Metering(StrEnum):
    """Who counts what an execution uses, and ends it.

    ``none``: nobody; an execution that goes on too long meets the watchdog.
    ``fuel``: the engine, in its own unit; ticks are limited too.
    ``ticks``: the script itself, by calling ``useTicks`` as often as it likes; one that does
    not meets the watchdog.
    ``injected``: calls of ``useTicks`` that are written into the code before it is compiled,
    so that every engine counts the same.
    """

    NONE = "none"
    FUEL = "fuel"
    TICKS = "ticks"
    INJECTED = "injected"


class Backend(StrEnum):
    """How scripts reach the host; what comes of an execution is the same.

    ``linked``: host functions are linked into the script, whose calls never leave it.
    ``host``: every call goes to Python; slow, simple, and all of it can be traced.
    """

    LINKED = "linked"
    HOST = "host"


class Libraries(StrEnum):
    """What the system libraries are made of: bignum, field arithmetic, hashes, Merkle trees.

    ``native``: host functions, at a price in fuel. ``wasm``: part of the linked code, which
    uses what fuel it uses. Only that differs.
    """

    NATIVE = "native"
    WASM = "wasm"


@dataclass(frozen=True, slots=True)
class TickCosts:
    """What injected metering charges, in ticks: a price for each class of instructions.

    The defaults are the engine's own fuel prices, so that ticks and fuel can be compared; only
    growing memory, a page of which costs it as much as an instruction, is dearer.

    Attributes:
        control: Instructions that only delimit, or throw away: block, loop, else, end, nop,
            drop, return, unreachable.
        branch: if and the branches.
        call: Calls, direct and indirect.
        variable: Reading and writing locals and globals.
        constant: Constants.
        numeric: Arithmetic, comparison and conversion of integers, and select.
        division: Quotients and remainders of integers.
        floating: Everything about floats.
        vector: Everything about vectors.
        memory: Loads, stores, and the size of memory.
        bulk: Copying, filling and growing memory or tables, apart from the size.
        reference: References and single table entries.
        function_entry: Entering a function.
        memory_page: Each page by which memory grows.
        moved_unit: Each byte, or table entry, that one instruction copies or fills.

    Source:
        Ours: ewasm's sentinel had such a table, the record has no numbers for Phase 2.
    """

    control: int = 0
    branch: int = 1
    call: int = 1
    variable: int = 1
    constant: int = 1
    numeric: int = 1
    division: int = 1
    floating: int = 1
    vector: int = 1
    memory: int = 1
    bulk: int = 1
    reference: int = 1
    function_entry: int = 1
    # Zeroing 64 KiB takes some four microseconds, four units of fuel a nanosecond.
    memory_page: int = 16_384
    moved_unit: int = 1


@dataclass(frozen=True, slots=True)
class ExecutionLimits:
    """What one execution of a script may use, and the choices the EEI leaves open.

    Attributes:
        metering: Who counts what an execution uses.
        max_fuel: Under ``fuel``: wasmtime fuel, host calls included; about one per instruction.
        max_ticks: Budget of ``useTicks``; under ``injected`` host calls take from it too.
        watchdog_fuel: Where nobody else is sure to end an execution, the watchdog does after
            this much work. It counts fuel where a node would look at the clock: all nodes, and
            all machines that repeat a run, then agree on when.
        tick_costs: Prices of injected metering.
        max_memory_pages: Linear memory in pages of 64 KiB.
        max_table_elements: Elements of all tables together.
        max_debug_bytes: Debug output kept; the rest is dropped.
        unsaved_post_state: Post state of a script that saved none.
        deposit_min_timestamp: Whether deposits carry Proposal 2's min_timestamp (192 bytes).
        prime_field: Field of the bignum library's field arithmetic.
        bls: Backend of the ``bls`` library.
        backend: How scripts reach the host.
        libraries: What the system libraries are made of; as wasm they are linked in, so not
            with the host backend.

    Source:
        PROTOCOL 5.
    """

    metering: Metering = Metering.FUEL
    max_fuel: Fuel = Fuel(400_000_000)
    max_ticks: Ticks = Ticks(10_000_000)
    # About a second: ten times what a block may take.
    watchdog_fuel: Fuel = Fuel(4_000_000_000)
    tick_costs: TickCosts = field(default_factory=TickCosts)
    max_memory_pages: int = 512
    max_table_elements: int = 65_536
    max_debug_bytes: int = 65_536
    unsaved_post_state: UnsavedPostState = UnsavedPostState.TRAP
    deposit_min_timestamp: bool = False
    prime_field: PrimeField = PrimeField.BLS12_381
    bls: BlsBackend = BlsBackend.FAST
    backend: Backend = Backend.LINKED
    libraries: Libraries = Libraries.NATIVE


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
        deferral_slots: ``beacon-deferred``: from registration until a script can be called.
        deferred_bytes_per_slot: ``beacon-deferred``: code that beacon nodes validate per slot.
        committee_size: ``committee``: validators that vote about a script.
        committee_quorum: ``committee``: share of the seats that makes a verdict, as a fraction.
        honest_share: ``committee``, ``optimistic``: share of the validators who say what they
            found. The others vote for the opposite, and never object.
        verdict_epochs: ``committee``: how long a verdict holds.
        challengers: ``optimistic``: validators that look at a script of their own accord.
        challenge_window_slots: ``optimistic``: how long one may object.
        challenge_bond_gwei: ``optimistic``: what a sender stakes on its script, and whoever
            objects on the objection.
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
    deferral_slots: int = 8
    deferred_bytes_per_slot: int = 65_536
    committee_size: int = 32
    committee_quorum: tuple[int, int] = (2, 3)
    honest_share: float = 1.0
    verdict_epochs: int = 64
    challengers: int = 3
    challenge_window_slots: int = 16
    challenge_bond_gwei: Gwei = Gwei(1_000_000_000)
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
