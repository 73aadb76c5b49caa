"""Who pays for bad scripts under each placement, in numbers worked out by hand.

Eight validators are on duty, four shards have committees of two, and a registration costs
10**9 Gwei and 10**4 Gwei per byte.
"""

from pathlib import Path

import pytest

from simulator import events
from simulator.runner import RunResult
from simulator.setup import build_engine
from tests.helpers.scenarios import (
    FLOAT,
    HELLO,
    RELAY,
    Settings,
    build_scenario,
    call,
    load,
    register,
    run_scenario,
    select,
    write_script,
)
from tests.helpers.scripts import read_script

FLOAT_BYTES = len(read_script("bad_float"))
FLOAT_FEE = 10**9 + 10**4 * FLOAT_BYTES

CALLS = [call("bad", slot, shard) for slot in (3, 4, 5) for shard in (0, 1)]


def run_bad(strategy: str, careless: float, folder: Path, **changes: object) -> RunResult:
    """One bad script, registered in slot 1 and called three times on each of two shards."""
    return run_scenario(
        build_scenario(
            8,
            validation={"strategy": strategy},
            proposers={"careless": careless},
            events=[register("bad", FLOAT), *CALLS],
            **changes,
        ),
        folder,
    )


def pick(result: RunResult, *names: str) -> dict[str, float]:
    return {name: result.metrics.get(name, 0) for name in names}


def test_beacon_block_careless_proposer_loses_exactly_its_slot(tmp_path: Path) -> None:
    result = run_bad("beacon-block", 1.0, tmp_path)

    (lost,) = select(result.events, events.BeaconBlockRejected)
    assert (lost.slot, lost.code) == (1, "script_invalid")
    (refused,) = select(result.events, events.ScriptRefused)
    assert (refused.slot, refused.code, refused.by) == (1, "float_type", "beacon nodes")
    assert pick(
        result,
        "beacon.blocks_lost",
        "beacon.blocks",
        "eth.burned_gwei",
        "scripts.registered",
        "validation.node_validations",
        "validation.beacon_nodes.node_validations",
        "validation.wasted_node_bytes",
        "calls.dropped.float_type",
        "shards.blocks",
    ) == {
        "beacon.blocks_lost": 1,
        "beacon.blocks": 7,
        "eth.burned_gwei": 0,
        "scripts.registered": 0,
        "validation.node_validations": 8,
        "validation.beacon_nodes.node_validations": 8,
        "validation.wasted_node_bytes": 8 * FLOAT_BYTES,
        "calls.dropped.float_type": 6,
        "shards.blocks": 0,
    }


def test_beacon_operation_careless_inclusion_costs_the_sender_its_fee(tmp_path: Path) -> None:
    result = run_bad("beacon-operation", 1.0, tmp_path)

    (registered,) = select(result.events, events.ScriptRegistered)
    assert (registered.rule, registered.fee, registered.index) == ("float_type", FLOAT_FEE, 0)
    assert pick(
        result,
        "beacon.blocks_lost",
        "eth.burned_gwei",
        "scripts.registered",
        "scripts.failed",
        "validation.node_validations",
        "validation.marks",
        "calls.dropped.float_type",
        "shards.blocks",
    ) == {
        "beacon.blocks_lost": 0,
        "eth.burned_gwei": FLOAT_FEE,
        "scripts.registered": 1,
        "scripts.failed": 1,
        "validation.node_validations": 8,
        "validation.marks": 1,
        "calls.dropped.float_type": 6,
        "shards.blocks": 0,
    }
    # Its code is not kept.
    assert result.states.beacon.execution_scripts[0].code == b""


def test_shard_lazy_careless_shards_find_out_one_by_one(tmp_path: Path) -> None:
    result = run_bad("shard-lazy", 1.0, tmp_path)

    # On both shards the first call is a no-op block that writes the mark; the second and third
    # are refused by the mark, for nothing.
    accepted = select(result.events, events.ShardBlockAccepted)
    assert [(b.slot, b.shard, b.noop_rule, b.fuel) for b in accepted] == [
        (3, 0, "float_type", 0),
        (3, 1, "float_type", 0),
    ]
    rejected = select(result.events, events.ShardBlockRejected)
    assert [(b.slot, b.shard, b.code) for b in rejected] == [
        (4, 0, "script_marked_invalid"),
        (4, 1, "script_marked_invalid"),
        (5, 0, "script_marked_invalid"),
        (5, 1, "script_marked_invalid"),
    ]
    assert pick(
        result,
        "beacon.blocks_lost",
        "eth.burned_gwei",
        "scripts.registered",
        "scripts.failed",
        "validation.shard_committee.node_validations",
        "validation.node_validations",
        "validation.wasted_node_bytes",
        "validation.mark_bytes",
        "calls.dropped.noop",
        "calls.dropped.script_marked_invalid",
    ) == {
        "beacon.blocks_lost": 0,
        "eth.burned_gwei": FLOAT_FEE,
        "scripts.registered": 1,
        "scripts.failed": 0,
        "validation.shard_committee.node_validations": 4,
        "validation.node_validations": 4,
        "validation.wasted_node_bytes": 4 * FLOAT_BYTES,
        "validation.mark_bytes": 2,
        "calls.dropped.noop": 2,
        "calls.dropped.script_marked_invalid": 4,
    }


