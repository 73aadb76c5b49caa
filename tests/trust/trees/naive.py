"""A sparse Merkle tree that is nothing but its leaves, hashed from the top on every question.

Source:
    The layout of the tree is py-trie's: keccak256, keys read from the most significant bit, an
    unwritten leaf is 32 zero bytes. The layout of multiproofs is what ``chain.multiproof``
    promises in words; this is written from those words, recursively and from the root downwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from Crypto.Hash import keccak

_UNWRITTEN = bytes(32)
_LONGEST_RUN = 255

Leaves = Mapping[int, bytes]
"""Values by key, keys as numbers."""


def hash_bytes(data: bytes) -> bytes:
    """Return keccak256."""
    return keccak.new(digest_bits=256, data=data).digest()


@cache
def hash_unwritten(height: int) -> bytes:
    """Return the root of a subtree in which nothing was ever written."""
    if height == 0:
        return hash_bytes(_UNWRITTEN)
    return hash_bytes(hash_unwritten(height - 1) * 2)


def split(leaves: Leaves, height: int) -> tuple[Leaves, Leaves]:
    """Return the leaves of both halves of a subtree of some height, by their keys within it."""
    half = 1 << (height - 1)
    left = {key: value for key, value in leaves.items() if key < half}
    right = {key - half: value for key, value in leaves.items() if key >= half}
    return left, right


def compute_root(leaves: Leaves, height: int) -> bytes:
    """Return the root of a subtree."""
    if not leaves:
        return hash_unwritten(height)
    if height == 0:
        return hash_bytes(leaves[0])
    left, right = split(leaves, height)
    return hash_bytes(compute_root(left, height - 1) + compute_root(right, height - 1))


def list_siblings(leaves: Leaves, height: int, key: int) -> list[bytes]:
    """Return the siblings of a key's way, from the root downwards."""
    if height == 0:
        return []
    left, right = split(leaves, height)
    half = 1 << (height - 1)
    here, there = (right, left) if key >= half else (left, right)
    below = list_siblings(here, height - 1, key % half)
    return [compute_root(there, height - 1), *below]


@dataclass(frozen=True, slots=True)
class _Climb:
    """What a multiproof says of a subtree: finished segments, and the one that ends at its root.

    Attributes:
        finished: Segments below, encoded.
        siblings: Of the last segment so far: whether each is unwritten, and the node.
        from_leaf: Whether that segment begins at a leaf.
    """

    finished: bytes
    siblings: tuple[tuple[bool, bytes], ...]
    from_leaf: bool

    def close(self) -> bytes:
        """Return all segments, the last one included."""
        return self.finished + _encode_runs(self.siblings, starts_unwritten=self.from_leaf)


def encode_siblings(leaves: Leaves, height: int, keys: Iterable[int]) -> bytes:
    """Return the siblings of a multiproof of sorted keys."""
    return _climb(leaves, height, tuple(keys)).close()


def _climb(leaves: Leaves, height: int, keys: Sequence[int]) -> _Climb:
    if height == 0:
        return _Climb(b"", (), from_leaf=True)
    half = 1 << (height - 1)
    left, right = split(leaves, height)
    in_left = [key for key in keys if key < half]
    in_right = [key - half for key in keys if key >= half]
    if in_left and in_right:
        sides = (_climb(left, height - 1, in_left), _climb(right, height - 1, in_right))
        return _Climb(b"".join(side.close() for side in sides), (), from_leaf=False)
    here, there, kept = (left, right, in_left) if in_left else (right, left, in_right)
    below = _climb(here, height - 1, kept)
    node = compute_root(there, height - 1)
    sibling = (node == hash_unwritten(height - 1), node)
    return _Climb(below.finished, (*below.siblings, sibling), below.from_leaf)


def _encode_runs(siblings: Sequence[tuple[bool, bytes]], *, starts_unwritten: bool) -> bytes:
    """Encode runs of unwritten and written siblings that take turns."""
    encoded, expected = bytearray(), starts_unwritten
    for is_unwritten, group in groupby(siblings, key=lambda sibling: sibling[0]):
        run = [node for _, node in group]
        if is_unwritten is not expected:
            encoded.append(0)
        while run:
            part, run = run[:_LONGEST_RUN], run[_LONGEST_RUN:]
            encoded.append(len(part))
            encoded += b"" if is_unwritten else b"".join(part)
            if run:
                encoded.append(0)
        expected = not is_unwritten
    return bytes(encoded)
