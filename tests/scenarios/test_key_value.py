"""key_value: what it writes, checked against py-trie, and everything that it must refuse."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from Crypto.Hash import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.constants import ZERO_ROOT
from chain.errors import MalformedEncoding
from chain.trie import ScriptTrie, Witness
from chain.types import Root
from chain.validation import validate_script
from chain.wasm import STRICT_RULES
from simulator.key_value_data import KEY_BYTES, WRITE_BYTES, encode_write
from tests.helpers.scripts import get_runtime, read_script, run_script

LOW, NEXT, HIGH = b"\x00\x00\x00\x05", b"\x00\x00\x00\x06", b"\x80\x00\x00\x05"
BRANCH = (bytes(32),) * 32
KEY = range(4)
NEW_VALUE = range(4, 36)
OLD_VALUE_AND_BRANCH = range(36, 1092)

Write = tuple[bytes, bytes]

keys = st.sampled_from([LOW, NEXT, HIGH]) | st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
values = st.just(bytes(32)) | st.binary(min_size=32, max_size=32)
batches = st.lists(st.tuples(keys, values), max_size=4)


def keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


def value_of(seed: int) -> bytes:
    return keccak256(b"%d" % seed)


def apply_writes(trie: ScriptTrie, writes: Sequence[Write]) -> bytes:
    """Write to the trie; the result is block data in which every write has its witness."""
    data = b""
    for key, value in writes:
        data += encode_write(trie.build_witness(key), value)
        trie.set_value(key, value)
    return data


def build_trie(*written: bytes) -> ScriptTrie:
    """A trie that holds a value of its own for every key."""
    trie = ScriptTrie(KEY_BYTES)
    apply_writes(trie, [(key, value_of(at)) for at, key in enumerate(written)])
    return trie


def run_key_value(state: bytes, data: bytes) -> bytes | None:
    """Return the new state, or None if the script trapped and kept the old one."""
    result = run_script("key_value", pre_state=state, data=data)
    assert result.deposits == ()
    if result.outcome == "returned":
        return result.post_state_root
    assert (result.outcome, result.post_state_root) == ("trapped:unreachable", state)
    return None


def expect_key_value(state: bytes, data: bytes) -> bytes | None:
    """Say once more in Python what the script ought to do, without py-trie."""
    if len(data) % 1092:
        return None
    if data and state == bytes(32):
        state = compute_root(LOW, bytes(32), get_empty_branch())
    for start in range(0, len(data), 1092):
        key, new, old = data[start:][:4], data[start + 4 :][:32], data[start + 36 :][:32]
        branch = [data[start + 68 + 32 * level :][:32] for level in range(32)]
        if compute_root(key, old, branch) != state:
            return None
        state = compute_root(key, new, branch)
    return state


def get_empty_branch() -> list[bytes]:
    branch = [keccak256(bytes(32))]
    while len(branch) < 32:
        branch.insert(0, keccak256(branch[0] * 2))
    return branch


def compute_root(key: bytes, value: bytes, branch: Sequence[bytes]) -> bytes:
    """Climb from the leaf; the turns are the key's bits, read from its end."""
    node = keccak256(value)
    for turn, sibling in zip(reversed(f"{int.from_bytes(key):032b}"), branch[::-1], strict=True):
        node = keccak256(sibling + node if turn == "1" else node + sibling)
    return node


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_key_value_is_valid_in_the_strict_profile() -> None:
    validate_script(read_script("key_value"), STRICT_RULES, get_runtime())


def test_encode_write_any_part_is_where_the_script_reads_it() -> None:
    witness = build_trie(LOW).build_witness(LOW)
    write = encode_write(witness, value_of(7))
    assert WRITE_BYTES == len(write) == 1092
    assert (write[:4], write[4:36], write[36:68]) == (LOW, value_of(7), value_of(0))
    assert write[68:] == b"".join(witness.branch)


@pytest.mark.parametrize(
    ("witness", "new_value"),
    [
        (Witness(LOW, bytes(32), BRANCH), bytes(31)),
        (Witness(bytes(3), bytes(32), BRANCH), bytes(33)),
        (Witness(LOW, bytes(33), BRANCH), bytes(31)),
        (Witness(LOW, bytes(32), BRANCH[1:]), bytes(32)),
        (Witness(LOW, bytes(32), (*BRANCH, bytes(32))), bytes(32)),
        (Witness(LOW, bytes(32), (bytes(31), *BRANCH[2:], bytes(33))), bytes(32)),
    ],
    ids=["short_value", "short_key", "long_old_value", "short_branch", "long_branch", "shifted"],
)
def test_encode_write_other_sizes_are_refused(witness: Witness, new_value: bytes) -> None:
    with pytest.raises(MalformedEncoding) as caught:
        encode_write(witness, new_value)
    assert caught.value.code == "wrong_size"


@pytest.mark.parametrize(
    "state", [ZERO_ROOT, build_trie().root, build_trie(LOW).root, bytes([7]) * 32]
)
def test_key_value_empty_data_keeps_any_state(state: Root) -> None:
    assert run_key_value(state, b"") == state


@pytest.mark.parametrize("key", [LOW, HIGH, bytes(4), b"\xff\xff\xff\xff"])
def test_key_value_zero_root_is_the_empty_tree(key: bytes) -> None:
    trie = ScriptTrie(KEY_BYTES)
    empty = trie.root
    data = apply_writes(trie, [(key, value_of(1))])
    assert run_key_value(ZERO_ROOT, data) == trie.root
    assert run_key_value(empty, data) == trie.root


def test_key_value_zero_root_is_no_other_tree() -> None:
    assert run_key_value(ZERO_ROOT, apply_writes(build_trie(LOW), [(HIGH, value_of(1))])) is None


