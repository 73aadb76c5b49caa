"""One proof for many keys of a script's state, each sibling in it once.

Keys are sorted. The ways from their leaves up to the root meet: where two ways meet, neither
needs the other as a sibling. What remains are *segments*, stretches of one way between two
meetings, and their siblings are listed segment after segment, from the leaf upwards, the left
subtree before the right one and both before the segment above their meeting.

Most of the siblings near the leaves are empty subtrees, whose roots everybody can compute. So
a segment is a sequence of runs that take turns: a byte says how many siblings are empty, a
byte how many are not, and these follow, 32 bytes each. A segment that begins at a leaf begins
with a run of empty ones, a segment that begins at a meeting with a run of others; either may
be none. A run of more than 255 goes on behind a run of none. A segment without a sibling takes
no byte.

There is one multiproof for a tree and some keys. A script checks it, and computes the new root
from it, with ``smt`` of the SDK in ``scenarios/scripts/sdk``.

Source:
    PROTOCOL 10 ("with (or sharing) a witness for the accounts it touches"); the layout is ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby, pairwise
from typing import Final, NamedTuple

from eth_hash.auto import keccak

from chain.errors import InvalidProof
from chain.trie import EMPTY_VALUE, ScriptTrie
from chain.types import Root

_NODE_BYTES: Final = 32
_LONGEST_RUN: Final = 255


@dataclass(frozen=True, slots=True)
class Multiproof:
    """What a script needs to read or replace several keys.

    Attributes:
        keys: Distinct and rising, at least one.
        values: Their values, at least one byte each, 32 zero bytes if never written.
        siblings: The siblings as the module describes them.
    """

    keys: tuple[bytes, ...]
    values: tuple[bytes, ...]
    siblings: bytes


class _Segment(NamedTuple):
    """A stretch of a key's way from one height to another; leaves have height 0."""

    key: bytes
    start: int
    stop: int


def build_multiproof(trie: ScriptTrie, keys: Sequence[bytes]) -> Multiproof:
    """Return the proof of the current values of keys, written or not.

    Args:
        trie: The whole tree.
        keys: At least one, in any order; one given twice counts once.

    Raises:
        ValueError: There is no key: a bug of the caller.
    """
    if not keys:
        raise ValueError("a multiproof needs a key")
    distinct = sorted(set(keys))
    witnesses = {key: trie.build_witness(key) for key in distinct}
    depth = 8 * len(distinct[0])
    empty = compute_empty_roots(depth)
    encoded = []
    for segment in _list_segments(distinct, depth):
        branch = witnesses[segment.key].branch[::-1]
        siblings = branch[segment.start : segment.stop]
        encoded.append(_encode_segment(segment, siblings, empty))
    values = tuple(witnesses[key].value for key in distinct)
    return Multiproof(tuple(distinct), values, b"".join(encoded))


def validate_multiproof(proof: Multiproof, root: Root, key_bytes: int) -> None:
    """Refuse a multiproof that does not belong to a root, because it is wrong or stale.

    Args:
        proof: The proof.
        root: Root of the tree, 32 bytes.
        key_bytes: Bytes of a key in that tree.

    Raises:
        InvalidProof: ``malformed_multiproof``, ``stale_multiproof``.
    """
    computed = compute_multiproof_root(proof, key_bytes)
    if computed != root:
        raise InvalidProof("stale_multiproof", computed=computed, expected=root)


def compute_updated_root(proof: Multiproof, writes: Mapping[bytes, bytes], key_bytes: int) -> Root:
    """Return the root after some of the proven keys have new values.

    Args:
        proof: A valid proof.
        writes: New values, by key.
        key_bytes: Bytes of a key in that tree.

    Raises:
        InvalidProof: ``malformed_multiproof``.
        KeyError: A written key is not proven: a bug of the caller.
    """
    current = dict(zip(proof.keys, proof.values, strict=True))
    if unproven := writes.keys() - current.keys():
        raise KeyError(min(unproven))
    updated = tuple({**current, **writes}.values())
    return compute_multiproof_root(replace(proof, values=updated), key_bytes)


