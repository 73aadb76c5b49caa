"""Relayers of the deposit manager: what they pack, in which order, and how they repair it."""

from collections import Counter
from pathlib import Path

import pytest

from simulator import events
from simulator.actors.manager import packing
from simulator.manager.rules import ReplayProtection
from tests.helpers.scenarios import Settings, get_steps, select
from tests.helpers.transfers import Watch, build_load, build_managed, watch

FROM_0_TO_1 = {"kind": "edges", "edges": [[0, 1]]}


def run(slots: int, *loads: Settings, folder: Path, **changes: object) -> Watch:
    watched = watch(build_managed(slots, *loads, **changes), folder)  # type: ignore[arg-type]  # by name
    watched.run(slots)
    return watched


def count_steps(watched: Watch) -> Counter[str]:
    return Counter(step.event for step in select(watched.history, events.DepositStep))


def count_created(watched: Watch) -> int:
    return len(select(watched.history, events.DepositCreated))


@pytest.mark.parametrize("route", ["beacon", "receipt", "netting"])
@pytest.mark.parametrize("protection", ReplayProtection)
def test_relayer_every_route_settles_every_transfer(
    route: str, protection: ReplayProtection, tmp_path: Path
) -> None:
    load = build_load(route=route, cross_shard=0.6, stop=12)

    watched = run(30, load, folder=tmp_path, protection=protection)

    created = select(watched.history, events.DepositCreated)
    assert {each.route for each in created} == {route, "shard"}
    assert count_steps(watched)["settled"] == len(created) == 12
    assert select(watched.history, events.ShardBlockRejected) == []


def test_relayer_two_of_them_repair_each_others_witnesses(tmp_path: Path) -> None:
    watched = run(30, build_load(relayers=2, route="receipt", stop=20), folder=tmp_path)

    served = select(watched.history, events.WitnessServed)
    repaired = {(each.slot, each.chain) for each in served if each.repaired}
    accepted = {
        (each.slot, each.chain) for each in select(watched.history, events.ShardBlockAccepted)
    }
    assert repaired
    assert repaired <= accepted
    assert select(watched.history, events.ShardBlockRejected) == []
    assert count_steps(watched)["settled"] == count_created(watched)


def test_relayer_alone_never_has_a_stale_witness(tmp_path: Path) -> None:
    watched = run(20, build_load(route="receipt"), folder=tmp_path)

    served = select(watched.history, events.WitnessServed)
    assert served
    assert not any(each.repaired for each in served)


@pytest.mark.parametrize("limit_bytes", [2600, 4000])
def test_relayer_tiny_blocks_keep_to_their_limit_and_carry_everything(
    limit_bytes: int, tmp_path: Path
) -> None:
    loads = [build_load(route=route, stop=10) for route in ("receipt", "netting", "beacon")]

    watched = run(60, *loads, folder=tmp_path, chain={"max_block_data_bytes": limit_bytes})

    sizes = [each.data_bytes for each in select(watched.history, events.ShardBlockAccepted)]
    assert limit_bytes // 2 < max(sizes) <= limit_bytes
    assert select(watched.history, events.ShardBlockRejected) == []
    assert count_steps(watched)["settled"] == count_created(watched)


def test_relayer_more_mail_than_a_block_holds_arrives_in_several(tmp_path: Path) -> None:
    """It used to wait forever: all messages of a shard went together or not at all."""
    load = build_load(route="receipt", per_slot=8, stop=14, topology=FROM_0_TO_1)
    withheld = [{"withhold": {"shard": 1, "start": 1, "stop": 16}}]

    watched = run(30, load, folder=tmp_path, faults=withheld, chain={"max_block_data_bytes": 5000})

    delivered = Counter(
        step.slot
        for step in select(watched.history, events.DepositStep)
        if step.event == "delivered"
    )
    assert len(delivered) > 1
    assert sum(delivered.values()) == count_created(watched)
    assert min(delivered) == 16


def test_relayer_real_signatures_keep_to_the_fuel_of_a_block(tmp_path: Path) -> None:
    load = build_load(per_slot=60, start=5, stop=6, cross_shard=0, users=1, recipients=2)
    chain = {"bls": "fast", "shard_count": 1}

    watched = run(12, load, folder=tmp_path, chain=chain)

    max_fuel = watched.world.context.config.execution.max_fuel
    blocks = select(watched.history, events.ShardBlockAccepted)
    assert max_fuel * 0.8 < max(block.fuel for block in blocks) <= max_fuel
    assert select(watched.history, events.ShardBlockRejected) == []
    assert count_steps(watched)["settled"] == 60


def test_relayer_block_out_of_fuel_is_packed_smaller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relayer that thinks too little of fuel finds out, and loses nothing."""
    monkeypatch.setattr(packing, "_HASH_FUEL", 0)
    monkeypatch.setattr(packing, "_OPERATION_FUEL", 1000)
    load = build_load(per_slot=100, start=6, stop=7, cross_shard=0)
    chain = {"shard_count": 1, "execution": {"max_fuel": 2_500_000}}

    watched = run(40, load, folder=tmp_path, chain=chain)

    offers = [e for e in select(watched.history, events.WitnessServed) if e.slot > 5]
    blocks = [e for e in select(watched.history, events.ShardBlockAccepted) if e.slot > 5]
    assert offers[0].slot < blocks[0].slot
    assert offers[0].operations > offers[-1].operations
    assert len(offers) > len(blocks) > 1
    assert count_steps(watched)["settled"] == 100
    assert count_steps(watched)["rejected"] == 0


def test_relayer_small_credit_does_not_overtake_an_earlier_one_of_its_sender(
    tmp_path: Path,
) -> None:
    """It used to, when only it fit into the reserve; the earlier one was then lost for good."""
    load = build_load(
        route="netting",
        per_slot=6,
        stop=20,
        users=1,
        gwei=[1, 9000],
        reserve_gwei=9000,
        topology=FROM_0_TO_1,
    )

    watched = run(40, load, folder=tmp_path)

    steps = count_steps(watched)
    assert steps["stuck"] == 0
    assert steps["settled"] == count_created(watched)


@pytest.mark.parametrize("relayers", [1, 3])
def test_relayer_nonce_variant_takes_everything_in_order_after_an_orphan(
    relayers: int, tmp_path: Path
) -> None:
    loads = [build_load(route=route, stop=20, relayers=relayers) for route in ("beacon", "receipt")]
    faults = [{"orphan": {"slot": slot, "shard": slot % 4}} for slot in (9, 14)]

    watched = run(40, *loads, folder=tmp_path, faults=faults, protection=ReplayProtection.NONCE)

    steps = count_steps(watched)
    assert (steps["stuck"], steps["rejected"]) == (0, 0)
    assert steps["reverted"] > 10
    ends = [get_steps(watched.history, at + 1)[-1] for at in range(count_created(watched))]
    assert set(ends) == {"settled"}
