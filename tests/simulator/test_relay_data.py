"""The Python side of the relay's bytes, against hand-written layouts."""

import pytest

from chain.encoding import decode, encode
from chain.errors import MalformedEncoding
from chain.types import Gwei, Pubkey, Root, ShardIndex
from simulator.relay_data import RelayData, RelayPool, WithdrawalRoute
from tests.helpers.relay import build_deposit, build_history, build_receipt

STATE = bytes.fromhex(
    "0500000000000000"  # balance
    "0102000000000000"  # next_receipt_index 513
    "0300000000000000"  # receipts_taken
    "ffffffffffffffff"  # deposits_sent
)
POOL = RelayPool(Gwei(5), 513, 3, 2**64 - 1)
ROUTE = WithdrawalRoute(ShardIndex(258), Pubkey(bytes(range(48))))


def test_relay_pool_encode_is_four_little_endian_words() -> None:
    assert POOL.encode() == STATE


def test_relay_pool_decode_reads_what_encode_wrote() -> None:
    assert RelayPool.decode(Root(STATE)) == POOL


def test_relay_pool_empty_is_all_zeros() -> None:
    assert RelayPool().encode() == bytes(32)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_relay_pool_decode_other_size_is_refused(size: int) -> None:
    with pytest.raises(MalformedEncoding) as refused:
        RelayPool.decode(Root(bytes(size)))
    assert refused.value.code == "wrong_size"


def test_withdrawal_route_encode_is_shard_then_pubkey() -> None:
    assert ROUTE.encode() == b"\x02\x01" + bytes(6) + bytes(range(48))


def test_withdrawal_route_decode_reads_what_encode_wrote() -> None:
    assert WithdrawalRoute.decode(ROUTE.encode()) == ROUTE


@pytest.mark.parametrize("size", [0, 8, 55, 57])
def test_withdrawal_route_decode_other_size_is_refused(size: int) -> None:
    with pytest.raises(MalformedEncoding) as refused:
        WithdrawalRoute.decode(bytes(size))
    assert refused.value.code == "wrong_size"


def test_relay_data_round_trip_keeps_receipts_and_deposits() -> None:
    history = build_history({70: [build_receipt(1)]}, 200)
    receipts = [history.prove(70, historical=True)]
    relay = RelayData.create(receipts=receipts, deposits=[build_deposit(3)])
    again = decode(RelayData, encode(relay))
    assert list(again.receipts) == receipts
    assert list(again.deposits) == [build_deposit(3)]


def test_relay_data_empty_is_two_offsets() -> None:
    assert encode(RelayData.create(receipts=[], deposits=[])) == b"\x08\0\0\0\x08\0\0\0"
