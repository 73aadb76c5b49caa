"""Runs of the deposit manager, watched slot by slot."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from chain.bls import compute_pubkey, derive_secret_key
from chain.types import Root, ScriptIndex, ShardIndex
from simulator import events
from simulator.actors.manager import ManagerRelayer, ManagerStates
from simulator.engine import Engine
from simulator.loader import LoadedScenario
from simulator.manager.data import Table
from simulator.manager.rules import ReplayProtection
from simulator.setup import build_engine
from simulator.world import World
from tests.helpers.conservation import Leaves, NaiveBooks, Stocks, compute_naive_root
from tests.helpers.scenarios import Settings, build_scenario, load, register, select
from tests.helpers.scripts import SCRIPTS

NAME: Final = "manager"
ENV: Final = ScriptIndex(0)


def get_manager_path(protection: ReplayProtection = ReplayProtection.BITFIELD) -> str:
    """Return where a variant lies."""
    suffix = "" if protection is ReplayProtection.BITFIELD else f"_{protection}"
    return str(SCRIPTS / f"deposit_manager{suffix}.wasm")


def build_load(**changes: Any) -> Settings:  # noqa: ANN401 - YAML values
    """A workload of two transfers per slot, from slot 6 on, all of which cross shards."""
    load = {"script": NAME, "per_slot": 2, "start": 6, "cross_shard": 1.0}
    load |= {"gwei": [1000, 9000], "arrival": "steady"}
    return {"transfers": {**load, **changes}}


def build_managed(
    slots: int,
    *loads: Settings,
    protection: ReplayProtection = ReplayProtection.BITFIELD,
    **changes: Any,  # noqa: ANN401 - YAML values
) -> Settings:
    """A tiny scenario with workloads of the deposit manager."""
    happening = [register(NAME, get_manager_path(protection))]
    return build_scenario(slots, events=happening, workload=list(loads), **changes)


@dataclass(slots=True)
class Watch:
    """A run, and a naive account of it.

    Attributes:
        engine: The run.
        states: The relayers' books.
        protection: The script's variant.
        books: The naive account.
        history: Everything that happened so far.
    """

    engine: Engine
    states: ManagerStates
    protection: ReplayProtection
    books: NaiveBooks
    thieves: frozenset[bytes]
    history: list[events.Event] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.engine.world

    def run(self, slots: int) -> list[events.Event]:
        """Go on for some slots, checking after each; return what happened."""
        happened = [event for _ in range(slots) for event in self.run_slot()]
        self.check_roots()
        return happened

    def run_slot(self) -> list[events.Event]:
        happened = self.engine.run_slot()
        self.history += happened
        self.books.add(happened)
        self.check(happened)
        return happened

    def read_leaves(self) -> list[Leaves]:
        return self.books.read_leaves(self.world, self.states, ENV)

    def compute_stocks(self) -> Stocks:
        return self.books.compute_stocks(self.read_leaves(), self.protection)

    def check(self, happened: list[events.Event]) -> None:
        """See that nothing was printed, nothing lost, and the books tell the truth."""
        (closed,) = select(happened, events.SlotClosed)
        leaves = self.read_leaves()
        stocks = self.books.compute_stocks(leaves, self.protection)
        printed = stocks.total - self.books.compute_backing()
        assert closed.error == 0
        assert printed == self.books.compute_paid_again()
        assert printed == 0 or self.protection is ReplayProtection.NONE
        assert closed.printed == printed
        assert closed.accounted == stocks.accounts + stocks.locked
        assert (closed.reserve, closed.reserve_drawn) == (stocks.locked, stocks.drawn)
        assert stocks.drawn <= stocks.locked
        solvency = closed.pooled - closed.accounted - closed.backing
        assert solvency == self.compute_given_up() - printed - self.compute_stolen()
        check_balances(happened, leaves)

    def compute_stolen(self) -> int:
        """Return the ETH that thieves hold on the beacon chain."""
        state = self.world.beacon
        return sum(
            balance
            for validator, balance in zip(state.validators, state.balances, strict=True)
            if validator.pubkey in self.thieves
        )

    def compute_given_up(self) -> int:
        """Return the ETH of transfers whose claim was refused: it left its account for nothing."""
        gwei = {each.deposit: each.gwei for each in select(self.history, events.DepositCreated)}
        last = {step.deposit: step for step in select(self.history, events.DepositStep)}
        refused = [each for each in last.values() if each.event == "rejected"]
        return sum(gwei[each.deposit] for each in refused if each.chain == events.BEACON)

    def check_roots(self) -> None:
        """See that the leaves are all there is: hashed naively they make the chain's roots."""
        for shard, leaves in enumerate(self.read_leaves()):
            expected: Root = self.world.get_env_state(ShardIndex(shard), ENV)
            assert compute_naive_root(leaves) == expected


def check_balances(happened: list[events.Event], leaves: list[Leaves]) -> None:
    """What events say that accounts held last in this slot is what they hold."""
    last: dict[tuple[str, str], int | None] = {}
    for step in select(happened, events.DepositStep):
        if step.account and step.event != "rejected":
            place = step.chain, step.account
            assert last.get(place, step.before_gwei) == step.before_gwei
            last[place] = step.after_gwei
    for (chain, address), value in last.items():
        shard = int(chain.removeprefix("shard "))
        leaf = leaves[shard][bytes([Table.ACCOUNTS]) + bytes.fromhex(address)[:5]]
        assert int.from_bytes(leaf[56:], "little") == value


def watch(scenario: Settings, folder: Path) -> Watch:
    """Load a scenario and stop before its first slot."""
    loaded = load(scenario, folder)
    engine = build_engine(loaded)
    (states,) = {id(each): each for each in _find_states(engine)}.values()
    protection = states.look_around(ShardIndex(0), ENV, engine.world.slot).protection
    books = NaiveBooks(NAME, loaded.config.shard_count)
    return Watch(engine, states, protection, books, frozenset(_list_thieves(loaded)))


def _find_states(engine: Engine) -> Iterator[ManagerStates]:
    relayers = engine._relayers  # noqa: SLF001 - nobody else needs to see who serves a script
    return (each.states for each in relayers if isinstance(each, ManagerRelayer))


def _list_thieves(loaded: LoadedScenario) -> Iterator[bytes]:
    for fault in loaded.scenario.faults:
        theft = fault.insolvency
        if theft is not None:
            owner = f"{loaded.scenario.seed}/thief/{theft.shard}/{theft.slot}"
            yield compute_pubkey(loaded.config.bls, derive_secret_key(owner.encode()))
