"""Crosslinks: rule by rule, and at the presets' pace."""

from dataclasses import replace

import pytest

from chain.config import DEMO, ETH2_2019, ETH2_2020, BlsBackend, ChainConfig
from chain.containers import BeaconState, SignedCrosslink
from chain.context import ChainContext
from chain.effects import CrosslinkIncluded, Effect
from chain.operations import process_crosslink
from chain.operations.crosslinks import is_crosslink_due
from chain.receipts import compute_headers_root
from chain.types import ShardIndex, Slot
from tests.helpers.chain import PUSHER, Lab
from tests.helpers.refusals import apply, get_refusal

SHARD = 2


@pytest.fixture
def lab() -> Lab:
    """Two shard blocks, and a slot at which a crosslink is due."""
    lab = Lab(scripts=[PUSHER])
    lab.advance()
    lab.add_shard_block(shard=SHARD)
    lab.advance(2)
    lab.add_shard_block(shard=SHARD)
    lab.advance()
    return lab


def refuse(state: BeaconState, signed: SignedCrosslink, context: ChainContext) -> str:
    return get_refusal(state, lambda draft: process_crosslink(draft, signed, context, []))


def include(
    state: BeaconState, signed: SignedCrosslink, context: ChainContext
) -> tuple[BeaconState, list[Effect]]:
    effects: list[Effect] = []
    after = apply(state, lambda draft: process_crosslink(draft, signed, context, effects))
    return after, effects


def test_crosslink_replaces_the_shards_last_one(lab: Lab) -> None:
    crosslink = lab.build_crosslink(SHARD)

    after, effects = include(lab.beacon, lab.sign_crosslink(crosslink), lab.context)

    assert (crosslink.start_slot, crosslink.end_slot) == (1, 3)
    headers = [block.header.hash_tree_root for block in lab.blocks[SHARD]]
    assert crosslink.headers_root == compute_headers_root(headers)
    assert crosslink.shard_state_root == lab.shards[SHARD].latest_state_roots[3]
    assert after.crosslinks[SHARD] == crosslink
    assert after.evolve(crosslinks=lab.beacon.crosslinks) == lab.beacon
    assert effects == [CrosslinkIncluded(ShardIndex(SHARD), Slot(1), Slot(3))]


@pytest.mark.parametrize("shard", [4, 2**64 - 1])
def test_crosslink_of_no_shard_is_refused(lab: Lab, shard: int) -> None:
    crosslink = lab.build_crosslink(SHARD).evolve(shard=shard)

    assert refuse(lab.beacon, lab.sign_crosslink(crosslink), lab.context) == "crosslink_shard"


@pytest.mark.parametrize("end_slot", [0, 2, 4, 2**64 - 1])
def test_crosslink_up_to_another_slot_is_refused(lab: Lab, end_slot: int) -> None:
    crosslink = lab.build_crosslink(SHARD).evolve(end_slot=end_slot)

    assert refuse(lab.beacon, lab.sign_crosslink(crosslink), lab.context) == "crosslink_pace"


def test_crosslink_between_due_slots_is_refused(lab: Lab) -> None:
    lab.advance()

    signed = lab.sign_crosslink(lab.build_crosslink(SHARD))

    assert signed.crosslink.end_slot == 4
    assert refuse(lab.beacon, signed, lab.context) == "crosslink_pace"


@pytest.mark.parametrize("start_slot", [0, 2, 3, 4])
def test_crosslink_that_leaves_a_gap_or_overlaps_is_refused(lab: Lab, start_slot: int) -> None:
    crosslink = lab.build_crosslink(SHARD).evolve(start_slot=start_slot)

    assert refuse(lab.beacon, lab.sign_crosslink(crosslink), lab.context) == "crosslink_gap"


def test_crosslink_twice_in_a_slot_is_refused(lab: Lab) -> None:
    signed = lab.sign_crosslink(lab.build_crosslink(SHARD))
    once, _ = include(lab.beacon, signed, lab.context)
    backwards = lab.sign_crosslink(signed.crosslink.evolve(start_slot=4))

    assert refuse(once, signed, lab.context) == "crosslink_gap"
    assert refuse(once, backwards, lab.context) == "crosslink_gap"