@pytest.mark.parametrize("strategy", ["beacon-block", "beacon-operation"])
def test_beacon_placement_honest_proposer_pays_alone_and_leaves_it_out(
    strategy: str, tmp_path: Path
) -> None:
    result = run_bad(strategy, 0.0, tmp_path)

    (refused,) = select(result.events, events.ScriptRefused)
    assert (refused.code, refused.by) == ("float_type", "proposer")
    assert pick(
        result,
        "beacon.blocks_lost",
        "eth.burned_gwei",
        "scripts.registered",
        "validation.node_validations",
        "validation.proposer.node_validations",
        "shards.blocks",
    ) == {
        "beacon.blocks_lost": 0,
        "eth.burned_gwei": 0,
        "scripts.registered": 0,
        "validation.node_validations": 1,
        "validation.proposer.node_validations": 1,
        "shards.blocks": 0,
    }


def test_shard_lazy_honest_proposer_of_each_shard_pays_and_does_not_call(tmp_path: Path) -> None:
    result = run_bad("shard-lazy", 0.0, tmp_path)

    assert pick(
        result,
        "scripts.registered",
        "eth.burned_gwei",
        "shards.blocks",
        "shards.blocks_rejected",
        "shards.noop_blocks",
        "validation.proposer.node_validations",
        "validation.node_validations",
        "validation.marks",
        "calls.dropped.float_type",
    ) == {
        "scripts.registered": 1,
        "eth.burned_gwei": FLOAT_FEE,
        "shards.blocks": 0,
        "shards.blocks_rejected": 0,
        "shards.noop_blocks": 0,
        "validation.proposer.node_validations": 2,
        "validation.node_validations": 2,
        "validation.marks": 0,
        "calls.dropped.float_type": 6,
    }


def run_good(strategy: str, folder: Path, shards: int, **changes: object) -> RunResult:
    """One good script, called once on each of some shards."""
    calls = [call("hello", 3, shard) for shard in range(shards)]
    scenario = build_scenario(
        6,
        validation={"strategy": strategy},
        events=[register("hello", HELLO), *calls],
        **changes,
    )
    return run_scenario(scenario, folder)


@pytest.mark.parametrize("strategy", ["beacon-block", "beacon-operation"])
@pytest.mark.parametrize("shards", [0, 1, 4])
def test_beacon_placement_good_script_costs_every_node_once(
    strategy: str, shards: int, tmp_path: Path
) -> None:
    result = run_good(strategy, tmp_path, shards)

    assert result.metrics["validation.node_validations"] == 8
    assert result.metrics["shards.blocks"] == shards


@pytest.mark.parametrize("shards", [0, 1, 4])
def test_shard_lazy_good_script_costs_the_committees_that_use_it(
    shards: int, tmp_path: Path
) -> None:
    result = run_good("shard-lazy", tmp_path, shards)

    # The proposer who checked first is one of the committee's two.
    assert result.metrics["validation.node_validations"] == 2 * shards
    assert result.metrics["validation.mark_bytes"] == shards
    assert result.metrics["shards.blocks"] == shards


def test_validators_per_node_counts_machines(tmp_path: Path) -> None:
    result = run_good("beacon-operation", tmp_path, 0, chain={"validators_per_node": 4})

    # Validators on duty are 2 to 9: on machines 0 (2, 3), 1 (4-7) and 2 (8, 9).
    assert result.metrics["validation.node_validations"] == 3


def test_same_code_twice_costs_once(tmp_path: Path) -> None:
    scenario = build_scenario(
        4, events=[register("a", HELLO), register("b", HELLO, slot=2, sender=1)]
    )

    result = run_scenario(scenario, tmp_path)

    assert result.metrics["scripts.registered"] == 2
    assert result.metrics["validation.node_validations"] == 8


def test_script_that_traps_is_valid_and_costs_the_careless_their_block(tmp_path: Path) -> None:
    trap = write_script(tmp_path, "trap", "unreachable")
    events_ = [register("trap", trap), call("trap", 3)]

    careless = run_scenario(
        build_scenario(6, proposers={"careless": 1.0}, events=events_), tmp_path
    )
    honest = run_scenario(build_scenario(6, events=events_), tmp_path)

    (lost,) = select(careless.events, events.ShardBlockRejected)
    assert (lost.slot, lost.code) == (3, "script_failed")
    for result in (careless, honest):
        (dropped,) = select(result.events, events.CallDropped)
        assert dropped.code == "script_failed:trapped:unreachable"
        assert result.metrics["shards.blocks"] == 0
    assert honest.metrics["shards.blocks_rejected"] == 0


