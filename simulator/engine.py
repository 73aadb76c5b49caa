"""The slot loop: the only place where time advances.

In every slot the beacon chain goes first, then each shard in order, seeing the new beacon
state; then the books are closed and compared.

Source:
    PROTOCOL 3.6 and 8; the order within a slot is ours.
"""

from collections.abc import Mapping, Sequence

from chain.beacon import apply_beacon_block, apply_beacon_slot, get_total_eth
from chain.effects import Effect
from chain.errors import ConservationBreach, InvalidBeaconBlock
from chain.types import Slot
from simulator import events
from simulator.actors.attackers.campaign import Attackers
from simulator.actors.beacon_proposer import BeaconProposers, ProposedBeaconBlock
from simulator.actors.committees import ShardCommittees
from simulator.actors.manager import ManagerStates
from simulator.actors.operation_pool import OperationPool, WaitingRegistration
from simulator.actors.owners import Grant, ValidatorOwners
from simulator.actors.relayers import Books, Relayer
from simulator.actors.reporters import Reporters
from simulator.actors.state_provider import StateProvider
from simulator.actors.users import Users
from simulator.beacon_observer import BeaconObserver
from simulator.forks import Forks
from simulator.parallel import ShardExecutor
from simulator.parallel.local import LocalExecutor
from simulator.shard_slots import ShardSlots
from simulator.usability import UsabilityWatch
from simulator.world import World

Registrations = Mapping[Slot, Sequence[WaitingRegistration]]


