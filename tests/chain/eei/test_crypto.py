import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.bls import compute_pubkey, sign
from chain.config import BlsBackend
from chain.eei import ScriptResult
from chain.types import Root, SecretKey
from tests.helpers.wat import KEEP, build_script, declare_names, run

COPY = "eth2.blockDataCopy i32 i32 i32"
SIZE = "eth2.blockDataSize -> i32"
SAVE = "eth2.savePostStateRoot i32"
COPY_ALL = "(call $blockDataCopy (i32.const 64) (i32.const 0) (call $blockDataSize))"


def hash_data(name: str, data: bytes) -> bytes:
    script = build_script(
        f"""{COPY_ALL}
        (call ${name} (i32.const 64) (call $blockDataSize) (i32.const 0))
        (call $savePostStateRoot (i32.const 0))""",
        imports=declare_names(COPY, SIZE, SAVE, f"hash.{name} i32 i32 i32"),
        memory="2",
    )
    result = run(script, data=data)
    assert result.outcome == "returned"
    return result.post_state_root


@pytest.mark.parametrize(
    ("name", "data", "digest"),
    [
        ("keccak256", b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        ("keccak256", b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        ("sha256", b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("sha256", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
)
def test_hash_equals_the_published_digest(name: str, data: bytes, digest: str) -> None:
    assert hash_data(name, data).hex() == digest


@given(st.binary(max_size=300))
def test_sha256_of_a_range_equals_hashlibs(data: bytes) -> None:
    assert hash_data("sha256", data) == hashlib.sha256(data).digest()


def test_hash_of_more_than_a_page_takes_all_of_it() -> None:
    data = bytes(range(256)) * 300

    assert hash_data("sha256", data) == hashlib.sha256(data).digest()
    assert hash_data("keccak256", data) != hash_data("keccak256", data[:-1])


MESSAGE = Root(b"m" * 32)
SECRET = SecretKey(12345)


def verify(pubkey: bytes, message: bytes, signature: bytes, backend: BlsBackend) -> ScriptResult:
    """The answer becomes the first byte of the state."""
    script = build_script(
        f"""{COPY_ALL}
        (i32.store (i32.const 0) (call $verify (i32.const 64) (i32.const 208)
          (i32.sub (call $blockDataSize) (i32.const 144)) (i32.const 112)))
        (call $savePostStateRoot (i32.const 0))""",
        imports=declare_names(COPY, SIZE, SAVE, "bls.verify i32 i32 i32 i32 -> i32"),
    )
    return run(script, limits=replace(KEEP, bls=backend), data=pubkey + signature + message)


@pytest.mark.parametrize("backend", [BlsBackend.FAST, BlsBackend.INSECURE])
def test_verify_valid_signature_returns_1(backend: BlsBackend) -> None:
    pubkey, signature = compute_pubkey(backend, SECRET), sign(backend, SECRET, MESSAGE)

    result = verify(pubkey, MESSAGE, signature, backend)

    assert result.post_state_root == (1).to_bytes(32, "little")


@pytest.mark.parametrize("spoiled", ["pubkey", "message", "signature", "no points"])
def test_verify_anything_spoiled_returns_0(spoiled: str) -> None:
    backend = BlsBackend.FAST
    pubkey, signature = compute_pubkey(backend, SECRET), sign(backend, SECRET, MESSAGE)
    other = SecretKey(54321)
    parts = {
        "pubkey": (compute_pubkey(backend, other), MESSAGE, signature),
        "message": (pubkey, b"n" * 32, signature),
        "signature": (pubkey, MESSAGE, sign(backend, other, MESSAGE)),
        "no points": (bytes(48), MESSAGE, bytes(96)),
    }

    result = verify(*parts[spoiled], backend)

    assert (result.outcome, result.post_state_root) == ("returned", bytes(32))


def test_verify_insecure_is_priced_like_the_hash_it_is() -> None:
    fuel = {
        backend: verify(bytes(48), MESSAGE, bytes(96), backend).fuel_used
        for backend in (BlsBackend.FAST, BlsBackend.INSECURE)
    }

    assert fuel[BlsBackend.FAST] - fuel[BlsBackend.INSECURE] == 10_000_000 - (1_000 + 8 * 144)


def merkleize(chunks: bytes, limit_log2: int) -> ScriptResult:
    script = build_script(
        f"""{COPY_ALL}
        (call $merkleize (i32.const 64)
          (i32.div_u (call $blockDataSize) (i32.const 32)) (i32.const {limit_log2}) (i32.const 0))
        (call $savePostStateRoot (i32.const 0))""",
        imports=declare_names(COPY, SIZE, SAVE, "ssz.merkleize i32 i32 i32 i32"),
    )
    return run(script, data=chunks)


def compute_naively(chunks: bytes, limit_log2: int) -> bytes:
    """Pad, then hash pairs until one is left, level by level."""
    layer = [chunks[at : at + 32] for at in range(0, len(chunks), 32)]
    zero = bytes(32)
    for _ in range(limit_log2):
        layer += [zero] * (len(layer) % 2)
        pairs = zip(layer[::2], layer[1::2], strict=True)
        layer = [hashlib.sha256(left + right).digest() for left, right in pairs]
        zero = hashlib.sha256(zero + zero).digest()
    return layer[0] if layer else zero


@given(st.integers(0, 12), st.integers(0, 64))
def test_merkleize_equals_the_naive_root_or_refuses(count: int, limit_log2: int) -> None:
    chunks = bytes(range(1, 33)) * count

    result = merkleize(chunks, limit_log2)

    if count > 2**limit_log2:
        assert result.outcome == "trapped:merkleize_limit"
    else:
        assert result.post_state_root == compute_naively(chunks, limit_log2)


@pytest.mark.parametrize("limit_log2", [65, 255, -1, 2**31])
def test_merkleize_tree_deeper_than_64_is_refused(limit_log2: int) -> None:
    assert merkleize(b"", limit_log2).outcome == "trapped:merkleize_limit"
