"""Running a scenario from Python: what comes back, what is left behind, and how runs end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import simulator
from chain.beacon import apply_beacon_slot, get_total_eth
from chain.containers import BeaconState
from chain.errors import ConservationBreach
from chain.types import Gwei
from simulator import engine, events, shard_slots
from simulator.errors import RunFolderError
from simulator.events import DepositStep
from simulator.follow import read_deposits
from simulator.loader import LoadedScenario, load_scenario
from simulator.runner import SimulationBug, describe_run, run
from simulator.store import FAILED, INTERRUPTED, RunReader
from tests.helpers.scenarios import (
    DEPOSITORS,
    RELAY,
    VALIDATORS,
    build_journey,
    build_scenario,
    get_steps,
    load,
    register,
    run_scenario,
    select,
)


@contextmanager
def open_run(folder: Path) -> Iterator[RunReader]:
    reader = RunReader(folder)
    yield reader
    reader.close()


@pytest.fixture
def journey(tmp_path: Path) -> LoadedScenario:
    return load(build_journey(16), tmp_path)


def interrupt_at(last: int) -> simulator.runner.Progress:
    def progress(slot: int) -> None:
        if slot == last:
            raise KeyboardInterrupt

    return progress


def test_package_offers_what_a_notebook_needs() -> None:
    result = simulator.run(simulator.load_scenario("witnesses", ["slots=2"]))

    assert isinstance(result, simulator.RunResult)
    assert sorted(simulator.__all__) == [
        "LoadedScenario",
        "RunResult",
        "load_scenario",
        "resume",
        "run",
    ]


def test_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="module 'simulator' has no attribute 'walk'"):
        getattr(simulator, "walk")  # noqa: B009 - mypy knows that there is none


def test_run_without_folder_returns_states_events_and_metrics(journey: LoadedScenario) -> None:
    result = run(journey)

    assert isinstance(result.states.beacon, BeaconState)
    assert result.states.beacon.slot == 16
    assert [state.slot for state in result.states.shards] == [16] * 4
    assert get_steps(result.events)[-1] == "settled"
    assert result.metrics["deposits.settled"] == 1
    assert (result.scenario, result.seed, result.slots) == ("tiny", 1, 16)
    assert result.run_dir is None


def test_run_final_root_is_that_of_the_last_slot(journey: LoadedScenario) -> None:
    result = run(journey)

    last = select(result.events, events.SlotClosed)[-1]
    assert last.beacon_state_root == result.states.beacon.hash_tree_root.hex()
    assert result.report["beacon_state_root"] == last.beacon_state_root
    assert result.report["shard_state_roots"] == [
        state.hash_tree_root.hex() for state in result.states.shards
    ]


def test_run_events_go_forward_in_time(journey: LoadedScenario) -> None:
    slots = [event.slot for event in run(journey).events]

    assert slots == sorted(slots)
    assert set(slots) == set(range(1, 17))


def test_run_genesis_eth_is_that_of_the_scenario(journey: LoadedScenario) -> None:
    first = select(run(journey).events, events.SlotClosed)[0]

    # Ten times 32 ETH, and what the deposit will spend.
    assert first.total_eth + first.burned == (DEPOSITORS + VALIDATORS) * 32 * 10**9 + 1000


def test_run_with_folder_keeps_the_same_events_there(
    journey: LoadedScenario, tmp_path: Path
) -> None:
    kept = run(journey).events

    result = run(journey, tmp_path / "run")

    assert result.events == ()
    with open_run(tmp_path / "run") as reader:
        assert tuple(reader.read_events()) == kept
        assert reader.read_metrics() == result.metrics
        assert reader.is_complete
        assert reader.meta["beacon_state_root"] == result.report["beacon_state_root"]


def test_run_with_folder_writes_the_report(journey: LoadedScenario, tmp_path: Path) -> None:
    result = run(journey, tmp_path / "run")

    report = json.loads((tmp_path / "run" / "report.json").read_bytes())
    assert report["metrics"] == result.metrics
    assert report["beacon_state_root"] == result.states.beacon.hash_tree_root.hex()
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["report.json", "run.db"]


def test_run_report_says_what_a_run_needs_to_be_repeated(tmp_path: Path) -> None:
    loaded = load(build_scenario(events=[register("relay", RELAY)]), tmp_path, ["slots=2"], 5)

    report = describe_run(loaded)

    assert (report["scenario"], report["seed"], report["slots"]) == ("tiny", 5, 2)
    assert report["overrides"] == ["slots=2", "seed=5"]
    assert report["config"]["bls"] == "insecure"
    assert report["config"]["execution"]["max_ticks"] == 10_000_000
    assert set(report["versions"]) >= {"shardlab", "wasmtime", "ssz"}
    (code_hash,) = report["scripts"].values()
    assert len(code_hash) == 64


def test_run_tells_progress_every_slot(journey: LoadedScenario) -> None:
    told: list[int] = []

    run(journey, progress=told.append)

    assert told == list(range(1, 17))


def test_run_keep_events_says_whether_they_are_kept(
    journey: LoadedScenario, tmp_path: Path
) -> None:
    assert run(journey, keep_events=False).events == ()
    assert run(journey, tmp_path / "run", keep_events=True).events


def test_run_expectations_are_checked_one_by_one(tmp_path: Path) -> None:
    scenario = build_journey(
        16,
        expect=[
            {"metric": "deposits.settled", "equals": 1},
            {"metric": "slots", "at_least": 17},
            {"metric": "no.such", "at_most": 0},
        ],
    )

    result = run_scenario(scenario, tmp_path)

    assert [(each.metric, each.value, each.met) for each in result.expectations] == [
        ("deposits.settled", 1, True),
        ("slots", 16, False),
        ("no.such", None, False),
    ]
    assert not result.expectations_met
    assert result.report["expectations"][1] == {
        "metric": "slots",
        "condition": {"at_least": 17.0},
        "value": 16,
        "met": False,
    }


def test_run_without_expectations_meets_them(journey: LoadedScenario) -> None:
    assert run(journey).expectations_met


def test_run_interrupted_leaves_whole_slots_and_says_so(
    journey: LoadedScenario, tmp_path: Path
) -> None:
    whole = run(journey).events

    with pytest.raises(KeyboardInterrupt):
        run(journey, tmp_path / "run", progress=interrupt_at(7))

    with open_run(tmp_path / "run") as reader:
        assert (reader.meta["status"], reader.meta["slot"]) == (INTERRUPTED, 7)
        assert tuple(reader.read_events()) == tuple(e for e in whole if e.slot <= 7)
        assert reader.read_metrics()["slots"] == 7
        (deposit,) = read_deposits(reader)
        assert deposit.state == "exited"
    assert not (tmp_path / "run" / "report.json").exists()


def test_run_interrupted_in_the_middle_of_a_slot_forgets_that_slot(
    journey: LoadedScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def sabotage(slot: int) -> None:
        if slot == 5:
            monkeypatch.setattr(shard_slots, "apply_shard_slot", interrupt)

    with pytest.raises(KeyboardInterrupt):
        run(journey, tmp_path / "run", progress=sabotage)

    with open_run(tmp_path / "run") as reader:
        assert (reader.meta["status"], reader.meta["slot"]) == (INTERRUPTED, 5)
        assert max(event.slot for event in reader.read_events()) == 5


@pytest.mark.parametrize("change", [1, -1])
def test_run_that_makes_or_loses_eth_stops_at_once(
    change: int, journey: LoadedScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def miscount(state: BeaconState) -> Gwei:
        return Gwei(get_total_eth(state) + (change if state.slot >= 9 else 0))

    monkeypatch.setattr(engine, "get_total_eth", miscount)
    told: list[int] = []

    with pytest.raises(ConservationBreach) as caught:
        run(journey, tmp_path / "run", progress=told.append)

    assert caught.value.code == "eth_not_conserved"
    assert caught.value.values["slot"] == 9
    assert told == list(range(1, 9))
    with open_run(tmp_path / "run") as reader:
        assert (reader.meta["status"], reader.meta["slot"]) == (FAILED, 8)
        assert reader.meta["reason"].startswith("ConservationBreach: eth_not_conserved (slot=9")
        assert {event.slot for event in reader.read_events()} == set(range(1, 9))


def test_run_in_which_a_balance_is_tampered_with_stops_at_once(
    journey: LoadedScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def steal(state: BeaconState, *rest: object) -> BeaconState:
        after = apply_beacon_slot(state, *rest)  # type: ignore[arg-type]  # handed through
        if after.slot != 4:
            return after
        return after.evolve(balances=after.balances.set(3, Gwei(after.balances[3] - 7)))

    monkeypatch.setattr(engine, "apply_beacon_slot", steal)

    with pytest.raises(ConservationBreach) as caught:
        run(journey)

    values = caught.value.values
    assert values["slot"] == 4
    assert isinstance(values["total"], int)
    assert isinstance(values["burned"], int)
    assert values["total"] + values["burned"] + 7 == values["genesis"]


def test_run_bug_of_ours_crashes_with_scenario_seed_and_slot(
    journey: LoadedScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> Gwei:
        raise RuntimeError("nobody thought of this")

    def sabotage(slot: int) -> None:
        if slot == 3:
            monkeypatch.setattr(engine, "get_total_eth", fail)

    with pytest.raises(SimulationBug, match=r"^scenario tiny, seed 1, slot 4$") as caught:
        run(journey, tmp_path / "run", progress=sabotage)

    assert isinstance(caught.value.__cause__, RuntimeError)
    with open_run(tmp_path / "run") as reader:
        assert (reader.meta["status"], reader.meta["slot"]) == (FAILED, 3)
        assert reader.meta["reason"] == "RuntimeError: nobody thought of this"


def test_run_whose_database_fails_says_which_folder(
    journey: LoadedScenario, tmp_path: Path
) -> None:
    def close(slot: int) -> None:
        if slot == 2:
            (tmp_path / "run" / "report.json").mkdir()

    with pytest.raises(RunFolderError, match="run: cannot be written"):
        run(journey, tmp_path / "run", progress=close)


def test_run_one_scenario_does_not_disturb_the_next(journey: LoadedScenario) -> None:
    first = run(journey)
    run(load_scenario("witnesses", ["slots=3"]))

    assert run(journey).events == first.events


def test_run_more_validators_leave_the_users_alone(tmp_path: Path) -> None:
    load_ = {"script": "relay", "from": [0], "to": [1], "per_slot": 0.5, "gwei": [1, 10**6]}
    changes = {"events": [register("relay", RELAY)], "workload": [{"deposits": load_}]}

    few = run_scenario(build_scenario(20, **changes), tmp_path)
    many = run_scenario(build_scenario(20, genesis={"validators": 12}, **changes), tmp_path)

    assert get_wishes(few.events) == get_wishes(many.events)
    assert few.states.beacon.hash_tree_root != many.states.beacon.hash_tree_root


def get_wishes(happened: tuple[events.Event, ...]) -> list[tuple[int, int, int]]:
    created = select(happened, events.DepositCreated)
    return [(event.slot, event.from_shard, event.gwei) for event in created]


def test_run_step_events_know_their_deposit(journey: LoadedScenario) -> None:
    steps = select(run(journey).events, DepositStep)

    assert {step.deposit for step in steps} == {1}