@pytest.mark.parametrize("votes", [(), (True, True), (True, True, True, True)])
def test_crosslink_with_other_than_one_bit_a_member_is_refused(
    lab: Lab, votes: tuple[bool, ...]
) -> None:
    signed = lab.sign_crosslink(lab.build_crosslink(SHARD), votes)

    assert refuse(lab.beacon, signed, lab.context) == "crosslink_committee"


@pytest.mark.parametrize(
    ("votes", "passes"),
    [
        ((True, True, True), True),
        ((True, True, False), True),
        ((False, True, True), True),
        ((True, False, False), False),
        ((False, False, False), False),
    ],
)
def test_crosslink_needs_two_thirds_of_the_committee(
    lab: Lab, votes: tuple[bool, ...], *, passes: bool
) -> None:
    signed = lab.sign_crosslink(lab.build_crosslink(SHARD), votes)

    if passes:
        assert include(lab.beacon, signed, lab.context)[0].crosslinks[SHARD].end_slot == 3
    else:
        assert refuse(lab.beacon, signed, lab.context) == "crosslink_quorum"


def test_crosslink_signature_must_be_exactly_the_voters(lab: Lab) -> None:
    crosslink = lab.build_crosslink(SHARD)
    whole = lab.sign_crosslink(crosslink)
    two = lab.sign_crosslink(crosslink, (True, True, False))
    other_shard = lab.sign_crosslink(crosslink.evolve(shard=1))
    forged = [
        whole.evolve(signature=two.signature),
        two.evolve(signature=whole.signature),
        two.evolve(aggregation_bits=(False, True, True)),
        whole.evolve(crosslink=crosslink.evolve(shard_state_root=bytes(32))),
        other_shard.evolve(crosslink=crosslink),
    ]

    refusals = [refuse(lab.beacon, signed, lab.context) for signed in forged]

    assert refusals == ["crosslink_signature"] * 5


@pytest.mark.parametrize(
    ("config", "due"),
    [
        (DEMO, [2, 4, 6, 8]),
        (ETH2_2020, [2, 3, 4, 5, 6, 7, 8, 9]),
        # The first two epoch boundaries come before any block is old enough.
        (ETH2_2019, [192, 256, 320]),
    ],
)
def test_is_crosslink_due_first_slots_by_hand(config: ChainConfig, due: list[int]) -> None:
    assert [slot for slot in range(due[-1] + 1) if is_crosslink_due(Slot(slot), config)] == due


@pytest.mark.parametrize(
    ("preset", "slots", "waits"),
    [
        (DEMO, 25, {1, 2}),
        (ETH2_2020, 25, {1}),
        # Between two epochs (128 slots) and three (192 slots).
        (ETH2_2019, 322, set(range(129, 193))),
    ],
    ids=["demo", "2020", "2019"],
)
def test_crosslinks_reach_every_block_at_the_presets_pace(
    preset: ChainConfig, slots: int, waits: set[int]
) -> None:
    """A block in every slot: note how long each waits for the beacon chain to hear of it."""
    config = replace(preset, bls=BlsBackend.INSECURE, shard_count=1)
    lab = Lab(config, scripts=[PUSHER])
    waited: dict[int, int] = {}

    while lab.beacon.slot < slots:
        lab.advance()
        if is_crosslink_due(lab.beacon.slot, config):
            signed = lab.sign_crosslink(lab.build_crosslink())
            lab.add_beacon_block(crosslinks=[signed])
            for block in lab.get_run(signed.crosslink):
                waited[block.header.slot] = lab.beacon.slot - block.header.slot
        lab.add_shard_block()

    assert set(waited.values()) == waits
    assert sorted(waited) == list(range(1, max(waited) + 1))


def test_crosslink_after_a_missed_one_covers_both_runs(lab: Lab) -> None:
    lab.advance(4)

    crosslink = lab.build_crosslink(SHARD)

    assert (crosslink.start_slot, crosslink.end_slot) == (1, 7)
    after, _ = include(lab.beacon, lab.sign_crosslink(crosslink), lab.context)
    assert after.crosslinks[SHARD] == crosslink
