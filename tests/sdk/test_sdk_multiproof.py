"""Multiproofs in wasm: the same verdict and the same roots as in Python, and what they cost."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.config import ExecutionLimits
from chain.eei import ScriptResult
from chain.errors import InvalidProof
from chain.multiproof import (
    Multiproof,
    build_multiproof,
    compute_updated_root,
    validate_multiproof,
)
from chain.trie import EMPTY_VALUE, ScriptTrie
from chain.types import Fuel, Root
from tests.helpers.multiproofs import KEY_BYTES, Batch, batches, build_trie
from tests.helpers.properties import HEAVY_PROPERTY, PROPERTY
from tests.helpers.sdk import SDK, run_check

NATIVE, WASM = 0, 1
PLENTY = ExecutionLimits(max_fuel=Fuel(10**10))


def encode_change(key: bytes, before: bytes, after: bytes) -> bytes:
    return key + before + after


def update(
    proof: Multiproof,
    writes: Mapping[bytes, bytes],
    root: bytes,
    *,
    key_bytes: int = KEY_BYTES,
    who: int = NATIVE,
) -> ScriptResult:
    """Run ``checks/multiproof.rs``."""
    changes = [
        encode_change(key, value, writes.get(key, value))
        for key, value in zip(proof.keys, proof.values, strict=True)
    ]
    data = bytes([who, key_bytes]) + len(changes).to_bytes(2, "little")
    data += b"".join(changes) + proof.siblings
    return run_check("multiproof", data, pre_state=root, limits=PLENTY)


def compare(batch: Batch, who: int) -> None:
    trie = build_trie(batch.contents)
    proof = build_multiproof(trie, list(batch.writes))
    result = update(proof, batch.writes, trie.root, who=who)
    assert result.outcome == "returned"
    assert result.post_state_root == build_trie(batch.contents | batch.writes).root


@pytest.mark.parametrize("who", [NATIVE, WASM])
@HEAVY_PROPERTY
@given(batch=batches())
def test_update_any_batch_leads_to_the_root_of_the_whole_tree(who: int, batch: Batch) -> None:
    compare(batch, who)


@pytest.mark.slow
@settings(PROPERTY, max_examples=1500)
@given(batch=batches())
def test_update_many_batches_lead_to_the_root_of_the_whole_tree(batch: Batch) -> None:
    compare(batch, NATIVE)


@pytest.mark.parametrize("key_bytes", [1, 4, 20, 32])
def test_update_keys_of_other_sizes_lead_to_the_root_of_the_whole_tree(key_bytes: int) -> None:
    rng = random.Random(key_bytes)  # noqa: S311 - data, not secrets
    contents = {rng.randbytes(key_bytes): rng.randbytes(32) for _ in range(20)}
    writes = {key: rng.randbytes(32) for key in [*list(contents)[:5], rng.randbytes(key_bytes)]}
    trie = build_trie(contents, key_bytes)
    proof = build_multiproof(trie, list(writes))
    result = update(proof, writes, trie.root, key_bytes=key_bytes)
    assert result.post_state_root == build_trie(contents | writes, key_bytes).root


def test_update_tree_of_long_runs_leads_to_the_root_of_the_whole_tree() -> None:
    """All 256 siblings of a 32-byte key, empty and not, are more than one run can hold."""
    contents = {(1 << height).to_bytes(32, "big"): b"\x01" * 32 for height in range(256)}
    writes = {bytes(32): b"\x02" * 32}
    for before in ({}, contents):
        trie = build_trie(before, 32)
        result = update(build_multiproof(trie, [bytes(32)]), writes, trie.root, key_bytes=32)
        assert result.post_state_root == build_trie(before | writes, 32).root


def test_update_reads_only_keeps_the_root() -> None:
    trie = build_trie({b"\x00\x01": b"\x01" * 32, b"\x10\x01": b"\x02" * 32})
    proof = build_multiproof(trie, [b"\x00\x01", b"\x00\x02", b"\x10\x01"])
    assert update(proof, {}, trie.root).post_state_root == trie.root


@st.composite
def damaged_proofs(draw: st.DrawFn, proof: Multiproof) -> Multiproof:
    """Change one thing about a proof."""
    part = draw(st.sampled_from(["siblings", "siblings", "size", "keys", "values"]))
    if part == "siblings":
        return replace(proof, siblings=draw(changed(proof.siblings)))
    if part == "size":
        at = draw(st.integers(0, len(proof.siblings)))
        extra = draw(st.binary(max_size=2))
        return replace(proof, siblings=proof.siblings[:at] + extra + proof.siblings[at + 1 :])
    at = draw(st.integers(0, len(proof.keys) - 1))
    if part == "keys":
        return replace(proof, keys=draw(changed_rows(proof.keys, at)))
    return replace(proof, values=draw(changed_rows(proof.values, at)))


@st.composite
def changed_rows(draw: st.DrawFn, rows: tuple[bytes, ...], at: int) -> tuple[bytes, ...]:
    return (*rows[:at], draw(changed(rows[at])), *rows[at + 1 :])


@st.composite
def changed(draw: st.DrawFn, data: bytes) -> bytes:
    at = draw(st.integers(0, len(data) - 1))
    mask = draw(st.integers(1, 255) | st.sampled_from([1, 2, 128]))
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def compare_damaged(batch: Batch, data: st.DataObject) -> None:
    trie = build_trie(batch.contents)
    proof = build_multiproof(trie, list(batch.writes))
    damaged = data.draw(damaged_proofs(proof))
    writes = {key: batch.writes.get(key, b"\x03" * 32) for key in damaged.keys}
    result = update(damaged, writes, trie.root)
    if is_valid(damaged, trie.root):
        # Another key that was never written either, on the same empty way.
        assert result.post_state_root == compute_updated_root(damaged, writes, KEY_BYTES)
        assert {*damaged.keys} != {*proof.keys} or damaged == proof
    else:
        assert result.outcome == "trapped:unreachable"


def is_valid(proof: Multiproof, root: Root) -> bool:
    try:
        validate_multiproof(proof, root, KEY_BYTES)
    except InvalidProof:
        return False
    return True


@PROPERTY
@given(batch=batches(), data=st.data())
def test_update_one_thing_changed_is_refused_exactly_if_python_refuses(
    batch: Batch, data: st.DataObject
) -> None:
    compare_damaged(batch, data)


@pytest.mark.slow
@settings(PROPERTY, max_examples=3000)
@given(batch=batches(), data=st.data())
def test_update_many_things_changed_are_refused_exactly_if_python_refuses(
    batch: Batch, data: st.DataObject
) -> None:
    compare_damaged(batch, data)


def test_update_keys_that_do_not_rise_are_refused_even_where_the_root_fits() -> None:
    """Neighbours with the same value: exchanging them changes no hash."""
    trie, value = ScriptTrie(1), b"\x07" * 32
    for key in (b"\x04", b"\x05"):
        trie.set_value(key, value)
    proof = build_multiproof(trie, [b"\x04", b"\x05"])
    assert update(proof, {}, trie.root, key_bytes=1).outcome == "returned"
    for keys in ((b"\x05", b"\x04"), (b"\x04", b"\x04")):
        other = update(replace(proof, keys=keys), {}, trie.root, key_bytes=1)
        assert other.outcome == "trapped:unreachable"


@pytest.mark.parametrize(
    "siblings",
    [b"\x04\x00\x04", b"\x07\x00\x01", b"\x00\x00\x08", b"\x09", b"\x08\x00", b"\x07", b""],
)
def test_update_other_spellings_of_the_siblings_are_refused(siblings: bytes) -> None:
    trie, key = ScriptTrie(1), b"\x05"
    proof = Multiproof((key,), (EMPTY_VALUE,), siblings)
    assert update(proof, {}, trie.root, key_bytes=1).outcome == "trapped:unreachable"
    canonical = replace(proof, siblings=b"\x08")
    assert update(canonical, {}, trie.root, key_bytes=1).outcome == "returned"


def test_update_empty_sibling_that_is_spelled_out_is_refused() -> None:
    trie, key = ScriptTrie(1), b"\x05"
    empty_leaf = trie.build_witness(key).branch[-1]
    proof = Multiproof((key,), (EMPTY_VALUE,), b"\x00\x01" + empty_leaf + b"\x07")
    assert update(proof, {}, trie.root, key_bytes=1).outcome == "trapped:unreachable"


def test_update_no_change_at_all_is_refused() -> None:
    trie = ScriptTrie(KEY_BYTES)
    assert update(Multiproof((), (), b""), {}, trie.root).outcome == "trapped:unreachable"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one key in a batch: bytes of siblings, and fuel to check and replace its value."""

    proof_bytes: float
    fuel: float


def measure(tree_keys: int, batch_keys: int, key_bytes: int) -> Cost:
    rng = random.Random(batch_keys)  # noqa: S311 - data, not secrets
    contents = {rng.randbytes(key_bytes): rng.randbytes(32) for _ in range(tree_keys)}
    writes = {key: rng.randbytes(32) for key in rng.sample(sorted(contents), batch_keys)}
    trie = build_trie(contents, key_bytes)
    proof = build_multiproof(trie, list(writes))
    result = update(proof, writes, trie.root, key_bytes=key_bytes)
    assert result.post_state_root == compute_updated_root(proof, writes, key_bytes)
    return Cost(len(proof.siblings) / batch_keys, result.fuel_used / batch_keys)


@pytest.mark.slow
@pytest.mark.parametrize("batch_keys", [1, 10, 100, 1000])
def test_readme_costs_are_measured(batch_keys: int) -> None:
    short, long = measure(1000, batch_keys, 4), measure(1000, batch_keys, 32)
    costs = (
        f"{short.proof_bytes:.1f} | {short.fuel:,.0f} | {long.proof_bytes:.1f} | {long.fuel:,.0f}"
    )
    assert f"| {batch_keys:,} | {costs} |" in (SDK / "README.md").read_text()
