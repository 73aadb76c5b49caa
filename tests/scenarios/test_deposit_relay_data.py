"""deposit_relay and hostile block data: every byte, every cut, and a model in Python."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.encoding import encode
from chain.types import Gwei
from simulator.relay_data import RelayData, RelayPool
from tests.helpers.relay import build_deposit, build_history, build_receipt
from tests.helpers.relay_model import expect_relay
from tests.helpers.scripts import run_script

SHARD, ENV = 1, 2
POOL = RelayPool(Gwei(50), next_receipt_index=4)
HISTORY = build_history(
    {
        70: [build_receipt(4, amount=40), build_receipt(5, amount=50)],
        190: [build_receipt(6), build_receipt(7)],
    },
    200,
)
PROVEN = [
    HISTORY.prove(70, 0, historical=True),
    HISTORY.prove(70, 1, historical=True),
    HISTORY.prove(190),
    HISTORY.prove(190, historical=True),  # slot 190 is in a full ring that is still visible
]
HISTORICAL_DATA = encode(RelayData.create(receipts=PROVEN[:1], deposits=[]))
RECENT_DATA = encode(RelayData.create(receipts=PROVEN[2:3], deposits=[]))
BEFORE_SLOT = 8 + 4 + 8 + 240  # offsets of RelayData, table, offsets of ProvenReceipt, receipt
RING_BITS = range(BEFORE_SLOT * 8 + 6, (BEFORE_SLOT + 8) * 8)
"""Bits of a proof's slot that do not tell its place in the ring."""

Ran = tuple[RelayPool, tuple[bytes, ...]]


def run_relay(data: bytes) -> Ran | None:
    """Return the pool and the deposits, or None if the script trapped."""
    state, root = POOL.encode(), HISTORY.root
    result = run_script(
        "deposit_relay", pre_state=state, data=data, env=ENV, shard=SHARD, beacon_root=root
    )
    if result.outcome == "returned":
        return RelayPool.decode(result.post_state_root), result.deposits
    assert result.outcome in {"trapped:unreachable", "trapped:block_data_out_of_bounds"}
    return None


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(HISTORICAL_DATA, id="historical", marks=pytest.mark.slow),
        pytest.param(RECENT_DATA, id="recent"),
    ],
)
def test_relay_any_byte_of_receipt_or_proof_changed_is_refused(data: bytes) -> None:
    """Bit 0 of each byte; a recent proof's slot is covered bit by bit below."""
    bits = [at * 8 for at in range(len(data))]
    accepted = [bit for bit in bits if run_relay(flip(data, bit)) is not None]
    free = [bit for bit in bits if bit in RING_BITS] if data == RECENT_DATA else []
    assert accepted == free


def test_relay_slot_of_recent_proof_counts_modulo_the_ring() -> None:
    honest = run_relay(RECENT_DATA)
    slot_bits = range(BEFORE_SLOT * 8, (BEFORE_SLOT + 8) * 8)
    results = {bit: run_relay(flip(RECENT_DATA, bit)) for bit in slot_bits}
    assert honest is not None
    assert results == {bit: honest if bit in RING_BITS else None for bit in slot_bits}


def test_relay_slot_of_historical_proof_counts_in_every_bit() -> None:
    slot_bits = range(BEFORE_SLOT * 8, (BEFORE_SLOT + 8) * 8)
    assert all(run_relay(flip(HISTORICAL_DATA, bit)) is None for bit in slot_bits)


def test_relay_data_cut_anywhere_is_refused() -> None:
    data = encode(RelayData.create(receipts=PROVEN[2:3], deposits=[build_deposit(1)]))
    returned = [size for size in range(1, len(data)) if run_relay(data[:size]) is not None]
    assert returned == [len(RECENT_DATA)]  # cut exactly before the deposit


def uint32s(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in numbers)


@pytest.mark.parametrize("size", [1, 31, 32, 183, 185])
def test_relay_bytes_behind_the_receipts_that_are_no_deposit_are_refused(size: int) -> None:
    assert run_relay(RECENT_DATA + bytes(size)) is None


@pytest.mark.parametrize("size", [1, 31, 32])
def test_relay_bytes_between_the_lists_are_refused(size: int) -> None:
    end = len(RECENT_DATA) + size
    assert run_relay(uint32s(8, end) + RECENT_DATA[8:] + bytes(size)) is None


def test_relay_bytes_before_the_lists_are_refused() -> None:
    data = uint32s(12, len(RECENT_DATA) + 4) + bytes(4) + RECENT_DATA[8:]
    assert run_relay(data) is None


def test_relay_empty_table_of_receipts_is_refused() -> None:
    assert run_relay(uint32s(8, 12, 0)) is None


def test_relay_deposits_that_begin_inside_the_offsets_are_refused() -> None:
    assert run_relay(uint32s(8, 4) + RECENT_DATA[8:]) is None


def test_relay_table_with_stray_byte_is_refused() -> None:
    """With the receipt's first bytes it makes a third offset, which is the list's real end."""
    receipts = [encode(PROVEN[2]), encode(HISTORY.prove(190, 1))]
    size = len(receipts[0])
    stray = bytes([(9 + 2 * size) % 256])
    bodies = b"".join(receipts)
    honest = uint32s(8, 16 + 2 * size, 8, 8 + size) + bodies
    forged = uint32s(8, 17 + 2 * size, 9, 9 + size) + stray + bodies
    assert forged[16:20] == uint32s(9 + 2 * size)
    assert run_relay(honest) is not None
    assert run_relay(forged) is None


relays = st.builds(
    lambda receipts, deposits: encode(RelayData.create(receipts=receipts, deposits=deposits)),
    st.lists(st.sampled_from(PROVEN), max_size=3),
    st.lists(st.integers(0, 60).map(build_deposit), max_size=3),
)
edits = st.lists(
    st.tuples(st.integers(0, 2**13), st.integers(0, 8), st.binary(max_size=8)), max_size=2
)


@given(data=relays, changes=edits)
@settings(max_examples=150, deadline=None)
def test_relay_any_data_matches_the_model(
    data: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    for position, removed, inserted in changes:
        at = position % (len(data) + 1)
        data = data[:at] + inserted + data[at + removed :]
    expected = expect_relay(POOL, data, shard=SHARD, env=ENV, root=HISTORY.root)
    assert run_relay(data) == expected


@given(data=relays, word=st.integers(0, 2**13), value=st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_relay_any_word_replaced_matches_the_model(data: bytes, word: int, value: int) -> None:
    """Whole 32-bit words, where the offsets are, rather often near their real values."""
    at = word % (len(data) // 4) * 4
    for new in (value, value % 4096, int.from_bytes(data[at : at + 4], "little") + value % 9 - 4):
        changed = data[:at] + (new % 2**32).to_bytes(4, "little") + data[at + 4 :]
        expected = expect_relay(POOL, changed, shard=SHARD, env=ENV, root=HISTORY.root)
        assert run_relay(changed) == expected