def test_call_with_too_much_data_is_left_out_by_the_honest(tmp_path: Path) -> None:
    limits = {"max_block_data_bytes": 3}
    events_ = [register("hello", HELLO), call("hello", 3, data="00" * 4)]

    honest = run_scenario(build_scenario(6, chain=limits, events=events_), tmp_path)
    careless = run_scenario(
        build_scenario(6, chain=limits, proposers={"careless": 1.0}, events=events_), tmp_path
    )

    assert honest.metrics["shards.blocks_rejected"] == 0
    assert careless.metrics["shards.rejected.data_too_large"] == 1
    for result in (honest, careless):
        assert result.metrics["calls.dropped.data_too_large"] == 1


@pytest.mark.parametrize(
    ("changes", "sender", "code"),
    [
        ({"genesis": {"depositor_gwei": 10**9}}, 0, "fee_not_covered"),
        ({}, 5, "sender_on_duty"),
        ({"chain": {"max_code_bytes": 100}}, 0, "code_too_large"),
    ],
)
@pytest.mark.parametrize("strategy", ["beacon-block", "beacon-operation", "shard-lazy"])
def test_honest_proposer_leaves_out_what_breaks_another_rule(
    strategy: str, changes: Settings, sender: int, code: str, tmp_path: Path
) -> None:
    scenario = build_scenario(
        5,
        validation={"strategy": strategy},
        events=[register("relay", RELAY, sender=sender)],
        **changes,
    )

    result = run_scenario(scenario, tmp_path)

    (refused,) = select(result.events, events.ScriptRefused)
    assert (refused.slot, refused.code, refused.by) == (1, code, "proposer")
    assert result.metrics["beacon.blocks"] == 5
    # These rules are checked before anybody looks at the code.
    assert result.metrics["validation.node_validations"] == 0


def test_beacon_block_lost_for_a_fee_is_lost_once(tmp_path: Path) -> None:
    # The second registration of the same block is one too many for its sender.
    scenario = build_scenario(
        6,
        chain={"new_code_fee": 20 * 10**9},
        validation={"strategy": "beacon-block"},
        proposers={"careless": 1.0},
        events=[register("a", HELLO), register("b", RELAY), register("c", HELLO, sender=1)],
    )

    result = run_scenario(scenario, tmp_path)

    (lost,) = select(result.events, events.BeaconBlockRejected)
    assert (lost.slot, lost.code) == (1, "fee_not_covered")
    (refused,) = select(result.events, events.ScriptRefused)
    assert (refused.script, refused.code) == ("b", "fee_not_covered")
    registered = select(result.events, events.ScriptRegistered)
    assert [(each.slot, each.script) for each in registered] == [(2, "a"), (2, "c")]


def test_beacon_block_lost_for_one_script_brings_the_rest_back(tmp_path: Path) -> None:
    scenario = build_scenario(
        6,
        validation={"strategy": "beacon-block"},
        proposers={"careless": 1.0},
        events=[
            register("first", FLOAT),
            register("good", HELLO),
            register("second", FLOAT, sender=1),
        ],
    )

    result = run_scenario(scenario, tmp_path)

    # Nobody looked behind the first bad script, so the second costs another block.
    lost = select(result.events, events.BeaconBlockRejected)
    assert [block.slot for block in lost] == [1, 2]
    refused = select(result.events, events.ScriptRefused)
    assert [(each.slot, each.script) for each in refused] == [(1, "first"), (2, "second")]
    (registered,) = select(result.events, events.ScriptRegistered)
    assert (registered.slot, registered.script, registered.index) == (3, "good", 0)
    assert result.metrics["scripts.slots_to_usable.max"] == 3


def test_registrations_beyond_the_limit_wait_for_the_next_block(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    scenario = build_scenario(
        4,
        chain={"max_registrations_per_block": 1},
        events=[register(name, HELLO) for name in names],
    )

    result = run_scenario(scenario, tmp_path)

    registered = select(result.events, events.ScriptRegistered)
    assert [(each.slot, each.script, each.index) for each in registered] == [
        (1, "a", 0),
        (2, "b", 1),
        (3, "c", 2),
    ]


@pytest.mark.parametrize("careless", [0.0, 1.0])
def test_the_same_registration_twice_in_a_slot_waits_for_the_next_block(
    careless: float, tmp_path: Path
) -> None:
    names = ("first", "again", "other")
    scripts = (HELLO, HELLO, RELAY)
    wanted = [register(name, script) for name, script in zip(names, scripts, strict=True)]

    result = run_scenario(
        build_scenario(4, events=wanted, proposers={"careless": careless}), tmp_path
    )

    registered = select(result.events, events.ScriptRegistered)
    assert [(each.slot, each.script) for each in registered] == [
        (1, "first"),
        (1, "other"),
        (2, "again"),
    ]
    assert select(result.events, events.BeaconBlockRejected) == []


def test_careless_share_is_drawn_from_the_validators_on_duty(tmp_path: Path) -> None:
    scenario = build_scenario(4, proposers={"careless": 0.5})

    careless = build_engine(load(scenario, tmp_path)).world.careless
    again = build_engine(load(scenario, tmp_path)).world.careless
    other = build_engine(load(scenario, tmp_path, seed=2)).world.careless

    assert len(careless) == 4
    assert careless <= set(range(2, 10))
    assert again == careless
    assert other != careless
