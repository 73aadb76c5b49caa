"""Beacon slots and blocks."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chain.beacon import apply_beacon_block, apply_beacon_slot, get_total_eth, process_beacon_block
from chain.config import BlsBackend, ValidatorLifecycle
from chain.constants import GWEI_PER_ETH, ZERO_ROOT
from chain.containers import (
    BeaconState,
    compute_beacon_block_header,
)
from chain.credentials import UNUSED_VALIDATOR
from chain.effects import (
    CrosslinkIncluded,
    DepositClaimed,
    ScriptChecked,
    ScriptRegistered,
    WithdrawalIssued,
)
from chain.encoding import encode
from tests.helpers import ssz_model
from tests.helpers.chain import (
    CONFIG,
    DEPOSITOR,
    NAMES,
    PUSHER,
    RETIREE,
    Lab,
)
from tests.helpers.keys import (
    make_key,
    sign_deposit,
    sign_registration,
    sign_withdrawal,
)

Operations = dict[str, Sequence[object]]

WITHDRAWAL = sign_withdrawal(make_key("retiree/0"), validator=RETIREE)


@pytest.fixture
def lab() -> Lab:
    """Wait for a block with one operation of every kind that does not need others."""
    lab = Lab(scripts=[PUSHER])
    lab.advance_to(4)
    return lab


# Slots


def test_slot_stores_the_pre_state_root_and_moves_on(lab: Lab) -> None:
    lab.add_beacon_block(withdrawals=[WITHDRAWAL])
    before = lab.beacon
    assert len(before.withdrawal_receipts) == 1

    after = apply_beacon_slot(before, lab.context, [])

    assert after.slot == 5
    assert after.latest_state_roots[4] == before.hash_tree_root
    assert len(after.withdrawal_receipts) == 0
    assert after.latest_block_header == before.latest_block_header.evolve(
        state_root=before.hash_tree_root
    )
    assert after.hash_tree_root == ssz_model.compute_naive_root(BeaconState, after)


def test_slot_changes_nothing_else(lab: Lab) -> None:
    lab.add_beacon_block(withdrawals=[WITHDRAWAL])

    after = apply_beacon_slot(lab.beacon, lab.context, [])

    names = BeaconState.get_field_names()
    changed = {name for name in names if getattr(after, name) != getattr(lab.beacon, name)}
    assert changed == {"slot", "withdrawal_receipts", "latest_block_header", "latest_state_roots"}


def test_slot_leaves_a_filled_header_alone(lab: Lab) -> None:
    lab.add_beacon_block()
    lab.advance()
    header = lab.beacon.latest_block_header

    lab.advance(3)

    assert lab.beacon.latest_block_header == header


def test_slot_at_the_end_of_the_ring_adds_a_historical_root() -> None:
    lab = Lab()

    lab.advance_to(63)
    assert len(lab.beacon.historical_roots) == 0
    lab.advance()
    first = lab.beacon.latest_state_roots.hash_tree_root
    lab.advance_to(128)

    second = lab.beacon.latest_state_roots.hash_tree_root
    assert list(lab.beacon.historical_roots) == [first, second]
    assert first == ssz_model.merkleize([lab.past[slot].hash_tree_root for slot in range(64)], 64)


# Blocks that are accepted


def test_block_is_accepted_by_its_bytes_alone(lab: Lab) -> None:
    signed = lab.build_beacon_block(withdrawals=[WITHDRAWAL])
    before = lab.beacon

    after = apply_beacon_block(before, bytes(bytearray(encode(signed))), lab.context, [])

    assert after.hash_tree_root == signed.message.state_root
    assert after.hash_tree_root == ssz_model.compute_naive_root(BeaconState, after)
    assert after.latest_block_header == compute_beacon_block_header(signed.message).evolve(
        state_root=ZERO_ROOT
    )
    assert after.balances[RETIREE] == 0


def test_block_header_gets_the_root_of_its_block_in_the_next_slot(lab: Lab) -> None:
    signed = lab.build_beacon_block(withdrawals=[WITHDRAWAL])
    lab.add_beacon_block(withdrawals=[WITHDRAWAL])

    lab.advance()

    assert lab.beacon.latest_block_header.hash_tree_root == signed.message.hash_tree_root


def test_blocks_follow_each_other_over_empty_slots(lab: Lab) -> None:
    lab.add_beacon_block()
    lab.advance(7)
    first = lab.beacon.latest_block_header.hash_tree_root

    lab.add_beacon_block()

    assert lab.beacon.latest_block_header.parent_root == first
    assert lab.beacon.latest_block_header.slot == 11


def test_block_with_all_operations_takes_them_in_the_bodys_order() -> None:
    """The instant lifecycle lets a block withdraw what it has just claimed."""
    config = replace(CONFIG, validator_lifecycle=ValidatorLifecycle.INSTANT)
    lab, key = Lab(config, scripts=[PUSHER]), make_key("new")
    slot = lab.push(sign_deposit(key, 32 * GWEI_PER_ETH))
    lab.advance_to(4)
    registered = sign_registration(make_key("depositor/0"), sender=DEPOSITOR, slot=4, code=PUSHER)

    effects = lab.add_beacon_block(
        crosslinks=[lab.sign_crosslink(lab.build_crosslink(shard)) for shard in range(4)],
        new_execution_scripts=[registered],
        new_validators=[lab.build_claim(slot)],
        withdrawals=[sign_withdrawal(key, validator=len(NAMES), target=1)],
    )

    kinds = [type(effect) for effect in effects if not isinstance(effect, CrosslinkIncluded)]
    assert kinds[0:2] == [ScriptChecked, ScriptRegistered]
    assert kinds[-2:] == [DepositClaimed, WithdrawalIssued]
    assert [type(effect) for effect in effects[:4]] == [CrosslinkIncluded] * 4
    assert lab.beacon.execution_scripts[1].balance == 32 * GWEI_PER_ETH
    assert lab.beacon.validators[len(NAMES)] == UNUSED_VALIDATOR


@pytest.mark.parametrize("backend", [BlsBackend.FAST, BlsBackend.INSECURE])
def test_deposit_goes_from_a_shard_to_a_validator_and_back(backend: BlsBackend) -> None:
    config = replace(CONFIG, bls=backend, validator_lifecycle=ValidatorLifecycle.INSTANT)
    lab, key = Lab(config, scripts=[PUSHER]), make_key("new", backend)
    slot = lab.push(sign_deposit(key, 32 * GWEI_PER_ETH), shard=3)
    lab.advance()
    claim = lab.build_claim(slot, shard=3)

    lab.add_beacon_block(new_validators=[claim])
    in_between = (lab.beacon.balances[len(NAMES)], lab.beacon.execution_scripts[0].balance)
    lab.advance()
    lab.add_beacon_block(withdrawals=[sign_withdrawal(key, validator=len(NAMES))])

    assert in_between == (32 * GWEI_PER_ETH, 468 * GWEI_PER_ETH)
    [receipt] = lab.beacon.withdrawal_receipts
    assert receipt.amount == 32 * GWEI_PER_ETH
    assert lab.beacon.execution_scripts[0].balance == 500 * GWEI_PER_ETH


# Sums


def test_get_total_eth_counts_balances_and_scripts(lab: Lab) -> None:
    people = 12 * 32 + 2 * 100 + 2 * 1000

    assert get_total_eth(lab.beacon) == (people + 500) * GWEI_PER_ETH


def test_process_beacon_block_keeps_the_state_it_is_given(lab: Lab) -> None:
    root, signed = lab.beacon.hash_tree_root, lab.build_beacon_block(withdrawals=[WITHDRAWAL])

    after = process_beacon_block(lab.beacon, signed.message, lab.context, [])

    assert lab.beacon.hash_tree_root == root != after.hash_tree_root
    assert get_total_eth(after) == get_total_eth(lab.beacon)
