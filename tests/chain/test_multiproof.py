"""Shared proofs: roots against the whole tree, proofs by hand, and proofs under attack."""

from dataclasses import replace

import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import InvalidProof
from chain.multiproof import (
    Multiproof,
    build_multiproof,
    compute_multiproof_root,
    compute_updated_root,
    validate_multiproof,
)
from chain.trie import EMPTY_VALUE, ScriptTrie
from chain.types import Root
from tests.helpers.multiproofs import KEY_BYTES, Batch, batches, build_trie
from tests.helpers.properties import HEAVY_PROPERTY, PROPERTY

ONE, TWO = b"1" * 32, b"2" * 32


def keccak256(*parts: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=b"".join(parts)).digest()


def get_refusal(proof: Multiproof, root: Root, key_bytes: int = KEY_BYTES) -> str:
    with pytest.raises(InvalidProof) as caught:
        validate_multiproof(proof, root, key_bytes)
    return caught.value.code


@PROPERTY
@given(batch=batches())
def test_multiproof_any_keys_lead_to_the_root_before_and_after(batch: Batch) -> None:
    trie = build_trie(batch.contents)
    proof = build_multiproof(trie, list(batch.writes))

    validate_multiproof(proof, trie.root, KEY_BYTES)
    updated = compute_updated_root(proof, batch.writes, KEY_BYTES)

    assert proof.keys == tuple(sorted(batch.writes))
    assert proof.values == tuple(batch.contents.get(key, EMPTY_VALUE) for key in proof.keys)
    assert updated == build_trie(batch.contents | batch.writes).root


def test_build_multiproof_one_key_of_an_empty_tree_is_one_run() -> None:
    trie = ScriptTrie(1)
    assert build_multiproof(trie, [b"\x05"]) == Multiproof((b"\x05",), (EMPTY_VALUE,), b"\x08")


def test_build_multiproof_neighbours_share_all_but_their_leaves() -> None:
    """Keys 4 and 5 meet at height 1 and then have 7 empty siblings, behind a run of none."""
    trie = ScriptTrie(1)
    proof = build_multiproof(trie, [b"\x05", b"\x04", b"\x05"])
    assert (proof.keys, proof.siblings) == ((b"\x04", b"\x05"), b"\x00\x07")


def test_build_multiproof_sibling_between_empty_ones_is_a_run_of_its_own() -> None:
    """Key 0 written, key 4 proven: they meet at height 3, where the sibling is not empty."""
    trie = ScriptTrie(1)
    trie.set_value(b"\x00", ONE)
    zero = [keccak256(EMPTY_VALUE)]
    for _ in range(8):
        zero.append(keccak256(zero[-1], zero[-1]))
    left = keccak256(keccak256(keccak256(ONE), zero[0]), zero[1])
    assert build_multiproof(trie, [b"\x04"]).siblings == b"\x02\x01" + left + b"\x05"


def test_build_multiproof_order_is_left_right_above() -> None:
    """Keys 0 and 2 meet at height 2, both with a written neighbour; 4 is above them."""
    trie = ScriptTrie(1)
    for key, value in ((b"\x01", ONE), (b"\x03", TWO), (b"\x04", ONE)):
        trie.set_value(key, value)
    siblings = build_multiproof(trie, [b"\x00", b"\x02"]).siblings
    beside_zero, beside_two = siblings[:34], siblings[34:68]
    assert beside_zero == b"\x00\x01" + keccak256(ONE)
    assert beside_two == b"\x00\x01" + keccak256(TWO)
    assert (siblings[68:69], siblings[101:]) == (b"\x01", b"\x05")


def test_build_multiproof_long_runs_go_on_behind_none() -> None:
    trie = ScriptTrie(32)
    assert build_multiproof(trie, [bytes(32)]).siblings == b"\xff\x00\x01"


