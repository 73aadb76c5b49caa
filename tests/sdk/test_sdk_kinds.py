"""Every kind of SSZ in wasm against py-ssz, decoded and built from values."""

from typing import Any, Final

import pytest
import ssz
from hypothesis import given
from hypothesis import strategies as st
from ssz.sedes import (
    Bitlist,
    ByteVector,
    Container,
    List,
    Vector,
    boolean,
    uint8,
    uint16,
    uint32,
    uint64,
    uint128,
    uint256,
)

from chain.encoding import Bytes
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.sdk import run_check

PAIR: Final = Container([Bytes(8), uint8])


def build_kinds(*, extra: int = 0) -> Container:
    """Return ``Kinds`` of ``checks/kinds.rs``, with limits that are higher by ``extra``."""
    return Container(
        [
            boolean,
            uint8,
            uint16,
            Vector(Bytes(70 + extra), 2),
            uint32,
            uint64,
            List(uint16, 50 + extra),
            uint128,
            uint256,
            List(boolean, 40 + extra),
            ByteVector(5),
            Vector(uint256, 3),
            List(PAIR, 4 + extra),
            Bitlist(300 + extra),
        ]
    )


KINDS: Final = build_kinds()

FULL: Final[tuple[Any, ...]] = (
    True,
    1,
    2,
    (b"t" * 70, b"t" * 70),
    3,
    4,
    (5,) * 50,
    6,
    7,
    (True,) * 40,
    b"5byte",
    (8, 9, 10),
    ((b"l" * 8, 11),) * 4,
    (True,) * 300,
)
"""A value at all limits."""


def uints(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1) | st.sampled_from([0, 1, 2**bits - 1])


def lists(
    elements: st.SearchStrategy[Any], most: int, least: int = 0
) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw lists, full ones more often than chance would."""
    sizes = st.integers(least, most) | st.sampled_from([least, most])
    return sizes.flatmap(lambda size: st.tuples(*[elements] * size))


values = st.tuples(
    st.booleans(),
    uints(8),
    uints(16),
    lists(st.binary(max_size=70), 2, 2),
    uints(32),
    uints(64),
    lists(uints(16), 50),
    uints(128),
    uints(256),
    lists(st.booleans(), 40),
    st.binary(min_size=5, max_size=5),
    lists(uints(256), 3, 3),
    lists(st.tuples(st.binary(max_size=8), uints(8)), 4),
    st.sampled_from([0, 1, 7, 8, 9, 255, 256, 257, 300]).flatmap(
        lambda size: st.tuples(*[st.booleans()] * size)
    ),
)


def compute_root(value: tuple[Any, ...]) -> bytes:
    return bytes(ssz.get_hash_tree_root(value, KINDS))


@HEAVY_PROPERTY
@given(value=values)
def test_kinds_any_value_decoded_or_built_has_the_bytes_and_root_of_py_ssz(
    value: tuple[Any, ...],
) -> None:
    encoded = ssz.encode(value, KINDS)
    result = run_check("kinds", encoded)
    assert result.outcome == "returned"
    assert result.modified_state == encoded
    assert result.post_state_root == compute_root(value)


@HEAVY_PROPERTY
@given(value=values, data=st.data())
def test_kinds_one_changed_byte_is_refused_or_another_value(
    value: tuple[Any, ...], data: st.DataObject
) -> None:
    encoded = bytearray(ssz.encode(value, KINDS))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    result = run_check("kinds", bytes(encoded))
    if result.outcome == "returned":
        assert result.modified_state == encoded
        decoded = ssz.decode(bytes(encoded), KINDS)
        assert result.post_state_root == compute_root(decoded)
        assert result.post_state_root != compute_root(value)
    else:
        assert result.outcome == "trapped:unreachable"


def test_kinds_value_at_all_limits_is_accepted() -> None:
    assert run_check("kinds", ssz.encode(FULL, KINDS)).outcome == "returned"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (3, (b"t" * 70, b"t" * 71)),
        (6, (5,) * 51),
        (9, (True,) * 41),
        (12, ((b"l" * 8, 11),) * 5),
        (13, (True,) * 301),
    ],
)
def test_kinds_value_above_a_limit_is_refused(field: int, value: tuple[Any, ...]) -> None:
    above = (*FULL[:field], value, *FULL[field + 1 :])
    encoded = ssz.encode(above, build_kinds(extra=1))
    assert run_check("kinds", encoded).outcome == "trapped:unreachable"