class Engine:
    """Runs a world slot by slot.

    Attributes:
        world: The chains as they are.
    """

    def __init__(
        self,
        world: World,
        users: Users,
        relayers: Sequence[Relayer],
        provider: StateProvider,
        registrations: Registrations,
        *,
        grants: tuple[Grant, ...] = (),
        states: Sequence[ManagerStates] = (),
        attackers: Attackers | None = None,
    ) -> None:
        """Introduce everybody to each other.

        Args:
            world: The chains at genesis.
            users: Those who want something of scripts.
            relayers: One per script and kind of work.
            provider: Serves proofs.
            registrations: Scripts to be registered, by slot.
            grants: Genesis ETH meant for scripts' pools.
            states: Books of scripts with accounts.
            attackers: Those who send bad scripts, if anybody does.
        """
        self.world = world
        self._users = users
        self._relayers = relayers
        self._provider = provider
        self._registrations = registrations
        self._attackers = attackers
        self._pool = OperationPool()
        self._owners = ValidatorOwners(world, self._pool, grants)
        self._beacon_proposers = BeaconProposers(
            world,
            self._pool,
            provider,
            ShardCommittees(world, provider),
            self._owners,
            Reporters(world),
        )
        self._beacon_observer = BeaconObserver(world, self._pool, provider, self._owners, relayers)
        self._genesis_eth = get_total_eth(world.beacon)
        self._forks = Forks(world, self._pool, provider, self._owners, relayers, states)
        executor = LocalExecutor(world)
        self._shards = ShardSlots(world, relayers, provider, self._forks, executor)
        self._usability = UsabilityWatch(world)

    def run_slot(self) -> list[events.Event]:
        """Advance by one slot and return what happened.

        Raises:
            ConservationBreach: ETH appeared or vanished.
        """
        world = self.world
        world.slot = Slot(world.slot + 1)
        self._announce_faults()
        self._forks.return_from_orphan()
        self._submit_registrations()
        self._users.act()
        self._forks.remember()
        self._run_beacon()
        self._shards.run()
        self._close_slot()
        return world.take_events()

    def set_executor(self, executor: ShardExecutor) -> None:
        """Have shard blocks made by somebody else than this process."""
        self._shards.executor = executor

    def close(self) -> None:
        """End whatever else works for this engine."""
        self._shards.executor.close()

    def take_attack_codes(self) -> list[bytes]:
        """Hand over the code that adversaries sent since the last call: no file holds it."""
        return [] if self._attackers is None else self._attackers.take_codes()

    def _submit_registrations(self) -> None:
        world = self.world
        attacks = () if self._attackers is None else self._attackers.submit(self._pool)
        for waiting in (*self._registrations.get(world.slot, ()), *attacks):
            code_hash = world.scripts.announce(waiting.name, waiting.code)
            world.emit(
                events.ScriptSubmitted(
                    world.slot,
                    events.BEACON,
                    script=waiting.name,
                    sender=waiting.sender,
                    size_bytes=len(waiting.code),
                    code_hash=code_hash.hex(),
                    rule=world.context.checker.check(waiting.code).rule,
                    attack=waiting.attack,
                )
            )
            self._pool.registrations.append(waiting)

    def _run_beacon(self) -> None:
        world = self.world
        before = world.beacon
        effects: list[Effect] = []
        world.beacon = apply_beacon_slot(before, world.context, effects)
        self._beacon_observer.on_slot(effects)
        self._provider.on_beacon_slot(world.beacon)
        self._owners.on_slot()
        self._run_beacon_block()
        self._usability.look()
        self._forks.revert_shards(before)

    def _run_beacon_block(self) -> None:
        world = self.world
        proposed = self._beacon_proposers.propose()
        for waiting, rule in proposed.refused:
            self._beacon_observer.on_refused(waiting, rule, "proposer")
        effects: list[Effect] = []
        try:
            encoded = proposed.encoded
            world.beacon = apply_beacon_block(world.beacon, encoded, world.context, effects)
        except InvalidBeaconBlock as error:
            self._on_beacon_block_rejected(proposed, error, effects)
        else:
            self._emit_beacon_block(proposed)
            self._beacon_observer.on_accepted(proposed, effects)

    def _on_beacon_block_rejected(
        self, proposed: ProposedBeaconBlock, error: InvalidBeaconBlock, effects: list[Effect]
    ) -> None:
        world = self.world
        world.emit(
            events.BeaconBlockRejected(
                world.slot,
                events.BEACON,
                proposer=proposed.proposer,
                code=error.code,
                reason=str(error),
            )
        )
        self._beacon_observer.on_checked(effects)
        for waiting, code in self._beacon_proposers.put_back(proposed):
            self._beacon_observer.on_refused(waiting, code, "beacon nodes")

    def _emit_beacon_block(self, proposed: ProposedBeaconBlock) -> None:
        body = proposed.body
        self.world.emit(
            events.BeaconBlockAccepted(
                self.world.slot,
                events.BEACON,
                proposer=proposed.proposer,
                block_root=proposed.root.hex(),
                size_bytes=len(proposed.encoded),
                crosslinks=len(body.crosslinks),
                registrations=len(body.new_execution_scripts),
                claims=len(body.new_validators),
                withdrawals=len(body.withdrawals),
                reports=len(body.validation_reports),
            )
        )

    def _announce_faults(self) -> None:
        world = self.world
        for fault, shard, note in world.faults.describe_starting(world.slot):
            chain = events.name_shard(shard)
            world.emit(events.FaultStruck(world.slot, chain, fault, 0, succeeded=True, note=note))

    def _close_slot(self) -> None:
        """Compare the books.

        Source:
            PROTOCOL 3.6.
        """
        world = self.world
        bonded = world.context.placement.get_bonded_eth(world.beacon)
        total = get_total_eth(world.beacon) + bonded
        error = total + world.burned - self._genesis_eth
        pooled = sum(script.balance for script in world.beacon.execution_scripts)
        books = sum((relayer.get_books() for relayer in self._relayers), Books())
        world.emit(
            events.SlotClosed(
                world.slot,
                events.BEACON,
                beacon_state_root=world.beacon.hash_tree_root.hex(),
                total_eth=total,
                burned=world.burned,
                error=error,
                claim_queue=len(self._pool.claims),
                withdrawal_queue=len(self._pool.withdrawals),
                in_flight=world.deposits.in_flight + max(0, books.in_flight),
                pooled=pooled,
                accounted=books.accounted,
                backing=world.deposits.backed + world.granted + books.in_flight,
                reserve=books.reserve,
                reserve_drawn=books.reserve_drawn,
                printed=books.printed,
                relay_queue=books.relay_queue,
                delivery_queue=books.delivery_queue,
            )
        )
        if error:
            raise ConservationBreach(
                "eth_not_conserved",
                slot=world.slot,
                total=total,
                burned=world.burned,
                genesis=self._genesis_eth,
            )
