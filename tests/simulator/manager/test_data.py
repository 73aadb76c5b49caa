"""Bytes of the deposit manager: keys, messages to sign, and operations."""

import pytest
from eth_hash.auto import keccak

from chain.constants import ZERO_SIGNATURE
from chain.encoding import decode, encode
from chain.errors import MalformedEncoding
from chain.types import ShardIndex
from simulator.manager.data import (
    KEY_BYTES,
    RESERVE_KEY,
    EthAccount,
    ManagerData,
    Message,
    NettedCredit,
    NumberedMessage,
    Reserve,
    Selector,
    Table,
    compute_address,
    compute_message,
    decode_operation,
    encode_operation,
    get_account_key,
    get_inbox_key,
    get_netted_key,
    get_outbox_key,
    get_receipt_key,
    get_shard_key,
)
from tests.helpers.manager import ANNE, BOB, ENV, OTHER, SHARD, build_send, uint64

KEYS = {
    "account": (get_account_key(ANNE.pubkey), b"\x00" + keccak(ANNE.pubkey)[:5]),
    "receipt": (get_receipt_key(513, bitfield=True), bytes.fromhex("010000000001")),
    "receipt in order": (get_receipt_key(513, bitfield=False), bytes.fromhex("010000000000")),
    "sent": (get_shard_key(Table.SENT, ShardIndex(0x0102)), bytes.fromhex("020000000102")),
    "outbox": (get_outbox_key(ShardIndex(0x0102), 0x030405), bytes.fromhex("030102030405")),
    "inbox": (get_inbox_key(ShardIndex(3), 1024, bitfield=True), bytes.fromhex("040003000002")),
    "inbox in order": (
        get_inbox_key(ShardIndex(3), 1024, bitfield=False),
        bytes.fromhex("040003000000"),
    ),
    "row": (get_shard_key(Table.ROW, ShardIndex(7)), bytes.fromhex("050000000007")),
    "column": (get_shard_key(Table.COLUMN, ShardIndex(7)), bytes.fromhex("060000000007")),
    "netted": (
        get_netted_key(ShardIndex(3), ANNE.pubkey),
        b"\x07" + keccak(b"\x03" + bytes(7) + ANNE.pubkey)[:5],
    ),
    "reserve": (RESERVE_KEY, bytes.fromhex("080000000000")),
}


@pytest.mark.parametrize(("key", "expected"), KEYS.values(), ids=list(KEYS))
def test_get_key_is_a_table_and_an_entry(key: bytes, expected: bytes) -> None:
    assert key == expected
    assert len(key) == KEY_BYTES


@pytest.mark.parametrize(
    ("index", "entry"), [(0, 0), (511, 0), (512, 1), (2**40 - 1, 2**31 - 1), (2**48, 2**39)]
)
def test_get_receipt_key_512_receipts_share_a_word(index: int, entry: int) -> None:
    assert get_receipt_key(index, bitfield=True)[1:] == entry.to_bytes(5, "big")


def test_compute_address_is_the_hash_of_the_pubkey() -> None:
    assert compute_address(ANNE.pubkey) == keccak(ANNE.pubkey)
    assert compute_address(ANNE.pubkey) != compute_address(BOB.pubkey)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            EthAccount.create(pubkey=ANNE.pubkey, nonce=1, value=2),
            ANNE.pubkey + uint64(1) + uint64(2),
        ),
        (
            Message.create(sender=ANNE.pubkey, recipient=BOB.pubkey, amount=3, expiry_slot=4),
            ANNE.pubkey + BOB.pubkey + uint64(3) + uint64(4),
        ),
        (NettedCredit.create(credited=1, proven=2), uint64(1) + uint64(2)),
        (Reserve.create(locked=1, drawn=2), uint64(1) + uint64(2)),
    ],
    ids=["account", "message", "credit", "reserve"],
)
def test_encode_leaf_is_its_fields_one_behind_the_other(
    value: EthAccount | Message | NettedCredit | Reserve, expected: bytes
) -> None:
    assert encode(value) == expected


def test_compute_message_covers_all_but_the_signature_and_where_it_counts() -> None:
    send = build_send()
    body = encode(send)[:-96]

    expected = keccak(bytes([Selector.SEND]) + uint64(SHARD) + uint64(ENV) + body)
    assert compute_message(Selector.SEND, send, SHARD, ENV) == expected
    unsigned = send.evolve(signature=ZERO_SIGNATURE)
    assert compute_message(Selector.SEND, unsigned, SHARD, ENV) == expected
    assert compute_message(Selector.SEND_NETTED, send, SHARD, ENV) != expected
    assert compute_message(Selector.SEND, send, OTHER, ENV) != expected


def test_encode_operation_is_a_selector_and_ssz() -> None:
    send = build_send()

    data = encode_operation(Selector.SEND_NETTED, send)

    assert data == b"\x05" + encode(send)
    assert len(data) == 225
    assert decode_operation(data) == (Selector.SEND_NETTED, send)


@pytest.mark.parametrize("data", [b"", b"\x09", b"\xff" + bytes(224)])
def test_decode_operation_unknown_selector_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedEncoding) as caught:
        decode_operation(data)

    assert caught.value.code == "unknown_selector"


@pytest.mark.parametrize("size", [0, 223, 225])
def test_decode_operation_wrong_size_is_refused(size: int) -> None:
    with pytest.raises(MalformedEncoding) as caught:
        decode_operation(b"\x03" + bytes(size))

    assert caught.value.code == "not_ssz"


def test_numbered_message_is_120_bytes() -> None:
    sent = Message.create(sender=ANNE.pubkey, recipient=BOB.pubkey, amount=3, expiry_slot=4)

    numbered = encode(NumberedMessage.create(number=9, message=sent))

    assert numbered == uint64(9) + encode(sent)
    assert len(numbered) == 120


def test_manager_data_returns_from_its_bytes() -> None:
    data = ManagerData.create(
        keys=RESERVE_KEY,
        values=[b""],
        siblings=b"\x30",
        operations=[encode_operation(Selector.SEND, build_send())],
    )

    assert decode(ManagerData, encode(data)) == data
