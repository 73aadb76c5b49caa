"""All mutable state of one run, and the means to say what happens in it.

Source:
    Ours: actors hold their own plans, everything they share is here.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chain import effects
from chain.committees import get_active_indices
from chain.containers import BeaconState, ShardState
from chain.context import ChainContext
from chain.shard import get_env_state
from chain.types import Gwei, Pubkey, Root, ScriptIndex, ShardIndex, Slot, ValidatorIndex
from chain.validation import compute_code_hash
from simulator.costs import Charge, PaidCode, ValidationLedger
from simulator.costs.roles import BEACON_NODES, SHARD_COMMITTEE, SHARD_FULL_NODES
from simulator.deposits import Deposit, DepositBook
from simulator.events import (
    BEACON,
    BondSettled,
    DepositStep,
    Event,
    MarkWritten,
    ScriptValidated,
    name_shard,
)
from simulator.faults import FaultPlan
from simulator.manager.data import compute_address
from simulator.manager.state import BalanceChange
from simulator.rng import KeyRing


class ScriptDirectory:
    """Scripts by the scenario's names, and the index each got on the beacon chain."""

    def __init__(self) -> None:
        """Start empty."""
        self._index_by_name: dict[str, ScriptIndex] = {}
        self._name_by_index: dict[ScriptIndex, str] = {}
        self._name_by_hash: dict[Root, str] = {}

    def announce(self, name: str, code: bytes) -> Root:
        """Remember under which name somebody wants to register code; return its hash."""
        code_hash = compute_code_hash(code)
        self._name_by_hash.setdefault(code_hash, name)
        return code_hash

    def add(self, name: str, index: ScriptIndex) -> None:
        """Remember a registered script."""
        self._index_by_name[name] = index
        self._name_by_index[index] = name

    def find(self, name: str) -> ScriptIndex | None:
        """Return the index of a registered script."""
        return self._index_by_name.get(name)

    def get_name(self, index: ScriptIndex) -> str:
        """Return the name of a registered script."""
        return self._name_by_index.get(index, f"script {index}")

    def get_name_of_code(self, code_hash: Root) -> str:
        """Return the name that code was announced under."""
        return self._name_by_hash.get(code_hash, code_hash.hex()[:8])


@dataclass(frozen=True, slots=True)
class PendingCharge:
    """Somebody validated a script; who pays for the first time is decided in the order of events.

    Attributes:
        checked: What was validated, and the verdict.
        role: In which role.
        validators: Whose nodes.
        chain: For which chain.
        slot: When.
    """

    checked: effects.ScriptChecked
    role: str
    validators: tuple[ValidatorIndex, ...]
    chain: str
    slot: Slot


Journal = list[Event | PendingCharge]
"""What happened, in order."""


