"""The protocol's containers in wasm against py-ssz: bytes, roots, and what is no encoding."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.constants import (
    BRANCH_LIMIT,
    COMMITTEE_LIMIT,
    STATE_ROOTS_RING_SLOTS,
    WITHDRAWAL_DATA_BYTES_LIMIT,
    ZERO_ROOT,
    ZERO_SIGNATURE,
)
from chain.containers import (
    EMPTY_SHARD_BLOCK_HEADER,
    Crosslink,
    ShardState,
    SignedCrosslink,
    Withdrawal,
    WithdrawalReceiptProof,
)
from chain.encoding import Container, SignedContainer, decode, encode
from chain.errors import MalformedEncoding
from tests.helpers import ssz_model
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.sdk import run_check

CONTAINERS = ssz_model.get_containers()

FEW = settings(HEAVY_PROPERTY, max_examples=6)

Result = tuple[bytes, bytes, bytes] | None
"""Encoding, root and signing root; none if it was refused."""


def recode(kind: type[Container], data: bytes) -> Result:
    choice = CONTAINERS.index(kind)
    result = run_check("containers", bytes([choice]) + data)
    if result.outcome == "trapped:unreachable":
        return None
    assert result.outcome == "returned"
    encoded, signing_root = result.modified_state[:-32], result.modified_state[-32:]
    return encoded, result.post_state_root, signing_root


def compare(kind: type[Container], value: Container) -> None:
    result = recode(kind, encode(value))
    assert result is not None
    encoded, root, signing_root = result
    assert encoded == encode(value)
    assert root == value.hash_tree_root
    if isinstance(value, SignedContainer):
        assert signing_root == value.signing_root


@pytest.mark.parametrize("kind", CONTAINERS)
@FEW
@given(data=st.data())
def test_container_any_value_has_the_bytes_and_roots_of_py_ssz(
    kind: type[Container], data: st.DataObject
) -> None:
    compare(kind, data.draw(ssz_model.values_of(kind)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", CONTAINERS)
@settings(HEAVY_PROPERTY, max_examples=60)
@given(data=st.data())
def test_container_many_values_have_the_bytes_and_roots_of_py_ssz(
    kind: type[Container], data: st.DataObject
) -> None:
    compare(kind, data.draw(ssz_model.values_of(kind)))


def damage(encoded: bytes, data: st.DataObject) -> bytes:
    """Change bytes, likely offsets among them, or cut some off, or append some."""
    at = data.draw(st.integers(0, len(encoded) - 1) | st.integers(0, min(300, len(encoded) - 1)))
    size = data.draw(st.sampled_from([0, 0, 1, 4]))
    change = data.draw(
        st.sampled_from([b"\x00", b"\x01", b"\x04", b"\xff"]) | st.binary(max_size=4)
    )
    return encoded[:at] + change + encoded[at + len(change) + 1 - size :]


def compare_damaged(kind: type[Container], data: st.DataObject) -> None:
    damaged = damage(encode(data.draw(ssz_model.values_of(kind))), data)
    result = recode(kind, damaged)
    try:
        value = decode(kind, damaged)
    except MalformedEncoding:
        assert result is None
    else:
        assert result is not None
        assert result[:2] == (damaged, value.hash_tree_root)


@pytest.mark.parametrize("kind", CONTAINERS)
@FEW
@given(data=st.data())
def test_container_damaged_bytes_are_refused_exactly_if_py_ssz_refuses(
    kind: type[Container], data: st.DataObject
) -> None:
    compare_damaged(kind, data)


@pytest.mark.slow
@pytest.mark.parametrize("kind", CONTAINERS)
@settings(HEAVY_PROPERTY, max_examples=150)
@given(data=st.data())
def test_container_many_damaged_bytes_are_refused_exactly_if_py_ssz_refuses(
    kind: type[Container], data: st.DataObject
) -> None:
    compare_damaged(kind, data)


def build_withdrawal(size: int) -> bytes:
    """Encode by hand what py-ssz refuses to encode."""
    front = bytes(16) + (20 + 48 + 96).to_bytes(4, "little") + bytes(48 + 96)
    return front + bytes(size)


@pytest.mark.parametrize("size", [WITHDRAWAL_DATA_BYTES_LIMIT, WITHDRAWAL_DATA_BYTES_LIMIT + 1])
def test_container_bytes_above_their_limit_are_refused(size: int) -> None:
    is_accepted = recode(Withdrawal, build_withdrawal(size)) is not None
    assert is_accepted == (size <= WITHDRAWAL_DATA_BYTES_LIMIT)


@pytest.mark.parametrize("count", [BRANCH_LIMIT, BRANCH_LIMIT + 1])
def test_container_list_above_its_limit_is_refused(count: int) -> None:
    encoded = bytes(16) + (20).to_bytes(4, "little") + bytes(32 * count)
    is_accepted = recode(WithdrawalReceiptProof, encoded) is not None
    assert is_accepted == (count <= BRANCH_LIMIT)


@pytest.mark.parametrize("first", [0, 1, 3, 5, 6, 7, 8, 12])
def test_container_list_whose_first_offset_is_not_the_end_of_the_table_is_refused(
    first: int,
) -> None:
    state = build_shard_state([b"abc"])
    encoded = encode(state)
    assert encoded.endswith(b"\x04\x00\x00\x00abc")
    assert recode(ShardState, encoded) is not None
    assert recode(ShardState, encoded[:-7] + bytes([first]) + encoded[-6:]) is None


def build_shard_state(marks: list[bytes]) -> ShardState:
    return ShardState.create(
        exec_env_states=[],
        slot=1,
        parent_block=EMPTY_SHARD_BLOCK_HEADER,
        latest_state_roots=[ZERO_ROOT] * STATE_ROOTS_RING_SLOTS,
        marks=marks,
    )


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, COMMITTEE_LIMIT - 1, COMMITTEE_LIMIT])
def test_container_bits_of_any_number_have_the_root_of_py_ssz(count: int) -> None:
    crosslink = Crosslink.create(
        shard=1, start_slot=2, end_slot=3, headers_root=ZERO_ROOT, shard_state_root=ZERO_ROOT
    )
    bits = tuple(at % 3 == 0 for at in range(count))
    compare(
        SignedCrosslink,
        SignedCrosslink.create(
            crosslink=crosslink, aggregation_bits=bits, signature=ZERO_SIGNATURE
        ),
    )
