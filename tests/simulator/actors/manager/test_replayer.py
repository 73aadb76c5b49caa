"""A hostile relayer: what each variant of the script lets it have."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from simulator import events
from simulator.manager.rules import ReplayProtection
from tests.helpers.scenarios import Settings, select
from tests.helpers.transfers import NAME, Watch, build_load, build_managed, watch

PROTECTED = (ReplayProtection.BITFIELD, ReplayProtection.NONCE)
OFTEN = {"replay": {"script": NAME, "every_slots": 2}}
LOADS = [build_load(route=route, stop=20) for route in ("beacon", "receipt")]
SLOTS = 30


def run(
    protection: ReplayProtection,
    folder: Path,
    *others: Settings,
    loads: Sequence[Settings] = LOADS,
    careless: float = 0.0,
) -> Watch:
    scenario = build_managed(
        SLOTS,
        *loads,
        protection=protection,
        faults=[OFTEN, *others],
        proposers={"careless": careless},
    )
    watched = watch(scenario, folder)
    watched.run(SLOTS)
    return watched


def get_replays(watched: Watch) -> list[events.FaultStruck]:
    return [e for e in select(watched.history, events.FaultStruck) if e.fault == "replay"]


def get_printed(watched: Watch) -> list[int]:
    return [closed.printed for closed in select(watched.history, events.SlotClosed)]


@pytest.mark.parametrize("protection", PROTECTED)
def test_replay_is_refused_before_an_honest_proposer_proposes_it(
    protection: ReplayProtection, tmp_path: Path
) -> None:
    watched = run(protection, tmp_path)

    replays = get_replays(watched)
    assert len(replays) > 20
    assert {(e.succeeded, e.note) for e in replays} == {
        (False, "script_failed:trapped:unreachable")
    }
    assert select(watched.history, events.ShardBlockRejected) == []
    assert set(get_printed(watched)) == {0}


@pytest.mark.parametrize("protection", PROTECTED)
def test_replay_that_a_careless_proposer_takes_is_refused_by_the_chain(
    protection: ReplayProtection, tmp_path: Path
) -> None:
    watched = run(protection, tmp_path, careless=1.0)

    replays = get_replays(watched)
    rejected = select(watched.history, events.ShardBlockRejected)
    assert len(replays) > 20
    assert not any(e.succeeded for e in replays)
    assert {e.code for e in rejected} == {"script_failed"}
    assert {(e.slot, e.chain) for e in rejected} == {(e.slot, e.chain) for e in replays}
    assert set(get_printed(watched)) == {0}


@pytest.mark.parametrize("protection", [*PROTECTED, ReplayProtection.NONE])
def test_replay_leaves_honest_transfers_alone(protection: ReplayProtection, tmp_path: Path) -> None:
    watched = run(protection, tmp_path)

    steps = [step.event for step in select(watched.history, events.DepositStep)]
    created = select(watched.history, events.DepositCreated)
    assert steps.count("settled") == len(created)


def test_replay_without_protection_prints_exactly_the_loot(tmp_path: Path) -> None:
    watched = run(ReplayProtection.NONE, tmp_path)

    closed = select(watched.history, events.SlotClosed)
    loot = dict.fromkeys(range(1, SLOTS + 1), 0)
    for replay in get_replays(watched):
        assert replay.succeeded
        loot[replay.slot] += replay.gwei
    running = [sum(loot[slot] for slot in range(1, last + 1)) for last in loot]
    assert running[-1] > 0
    assert get_printed(watched) == running
    assert [each.accounted + each.backing - each.pooled for each in closed] == running


@pytest.mark.parametrize("slot", [11, 14, 17])
def test_replay_in_an_orphaned_block_is_undone(slot: int, tmp_path: Path) -> None:
    orphan = {"orphan": {"slot": slot, "shard": 1}}

    watched = run(ReplayProtection.NONE, tmp_path, orphan)

    replays = get_replays(watched)
    undone = [e for e in replays if is_undone(e, select(watched.history, events.ShardReverted))]
    loot = sum(e.gwei for e in replays if e.succeeded and e not in undone)
    assert undone
    assert get_printed(watched)[-1] == loot > 0


def is_undone(replay: events.FaultStruck, reverted: Sequence[events.ShardReverted]) -> bool:
    """Tell whether a shard was returned to before a replay, later on."""
    return any(e.chain == replay.chain and e.from_slot <= replay.slot < e.slot for e in reverted)


@pytest.mark.parametrize("protection", PROTECTED)
def test_replay_of_what_was_called_back_is_not_tried(
    protection: ReplayProtection, tmp_path: Path
) -> None:
    """It used to be: the script took it as the first delivery that it was."""
    orphans = [{"orphan": {"slot": slot, "shard": slot % 4}} for slot in range(8, 28, 3)]

    watched = run(protection, tmp_path, *orphans)

    assert not any(e.succeeded for e in get_replays(watched))
    assert "stuck" not in {step.event for step in select(watched.history, events.DepositStep)}


def test_replay_of_netted_credits_is_paid_by_the_reserve(tmp_path: Path) -> None:
    """Netting prints nothing, even without protection: the rows still add up."""
    loads = [build_load(route="netting", reserve_gwei=50_000, stop=20)]

    watched = run(ReplayProtection.NONE, tmp_path, loads=loads)

    credited_again = watched.books.compute_credited_again()
    assert credited_again > 0
    assert watched.compute_stocks().drawn >= credited_again
    loot = sum(e.gwei for e in get_replays(watched) if e.succeeded)
    assert get_printed(watched)[-1] == loot - credited_again
