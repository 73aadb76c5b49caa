"""A run that somebody watches: slot by slot, with everything that has happened so far.

    >>> from simulator import load_scenario
    >>> from simulator.lessons import Simulation
    >>> simulation = Simulation(load_scenario("deposit_journey"))
    >>> simulation.run_to(8)
    >>> simulation.follow(1).state

``simulator.run`` goes to the end at once and keeps a folder; this stops wherever one likes.

Source:
    Ours.
"""

from chain.containers import BeaconState, ShardState
from chain.eei import CompiledStore
from simulator.costs.state_size import compute_state_bytes
from simulator.errors import UserError
from simulator.events import Event
from simulator.follow import FollowedDeposit, collect_deposits
from simulator.loader import LoadedScenario
from simulator.metrics import Metrics, Number
from simulator.setup import build_engine
from simulator.watchdog import keep_watch


class Simulation:
    """A scenario that runs when it is told to.

    Attributes:
        loaded: The scenario.
        events: Everything that happened so far, in order.
    """

    def __init__(self, loaded: LoadedScenario, compiled: CompiledStore | None = None) -> None:
        """Build the world at slot 0.

        Args:
            loaded: The scenario.
            compiled: Where compiled scripts are kept between runs, if anywhere.
        """
        self.loaded = loaded
        self.events: list[Event] = []
        self._engine = build_engine(loaded, compiled)
        self._folded = Metrics(loaded.config, loaded.costs, loaded.scenario.costs.light_clients)
        self._computed: tuple[int, dict[str, Number]] | None = None

    @property
    def slot(self) -> int:
        """Return the last slot that ran; 0 is genesis."""
        return int(self._engine.world.slot)

    @property
    def last_slot(self) -> int:
        """Return the slot in which the scenario ends."""
        return self.loaded.scenario.slots

    @property
    def beacon(self) -> BeaconState:
        """Return the beacon chain's state as it is now."""
        return self._engine.world.beacon

    @property
    def shards(self) -> tuple[ShardState, ...]:
        """Return the states of all shards as they are now."""
        return tuple(self._engine.world.shards)

    @property
    def metrics(self) -> dict[str, Number]:
        """Return every metric, counted up to now."""
        if self._computed is None or self._computed[0] != self.slot:
            world = self._engine.world
            left_behind = compute_state_bytes(world.beacon, world.shards, world.context)
            numbers = {**self._folded.compute(), **left_behind}
            self._computed = (self.slot, dict(sorted(numbers.items())))
        return self._computed[1]

    def run_slot(self) -> list[Event]:
        """Run the next slot and return what happened in it.

        Raises:
            ConservationBreach: ETH appeared or vanished.
            ScriptTooSlow: The watchdog ended a script.
        """
        with keep_watch(self._engine.world.context.runtime):
            happened = self._engine.run_slot()
        for event in happened:
            self._folded.add(event)
        self.events.extend(happened)
        return happened

    def run_to(self, slot: int | None = None) -> list[Event]:
        """Run up to a slot, by default the scenario's last, and return what happened meanwhile."""
        before = len(self.events)
        while self.slot < (self.last_slot if slot is None else slot):
            self.run_slot()
        return self.events[before:]

    def follow(self, number: int) -> FollowedDeposit:
        """Return one deposit's life so far.

        Raises:
            UserError: Nobody has asked for that deposit yet.
        """
        for deposit in collect_deposits(self.events):
            if deposit.number == number:
                return deposit
        raise UserError(f"slot {self.slot}: there is no deposit {number} yet")
