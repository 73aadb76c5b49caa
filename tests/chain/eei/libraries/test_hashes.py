"""Hashes and Merkle roots: published vectors, and agreement with the native ones."""

import hashlib
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.native_libraries import BothInstances, Outcome
from tests.helpers.wasm_libraries import LibraryInstance
from tests.helpers.wat import PAGE_BYTES

PAGES: Final = 2
BOTH: Final = BothInstances(PAGES)
OUT: Final = PAGES * PAGE_BYTES - 32


def _list_lengths() -> list[int]:
    """Around blocks, around what padding leaves room for, and around what is read at a time."""
    ends = [64, 128, 192, 136, 272, 408, 34 * 64, 68 * 64, 16 * 136, 32 * 136, 10_240]
    near = {end + offset for end in ends for offset in (-9, -8, -1, 0, 1)}
    return sorted({0, 1, 2, 3, 4, 31, 32, 33, 55, 56, *near, PAGE_BYTES - 1, PAGE_BYTES + 1})


LENGTHS: Final = _list_lengths()


def call(label: str, *arguments: int, data: bytes) -> str:
    outcome: Outcome = BOTH.agree(label, [*arguments, OUT], data)
    return outcome.fault or outcome.memory[OUT:].hex()


def build_bytes(size: int) -> bytes:
    return hashlib.shake_128(b"libraries").digest(size)


NIST: Final = {
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": (
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
}
KECCAK: Final = {
    b"": "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    b"abc": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
    b"testing": "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02",
}


@pytest.mark.parametrize(("data", "digest"), NIST.items())
def test_sha256_gives_the_published_digests(data: bytes, digest: str) -> None:
    assert call("hash.sha256", 0, len(data), data=data) == digest


@pytest.mark.parametrize(("data", "digest"), KECCAK.items())
def test_keccak256_gives_the_published_digests(data: bytes, digest: str) -> None:
    assert call("hash.keccak256", 0, len(data), data=data) == digest


@pytest.mark.parametrize("label", ["hash.sha256", "hash.keccak256"])
@pytest.mark.parametrize("length", LENGTHS)
def test_hash_of_any_length_equals_the_native_one(label: str, length: int) -> None:
    assert len(call(label, 0, length, data=build_bytes(length))) == 64


@given(st.integers(0, PAGE_BYTES), st.integers(0, 700))
def test_hash_of_any_place_equals_the_native_one(pointer: int, length: int) -> None:
    data = build_bytes(PAGE_BYTES + 700)

    expected = hashlib.sha256(data[pointer : pointer + length]).hexdigest()

    assert call("hash.sha256", pointer, length, data=data) == expected
    call("hash.keccak256", pointer, length, data=data)


@pytest.mark.slow
def test_sha256_of_more_bits_than_fit_into_32_counts_them_all() -> None:
    huge = LibraryInstance(8_193)

    huge.call("hash.sha256", 0, 2**29, 2**29)

    expected = hashlib.sha256()
    for _ in range(512):
        expected.update(bytes(2**20))
    assert huge.read(2**29, 32) == expected.digest()


@pytest.mark.parametrize("label", ["hash.sha256", "hash.keccak256"])
def test_hash_may_be_written_over_what_is_hashed(label: str) -> None:
    data = build_bytes(5_000)

    apart = call(label, 0, len(data), data=data)
    over = BOTH.agree(label, [0, len(data), 4_990], data)

    assert over.memory[4_990:5_022].hex() == apart


@pytest.mark.parametrize("limit_log2", range(65))
def test_merkleize_of_no_chunk_is_a_tree_of_zeros(limit_log2: int) -> None:
    root = bytes(32)
    for _ in range(limit_log2):
        root = hashlib.sha256(root + root).digest()

    assert call("ssz.merkleize", 0, 0, limit_log2, data=b"") == root.hex()


@pytest.mark.parametrize("count", [*range(1, 34), 67, 68, 69, 127, 128, 129, 500, 1_025])
def test_merkleize_to_the_least_and_to_greater_limits_equals_the_native_one(count: int) -> None:
    least = (count - 1).bit_length()

    for limit_log2 in sorted({least, least + 1, least + 3, 31, 32, 33, 63, 64}):
        root = call("ssz.merkleize", 0, count, limit_log2, data=build_bytes(32 * count))
        assert len(root) == 64


def test_merkleize_of_four_chunks_is_the_hash_of_hashes() -> None:
    a, b, c, d = (bytes([each]) * 32 for each in range(4))
    pairs = hashlib.sha256(a + b).digest() + hashlib.sha256(c + d).digest()

    expected = hashlib.sha256(pairs).hexdigest()

    assert call("ssz.merkleize", 0, 4, 2, data=a + b + c + d) == expected


@settings(max_examples=50)
@given(st.integers(0, 200), st.integers(0, 64), st.integers(0, 99))
def test_merkleize_equals_the_native_one(count: int, limit_log2: int, pointer: int) -> None:
    outcome = call("ssz.merkleize", pointer, count, limit_log2, data=build_bytes(7_000))

    assert (outcome == "merkleize_limit") == (count > 1 << limit_log2)


@pytest.mark.parametrize(
    ("count", "limit_log2"),
    [(2, 0), (3, 1), (5, 2), (0, 65), (1, 65), (0, 2**31), (0, 2**32 - 1), (2**32 - 1, 31)],
)
def test_merkleize_beyond_the_limit_is_refused_before_memory_is_looked_at(
    count: int, limit_log2: int
) -> None:
    outcome = BOTH.agree("ssz.merkleize", [2**32 - 1, count, limit_log2, 2**32 - 1])

    assert outcome.fault == "merkleize_limit"


@pytest.mark.parametrize(("count", "limit_log2"), [(2**27, 27), (2**32 - 1, 32), (2**31, 64)])
def test_merkleize_of_chunks_beyond_memory_does_not_wrap(count: int, limit_log2: int) -> None:
    outcome = BOTH.agree("ssz.merkleize", [0, count, limit_log2, 0])

    assert outcome.fault == "memory_out_of_bounds"


def test_merkleize_of_many_chunks_equals_the_native_one() -> None:
    many = BothInstances(33)

    outcome = many.agree("ssz.merkleize", [0, 65_537, 64, 0], build_bytes(65_537 * 32))

    assert not outcome.fault
