"""What the bytes of shard blocks say about ETH, read by hand.

Shares no code with the packages: the layouts are those that the sources of the scripts name
(``deposit_relay.rs``, ``deposit_manager.rs``), written down once more as offsets.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

_OFFSET_BYTES = 4


class Receipt(NamedTuple):
    """A withdrawal receipt that a block takes in."""

    number: int
    recipient: bytes
    gwei: int


class Message(NamedTuple):
    """A message from another shard that a block takes in."""

    number: int
    sender: bytes
    recipient: bytes
    gwei: int
    expiry_slot: int


class Operation(NamedTuple):
    """One operation of the deposit manager, as far as it moves ETH.

    Attributes:
        kind: Its name.
        sender: Who pays, if anybody does.
        recipient: Who is paid, if anybody is.
        gwei: How much.
        shard: The other shard, if there is one.
        receipt: What ``take_in`` takes in.
        messages: What ``receive`` takes in.
    """

    kind: str
    sender: bytes = b""
    recipient: bytes = b""
    gwei: int = 0
    shard: int = 0
    receipt: Receipt | None = None
    messages: tuple[Message, ...] = ()


def read_relay_block(data: bytes) -> tuple[list[Receipt], list[int]]:
    """Return the receipts that a block of deposit_relay takes in, and the deposits it pushes."""
    receipts, deposits = _cut(data, 0, 4)
    taken = [_read_receipt(_cut(proven, 0, 4)[0]) for proven in _list(receipts)]
    return taken, [_number(deposits, start + 80) for start in range(0, len(deposits), 184)]


def read_manager_block(data: bytes) -> Iterator[Operation]:
    """Return the operations of a block of the deposit manager, in order."""
    for operation in _list(_cut(data, 0, 4, 8, 12)[3]):
        yield _read_operation(operation[0], operation[1:])


def _read_operation(selector: int, body: bytes) -> Operation:
    return _READERS[selector](body)


def _read_take_in(body: bytes) -> Operation:
    receipt = _read_receipt(_cut(body, 0, 4)[0])
    return Operation("take_in", recipient=receipt.recipient, receipt=receipt)


def _read_transfer(body: bytes) -> Operation:
    return Operation("transfer", body[:48], body[56:104], _number(body, 104))


def _read_deposit(body: bytes) -> Operation:
    return Operation("deposit", body[:48], gwei=_number(body, 56 + 80))


def _read_prove_row(body: bytes) -> Operation:
    return Operation("prove_row", shard=_number(body, 0), gwei=_number(body, 44))


def _read_lock_reserve(body: bytes) -> Operation:
    return Operation("lock_reserve", body[:48], gwei=_number(body, 56))


def _read_send(kind: str, body: bytes, shard: int) -> Operation:
    return Operation(kind, body[:48], body[64:112], _number(body, 112), shard)


def _read_receive(body: bytes) -> Operation:
    messages = _cut(body, 40, 44, 48)[1]
    return Operation(
        "receive",
        shard=_number(body, 0),
        messages=tuple(
            Message(
                number=_number(messages, at),
                sender=messages[at + 8 : at + 56],
                recipient=messages[at + 56 : at + 104],
                gwei=_number(messages, at + 104),
                expiry_slot=_number(messages, at + 112),
            )
            for at in range(0, len(messages), 120)
        ),
    )


def _read_receipt(data: bytes) -> Receipt:
    (withdrawal,) = _cut(data, 8)
    (route,) = _cut(withdrawal, 16)
    return Receipt(_number(data, 0), route[8:56], _number(data, 12))


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def _offset(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + _OFFSET_BYTES], "little")


def _cut(data: bytes, *places: int) -> list[bytes]:
    """Return the parts of varying size, whose offsets are at these places."""
    bounds = [*(_offset(data, place) for place in places), len(data)]
    return [data[start:stop] for start, stop in pairwise(bounds)]


def _list(data: bytes) -> list[bytes]:
    """Return the elements of varying size of a list."""
    count = _offset(data, 0) // _OFFSET_BYTES if data else 0
    return _cut(data, *range(0, _OFFSET_BYTES * count, _OFFSET_BYTES)) if count else []


_READERS: Final[Sequence[Callable[[bytes], Operation]]] = (
    _read_take_in,
    _read_transfer,
    _read_deposit,
    lambda body: _read_send("send", body, _number(body, 56)),
    _read_receive,
    lambda body: _read_send("send_netted", body, _number(body, 56)),
    lambda body: _read_send("receive_netted", body[8:], _number(body, 0)),
    _read_prove_row,
    _read_lock_reserve,
)
"""Readers of operations by selector."""
