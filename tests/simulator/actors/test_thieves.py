"""Corrupt committees: what a deposit that no script made costs its pool."""

from pathlib import Path

import pytest

from simulator import events
from tests.helpers.scenarios import select
from tests.helpers.transfers import NAME, Watch, build_load, build_managed, watch

THEFT_SLOT = 10


def run(folder: Path, gwei: int, slots: int = 30, route: str = "receipt") -> Watch:
    theft = {"slot": THEFT_SLOT, "shard": 2, "script": NAME, "gwei": gwei}
    scenario = build_managed(
        slots, build_load(route=route, stop=14), faults=[{"insolvency": theft}]
    )
    watched = watch(scenario, folder)
    watched.run(slots)
    return watched


def get_solvency(watched: Watch) -> list[int]:
    return [
        closed.pooled - closed.accounted - closed.backing
        for closed in select(watched.history, events.SlotClosed)
    ]


def test_forge_steals_from_the_pool_once_it_is_claimed(tmp_path: Path) -> None:
    watched = run(tmp_path, 4321)

    solvency = get_solvency(watched)
    claimed = solvency.index(-4321)
    assert claimed >= THEFT_SLOT
    assert set(solvency[:claimed]) == {0}
    assert set(solvency[claimed:]) == {-4321}
    assert watched.compute_stolen() == 4321
    # Nothing was paid twice, and no ETH appeared: it only is somebody else's.
    assert {closed.printed for closed in select(watched.history, events.SlotClosed)} == {0}


def test_forge_is_told_and_no_block_of_that_slot_is_proposed(tmp_path: Path) -> None:
    watched = run(tmp_path, 4321)

    (struck,) = select(watched.history, events.FaultStruck)
    assert (struck.slot, struck.chain, struck.fault) == (THEFT_SLOT, "shard 2", "insolvency")
    assert (struck.gwei, struck.succeeded) == (4321, True)
    blocks = select(watched.history, events.ShardBlockAccepted)
    assert (THEFT_SLOT, 2) not in {(block.slot, block.shard) for block in blocks}


def test_forge_claim_is_told_as_a_robbery(tmp_path: Path) -> None:
    watched = run(tmp_path, 4321)

    (robbed,) = select(watched.history, events.PoolRobbed)
    assert (robbed.script, robbed.shard, robbed.gwei) == (NAME, 2, 4321)
    assert robbed.slot > THEFT_SLOT
    assert watched.world.beacon.balances[robbed.validator] == 4321


def test_forge_no_step_of_a_transfer_tells_of_the_theft(tmp_path: Path) -> None:
    watched = run(tmp_path, 4321)

    created = select(watched.history, events.DepositCreated)
    steps = [step.event for step in select(watched.history, events.DepositStep)]
    assert steps.count("settled") == len(created)


def test_forge_whoever_claims_after_the_thief_finds_too_little(tmp_path: Path) -> None:
    watched = run(tmp_path, 60_000, slots=40, route="beacon")

    refused = [e for e in select(watched.history, events.DepositStep) if e.event == "rejected"]
    assert {e.note for e in refused} == {"script_balance_too_low"}
    assert min(e.slot for e in refused) > THEFT_SLOT
    assert watched.compute_stolen() == 60_000
    # What the refused ones lost is not owed to anybody any more.
    assert get_solvency(watched)[-1] == watched.compute_given_up() - 60_000 < 0


def test_forge_more_than_the_pool_holds_gets_nothing(tmp_path: Path) -> None:
    watched = run(tmp_path, 10**9)

    assert watched.compute_stolen() == 0
    assert set(get_solvency(watched)) == {0}


@pytest.mark.parametrize("slot", [10, 13])
def test_forge_in_an_orphaned_slot_or_run_steals_nothing(slot: int, tmp_path: Path) -> None:
    scenario = build_managed(
        30,
        build_load(route="receipt", stop=14),
        faults=[
            {"insolvency": {"slot": slot, "shard": 2, "script": NAME, "gwei": 4321}},
            {"orphan": {"slot": slot, "shard": 2}},
        ],
    )
    watched = watch(scenario, tmp_path)
    watched.run(30)

    assert set(get_solvency(watched)) == {0}
    assert watched.compute_stolen() == 0


def test_forge_before_the_script_is_registered_does_nothing(tmp_path: Path) -> None:
    theft = {"slot": 1, "shard": 0, "script": NAME, "gwei": 1}
    scenario = build_managed(8, build_load(), faults=[{"insolvency": theft}])
    scenario["events"][0]["slot"] = 3
    watched = watch(scenario, tmp_path)

    watched.run(8)

    assert select(watched.history, events.FaultStruck) == []
    assert set(get_solvency(watched)) == {0}
