"""Where the ETH of deposits is, also when chains call back what happened."""

import pytest

from simulator.events import (
    BEACON,
    BeaconBlockOrphaned,
    DepositCreated,
    DepositStep,
    Event,
    PoolFunded,
    name_shard,
)
from simulator.report.sections.money_deposits import DepositBook

HERE, THERE = name_shard(0), name_shard(1)
GWEI = 7


def create(route: str = "receipt") -> DepositCreated:
    return DepositCreated(1, HERE, 1, "manager", route, 0, 1, GWEI, "")


def step(slot: int, chain: str, event: str) -> DepositStep:
    return DepositStep(slot, chain, 1, event, "", 0, "")


def read(*given: Event) -> tuple[int, int, int, list[int]]:
    """Return what both shards hold, what is in flight, and settled deposits per flow."""
    book = DepositBook()
    for event in given:
        book.add(event)
    flows = book.build_flows().to_columns()
    return book.shards[HERE], book.shards[THERE], book.in_flight.total(), list(flows["settled"])


PUSHED = step(2, HERE, "pushed")
SETTLED = step(4, THERE, "settled")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], (0, 0, 0, [0])),
        ([PUSHED], (-GWEI, 0, GWEI, [0])),
        ([PUSHED, SETTLED], (-GWEI, GWEI, 0, [1])),
        ([PUSHED, step(9, HERE, "expired"), step(9, HERE, "returned")], (0, 0, 0, [0])),
        ([PUSHED, SETTLED, step(5, THERE, "reverted")], (-GWEI, 0, GWEI, [0])),
        ([PUSHED, step(3, HERE, "reverted")], (0, 0, 0, [0])),
        ([PUSHED, SETTLED, step(5, HERE, "reverted")], (-GWEI, GWEI, 0, [1])),
    ],
)
def test_deposit_book_steps_move_the_eth(
    steps: list[DepositStep], expected: tuple[int, int, int, list[int]]
) -> None:
    assert read(create(), *steps) == expected


@pytest.mark.parametrize(
    ("orphaned_slot", "expected"),
    [(2, (0, 0, 0, [0])), (4, (-GWEI, 0, GWEI, [0])), (5, (-GWEI, GWEI, 0, [1]))],
)
def test_deposit_book_orphaned_beacon_block_takes_back_what_happened_since(
    orphaned_slot: int, expected: tuple[int, int, int, list[int]]
) -> None:
    orphaned = BeaconBlockOrphaned(5, BEACON, orphaned_slot, 0)

    found = read(create(), PUSHED, SETTLED, orphaned, step(5, BEACON, "reverted"))

    assert found == expected


def test_deposit_book_transfer_inside_a_shard_moves_nothing_and_counts() -> None:
    inside = [step(2, HERE, "pushed"), step(2, HERE, "settled")]

    assert read(create("shard"), *inside) == (0, 0, 0, [1])


def test_deposit_book_funding_is_on_its_way_until_it_settles() -> None:
    book = DepositBook()
    seen = []
    for chain, event in ((BEACON, "withdrawn"), (HERE, "settled"), (HERE, "reverted")):
        book.add(PoolFunded(1, chain, "manager", 0, GWEI, event))
        seen.append((book.funding, book.shards[HERE]))

    assert seen == [(GWEI, 0), (0, GWEI), (GWEI, 0)]
