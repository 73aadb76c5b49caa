"""The SDK's hashes, those of the host and those in wasm, against hashlib and pycryptodome."""

import hashlib
from collections.abc import Callable
from typing import Final

import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.properties import PROPERTY
from tests.helpers.sdk import run_check


def keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


HASHERS: Final[list[Callable[[bytes], bytes]]] = [
    keccak256,  # by the host
    sha256,
    keccak256,  # in wasm
    sha256,
    keccak256,  # in wasm, in pieces
    sha256,
]
"""What ``checks/hashes.rs`` computes, by its first byte of data."""

BLOCK_EDGES = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 135, 136, 137, 271, 272, 273]
"""Sizes around the blocks and the padding of both hashes, in bytes."""


def compute_hash(who: int, message: bytes, piece: int = 1) -> bytes:
    result = run_check("hashes", bytes([who, piece]) + message)
    assert result.outcome == "returned"
    return result.post_state_root


@pytest.mark.parametrize("who", range(len(HASHERS)))
@pytest.mark.parametrize("size", BLOCK_EDGES)
def test_hash_sizes_around_blocks_match_the_reference(who: int, size: int) -> None:
    message = bytes(at * 11 % 256 for at in range(size))
    assert compute_hash(who, message, piece=64) == HASHERS[who](message)


@pytest.mark.parametrize("who", range(len(HASHERS)))
@PROPERTY
@given(message=st.binary(max_size=500), piece=st.integers(1, 255))
def test_hash_any_message_in_any_pieces_matches_the_reference(
    who: int, message: bytes, piece: int
) -> None:
    assert compute_hash(who, message, piece) == HASHERS[who](message)


@pytest.mark.parametrize("who", range(len(HASHERS)))
def test_hash_message_of_many_pages_matches_the_reference(who: int) -> None:
    message = bytes(range(251)) * 600
    assert compute_hash(who, message, piece=200) == HASHERS[who](message)
