"""The deposit manager's book on one shard: batches, sums, and going back."""

from typing import Final

import pytest

from chain.constants import ZERO_ROOT, ZERO_SIGNATURE
from chain.encoding import decode
from chain.errors import InvalidProof
from chain.multiproof import Multiproof, compute_updated_root, validate_multiproof
from chain.trie import EMPTY_VALUE
from chain.types import Root, Slot
from simulator.manager.data import (
    KEY_BYTES,
    RESERVE_KEY,
    DepositOut,
    ManagerData,
    Operation,
    Selector,
    get_account_key,
)
from simulator.manager.ledger import Batch, ManagerLedger, Sums
from simulator.manager.rules import InvalidManagerOperation, ReplayProtection
from tests.helpers.keys import sign_deposit
from tests.helpers.manager import (
    ANNE,
    BOB,
    CLEO,
    build_send,
    compute_state_root,
    sign_operation,
)
from tests.helpers.manager_operations import credit, lock, look_around, receive, take_in, transfer

NONE: Final = ReplayProtection.NONE


def fund(ledger: ManagerLedger, slot: int = 1, index: int = 0) -> None:
    """Take a receipt of 60 Gwei for Bob in."""
    add(ledger, slot, (Selector.TAKE_IN, take_in(index)))


def add(
    ledger: ManagerLedger,
    slot: int,
    *operations: tuple[Selector, Operation],
    protection: ReplayProtection = ReplayProtection.BITFIELD,
) -> Batch:
    batch = ledger.start_batch()
    for selector, operation in operations:
        batch.add(selector, operation, look_around(protection))
    ledger.commit(batch, Slot(slot))
    return batch


def get_value(ledger: ManagerLedger) -> int:
    account = ledger.get_account(BOB.pubkey)
    return 0 if account is None else account.value


def test_ledger_opens_empty() -> None:
    ledger = ManagerLedger()

    assert ledger.env_state == ZERO_ROOT
    assert ledger.sums == Sums()
    assert ledger.get_account(BOB.pubkey) is None
    assert ledger.get_reserve_drawn() == 0
    assert ledger.view(ZERO_ROOT).get_value(RESERVE_KEY) == EMPTY_VALUE


def test_commit_leads_to_the_root_of_the_written_leaves() -> None:
    ledger = ManagerLedger()

    batch = add(ledger, 1, (Selector.TAKE_IN, take_in(3)))

    assert ledger.env_state == compute_state_root(batch.state.writes)
    assert get_value(ledger) == 60


def test_add_refused_operation_leaves_the_batch_as_it_was() -> None:
    ledger = ManagerLedger()
    batch = ledger.start_batch()
    batch.add(Selector.TAKE_IN, take_in(3), look_around())
    before = batch.encode()

    with pytest.raises(InvalidManagerOperation) as caught:
        batch.add(Selector.TRANSFER, transfer(), look_around())

    assert caught.value.code == "no_account"
    assert batch.encode() == before
    assert get_account_key(ANNE.pubkey) not in batch.state.touched


def test_add_sums_up_every_kind_of_operation() -> None:
    ledger = ManagerLedger()
    deposit = DepositOut.create(
        sender=BOB.pubkey, nonce=3, deposit=sign_deposit(CLEO, 4), signature=ZERO_SIGNATURE
    )
    add(
        ledger,
        1,
        (Selector.TAKE_IN, take_in(0)),
        (Selector.LOCK_RESERVE, lock(20, owner=BOB)),
        (Selector.SEND, build_send(sender=BOB, amount=3, nonce=1)),
        (Selector.SEND_NETTED, build_send(Selector.SEND_NETTED, sender=BOB, amount=2, nonce=2)),
        (Selector.DEPOSIT, sign_operation(BOB, Selector.DEPOSIT, deposit)),
        (Selector.RECEIVE, receive(0, 1)),
        (Selector.RECEIVE_NETTED, credit(0, amount=9)),
    )

    assert ledger.sums == Sums(
        accounts=60 - 20 - 3 - 2 - 4 + 10 + 9,
        locked=20,
        taken_in=60,
        deposited=4,
        sent=3,
        received=10,
        netted_out=2,
        netted_in=9,
    )
    assert ledger.get_reserve_drawn() == 9
    assert ledger.sums.in_flight == 3 - 10 + 2 - 9


def test_add_late_message_counts_as_received_and_sent_again() -> None:
    ledger = ManagerLedger()

    add(ledger, 1, (Selector.RECEIVE, receive(0, expiry_slot=1)))

    assert ledger.sums == Sums(received=5, sent=5)


def test_sums_what_is_paid_twice_is_printed() -> None:
    ledger = ManagerLedger()
    once: list[tuple[Selector, Operation]] = [
        (Selector.TAKE_IN, take_in(3)),
        (Selector.RECEIVE, receive(1)),
    ]
    add(ledger, 1, *once, *once, protection=NONE)
    assert (ledger.sums.taken_in, ledger.sums.received) == (60, 5)
    assert ledger.sums.printed == 65

    add(ledger, 2, (Selector.TAKE_IN, take_in(3)), protection=NONE)

    assert ledger.sums.printed == 125


