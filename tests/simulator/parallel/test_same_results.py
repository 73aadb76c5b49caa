"""However many workers make the blocks, everything that happens is the same, to the byte."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given

from simulator import events
from simulator.actors.shard_proposer import ShardProposers
from simulator.events import Event
from simulator.loader import LoadedScenario, load_scenario
from simulator.runner import run
from simulator.setup import build_engine
from simulator.store import DATABASE_NAME, REPORT_NAME
from tests.helpers.floating_relay import write_floating_relay
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.random_scenarios import random_scenarios
from tests.helpers.random_transfers import draw_transfers
from tests.helpers.scenarios import Settings, load, select
from tests.helpers.workers import set_inline_workers

TWO_AND_EIGHT = (
    "crosslink_reorg",  # shards go back in time
    "placements",  # bad scripts, careless proposers
    "three_routes",  # netting: a shard's block brings work to another in the same slot
    "validation/flood",  # adversaries
)
TWO = ("deposit_journey", "late_messages", "replay_attack", "stolen_pool", "witnesses")


def watch(loaded: LoadedScenario, workers: int = 0) -> tuple[list[Event], list[bytes]]:
    """Return all events of a run, and the final roots of all chains as they are hashed here."""
    engine = build_engine(loaded)
    if workers:
        set_inline_workers(engine, workers)
    happened: list[Event] = []
    for _ in range(loaded.scenario.slots):
        happened += engine.run_slot()
    states = (engine.world.beacon, *engine.world.shards)
    return happened, [state.hash_tree_root for state in states]


def run_into(folder: Path, name: str, workers: int, overrides: Sequence[str]) -> list[bytes]:
    run(load_scenario(name, overrides), folder, workers=workers)
    return [(folder / file).read_bytes() for file in (DATABASE_NAME, REPORT_NAME)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "workers"),
    [(name, workers) for name in TWO_AND_EIGHT for workers in (2, 8)] + [(name, 2) for name in TWO],
)
def test_run_with_workers_writes_the_same_database_and_report(
    name: str, workers: int, tmp_path: Path
) -> None:
    overrides = ("slots=40",) if name.startswith("validation/") else ()
    alone = run_into(tmp_path / "alone", name, 1, overrides)

    assert run_into(tmp_path / "together", name, workers, overrides) == alone


def test_run_with_two_worker_processes_writes_the_same_database_and_report(tmp_path: Path) -> None:
    alone = run_into(tmp_path / "alone", "helloworld", 1, ())

    assert run_into(tmp_path / "together", "helloworld", 2, ()) == alone


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("workers")
    write_floating_relay(made)
    return made


@HEAVY_PROPERTY
@given(scenario=random_scenarios(max_slots=24))
def test_random_scenario_with_workers_is_the_same(scenario: Settings, folder: Path) -> None:
    loaded = load(scenario, folder)

    assert watch(loaded, workers=3) == watch(loaded)


@pytest.mark.parametrize("seed", range(3))
def test_random_transfers_with_all_faults_and_workers_are_the_same(
    seed: int, tmp_path: Path
) -> None:
    loaded = load(draw_transfers(seed, 3.0), tmp_path)
    happened, roots = watch(loaded)

    assert watch(loaded, workers=2) == (happened, roots)
    assert select(happened, events.FaultStruck)


def test_shard_does_not_overtake_one_that_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the waiting is for: without it, some netted credits would come a slot later."""
    loaded = load(draw_transfers(1, 3.0), tmp_path)
    alone = watch(loaded)
    monkeypatch.setattr(ShardProposers, "get_reach", lambda *_: frozenset())

    assert watch(loaded, workers=2) != alone