def compute_multiproof_root(proof: Multiproof, key_bytes: int) -> Root:
    """Return the root that keys, values and siblings lead to.

    Raises:
        InvalidProof: ``malformed_multiproof``.
    """
    _validate_shape(proof, key_bytes)
    leaves = iter(proof.values)
    empty = compute_empty_roots(8 * key_bytes)
    reader = _Reader(proof.siblings)
    nodes: list[bytes] = []
    for segment in _list_segments(proof.keys, 8 * key_bytes):
        if segment.start == 0:
            node = keccak(next(leaves))
        else:
            right, left = nodes.pop(), nodes.pop()
            node = keccak(left + right)
        nodes.append(_pass_siblings(node, segment, reader, empty))
    reader.finish()
    [root] = nodes
    return Root(root)


def _validate_shape(proof: Multiproof, key_bytes: int) -> None:
    """Refuse other sizes: with a shorter key, an inner node would pass for a value."""
    if (
        not proof.keys
        or len(proof.keys) != len(proof.values)
        or {len(key) for key in proof.keys} != {key_bytes}
        or not all(proof.values)
        or not all(low < high for low, high in pairwise(proof.keys))
    ):
        raise InvalidProof("malformed_multiproof", keys=len(proof.keys), values=len(proof.values))


def _list_segments(keys: Sequence[bytes], stop: int) -> list[_Segment]:
    """Return the segments of sorted keys, below and up to a height, in the proof's order."""
    first = keys[0]
    if len(keys) == 1:
        return [_Segment(first, 0, stop)]
    meeting = (_to_path(first) ^ _to_path(keys[-1])).bit_length()
    middle = next(at for at, key in enumerate(keys) if _is_right(key, meeting - 1))
    return [
        *_list_segments(keys[:middle], meeting - 1),
        *_list_segments(keys[middle:], meeting - 1),
        _Segment(first, meeting, stop),
    ]


def _to_path(key: bytes) -> int:
    return int.from_bytes(key, "big")


def _is_right(key: bytes, height: int) -> bool:
    return bool(_to_path(key) >> height & 1)


@cache
def compute_empty_roots(depth: int) -> tuple[bytes, ...]:
    """Return the roots of trees in which nothing was written, by height up to a depth."""
    roots = [keccak(EMPTY_VALUE)]
    for _ in range(depth):
        roots.append(keccak(roots[-1] + roots[-1]))
    return tuple(roots)


def _encode_segment(segment: _Segment, siblings: Sequence[bytes], empty: Sequence[bytes]) -> bytes:
    encoded = bytearray()
    kind = segment.start == 0
    heights = range(segment.start, segment.stop)
    marked = [(node == empty[height], node) for height, node in zip(heights, siblings, strict=True)]
    for is_empty, group in groupby(marked, key=lambda pair: pair[0]):
        run = [node for _, node in group]
        if is_empty != kind:
            encoded.append(0)
        for start in range(0, len(run), _LONGEST_RUN):
            part = run[start : start + _LONGEST_RUN]
            encoded += b"\x00" if start else b""
            encoded.append(len(part))
            encoded += b"" if is_empty else b"".join(part)
        kind = not is_empty
    return bytes(encoded)


class _Reader:
    """Takes a multiproof's siblings apart."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) != size:
            raise self.refuse()
        self._at += size
        return taken

    def finish(self) -> None:
        if self._at != len(self._data):
            raise self.refuse()

    def refuse(self) -> InvalidProof:
        return InvalidProof("malformed_multiproof", at=self._at, size=len(self._data))


def _pass_siblings(
    node: bytes, segment: _Segment, reader: _Reader, empty: Sequence[bytes]
) -> bytes:
    """Return the node at the end of a segment, given the one at its start."""
    height, are_empty, may_be_none = segment.start, segment.start == 0, True
    while height < segment.stop:
        [run] = reader.take(1)
        if run > segment.stop - height or (run == 0 and not may_be_none):
            raise reader.refuse()
        for _ in range(run):
            sibling = empty[height] if are_empty else reader.take(_NODE_BYTES)
            if sibling == empty[height] and not are_empty:
                raise reader.refuse()
            on_the_right = _is_right(segment.key, height)
            node = keccak(sibling + node if on_the_right else node + sibling)
            height += 1
        may_be_none = run == _LONGEST_RUN
        are_empty = not are_empty
    return node
