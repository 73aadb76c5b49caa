"""Transfers: what became of each, and what its route took for it.

Source:
    PROTOCOL 8 (the life of a deposit, the routes between shards).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from simulator.events import DepositCreated, DepositStep, name_shard
from simulator.metrics.numbers import Number, compute_mean, describe, describe_slots

DEPOSIT_STEPS: Final = (
    "pushed",
    "committed",
    "crosslinked",
    "claimed",
    "active",
    "exited",
    "withdrawn",
    "delivered",
    "settled",
    "rejected",
    "reverted",
    "expired",
    "returned",
    "stuck",
)
"""Every step that a deposit can take, in the order of PROTOCOL 8."""

ROUTES: Final = ("beacon", "receipt", "netting", "shard")
"""Every way of a transfer; the last is for those that stay on their shard."""

_BEACON_OPERATIONS: Final = frozenset({"claimed", "withdrawn"})


class _Place(StrEnum):
    """Where the ETH of a transfer is."""

    SENDER = "sender"
    IN_FLIGHT = "in flight"
    SETTLED = "settled"
    REJECTED = "rejected"
    RETURNED = "returned"


_OPEN: Final = frozenset({_Place.SENDER, _Place.IN_FLIGHT})


@dataclass(slots=True)
class _Transfer:
    """What metrics keep of one transfer."""

    route: str
    from_shard: int
    to_shard: int
    gwei: int
    created_slot: int
    pushed_slot: int | None = None
    ended_slot: int = 0
    place: _Place = _Place.SENDER
    beacon_operations: int = 0
    beacon_bytes: int = 0
    proof_bytes: int = 0

    @property
    def wait_slots(self) -> int:
        """Return the slots from creation to settled."""
        return self.ended_slot - self.created_slot

    @property
    def latency_slots(self) -> int:
        """Return the slots from the last push to settled.

        On one shard, pushing is settling: there they count from creation.
        """
        if self.route == "shard" or self.pushed_slot is None:
            return self.wait_slots
        return self.ended_slot - self.pushed_slot

    def find_place(self, step: DepositStep) -> _Place:
        """Return where a step leaves the ETH.

        A settlement that is called back puts it in flight again, unless the sender's own shard
        calls the sending back.
        """
        match step.event:
            case "settled" | "rejected" | "returned":
                return _Place(step.event)
            case "pushed":
                return _Place.IN_FLIGHT
            case "reverted":
                was_over = self.place in {_Place.SETTLED, _Place.RETURNED}
                return _Place.IN_FLIGHT if was_over and self._is_far(step) else _Place.SENDER
            case _:
                return self.place

    def _is_far(self, step: DepositStep) -> bool:
        """Tell whether a step called back what ended the transfer, and not its beginning."""
        if self.route == "shard":
            return False
        return (
            self.place is _Place.RETURNED
            or self.from_shard == self.to_shard
            or step.chain != name_shard(self.from_shard)
        )


class TransferMetrics:
    """Folds the lives of all transfers into numbers, overall and per route.

    A transfer that settled can be called back and settle again, so its numbers are kept until
    the end and counted once.
    """

    def __init__(self) -> None:
        """Start without transfers."""
        self._transfers: dict[int, _Transfer] = {}
        self._in_flight: Counter[str] = Counter()
        self._in_flight_max: Counter[str] = Counter()

    def create(self, event: DepositCreated) -> None:
        """Take in a new transfer."""
        self._transfers[event.deposit] = _Transfer(
            event.route, event.from_shard, event.to_shard, event.gwei, event.slot
        )

    def advance(self, step: DepositStep) -> None:
        """Take in one step of a transfer."""
        transfer = self._transfers[step.deposit]
        place = transfer.find_place(step)
        change = (place is _Place.IN_FLIGHT) - (transfer.place is _Place.IN_FLIGHT)
        self._in_flight[transfer.route] += change * transfer.gwei
        transfer.place = place
        transfer.beacon_operations += step.event in _BEACON_OPERATIONS
        transfer.beacon_bytes += step.beacon_bytes
        transfer.proof_bytes += step.proof_bytes
        if step.event == "pushed":
            transfer.pushed_slot = step.slot
        if place not in _OPEN:
            transfer.ended_slot = step.slot

    def close_slot(self) -> None:
        """Compare what is in flight now with the most so far."""
        for route, gwei in self._in_flight.items():
            self._in_flight_max[route] = max(self._in_flight_max[route], gwei)

    def count_open(self) -> int:
        """Return how many transfers are neither settled, rejected nor returned."""
        return sum(transfer.place in _OPEN for transfer in self._transfers.values())

    def find_load(self, slots: int) -> tuple[int, int]:
        """Return the first and last slot in which users asked for transfers.

        Args:
            slots: How many slots the run had: all of them if nobody asked.
        """
        created = [transfer.created_slot for transfer in self._transfers.values()]
        return min(created, default=1), max(created, default=slots)

    def compute(self, seconds_per_slot: int) -> dict[str, Number]:
        """Return all numbers, durations in seconds too."""
        by_route: Mapping[str, list[_Transfer]] = defaultdict(list)
        for transfer in self._transfers.values():
            by_route[transfer.route].append(transfer)
        latencies = [each.latency_slots for each in _select_settled(self._transfers.values())]
        numbers = describe_slots("deposits.latency", latencies, seconds_per_slot)
        # A step that is called back may be taken again; how a transfer ends counts once.
        places = Counter(transfer.place for transfer in self._transfers.values())
        ends = (place for place in _Place if place not in _OPEN)
        numbers |= {f"deposits.{place}": places[place] for place in ends}
        for route, transfers in by_route.items():
            described = _describe_route(transfers, seconds_per_slot)
            described["in_flight_max_gwei"] = self._in_flight_max[route]
            numbers |= {f"routes.{route}.{name}": value for name, value in described.items()}
        return numbers


def _describe_route(transfers: Sequence[_Transfer], seconds_per_slot: int) -> dict[str, Number]:
    """Describe one route; what a transfer took is the mean over those that settled."""
    places = Counter(transfer.place for transfer in transfers)
    settled = _select_settled(transfers)
    return {
        "created": len(transfers),
        "open": sum(places[place] for place in _OPEN),
        **{f"{place}": places[place] for place in _Place if place not in _OPEN},
        **describe_slots("latency", [each.latency_slots for each in settled], seconds_per_slot),
        **describe("wait_slots", [each.wait_slots for each in settled]),
        **_describe_costs(settled),
        **_describe_pace(sorted(each.ended_slot for each in settled)),
    }


def _describe_costs(settled: Sequence[_Transfer]) -> dict[str, Number]:
    if not settled:
        return {}
    return {
        "beacon_operations_per_transfer": compute_mean(
            [each.beacon_operations for each in settled]
        ),
        "beacon_bytes_per_transfer": compute_mean([each.beacon_bytes for each in settled]),
        "proof_bytes_per_transfer": compute_mean([each.proof_bytes for each in settled]),
    }


def _describe_pace(ended_slots: Sequence[int]) -> dict[str, Number]:
    """Return how many transfers settled per slot, from the first quarter of them to the third.

    That leaves out the start, when the first are on their way, and stragglers at the end; it
    does not depend on how long the run goes on after users stop.
    """
    if not ended_slots:
        return {}
    first, last = ended_slots[len(ended_slots) // 4], ended_slots[len(ended_slots) * 3 // 4]
    if first == last:
        return {}
    between = sum(first < slot <= last for slot in ended_slots)
    return {"settled_per_slot": round(between / (last - first), 3)}


def _select_settled(transfers: Iterable[_Transfer]) -> list[_Transfer]:
    return [transfer for transfer in transfers if transfer.place is _Place.SETTLED]