@given(blocks=st.lists(batches, max_size=3))
@settings(max_examples=40, deadline=None)
def test_key_value_any_writes_in_any_blocks_follow_the_trie(blocks: list[list[Write]]) -> None:
    trie, state = ScriptTrie(KEY_BYTES), bytes(ZERO_ROOT)
    for writes in blocks:
        data = apply_writes(trie, writes)
        after = run_key_value(state, data)
        assert after == (trie.root if data else state)
        state = after


def test_key_value_block_larger_than_its_memory_is_written() -> None:
    trie = ScriptTrie(KEY_BYTES)
    data = apply_writes(trie, [(bytes([at % 50, 0, 0, at % 3]), value_of(at)) for at in range(61)])
    assert len(data) > 65_536
    assert run_key_value(ZERO_ROOT, data) == trie.root


def test_key_value_witness_from_before_another_block_is_refused() -> None:
    trie = build_trie(LOW, HIGH)
    mine = encode_write(trie.build_witness(LOW), value_of(7))
    theirs = encode_write(trie.build_witness(HIGH), value_of(8))
    state = run_key_value(trie.root, theirs)
    assert state is not None
    assert run_key_value(state, mine) is None


@pytest.mark.parametrize("key", [LOW, NEXT, HIGH])
def test_key_value_witness_from_before_the_block_is_refused_after_another_write(key: bytes) -> None:
    trie = build_trie(LOW, HIGH)
    first = encode_write(trie.build_witness(LOW), value_of(7))
    second = encode_write(trie.build_witness(key), value_of(8))
    assert run_key_value(trie.root, first + second) is None


def test_key_value_writes_in_another_order_are_refused() -> None:
    trie = build_trie(LOW, HIGH)
    before = trie.root
    data = apply_writes(trie, [(LOW, value_of(7)), (HIGH, value_of(8))])
    assert run_key_value(before, data) == trie.root
    assert run_key_value(before, data[WRITE_BYTES:] + data[:WRITE_BYTES]) is None


def test_key_value_block_a_second_time_is_refused() -> None:
    trie = build_trie(LOW)
    before = trie.root
    data = apply_writes(trie, [(LOW, value_of(7))])
    assert run_key_value(before, data) == trie.root
    assert run_key_value(trie.root, data) is None


def test_key_value_branch_upside_down_is_refused() -> None:
    trie = build_trie(LOW, NEXT)
    witness = trie.build_witness(LOW)
    upside_down = replace(witness, branch=witness.branch[::-1])
    assert run_key_value(trie.root, encode_write(upside_down, value_of(7))) is None


@pytest.mark.parametrize("size", [1, 1091, 1093, 2183, 2185])
@pytest.mark.parametrize("state", [ZERO_ROOT, build_trie(LOW).root])
def test_key_value_ragged_length_is_refused(size: int, state: Root) -> None:
    trie = ScriptTrie(KEY_BYTES) if state == ZERO_ROOT else build_trie(LOW)
    data = apply_writes(trie, [(LOW, value_of(1)), (LOW, value_of(2)), (LOW, value_of(3))])
    assert run_key_value(state, data[:size]) is None


def test_key_value_any_byte_but_the_new_value_changed_is_refused() -> None:
    """Bit 0 of each byte; random bits below."""
    trie = build_trie(LOW, NEXT, HIGH)
    write = encode_write(trie.build_witness(LOW), value_of(7))
    accepted = [at for at in range(1092) if run_key_value(trie.root, flip(write, 8 * at))]
    assert accepted == list(NEW_VALUE)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_key_value_any_bit_of_key_old_value_or_branch_changed_is_refused(
    data: st.DataObject,
) -> None:
    trie = build_trie(LOW, NEXT, HIGH)
    before = trie.root
    block = apply_writes(trie, [(HIGH, value_of(7)), (LOW, value_of(8))])
    at = data.draw(st.sampled_from([*KEY, *OLD_VALUE_AND_BRANCH]))
    bit = 8 * (at + data.draw(st.sampled_from([0, WRITE_BYTES]))) + data.draw(st.integers(0, 7))
    assert run_key_value(before, flip(block, bit)) is None


@given(bit=st.integers(0, 255))
@settings(max_examples=20, deadline=None)
def test_key_value_any_bit_of_new_value_changed_writes_that_value(bit: int) -> None:
    trie = build_trie(LOW, HIGH)
    write = encode_write(trie.build_witness(LOW), value_of(7))
    after = run_key_value(trie.root, flip(write, 8 * NEW_VALUE.start + bit))
    trie.set_value(LOW, flip(value_of(7), bit))
    assert after == trie.root


def test_key_value_any_bit_of_the_state_changed_is_refused() -> None:
    trie = build_trie(LOW, HIGH)
    write = encode_write(trie.build_witness(LOW), value_of(7))
    states = [flip(trie.root, bit) for bit in range(256)]
    assert [run_key_value(state, write) for state in states] == [None] * 256


overwrites = st.tuples(st.integers(0, 2**13), st.binary(min_size=1, max_size=40))


@given(writes=batches, changes=st.lists(overwrites, max_size=2), from_zero=st.booleans())
@settings(max_examples=100, deadline=None)
def test_key_value_any_data_matches_the_model(
    writes: list[Write], changes: list[tuple[int, bytes]], *, from_zero: bool
) -> None:
    trie = ScriptTrie(KEY_BYTES) if from_zero else build_trie(LOW, HIGH)
    state = ZERO_ROOT if from_zero else trie.root
    data = apply_writes(trie, writes)
    for position, replacement in changes:
        at = position % (len(data) + 1)
        data = data[:at] + replacement + data[at + len(replacement) :]
    assert run_key_value(state, data) == expect_key_value(state, data)
