"""Script state off chain: roots against trees built by hand, and witnesses under attack."""

from dataclasses import replace
from typing import Any

import pytest
from Crypto.Hash import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import InvalidProof
from chain.trie import EMPTY_VALUE, ScriptTrie, Witness, validate_witness
from chain.types import Root

KEY_BYTES = 4
EMPTY_ROOT = "cf277fb80a82478460e8988570b718f1e083ceb76f7e271a1a1497e5975f53ae"

Contents = dict[bytes, bytes]

some_keys = st.sampled_from([b"\x00\x00\x00\x00", b"\x00\x00\x00\x01", b"\x80\x00\x00\x00"])
keys = some_keys | st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
values = st.binary(min_size=32, max_size=32)
distinct_values = st.lists(values.filter(any), min_size=2, max_size=5, unique=True)
"""None of them twice and none of them zero: no two subtrees that hold one of them are equal."""


def keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


def build_trie(contents: Contents, key_bytes: int = KEY_BYTES) -> ScriptTrie:
    trie = ScriptTrie(key_bytes)
    for key, value in contents.items():
        trie.set_value(key, value)
    return trie


def get_refusal(witness: Witness, root: Root) -> str:
    with pytest.raises(InvalidProof) as caught:
        validate_witness(witness, root, KEY_BYTES)
    assert caught.value.values["expected"] == root
    assert caught.value.values["computed"] != root
    return caught.value.code


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("key_bytes", [1, KEY_BYTES, 32])
def test_root_empty_trie_is_equal_halves_all_the_way_down(key_bytes: int) -> None:
    node = keccak256(bytes(32))
    for _ in range(8 * key_bytes):
        node = keccak256(node + node)
    assert ScriptTrie(key_bytes).root == node


def test_root_empty_trie_of_four_byte_keys_is_known() -> None:
    assert ScriptTrie(KEY_BYTES).root.hex() == EMPTY_ROOT


@given(contents=st.dictionaries(st.binary(min_size=1, max_size=1), values, max_size=8))
@settings(max_examples=25, deadline=None)
def test_root_any_contents_is_that_of_all_leaves_in_key_order(contents: Contents) -> None:
    layer = [keccak256(contents.get(bytes([key]), EMPTY_VALUE)) for key in range(256)]
    while len(layer) > 1:
        layer = [keccak256(layer[at] + layer[at + 1]) for at in range(0, len(layer), 2)]
    assert build_trie(contents, key_bytes=1).root == layer[0]


@given(writes=st.lists(st.tuples(keys, values), max_size=12), other=keys)
@settings(max_examples=50, deadline=None)
def test_get_value_after_any_writes_matches_a_dict(
    writes: list[tuple[bytes, bytes]], other: bytes
) -> None:
    trie, model = ScriptTrie(KEY_BYTES), dict[bytes, bytes]()
    for key, value in writes:
        trie.set_value(key, value)
        model[key] = value
    assert {key: trie.get_value(key) for key in model} == model
    assert trie.get_value(other) == model.get(other, bytes(32))


@given(data=st.data(), contents=st.dictionaries(keys, values, min_size=2, max_size=6))
@settings(max_examples=50, deadline=None)
def test_root_writes_in_any_order_is_the_same(data: st.DataObject, contents: Contents) -> None:
    shuffled = dict(data.draw(st.permutations(list(contents.items()))))
    assert build_trie(shuffled).root == build_trie(contents).root


@given(contents=st.dictionaries(keys, values, max_size=4), key=keys, value=values)
@settings(max_examples=50, deadline=None)
def test_root_value_written_and_written_back_is_the_same(
    contents: Contents, key: bytes, value: bytes
) -> None:
    trie = build_trie(contents)
    before = trie.root
    trie.set_value(key, value)
    assert (trie.root == before) == (value == contents.get(key, EMPTY_VALUE))
    trie.set_value(key, contents.get(key, EMPTY_VALUE))
    assert trie.root == before


@given(contents=st.dictionaries(keys, values, max_size=4), key=keys)
@settings(max_examples=50, deadline=None)
def test_build_witness_any_key_written_or_not_leads_to_the_root(
    contents: Contents, key: bytes
) -> None:
    trie = build_trie(contents)
    witness = trie.build_witness(key)
    assert (witness.key, witness.value) == (key, contents.get(key, EMPTY_VALUE))
    assert [len(sibling) for sibling in witness.branch] == [32] * 8 * KEY_BYTES
    validate_witness(witness, trie.root, KEY_BYTES)


def test_build_witness_branch_first_sibling_is_the_other_half() -> None:
    """Of 256 keys, the upper half hangs on the right of the root and the lower on the left."""
    low, high = b"\x05", b"\x85"
    trie = build_trie({low: b"l" * 32, high: b"h" * 32}, key_bytes=1)
    halves = trie.build_witness(high).branch[0], trie.build_witness(low).branch[0]
    assert keccak256(b"".join(halves)) == trie.root
    assert halves[0] != halves[1]


@given(distinct=distinct_values, data=st.data())
@settings(max_examples=50, deadline=None)
def test_validate_witness_of_an_older_root_is_stale(
    distinct: list[bytes], data: st.DataObject
) -> None:
    """Whichever key was written since: its own or another."""
    new_value, *old_values = distinct
    trie = build_trie({data.draw(keys): value for value in old_values})
    witness, old_root = trie.build_witness(data.draw(keys)), trie.root
    trie.set_value(data.draw(keys), new_value)
    assert get_refusal(witness, trie.root) == "stale_witness"
    validate_witness(witness, old_root, KEY_BYTES)


