"""SSZ: bytes, roots, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ssz.hashable_list import HashableList
from ssz.sedes import List, uint8

from chain.constants import (
    BRANCH_LIMIT,
    COMMITTEE_LIMIT,
    WITHDRAWAL_DATA_BYTES_LIMIT,
    ZERO_PUBKEY,
    ZERO_ROOT,
    ZERO_SIGNATURE,
)
from chain.containers import (
    EMPTY_SHARD_BLOCK_HEADER,
    Crosslink,
    SignedBeaconBlock,
    SignedCrosslink,
    SignedShardBlock,
    Validator,
    Withdrawal,
    WithdrawalReceiptProof,
)
from chain.encoding import (
    ZERO_HASHES,
    Bytes,
    Container,
    compute_list_root,
    decode,
    decode_list,
    encode,
    list_of,
    make_list,
    merkleize_chunks,
    mix_in_length,
    uint64,
)
from chain.errors import MalformedEncoding
from chain.types import Slot
from tests.helpers import ssz_model
from tests.helpers.properties import HEAVY_PROPERTY, PROPERTY

BLOCKS = [SignedBeaconBlock, SignedShardBlock]

EDITS = st.one_of(
    st.tuples(st.just("set"), st.integers(0, 2**16), st.binary(min_size=1, max_size=4)),
    st.tuples(st.just("insert"), st.integers(0, 2**16), st.binary(min_size=1, max_size=33)),
    st.tuples(st.just("delete"), st.integers(0, 2**16), st.binary(min_size=1, max_size=33)),
    st.tuples(
        st.just("offset"),
        st.integers(0, 2**16),
        st.sampled_from([0, 1, 4, 100, 2**31, 2**32 - 4]).map(lambda n: n.to_bytes(4, "little")),
    ),
)


def edit(data: bytes, how: str, where: int, what: bytes) -> bytes:
    at = where % (len(data) + 1)
    match how:
        case "insert":
            return data[:at] + what + data[at:]
        case "delete":
            return data[:at] + data[at + len(what) :]
        case "offset":  # the first words of an encoding are where offsets are
            at = 4 * (where % 64)
    return (data[:at] + what + data[at + len(what) :])[: len(data)]


def decode_or_refuse(kind: type[Container], data: bytes) -> str:
    """Decode bytes of which nothing is known; anything but the named error is a bug."""
    try:
        value = decode(kind, data)
    except MalformedEncoding as error:
        return error.code
    assert encode(value) == data
    assert value.hash_tree_root == ssz_model.compute_naive_root(kind, value)
    return "decoded"


@pytest.mark.parametrize("kind", BLOCKS)
@HEAVY_PROPERTY
@given(data=st.data())
def test_decode_edited_block_is_refused_or_means_those_bytes(
    kind: type[Container], data: st.DataObject
) -> None:
    encoded = encode(data.draw(ssz_model.values_of(kind)))

    for how, where, what in data.draw(st.lists(EDITS, min_size=1, max_size=4)):
        encoded = edit(encoded, how, where, what)

    assert decode_or_refuse(kind, encoded) in {"decoded", "not_ssz", "not_canonical"}


@pytest.mark.parametrize("kind", BLOCKS)
@PROPERTY
@given(data=st.binary(max_size=500))
def test_decode_random_bytes_are_refused(kind: type[Container], data: bytes) -> None:
    assert decode_or_refuse(kind, data) in {"not_ssz", "not_canonical"}


@pytest.mark.parametrize("size", [0, 1, 183, 185])
def test_decode_wrong_size_is_refused(size: int) -> None:
    with pytest.raises(MalformedEncoding) as caught:
        decode(Validator, bytes(size))

    assert caught.value.code == "not_ssz"
    assert caught.value.values == {"kind": "Validator", "size": size}


def test_decode_offset_gap_is_not_canonical() -> None:
    proof = WithdrawalReceiptProof.create(slot=1, position=2, branch=[b"\x05" * 32])
    encoded = encode(proof)
    assert encoded[16:20] == (20).to_bytes(4, "little")

    with pytest.raises(MalformedEncoding) as caught:
        decode(WithdrawalReceiptProof, encoded[:16] + (24).to_bytes(4, "little") + encoded[20:])

    assert caught.value.code == "not_canonical"


def test_decode_list_over_its_limit_is_refused() -> None:
    fitting = WithdrawalReceiptProof.create(slot=0, position=0, branch=[ZERO_ROOT] * BRANCH_LIMIT)
    encoded = encode(fitting)
    assert decode(WithdrawalReceiptProof, encoded) == fitting

    with pytest.raises(MalformedEncoding) as caught:
        decode(WithdrawalReceiptProof, encoded + ZERO_ROOT)

    assert caught.value.code == "not_ssz"


@pytest.mark.parametrize(
    "bits",
    [b"", b"\x00", b"\x01\x00", bytes(COMMITTEE_LIMIT // 8) + b"\x02"],
    ids=["empty", "no end mark", "end mark not last", "over the limit"],
)
def test_decode_malformed_bitlist_is_refused(bits: bytes) -> None:
    crosslink = Crosslink.create(
        shard=0, start_slot=0, end_slot=0, headers_root=ZERO_ROOT, shard_state_root=ZERO_ROOT
    )
    fitting = SignedCrosslink.create(
        crosslink=crosslink, aggregation_bits=(), signature=ZERO_SIGNATURE
    )
    encoded = encode(fitting)
    assert encoded[-1:] == b"\x01"

    with pytest.raises(MalformedEncoding) as caught:
        decode(SignedCrosslink, encoded[:-1] + bits)

    assert caught.value.code == "not_ssz"


def test_decode_bytes_over_their_limit_are_refused() -> None:
    fitting = Withdrawal.create(
        validator_index=0,
        target=0,
        data=bytes(WITHDRAWAL_DATA_BYTES_LIMIT),
        pubkey=ZERO_PUBKEY,
        signature=ZERO_SIGNATURE,
    )
    encoded = encode(fitting)
    assert decode(Withdrawal, encoded) == fitting

    with pytest.raises(MalformedEncoding) as caught:
        decode(Withdrawal, encoded + b"\x00")

    assert caught.value.code == "not_ssz"


@PROPERTY
@given(validators=st.lists(ssz_model.values_of(Validator), max_size=4))
def test_decode_list_of_containers_round_trips(validators: list[Validator]) -> None:
    encoded = b"".join(encode(validator) for validator in validators)

    assert decode_list(Validator, 4, encoded) == tuple(validators)


@pytest.mark.parametrize("data", [bytes(111), bytes(5 * 112)], ids=["part", "over the limit"])
def test_decode_list_malformed_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedEncoding) as caught:
        decode_list(Validator, 4, data)

    assert caught.value.code == "not_ssz"


@pytest.mark.parametrize("limit", [1, 31, 32, 33, 100, 2**22])
@PROPERTY
@given(data=st.data())
def test_bytes_root_equals_list_of_byte(limit: int, data: st.DataObject) -> None:
    value = data.draw(st.binary(max_size=min(limit, 100)))

    root = Bytes(limit).get_hash_tree_root(value)

    assert root == HashableList.from_iterable(value, List(uint8, limit)).hash_tree_root
    assert root == ssz_model.compute_naive_root(Bytes(limit), value)


def test_bytes_over_the_limit_have_no_root() -> None:
    with pytest.raises(Exception, match="34 bytes exceed the limit 33"):
        Bytes(33).get_hash_tree_root(bytes(34))


def test_bytes_kinds_are_equal_when_their_limits_are() -> None:
    assert Bytes(5) == Bytes(5)
    assert hash(Bytes(5)) == hash(Bytes(5))
    assert Bytes(5) != Bytes(6)
    assert Bytes(5).get_sedes_id() != Bytes(6).get_sedes_id()
    assert Bytes(5).get_key(b"a") != Bytes(5).get_key(b"b")


def test_bytes_root_and_leaves_are_the_root_and_the_cache_as_it_was() -> None:
    cache = object()

    assert Bytes(5).get_hash_tree_root_and_leaves(b"abc", cache) == (
        Bytes(5).get_hash_tree_root(b"abc"),
        cache,
    )


def test_bytes_have_no_fixed_size() -> None:
    with pytest.raises(ValueError, match="no fixed size"):
        Bytes(5).get_fixed_size()


@PROPERTY
@given(chunks=st.lists(st.binary(min_size=32, max_size=32), max_size=9), spare=st.integers(1, 40))
def test_merkleize_chunks_equals_the_specification(chunks: list[bytes], spare: int) -> None:
    limit = len(chunks) + spare

    assert merkleize_chunks(chunks, limit) == ssz_model.merkleize(chunks, limit)


def test_merkleize_chunks_over_the_limit_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="3 chunks exceed the limit 2"):
        merkleize_chunks([ZERO_ROOT] * 3, 2)


def test_zero_hashes_are_roots_of_zero_subtrees() -> None:
    assert [ZERO_HASHES[height] for height in range(40)] == [
        ssz_model.merkleize((), 2**height) for height in range(40)
    ]


@PROPERTY
@given(validators=st.lists(ssz_model.values_of(Validator), max_size=4))
def test_compute_list_root_equals_the_lists_own(validators: list[Validator]) -> None:
    root = compute_list_root(10, validators)

    assert root == make_list(Validator, 10, validators).hash_tree_root
    assert root == ssz_model.compute_naive_root(list_of(Validator, 10), validators)


def test_mix_in_length_appends_a_little_endian_chunk() -> None:
    assert mix_in_length(b"\x01" * 32, 258) == ssz_model.hash_pair(
        b"\x01" * 32, b"\x02\x01" + bytes(30)
    )


@pytest.mark.parametrize("element", [uint64, Validator])
@PROPERTY
@given(data=st.data())
def test_changed_list_has_the_root_of_a_fresh_one(element: object, data: st.DataObject) -> None:
    kind, values = list_of(element, 64), ssz_model.values_of(element)
    first, *runs = data.draw(st.lists(st.lists(values, max_size=6), min_size=1, max_size=5))
    model, changed = first, make_list(element, 64, first)

    for run in runs:
        changed, model = changed.extend(run), model + run
        if model:
            at = data.draw(st.integers(0, len(model) - 1))
            changed, model = changed.set(at, model[0]), [*model[:at], model[0], *model[at + 1 :]]

    assert list(changed) == model
    assert changed.hash_tree_root == ssz_model.compute_naive_root(kind, model)


@pytest.mark.parametrize("changes", [255, 256, 257, 600])
def test_list_changed_many_times_between_two_roots_has_the_root_of_a_fresh_one(
    changes: int,
) -> None:
    changed = make_list(uint64, 4_096, range(1_000))
    model = list(range(1_000))
    before = changed.hash_tree_root

    for change in range(changes):
        at = change * 37 % 1_000
        changed, model[at] = changed.set(at, 10**6 + change), 10**6 + change

    assert list(changed) == model
    assert changed.hash_tree_root == make_list(uint64, 4_096, model).hash_tree_root != before


def test_draft_has_no_root_until_it_is_finished() -> None:
    """The original's root would be a lie about the draft."""
    draft = EMPTY_SHARD_BLOCK_HEADER.draft()
    draft.slot = Slot(7)
    with pytest.raises(AttributeError, match="no hash_tree_root yet"):
        _ = draft.hash_tree_root
    assert Container.finish(draft) == EMPTY_SHARD_BLOCK_HEADER.evolve(slot=7)
