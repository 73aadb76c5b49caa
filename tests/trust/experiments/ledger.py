"""Whole runs: a second, naive accounting against every balance in every slot."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from chain.trie import ScriptTrie
from chain.types import Pubkey, ShardIndex
from simulator.actors.manager import ManagerRelayer, ManagerStates
from simulator.engine import Engine
from simulator.loader import LoadedScenario
from simulator.manager.data import get_account_key
from simulator.relay_data import RelayPool
from simulator.runner import describe_run
from simulator.setup import build_engine
from simulator.store import DATABASE_NAME, RunWriter
from tests.trust.accounts.books import ShardBook
from tests.trust.accounts.ledger import Ledger
from tests.trust.accounts.runs import RANDOM_RUNS, list_files, load_run
from tests.trust.experiment import Cases, Experiment, Section, Tally

_MOST_FAILURES: Final = 3


@dataclass(slots=True)
class Audit:
    """A run under way, its database, and the ledger that reads it.

    Attributes:
        engine: The run.
        writer: Writes the database.
        ledger: Reads it.
        compared: Balances compared so far.
        agreed: A script's 32 bytes and the ledger's book when a shard's accounts last agreed: as
            long as both are the same, so are the balances.
    """

    engine: Engine
    writer: RunWriter
    ledger: Ledger
    compared: int = 0
    agreed: dict[tuple[str, int], tuple[bytes, ShardBook]] = field(default_factory=dict)

    def run_slot(self) -> int:
        """Go on by one slot; return which."""
        happened = self.engine.run_slot()
        slot = int(self.engine.world.slot)
        self.writer.write_slot(slot, happened)
        self.ledger.advance(slot)
        return slot

    def compare(self) -> Iterator[str]:
        """Return every balance and figure on which the ledger and the run do not agree."""
        ledger, world = self.ledger, self.engine.world
        beacon = world.beacon
        pairs: list[tuple[str, Any, Any]] = [
            ("burned", ledger.beacon.burned, world.burned),
            ("bonds", sum(ledger.beacon.bonds.values()), self._get_bonded()),
            ("validators", len(ledger.beacon.balances), len(beacon.balances)),
            ("scripts", len(ledger.beacon.pools), len(beacon.execution_scripts)),
        ]
        balances = zip(ledger.beacon.balances, beacon.balances, strict=False)
        pairs += [(f"validator {at}", ours, real) for at, (ours, real) in enumerate(balances)]
        pools = zip(ledger.beacon.pools, beacon.execution_scripts, strict=False)
        pairs += [(f"script {at}", ours, real.balance) for at, (ours, real) in enumerate(pools)]
        pairs += self._list_shard_balances()
        figures = ledger.compute_figures()
        pairs += [(name, value, ledger.figures[name]) for name, value in figures.items()]
        self.compared += len(pairs)
        for name, ours, real in pairs:
            if ours != real:
                yield f"slot {world.slot}: {name}: the ledger has {ours}, the run {real}"

    def _get_bonded(self) -> int:
        world = self.engine.world
        return int(world.context.placement.get_bonded_eth(world.beacon))

    def _list_shard_balances(self) -> Iterator[tuple[str, int, int]]:
        world = self.engine.world
        books = self._find_books()
        for shard in map(ShardIndex, range(len(world.shards))):
            book = self.ledger.get_shard(shard)
            for script, env in self.ledger.beacon.names.items():
                index = world.scripts.find(script)
                if index is None or index != env:
                    yield f"index of {script}", env, -1 if index is None else index
                    continue
                if self.ledger.is_relay(script):
                    pool = RelayPool.decode(world.get_env_state(shard, index)).balance
                    yield f"pool of {script} on shard {shard}", book.pools[script], pool
                elif script in books:
                    root = world.get_env_state(shard, index)
                    known, same = self.agreed.get((script, shard), (b"", None))
                    if known != root or same is not book:
                        trie = books[script].ledgers[shard].view(root)
                        yield from _list_accounts(script, book.accounts, trie, shard)
                    self.agreed[script, shard] = root, book

    def _find_books(self) -> Mapping[str, ManagerStates]:
        relayers = self.engine._relayers  # noqa: SLF001 - nobody else sees the scripts' states
        return {each.script: each.states for each in relayers if isinstance(each, ManagerRelayer)}


def _list_accounts(
    script: str,
    accounts: Mapping[tuple[str, bytes], int],
    trie: ScriptTrie,
    shard: int,
) -> Iterator[tuple[str, int, int]]:
    for (owner_of, pubkey), gwei in accounts.items():
        if owner_of == script:
            leaf = trie.get_value(get_account_key(Pubkey(pubkey)))
            real = int.from_bytes(leaf[56:64], "little") if leaf[:48] == pubkey else 0
            yield f"account {pubkey.hex()[:16]} of {script} on shard {shard}", gwei, real


def open_audit(loaded: LoadedScenario, folder: Path) -> Audit:
    """Build a run, and begin its database and its ledger."""
    engine = build_engine(loaded)
    writer = RunWriter.create(folder, describe_run(loaded), loaded.scripts.values())
    opening = [int(balance) for balance in engine.world.beacon.balances]
    return Audit(engine, writer, Ledger(folder / DATABASE_NAME, opening))


def audit_run(loaded: LoadedScenario, folder: Path, tally: Tally) -> list[str]:
    """Run a scenario to its end and return the first disagreements."""
    audit = open_audit(loaded, folder)
    problems: list[str] = []
    with closing(audit.engine), closing(audit.ledger), closing(audit.writer):
        for _ in range(loaded.scenario.slots):
            audit.run_slot()
            problems += audit.compare()
            if problems:
                break
    tally.count("slot in which every balance agrees", int(audit.engine.world.slot))
    tally.count("balance compared", audit.compared)
    return problems[:_MOST_FAILURES]


def _examine(cases: Cases, tally: Tally) -> None:
    for number in cases:
        with TemporaryDirectory() as name:
            folder = Path(name)
            loaded = load_run(number, cases.make_rng(number), folder)
            for problem in audit_run(loaded, folder / "run", tally):
                tally.fail(number, f"{loaded.name}: {problem}")
        tally.count(f"run under {loaded.config.strategy}")


def _count_cases() -> int:
    return RANDOM_RUNS + len(list_files())


EXPERIMENTS: Final = (
    Experiment(
        name="ledger",
        section=Section.ORACLES,
        claim="A second accounting, from the run database alone, has every balance in every slot.",
        method=(
            "An event-sourced ledger without a line of the simulator's reads the events and the "
            "bytes of shard blocks from run.db while it is written, given the balances at genesis. "
            "Slot by slot its validators, scripts, bonds, pools and accounts of every shard are "
            f"those of the states, and its sums those that the run records: {RANDOM_RUNS} random "
            "runs with forks, faults, bonds and thefts, then all shipped scenarios and lessons."
        ),
        unit="runs",
        full=_count_cases,
        quick=9,
        examine=_examine,
        found=(
            "Events did not tell which validator an objection cost or paid; now they do.",
            "Events did not tell whose balance funded a pool; now they do.",
            "No event told that a stolen deposit receipt was paid out; now one does.",
        ),
    ),
)