def test_sums_of_two_shards_add_up_field_by_field() -> None:
    assert Sums(1, 2, 3, 4, 5, 6, 7, 8) + Sums(8, 7, 6, 5, 4, 3, 2, 1) == Sums(*[9] * 8)


def test_printed_is_zero_while_eth_is_only_on_its_way() -> None:
    here = Sums(accounts=30, locked=5, taken_in=60, deposited=10, sent=10, netted_out=5)
    there = Sums(accounts=12, received=8, netted_in=4)

    assert here.printed == 0
    assert (here + there).printed == 0
    assert (here + there).in_flight == 3


def test_encode_witness_leads_from_the_old_root_to_the_new_one() -> None:
    ledger = ManagerLedger()
    fund(ledger)
    old = ledger.view(ledger.env_state).root
    batch = add(
        ledger,
        2,
        (Selector.SEND, build_send(sender=BOB, amount=3)),
        (Selector.RECEIVE, receive(4, 600)),
    )

    data = decode(ManagerData, batch.encode())

    proof = read_proof(data)
    validate_multiproof(proof, old, KEY_BYTES)
    assert compute_updated_root(proof, batch.state.writes, KEY_BYTES) == ledger.env_state
    assert len(data.operations) == 2
    with pytest.raises(InvalidProof) as caught:
        validate_multiproof(proof, ledger.env_state, KEY_BYTES)
    assert caught.value.code == "stale_multiproof"


def read_proof(data: ManagerData) -> Multiproof:
    starts = range(0, len(data.keys), KEY_BYTES)
    keys = tuple(data.keys[start : start + KEY_BYTES] for start in starts)
    return Multiproof(keys, tuple(value or EMPTY_VALUE for value in data.values), data.siblings)


def test_touch_puts_a_leaf_into_the_witness_that_nothing_changes() -> None:
    ledger = ManagerLedger()
    batch = ledger.start_batch()
    batch.add(Selector.TAKE_IN, take_in(3), look_around())

    batch.touch(RESERVE_KEY)

    proof = read_proof(decode(ManagerData, batch.encode()))
    assert RESERVE_KEY in proof.keys
    validate_multiproof(proof, ledger.view(ZERO_ROOT).root, KEY_BYTES)


def test_start_batch_does_not_see_what_is_committed_later() -> None:
    ledger = ManagerLedger()
    batch = ledger.start_batch()

    fund(ledger)

    assert batch.base == ledger.view(ZERO_ROOT).root
    assert batch.state.read_account(BOB.pubkey) is None


def test_rewind_undoes_blocks_from_a_slot_on() -> None:
    ledger = ManagerLedger()
    states: list[tuple[Root, Sums]] = []
    for slot in (3, 5, 8):
        states.append((ledger.env_state, ledger.sums))
        fund(ledger, slot, index=slot)

    ledger.rewind(Slot(9))
    assert get_value(ledger) == 180

    ledger.rewind(Slot(5))
    assert (ledger.env_state, ledger.sums) == states[1]
    assert get_value(ledger) == 60

    ledger.rewind(Slot(0))
    assert (ledger.env_state, ledger.sums) == (ZERO_ROOT, Sums())


def test_rewind_forgets_what_was_paid_so_that_it_counts_again() -> None:
    ledger = ManagerLedger()
    fund(ledger, 3, index=3)

    ledger.rewind(Slot(3))
    fund(ledger, 4, index=3)

    assert ledger.sums == Sums(accounts=60, taken_in=60)
    assert ledger.sums.printed == 0


def test_forget_makes_blocks_final() -> None:
    ledger = ManagerLedger()
    for slot in (3, 5, 8):
        fund(ledger, slot, index=slot)

    ledger.forget(Slot(6))
    ledger.rewind(Slot(0))

    assert get_value(ledger) == 120


def test_view_shows_an_older_state() -> None:
    ledger = ManagerLedger()
    fund(ledger, 3, index=3)
    older = ledger.env_state
    fund(ledger, 4, index=4)

    key = get_account_key(BOB.pubkey)
    assert ledger.view(older).get_value(key)[-8:] == (60).to_bytes(8, "little")
    assert ledger.view(ledger.env_state).get_value(key)[-8:] == (120).to_bytes(8, "little")


def test_get_account_of_a_pubkey_whose_address_is_taken_is_none() -> None:
    ledger = ManagerLedger()
    batch = ledger.start_batch()
    other = CLEO.pubkey + bytes(16)
    batch.state.write(get_account_key(ANNE.pubkey), other)
    ledger.commit(batch, Slot(1))

    assert ledger.get_account(ANNE.pubkey) is None