def test_build_multiproof_full_tree_long_run_of_siblings_goes_on_behind_none() -> None:
    """Every sibling of key 0 is written, one key in each subtree beside its way."""
    trie = ScriptTrie(32)
    for height in range(256):
        trie.set_value((1 << height).to_bytes(32, "big"), ONE)
    proof = build_multiproof(trie, [bytes(32)])
    assert (proof.siblings[:2], len(proof.siblings)) == (b"\x00\xff", 4 + 256 * 32)
    assert proof.siblings[2 + 255 * 32 :][:2] == b"\x00\x01"
    validate_multiproof(proof, trie.root, 32)


def test_build_multiproof_no_key_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        build_multiproof(ScriptTrie(1), [])


def test_compute_updated_root_unproven_key_is_a_bug_of_the_caller() -> None:
    proof = build_multiproof(ScriptTrie(1), [b"\x05"])
    with pytest.raises(KeyError):
        compute_updated_root(proof, {b"\x06": ONE}, 1)


@PROPERTY
@given(batch=batches())
def test_validate_multiproof_of_an_older_root_is_stale(batch: Batch) -> None:
    trie = build_trie(batch.contents)
    proof = build_multiproof(trie, list(batch.writes))
    newer = build_trie(batch.contents | batch.writes)
    if newer.root != trie.root:
        assert get_refusal(proof, newer.root) == "stale_multiproof"


def test_validate_multiproof_other_sizes_are_malformed() -> None:
    trie = ScriptTrie(KEY_BYTES)
    proof = build_multiproof(trie, [b"\x00\x05", b"\x80\x00"])
    for other in (
        replace(proof, keys=()),
        replace(proof, keys=(), values=()),
        replace(proof, keys=proof.keys[::-1]),
        replace(proof, keys=(proof.keys[0],) * 2),
        replace(proof, keys=(b"\x05", b"\x80\x00")),
        replace(proof, values=proof.values[:1]),
        replace(proof, values=(b"", bytes(32))),
        replace(proof, siblings=proof.siblings[:-1]),
        replace(proof, siblings=proof.siblings + b"\x00"),
        replace(proof, siblings=b""),
    ):
        assert get_refusal(other, trie.root) == "malformed_multiproof"
    assert get_refusal(proof, trie.root, KEY_BYTES + 1) == "malformed_multiproof"


def test_validate_multiproof_other_spellings_of_the_siblings_are_malformed() -> None:
    """The same siblings, written in another way, would be a second proof of the same thing."""
    trie = ScriptTrie(1)
    empty = keccak256(EMPTY_VALUE)
    for siblings in (b"\x04\x00\x04", b"\x07\x00\x01", b"\x00\x00\x08", b"\x09", b"\x08\x00"):
        proof = Multiproof((b"\x05",), (EMPTY_VALUE,), siblings)
        assert get_refusal(proof, trie.root, 1) == "malformed_multiproof"
    spelled_out = Multiproof((b"\x05",), (EMPTY_VALUE,), b"\x00\x01" + empty + b"\x07")
    assert get_refusal(spelled_out, trie.root, 1) == "malformed_multiproof"


@HEAVY_PROPERTY
@given(batch=batches(), data=st.data())
def test_validate_multiproof_any_changed_byte_is_refused(batch: Batch, data: st.DataObject) -> None:
    trie = build_trie(batch.contents)
    proof = build_multiproof(trie, list(batch.writes))
    changed = bytearray(proof.siblings)
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    code = get_refusal(replace(proof, siblings=bytes(changed)), trie.root)
    assert code in {"malformed_multiproof", "stale_multiproof"}


def test_compute_multiproof_root_of_all_keys_needs_no_sibling() -> None:
    trie = ScriptTrie(1)
    trie.set_value(b"\x07", ONE)
    proof = build_multiproof(trie, [bytes([key]) for key in range(256)])
    assert proof.siblings == b""
    assert compute_multiproof_root(proof, 1) == trie.root
