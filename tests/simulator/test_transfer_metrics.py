"""Metrics per route: each transfer counted once, whatever was called back on its way."""

from collections.abc import Mapping

import pytest

from chain.config import DEMO
from simulator.events import BEACON, Event
from simulator.metrics import Metrics, Number
from tests.helpers.events import created, slot_closed, step

SENDER, RECEIVER = "shard 0", "shard 1"


def fold(*happened: Event) -> Mapping[str, Number]:
    metrics = Metrics(DEMO)
    for event in happened:
        metrics.add(event)
    return metrics.compute()


def describe_route(route: str, *happened: Event) -> Mapping[str, Number]:
    prefix = f"routes.{route}."
    numbers = fold(*happened).items()
    return {name.removeprefix(prefix): value for name, value in numbers if name.startswith(prefix)}


def test_routes_that_do_not_occur_are_not_shown() -> None:
    names = {name.split(".")[1] for name in fold(created(1, route="netting")) if "routes." in name}

    assert names == {"netting"}


def test_routes_are_counted_by_how_transfers_ended() -> None:
    numbers = describe_route(
        "receipt",
        *(created(number, route="receipt") for number in range(1, 7)),
        created(7, route="netting"),
        *(step(number, "pushed", 2, chain=SENDER) for number in (1, 2, 3, 4)),
        step(1, "settled", 5, chain=RECEIVER),
        step(2, "settled", 5, chain=RECEIVER),
        step(3, "expired", 6),
        step(3, "returned", 7, chain=SENDER),
        step(5, "rejected", 2, chain=SENDER),
    )

    assert {name: numbers[name] for name in ("created", "settled", "rejected", "returned")} == {
        "created": 6,
        "settled": 2,
        "rejected": 1,
        "returned": 1,
    }
    assert numbers["open"] == 2


def test_latency_begins_at_the_last_push_and_waiting_at_creation() -> None:
    numbers = describe_route(
        "receipt",
        created(1, route="receipt", slot=2),
        step(1, "pushed", 4, chain=SENDER),
        step(1, "reverted", 6, chain=SENDER),
        step(1, "pushed", 9, chain=SENDER),
        step(1, "settled", 15, chain=RECEIVER),
    )

    assert numbers["latency_slots.p50"] == numbers["latency_slots.max"] == 6
    assert numbers["latency_seconds.p95"] == 6 * DEMO.seconds_per_slot
    assert numbers["wait_slots.mean"] == 13


def test_latency_of_a_transfer_on_its_shard_begins_at_creation() -> None:
    numbers = fold(
        created(1, route="shard", slot=3, receiver=0),
        step(1, "pushed", 5, chain=SENDER),
        step(1, "settled", 5, chain=SENDER),
    )

    assert numbers["routes.shard.latency_slots.max"] == 2
    assert numbers["deposits.latency_slots.max"] == 2


@pytest.mark.parametrize(("again", "open_then"), [([], 1), ([("settled", 12)], 0)])
def test_settled_called_back_counts_as_what_it_is_now(
    again: list[tuple[str, int]], open_then: int
) -> None:
    numbers = describe_route(
        "receipt",
        created(1, route="receipt"),
        step(1, "pushed", 4, chain=SENDER),
        step(1, "settled", 9, chain=RECEIVER),
        step(1, "reverted", 10, chain=RECEIVER),
        *(step(1, name, slot, chain=RECEIVER) for name, slot in again),
    )

    assert (numbers["settled"], numbers["open"]) == (1 - open_then, open_then)
    assert ("latency_slots.max" in numbers) is (open_then == 0)
    assert numbers.get("latency_slots.max", 8) == 8


def test_settled_twice_by_a_replay_counts_once() -> None:
    numbers = describe_route(
        "receipt",
        created(1, route="receipt"),
        step(1, "pushed", 4, chain=SENDER),
        step(1, "settled", 9, chain=RECEIVER),
        step(1, "settled", 10, chain=RECEIVER),
    )

    assert (numbers["created"], numbers["settled"], numbers["open"]) == (1, 1, 0)


def test_costs_are_means_over_the_settled_and_retries_count() -> None:
    numbers = describe_route(
        "beacon",
        *(created(number) for number in (1, 2, 3)),
        *(step(number, "pushed", 2, chain=SENDER) for number in (1, 2, 3)),
        step(1, "claimed", 3, 800, beacon_bytes=300),
        step(1, "withdrawn", 4, beacon_bytes=100),
        step(1, "settled", 5, 32, chain=RECEIVER),
        step(2, "claimed", 3, 800, beacon_bytes=300),
        step(2, "reverted", 4, chain=SENDER),
        step(2, "pushed", 5, chain=SENDER),
        step(2, "claimed", 6, 800, beacon_bytes=300),
        step(2, "withdrawn", 7, beacon_bytes=100),
        step(2, "settled", 9, 32, chain=RECEIVER),
        step(3, "claimed", 3, 800, beacon_bytes=300),
    )

    assert numbers["beacon_operations_per_transfer"] == (2 + 3) / 2
    assert numbers["beacon_bytes_per_transfer"] == (400 + 700) / 2
    assert numbers["proof_bytes_per_transfer"] == (832 + 1632) / 2