@given(distinct=distinct_values, data=st.data())
@settings(max_examples=100, deadline=None)
def test_validate_witness_any_bit_changed_is_refused(
    distinct: list[bytes], data: st.DataObject
) -> None:
    contents = {data.draw(keys): value for value in distinct}
    trie = build_trie(contents)
    key = data.draw(st.sampled_from(sorted(contents)))
    witness = trie.build_witness(key)
    bit, level = data.draw(st.integers(0, 255)), data.draw(st.integers(0, 31))
    branch = list(witness.branch)
    branch[level] = flip(branch[level], bit)
    for forged in (
        replace(witness, key=flip(key, bit % 32)),
        replace(witness, value=flip(witness.value, bit)),
        replace(witness, branch=tuple(branch)),
    ):
        assert get_refusal(forged, trie.root) == "stale_witness"


@given(contents=st.dictionaries(keys, values, max_size=4), key=keys, bit=st.integers(0, 255))
@settings(max_examples=50, deadline=None)
def test_validate_witness_any_bit_of_the_root_changed_is_refused(
    contents: Contents, key: bytes, bit: int
) -> None:
    trie = build_trie(contents)
    other = Root(flip(trie.root, bit))
    assert get_refusal(trie.build_witness(key), other) == "stale_witness"


def test_validate_witness_inner_node_as_value_of_a_shorter_key_is_refused() -> None:
    """The hashes alone would lead to the root: an inner node is the 64 bytes of two children."""
    trie = build_trie({b"abcd": b"v" * 32})
    witness = trie.build_witness(b"abcd")
    *upper, left = witness.branch[:25]
    node = keccak256(witness.value)
    for level, sibling in enumerate(reversed(witness.branch[25:])):
        on_the_right = (int.from_bytes(b"abcd", "big") >> level) & 1
        node = keccak256(sibling + node if on_the_right else node + sibling)
    on_the_right = b"abcd"[3] >> 7
    inner = left + node if on_the_right else node + left
    forged = Witness(b"abc", inner, tuple(upper))
    with pytest.raises(InvalidProof, match="malformed_witness"):
        validate_witness(forged, trie.root, KEY_BYTES)


@pytest.mark.parametrize(
    "changes",
    [
        {"key": b"abc"},
        {"key": b"abcde"},
        {"value": b""},
        {"branch": ()},
        {"branch": (bytes(32),) * 33},
        {"branch": (bytes(31),) + (bytes(32),) * 31},
    ],
)
def test_validate_witness_wrong_sizes_are_malformed(changes: dict[str, Any]) -> None:
    trie = build_trie({b"abcd": b"v" * 32})
    forged = replace(trie.build_witness(b"abcd"), **changes)
    with pytest.raises(InvalidProof) as caught:
        validate_witness(forged, trie.root, KEY_BYTES)
    assert caught.value.code == "malformed_witness"


def test_set_value_blank_is_a_bug_of_the_caller() -> None:
    trie = build_trie({})
    before = trie.root
    with pytest.raises(ValueError, match="at least one byte"):
        trie.set_value(b"abcd", b"")
    assert trie.root == before


@pytest.mark.parametrize("size_bytes", [1, 31, 33, 112])
def test_build_witness_value_of_any_size_is_proven(size_bytes: int) -> None:
    trie = build_trie({b"abcd": b"v" * size_bytes})
    witness = trie.build_witness(b"abcd")
    validate_witness(witness, trie.root, KEY_BYTES)
    assert (
        get_refusal(replace(witness, value=witness.value[:-1] + b"w"), trie.root) == "stale_witness"
    )


def test_view_older_root_shows_what_was_there() -> None:
    trie = build_trie({b"abcd": b"old"})
    older = trie.root
    trie.set_value(b"abcd", b"new")
    view = trie.view(older)
    assert (view.root, view.get_value(b"abcd")) == (older, b"old")
    assert trie.get_value(b"abcd") == b"new"
    validate_witness(view.build_witness(b"abcd"), older, KEY_BYTES)


def test_rewind_older_root_is_written_on_from_there() -> None:
    trie = build_trie({b"abcd": b"old"})
    older = trie.root
    trie.set_value(b"abcd", b"new")
    trie.rewind(older)
    trie.set_value(b"abce", b"other")
    assert trie.root == build_trie({b"abcd": b"old", b"abce": b"other"}).root


@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_forget_all_but_keeps_the_roots_it_is_told_and_views_made_before(
    data: st.DataObject,
) -> None:
    writes = data.draw(st.lists(st.tuples(keys, values.filter(any)), min_size=40, max_size=60))
    trie, roots, contents = ScriptTrie(KEY_BYTES), [], [dict[bytes, bytes]()]
    roots.append(trie.root)
    for key, value in writes:
        trie.set_value(key, value)
        roots.append(trie.root)
        contents.append({**contents[-1], key: value})
    kept = data.draw(st.integers(0, len(writes)))
    before = trie.view(roots[1])

    trie.forget_all_but([roots[kept]])

    assert {key: trie.get_value(key) for key in contents[-1]} == contents[-1]
    older = trie.view(roots[kept])
    assert {key: older.get_value(key) for key in contents[kept]} == contents[kept]
    assert {key: before.get_value(key) for key in contents[1]} == contents[1]


def test_forget_all_but_bounds_what_a_long_run_keeps() -> None:
    trie = ScriptTrie(KEY_BYTES)
    sizes = []
    for number in range(400):
        trie.set_value(bytes(4), number.to_bytes(32, "big"))
        trie.forget_all_but(())
        sizes.append(trie.node_count)

    assert max(sizes) < 1_200