class World:
    """The chains as they are, and what actors share.

    Attributes:
        context: Settings, placement, engine.
        keys: All secret keys.
        slot: The current slot; only the engine changes it.
        beacon: Beacon state.
        shards: Shard states.
        shard_roots: Per shard, the state roots at the end of the last slots, oldest first.
        shard_history: Per shard, the states that a crosslink may still commit to or a fork
            take back, oldest first.
        crosslinked: Per shard, the state that its last crosslink commits to, None before.
        faults: What goes wrong.
        scripts: Scripts by name.
        deposits: Deposits under way.
        careless: Validators that include whatever arrives.
        burned: Fees burned since genesis.
        granted: Withdrawn to fund pools, and not settled there yet.
        events: What happened in the current slot.
    """

    def __init__(
        self,
        context: ChainContext,
        keys: KeyRing,
        beacon: BeaconState,
        shards: Iterable[ShardState],
        careless: Iterable[ValidatorIndex],
        faults: FaultPlan | None = None,
        *,
        has_accounts: bool = False,
        ledger: ValidationLedger | None = None,
    ) -> None:
        """Begin at slot 0."""
        self.context = context
        self.keys = keys
        self.slot = Slot(0)
        self.beacon = beacon
        self.shards = list(shards)
        kept_slots = context.config.crosslink_lag_slots + 1
        self.shard_roots = [
            deque([shard.hash_tree_root], maxlen=kept_slots) for shard in self.shards
        ]
        self.shard_history = [deque([shard]) for shard in self.shards]
        self.crosslinked: list[ShardState | None] = [None] * len(self.shards)
        self.faults = FaultPlan() if faults is None else faults
        self._has_accounts = has_accounts
        self.scripts = ScriptDirectory()
        self.deposits = DepositBook()
        self.careless = frozenset(careless)
        self.burned = Gwei(0)
        self.granted = Gwei(0)
        self.events: Journal = []
        self._ledger = ledger or ValidationLedger(context.config.validators_per_node)

    @property
    def keeps_history(self) -> bool:
        """Tell whether blocks that are not crosslinked may be called back."""
        return self.context.placement.keeps_history or self.faults.reverts_blocks

    @property
    def keeps_states(self) -> bool:
        """Tell whether shard states of the last slots are needed again, to prove or to revert."""
        return self.keeps_history or self._has_accounts

    def find_shard_state(self, shard: ShardIndex, slot: Slot) -> ShardState | None:
        """Return a shard's state at the end of a slot that is not long past."""
        for state in reversed(self.shard_history[shard]):
            if state.slot == slot:
                return state
        return None

    def emit(self, event: Event) -> None:
        """Record that something happened."""
        self.events.append(event)

    def redirect_events(self, journal: Journal) -> Journal:
        """Record into another journal from now on; return the one until now."""
        before, self.events = self.events, journal
        return before

    def take_events(self) -> list[Event]:
        """Hand over what happened since the last call."""
        taken, self.events = self.events, []
        happened: list[Event] = []
        for item in taken:
            if isinstance(item, PendingCharge):
                happened += self._charge(item)
            else:
                happened.append(item)
        return happened

    def get_env_state(self, shard: ShardIndex, env: ScriptIndex) -> Root:
        """Return a script's 32 bytes on a shard."""
        return get_env_state(self.shards[shard], env)

    def get_shard_root(self, shard: ShardIndex, slot: Slot) -> Root:
        """Return a shard's state root at the end of one of the last slots."""
        roots = self.shard_roots[shard]
        age_slots = self.shards[shard].slot - slot
        return roots[len(roots) - 1 - age_slots]

    def advance_deposit(
        self,
        deposit: Deposit,
        step: str,
        shard: ShardIndex | None = None,
        *,
        block_root: Root | None = None,
        proof_bytes: int = 0,
        beacon_bytes: int = 0,
        note: str = "",
        change: BalanceChange | None = None,
    ) -> None:
        """Move a deposit to its next step and record it.

        Args:
            deposit: The deposit.
            step: Name of the event.
            shard: Where it happened, None for the beacon chain.
            block_root: The block that did it.
            proof_bytes: Size of the proof that was needed.
            beacon_bytes: Size of the beacon operation that it took.
            note: What to know about it.
            change: What it did to an account.
        """
        self.deposits.advance(deposit, step)
        chain = BEACON if shard is None else name_shard(shard)
        root = "" if block_root is None else block_root.hex()
        self.emit(
            DepositStep(
                self.slot,
                chain,
                deposit.number,
                step,
                root,
                proof_bytes,
                note,
                beacon_bytes=beacon_bytes,
                account="" if change is None else compute_address(change.pubkey).hex(),
                before_gwei=None if change is None else change.before,
                after_gwei=None if change is None else change.after,
            )
        )

    def get_validators_on_duty(self) -> tuple[ValidatorIndex, ...]:
        """Return all active validators of this epoch."""
        epoch = self.context.config.compute_epoch(self.slot)
        return get_active_indices(self.beacon.validators, epoch)

    def charge_validation(
        self,
        checked: effects.ScriptChecked,
        role: str,
        validators: Iterable[ValidatorIndex],
        chain: str = BEACON,
    ) -> None:
        """Record that some validators' nodes validated a script.

        Args:
            checked: What was validated, and the verdict.
            role: In which role they did.
            validators: Who did; nodes that have done so before pay nothing.
            chain: For which chain.
        """
        self.events.append(PendingCharge(checked, role, tuple(validators), chain, self.slot))

    def _charge(self, item: PendingCharge) -> Iterator[Event]:
        checked, role, chain = item.checked, item.role, item.chain
        code = PaidCode(checked.code_hash, checked.size_bytes, item.slot)
        if role == BEACON_NODES:
            placement, config = self.context.placement, self.context.config
            spread_slots = placement.compute_spread_slots(checked.size_bytes, config)
            code = code._replace(spread_slots=spread_slots)
        yield self._tell_validated(item, role, self._ledger.charge(code, item.validators))
        if role == SHARD_COMMITTEE and chain != BEACON and self._ledger.shard_full_nodes:
            charge = self._ledger.charge_full_nodes(code, chain)
            yield self._tell_validated(item, SHARD_FULL_NODES, charge)

    def _tell_validated(self, item: PendingCharge, role: str, charge: Charge) -> ScriptValidated:
        checked = item.checked
        return ScriptValidated(
            item.slot,
            item.chain,
            script=self.scripts.get_name_of_code(checked.code_hash),
            code_hash=checked.code_hash.hex(),
            role=role,
            nodes=charge.nodes,
            new_nodes=charge.new_nodes,
            size_bytes=checked.size_bytes,
            rule=checked.rule,
            offset=checked.offset,
            decoded_bytes=checked.work.size_bytes,
            functions=checked.work.functions,
            instructions=checked.work.instructions,
            busiest_bytes=charge.busiest_bytes,
        )

    def emit_mark(self, effect: effects.MarkWritten) -> None:
        """Record that a placement remembered something."""
        chain = BEACON if effect.shard is None else name_shard(effect.shard)
        name = self.scripts.get_name(effect.script)
        verdict = self.context.placement.get_verdict(effect.mark)
        self.emit(
            MarkWritten(
                self.slot,
                chain,
                name,
                effect.mark.hex(),
                says_valid=None if verdict is None else verdict.is_valid,
                until_slot=None if verdict is None else verdict.until,
            )
        )

    def settle_bond(self, effect: effects.BondSettled) -> None:
        """Record what became of a bond."""
        self.burned = Gwei(self.burned + effect.burned)
        name = self.scripts.get_name(effect.script)
        self.emit(
            BondSettled(
                self.slot,
                BEACON,
                script=name,
                returned=effect.returned,
                rewarded=effect.rewarded,
                burned=effect.burned,
                reporter=effect.reporter,
            )
        )

    def record_upkeep(
        self,
        done: Iterable[effects.Effect],
        role: str,
        validators: Iterable[ValidatorIndex],
        chain: str = BEACON,
    ) -> None:
        """Record what the placement did at the start of a chain's slot.

        Args:
            done: The effects.
            role: In which role nodes had to validate.
            validators: Whose nodes.
            chain: For which chain.
        """
        for effect in done:
            if isinstance(effect, effects.ScriptChecked):
                self.charge_validation(effect, role, validators, chain)
            elif isinstance(effect, effects.MarkWritten):
                self.emit_mark(effect)
            elif isinstance(effect, effects.BondSettled):
                self.settle_bond(effect)

    def get_pubkey(self, validator: ValidatorIndex) -> Pubkey:
        """Return a validator's public key."""
        return self.beacon.validators[validator].pubkey