def test_costs_of_a_route_without_settled_transfers_are_not_shown() -> None:
    numbers = describe_route("netting", created(1, route="netting"))

    assert "proof_bytes_per_transfer" not in numbers
    assert "latency_slots.max" not in numbers
    assert "settled_per_slot" not in numbers


def test_in_flight_is_the_most_at_the_end_of_a_slot() -> None:
    def close(*changes: Event) -> list[Event]:
        return [*changes, slot_closed()]

    numbers = describe_route(
        "receipt",
        created(1, 100, route="receipt"),
        created(2, 10, route="receipt"),
        created(3, 1, route="receipt"),
        *close(step(1, "pushed", 2, chain=SENDER), step(2, "pushed", 2, chain=SENDER)),
        # 110 are in flight; the first settles while the third sets out.
        *close(step(1, "settled", 3, chain=RECEIVER), step(3, "pushed", 3, chain=SENDER)),
        # Called back where it settled, it is in flight again: 111.
        *close(step(1, "reverted", 4, chain=RECEIVER)),
        # Called back where it was sent, it is not.
        *close(step(1, "reverted", 5, chain=SENDER)),
    )

    assert numbers["in_flight_max_gwei"] == 111


def test_in_flight_sending_called_back_after_settling_is_with_its_sender() -> None:
    life = [
        created(1, 100, route="receipt"),
        step(1, "pushed", 2, chain=SENDER),
        step(1, "settled", 2, chain=RECEIVER),
        step(1, "reverted", 2, chain=SENDER),
        slot_closed(),
    ]

    numbers = describe_route("receipt", *life)

    assert (numbers["in_flight_max_gwei"], numbers["open"]) == (0, 1)


def test_in_flight_on_one_shard_is_nothing_even_if_called_back() -> None:
    numbers = describe_route(
        "shard",
        created(1, 100, receiver=0, route="shard"),
        step(1, "pushed", 2, chain=SENDER),
        step(1, "settled", 2, chain=SENDER),
        step(1, "reverted", 3, chain=SENDER),
        slot_closed(),
    )

    assert (numbers["in_flight_max_gwei"], numbers["open"]) == (0, 1)


def test_in_flight_expired_is_so_until_it_is_returned() -> None:
    life = [
        created(1, 100, route="receipt"),
        step(1, "pushed", 2, chain=SENDER),
        step(1, "expired", 3, chain=BEACON),
    ]

    expired = describe_route("receipt", *life, slot_closed())
    returned = describe_route("receipt", *life, step(1, "returned", 3, chain=SENDER), slot_closed())
    called_back = describe_route(
        "receipt",
        *life,
        step(1, "returned", 3, chain=SENDER),
        step(1, "reverted", 3, chain=SENDER),
        slot_closed(),
    )

    assert expired["in_flight_max_gwei"] == called_back["in_flight_max_gwei"] == 100
    assert returned["in_flight_max_gwei"] == 0
    assert (called_back["returned"], called_back["open"]) == (0, 1)


def settle_in(*slots: int) -> list[Event]:
    return [
        event
        for number, slot in enumerate(slots, 1)
        for event in (created(number, route="netting"), step(number, "settled", slot))
    ]


def test_settled_per_slot_is_the_pace_of_the_middle_half() -> None:
    # Twelve settle; the fourth in slot 14, the tenth in slot 16, and six after the fourth's slot.
    slots = [3, 8, 12, 14, 15, 15, 15, 16, 16, 16, 30, 99]

    assert describe_route("netting", *settle_in(*slots))["settled_per_slot"] == 6 / 2


def test_settled_per_slot_of_steady_transfers_is_how_many_come() -> None:
    slots = [slot for slot in range(10, 50) for _ in range(3)]

    assert describe_route("netting", *settle_in(*slots))["settled_per_slot"] == 3


def test_settled_per_slot_of_batches_is_their_mean() -> None:
    slots = [slot for slot in range(8, 80, 8) for _ in range(16)]

    assert describe_route("netting", *settle_in(*slots))["settled_per_slot"] == 2


def test_settled_per_slot_of_a_single_slot_is_not_known() -> None:
    assert "settled_per_slot" not in describe_route("netting", *settle_in(5, 5, 5))
