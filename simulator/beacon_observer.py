"""What an accepted beacon block means to everybody else: effects in, events and work out.

Source:
    PROTOCOL 8 (the steps of a deposit).
"""

from collections.abc import Iterator, Sequence

from chain.containers import NewValidator, TimestampedDepositData, Withdrawal
from chain.effects import (
    BondSettled,
    CrosslinkIncluded,
    DepositClaimed,
    Effect,
    MarkWritten,
    RegistrationRefused,
    ScriptChecked,
    ScriptRegistered,
    WithdrawalIssued,
)
from chain.encoding import encode
from chain.types import Gwei, ShardIndex
from simulator import events
from simulator.actors.beacon_proposer import ProposedBeaconBlock
from simulator.actors.operation_pool import (
    OperationPool,
    WaitingClaim,
    WaitingRegistration,
    WaitingWithdrawal,
)
from simulator.actors.owners import ValidatorOwners
from simulator.actors.relayers import ExpectedReceipt, Relayer
from simulator.actors.state_provider import StateProvider, count_proof_bytes
from simulator.costs.roles import BEACON_NODES
from simulator.world import World


class BeaconObserver:
    """Turns the effects of beacon transitions into events, and hands on what they allow."""

    def __init__(
        self,
        world: World,
        pool: OperationPool,
        provider: StateProvider,
        owners: ValidatorOwners,
        relayers: Sequence[Relayer],
    ) -> None:
        """Know whom to tell."""
        self._world = world
        self._pool = pool
        self._provider = provider
        self._owners = owners
        self._relayers = relayers

    def on_checked(self, effects: Sequence[Effect]) -> None:
        """Charge every beacon node for what a block, accepted or not, made it validate."""
        on_duty = self._world.get_validators_on_duty()
        for effect in effects:
            if isinstance(effect, ScriptChecked):
                self._world.charge_validation(effect, "beacon nodes", on_duty)

    def on_slot(self, effects: Sequence[Effect]) -> None:
        """Record what was done at the start of the slot, before any block."""
        world = self._world
        world.record_upkeep(effects, BEACON_NODES, world.get_validators_on_duty())

    def on_accepted(self, proposed: ProposedBeaconBlock, effects: Sequence[Effect]) -> None:
        """Go through an accepted block's effects in order."""
        self.on_checked(effects)
        registrations = iter(proposed.registrations)
        claims = zip(proposed.claims, proposed.claim_proofs, strict=True)
        withdrawals = iter(zip(proposed.withdrawals, proposed.withdrawal_operations, strict=True))
        for effect in effects:
            match effect:
                case CrosslinkIncluded():
                    self._on_crosslink(effect, proposed)
                case ScriptRegistered():
                    self._on_registered(effect, next(registrations))
                case RegistrationRefused():
                    self.on_refused(next(registrations), effect.code, "beacon nodes")
                case DepositClaimed():
                    waiting, operation = next(claims)
                    self._on_claimed(effect, waiting, operation, proposed)
                case WithdrawalIssued():
                    waiting_withdrawal, withdrawal = next(withdrawals)
                    self._on_withdrawn(effect, waiting_withdrawal, withdrawal, proposed)
                case MarkWritten():
                    self._world.emit_mark(effect)
                case BondSettled():
                    self._world.settle_bond(effect)

    def on_refused(self, waiting: WaitingRegistration, code: str, by: str) -> None:
        """Tell that a script will not be registered."""
        world = self._world
        world.emit(events.ScriptRefused(world.slot, events.BEACON, waiting.name, code, by))
        self.on_unusable(waiting.name, code)

    def on_unusable(self, name: str, code: str) -> None:
        """Tell a script's relayers that it will never run."""
        shards = list(map(ShardIndex, range(self._world.context.config.shard_count)))
        for relayer in self._get_relayers(name):
            for shard in shards:
                relayer.on_unusable(shard, code)

    def _get_relayers(self, name: str) -> Iterator[Relayer]:
        return (relayer for relayer in self._relayers if relayer.script == name)

    def _on_crosslink(self, effect: CrosslinkIncluded, proposed: ProposedBeaconBlock) -> None:
        world = self._world
        blocks = len(self._provider.get_run(effect.shard, effect.end_slot))
        crosslink = world.beacon.crosslinks[effect.shard]
        world.emit(
            events.CrosslinkIncluded(
                world.slot,
                events.BEACON,
                shard=effect.shard,
                start_slot=effect.start_slot,
                end_slot=effect.end_slot,
                blocks=blocks,
                shard_state_root=crosslink.shard_state_root.hex(),
            )
        )
        for proven in self._provider.on_crosslink(effect, world.beacon):
            pushed = proven.deposit
            data = pushed.deposit if isinstance(pushed, TimestampedDepositData) else pushed
            deposit = world.deposits.find(data.pubkey)
            if deposit is not None:
                world.advance_deposit(
                    deposit,
                    "crosslinked",
                    block_root=proposed.root,
                    note=f"slots {effect.start_slot} to {effect.end_slot}",
                )
            self._pool.claims.append(WaitingClaim(proven.header.env, proven, deposit))
        world.crosslinked[effect.shard] = world.find_shard_state(effect.shard, effect.end_slot)
        for relayer in self._relayers:
            relayer.on_crosslinked(effect.shard, effect.end_slot, proposed.root)

    def _on_registered(self, effect: ScriptRegistered, waiting: WaitingRegistration) -> None:
        world = self._world
        world.burned = Gwei(world.burned + effect.fee)
        world.scripts.add(waiting.name, effect.script)
        world.emit(
            events.ScriptRegistered(
                world.slot,
                events.BEACON,
                script=waiting.name,
                index=effect.script,
                sender=effect.sender,
                fee=effect.fee,
                rule=effect.rule,
            )
        )
        if effect.rule:
            self.on_unusable(waiting.name, effect.rule)
        else:
            self._owners.on_script_registered(waiting.name)

    def _on_claimed(
        self,
        effect: DepositClaimed,
        waiting: WaitingClaim,
        operation: NewValidator,
        proposed: ProposedBeaconBlock,
    ) -> None:
        deposit = waiting.deposit
        if deposit is None:
            self._on_robbed(effect)
            return
        deposit.validator = effect.validator
        self._world.advance_deposit(
            deposit,
            "claimed",
            block_root=proposed.root,
            proof_bytes=count_proof_bytes(operation.proof),
            beacon_bytes=len(encode(operation)),
            note=f"validator {effect.validator}",
        )
        self._owners.on_claimed(deposit)

    def _on_robbed(self, effect: DepositClaimed) -> None:
        world = self._world
        world.emit(
            events.PoolRobbed(
                world.slot,
                events.BEACON,
                script=world.scripts.get_name(effect.script),
                shard=effect.shard,
                gwei=effect.amount,
                validator=effect.validator,
            )
        )

    def _on_withdrawn(
        self,
        effect: WithdrawalIssued,
        waiting: WaitingWithdrawal,
        operation: Withdrawal,
        proposed: ProposedBeaconBlock,
    ) -> None:
        world = self._world
        deposit = waiting.deposit
        issued = self._provider.on_withdrawal(effect, world.beacon)
        world.keys.forget(issued.receipt.withdrawal.pubkey)
        if deposit is None:
            world.emit(
                events.PoolFunded(
                    world.slot,
                    events.BEACON,
                    script=waiting.script,
                    shard=waiting.shard,
                    gwei=effect.amount,
                    event="withdrawn",
                    validator=effect.validator,
                )
            )
            world.granted = Gwei(world.granted + effect.amount)
        else:
            # Its registry entry may become somebody else's.
            deposit.validator = None
            world.advance_deposit(
                deposit,
                "withdrawn",
                block_root=proposed.root,
                beacon_bytes=len(encode(operation)),
                note=f"receipt {effect.receipt_index}",
            )
        for relayer in self._get_relayers(waiting.script):
            relayer.add_receipt(waiting.shard, ExpectedReceipt(issued, deposit))
