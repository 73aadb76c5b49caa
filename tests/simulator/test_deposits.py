"""The sums that the deposit book keeps: what is in flight, and what a script's balance backs."""

import pytest

from chain.types import Pubkey, ShardIndex, Slot
from simulator.deposits import Deposit, DepositBook
from tests.helpers.relay import build_deposit

JOURNEY = (
    "pushed",
    "committed",
    "crosslinked",
    "claimed",
    "active",
    "exited",
    "withdrawn",
    "delivered",
    "settled",
)


def start(amount: int = 50) -> tuple[DepositBook, Deposit]:
    book = DepositBook()
    deposit = Deposit(
        number=book.next_number(),
        script="relay",
        from_shard=ShardIndex(0),
        to_shard=ShardIndex(1),
        data=build_deposit(amount),
        created_slot=Slot(3),
    )
    book.add(deposit)
    return book, deposit


def advance_to(book: DepositBook, deposit: Deposit, last: str) -> None:
    for step in JOURNEY[: JOURNEY.index(last) + 1]:
        book.advance(deposit, step)


@pytest.mark.parametrize(
    ("last", "in_flight", "backed"),
    [
        ("pushed", 50, 50),
        ("committed", 50, 50),
        ("crosslinked", 50, 50),
        ("claimed", 50, 0),
        ("active", 50, 0),
        ("exited", 50, 0),
        ("withdrawn", 50, 50),
        ("delivered", 50, 50),
        ("settled", 0, 0),
    ],
)
def test_advance_along_the_journey_keeps_the_sums(last: str, in_flight: int, backed: int) -> None:
    book, deposit = start()

    advance_to(book, deposit, last)

    assert (book.in_flight, book.backed) == (in_flight, backed)
    assert deposit.step == last


def test_advance_two_deposits_add_up() -> None:
    book, first = start(50)
    second = Deposit(2, "relay", ShardIndex(1), ShardIndex(0), build_deposit(7, 9), Slot(3))
    book.add(second)

    advance_to(book, first, "claimed")
    advance_to(book, second, "crosslinked")

    assert (book.in_flight, book.backed) == (57, 7)


@pytest.mark.parametrize(
    ("before", "end", "in_flight", "backed"),
    [
        ("committed", "reverted", 0, 0),
        ("crosslinked", "rejected", 0, 0),
        ("withdrawn", "stuck", 50, 50),
    ],
)
def test_advance_off_the_path_keeps_the_sums(
    before: str, end: str, in_flight: int, backed: int
) -> None:
    book, deposit = start()
    advance_to(book, deposit, before)

    book.advance(deposit, end)

    assert (book.in_flight, book.backed) == (in_flight, backed)


def test_find_knows_a_deposit_until_it_settles() -> None:
    book, deposit = start()
    advance_to(book, deposit, "delivered")
    assert book.find(deposit.pubkey) is deposit

    book.advance(deposit, "settled")

    assert book.find(deposit.pubkey) is None


def test_find_unknown_pubkey_finds_nothing() -> None:
    book, _ = start()

    assert book.find(Pubkey(bytes(48))) is None


def test_reopen_settled_deposit_is_in_flight_again() -> None:
    book, deposit = start()
    advance_to(book, deposit, "settled")
    book.advance(deposit, "reverted")

    book.reopen(deposit)

    assert (book.in_flight, book.backed) == (50, 50)
    assert book.find(deposit.pubkey) is deposit
    book.advance(deposit, "settled")
    assert (book.in_flight, book.backed) == (0, 0)
