"""The sums that the deposit book keeps: what is in flight, and what a script's balance backs."""

import pytest

from chain.containers import DepositData
from chain.types import Gwei, Pubkey, ShardIndex, Slot
from simulator.deposits import (
    BEACON_ROUTE,
    NETTING_ROUTE,
    RECEIPT_ROUTE,
    SHARD_ROUTE,
    Deposit,
    DepositBook,
)
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


def build(number: int = 1, amount: int = 50, route: str = BEACON_ROUTE) -> Deposit:
    return Deposit(
        number=number,
        script="relay",
        route=route,
        from_shard=ShardIndex(0),
        to_shard=ShardIndex(1),
        amount=Gwei(amount),
        created_slot=Slot(3),
        data=build_deposit(amount, number) if route == BEACON_ROUTE else None,
    )


def start(amount: int = 50) -> tuple[DepositBook, Deposit]:
    book = DepositBook()
    deposit = build(book.next_number(), amount)
    book.add(deposit)
    return book, deposit


def get_data(deposit: Deposit) -> DepositData:
    assert deposit.data is not None
    return deposit.data


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
    second = build(2, 7)
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
    assert book.find(get_data(deposit).pubkey) is deposit

    book.advance(deposit, "settled")

    assert book.find(get_data(deposit).pubkey) is None


def test_find_unknown_pubkey_finds_nothing() -> None:
    book, _ = start()

    assert book.find(Pubkey(bytes(48))) is None


def test_reopen_settled_deposit_is_in_flight_again() -> None:
    book, deposit = start()
    advance_to(book, deposit, "settled")
    book.advance(deposit, "reverted")

    book.reopen(deposit)

    assert (book.in_flight, book.backed) == (50, 50)
    assert book.find(get_data(deposit).pubkey) is deposit
    book.advance(deposit, "settled")
    assert (book.in_flight, book.backed) == (0, 0)


@pytest.mark.parametrize("route", [RECEIPT_ROUTE, NETTING_ROUTE, SHARD_ROUTE])
def test_advance_other_routes_leaves_the_sums_to_the_script(route: str) -> None:
    book = DepositBook()
    deposit = build(route=route)
    book.add(deposit)

    for step in ("pushed", "committed", "crosslinked", "delivered"):
        book.advance(deposit, step)
        assert (book.in_flight, book.backed) == (0, 0)


@pytest.mark.parametrize("end", ["settled", "returned", "rejected"])
def test_get_steps_lists_what_is_not_over(end: str) -> None:
    book, first = start()
    second = build(book.next_number())
    book.add(second)
    assert book.get_steps() == {1: "", 2: ""}

    book.advance(first, "pushed")
    assert book.get_steps() == {1: "pushed", 2: ""}

    book.advance(first, end)
    assert book.get_steps() == {2: ""}


def test_advance_a_settled_transfer_that_is_reverted_is_open_again() -> None:
    book, deposit = start()
    advance_to(book, deposit, "settled")

    book.advance(deposit, "reverted")

    assert book.get_steps() == {1: "reverted"}
