"""Merkle trees as SSZ shapes them: 32-byte nodes, padded with zeros up to a power of two.

Source:
    SSZ merkleization.
"""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256 as _sha256
from itertools import chain
from typing import Any, Final, NamedTuple, Protocol, cast

from pyrsistent import pvector
from pyrsistent.typing import PVector
from ssz.constants import ZERO_HASHES as _ZERO_HASHES

from chain.types import Root

ZERO_HASHES: Sequence[bytes] = _ZERO_HASHES
"""Roots of all-zero subtrees, by height."""

CHUNK_BYTES = 32

_LONG_CHAIN: Final = 256


def hash_pair(left: bytes, right: bytes) -> Root:
    """Return the parent of two tree nodes: sha256 of both, 32 bytes.

    Source:
        SSZ merkleization.
    """
    return Root(_sha256(left + right).digest())


def merkleize_chunks(chunks: Sequence[bytes], limit: int) -> Root:
    """Return the root over 32-byte chunks, padded with zero chunks up to ``limit``.

    Args:
        chunks: At most ``limit`` values of 32 bytes each.
        limit: Number of leaves, rounded up to a power of two; at least 1.

    Raises:
        ValueError: More chunks than the limit: a bug of the caller.

    Source:
        SSZ merkleization; ours rather than py-ssz's, which memoizes every chunk list.
    """
    if len(chunks) > limit:
        raise ValueError(f"{len(chunks)} chunks exceed the limit {limit}")
    height_of_root = (limit - 1).bit_length()
    if not chunks:
        return Root(ZERO_HASHES[height_of_root])
    layer = list(chunks)
    for height in range(height_of_root):
        layer = _hash_layer(layer, height)
    return Root(layer[0])


def mix_in_length(root: bytes, length: int) -> Root:
    """Return the root of a list from the root of its elements and their number.

    Source:
        SSZ merkleization.
    """
    return hash_pair(root, length.to_bytes(CHUNK_BYTES, "little"))


def split_chunks(data: bytes) -> list[bytes]:
    """Cut bytes into chunks, the last one padded with zeros."""
    padded = data + bytes(-len(data) % CHUNK_BYTES)
    return [padded[start : start + CHUNK_BYTES] for start in range(0, len(padded), CHUNK_BYTES)]


class _Change(NamedTuple):
    """Positions of chunks that changed, and the changes before.

    A chain, so that a change costs the same whatever came before; a long one is folded up, so
    that a tree which changes for ever and is never hashed does not grow.
    """

    positions: Iterable[int]
    earlier: "_Change | None"
    length: int


def _add_change(positions: Iterable[int], earlier: _Change | None) -> _Change:
    if earlier is None or earlier.length < _LONG_CHAIN:
        return _Change(positions, earlier, 1 if earlier is None else earlier.length + 1)
    return _Change(_list_positions(earlier).union(positions), None, 1)


def _list_positions(change: _Change | None) -> set[int]:
    positions: set[int] = set()
    while change is not None:
        positions.update(change.positions)
        change = change.earlier
    return positions


class Tree:
    """A persistent Merkle tree that hashes when it is asked, in the form py-ssz expects.

    Every change makes a new tree, with a new lowest layer and no hash. The layers above follow
    when somebody asks for the root, all changes at once: a transition changes some lists many
    times before anybody asks, and a proposer's trial state is never asked at all.

    Source:
        Ours: py-ssz's own tree hashes every level at every change.
    """

    __slots__ = ("_changes", "_layers", "_limit", "chunks")

    def __init__(
        self,
        chunks: PVector[bytes],
        limit: int,
        layers: Sequence[PVector[bytes]] = (),
        changes: _Change | None = None,
    ) -> None:
        """Take the leaves, and what is known about an earlier tree.

        Args:
            chunks: The leaves, 32 bytes each, at least one.
            limit: Most leaves.
            layers: All layers of an earlier tree, its leaves first; empty when none is known.
            changes: Where its leaves differ.

        Raises:
            ValueError: More chunks than the limit: a bug of the caller.
        """
        if len(chunks) > limit:
            raise ValueError(f"{len(chunks)} chunks exceed the limit {limit}")
        self.chunks = chunks
        self._limit = limit
        self._layers = layers
        self._changes = changes

    @property
    def root(self) -> bytes:
        """Return the root, 32 bytes."""
        return self.raw_hash_tree[-1][0]

    @property
    def raw_hash_tree(self) -> Sequence[PVector[bytes]]:
        """Return all layers, the leaves first, without the zeros that pad them."""
        if not self._layers:
            self._layers = _compute_layers(self.chunks, self._limit)
        elif self._changes is not None:
            self._layers = _update_layers(self._layers, self.chunks, _list_positions(self._changes))
        self._changes = None
        return self._layers

    def mset(self, *pairs: int | bytes) -> "Tree":
        """Return a tree with some chunks replaced, or appended where they end.

        Args:
            pairs: A position and its chunk, and so on: the form of persistent vectors.
        """
        # Without layers there is nothing that a change could outdate.
        positions = cast("Sequence[int]", pairs[::2])
        changes = _add_change(positions, self._changes) if self._layers else None
        return Tree(self.chunks.mset(*cast("Any", pairs)), self._limit, self._layers, changes)

    def set(self, index: int, chunk: bytes) -> "Tree":
        """Return a tree with one chunk replaced."""
        return self.mset(index, chunk)

    def extend(self, chunks: Iterable[bytes]) -> "Tree":
        """Return a tree with more chunks."""
        pairs: Any = chain.from_iterable(enumerate(chunks, len(self.chunks)))
        return self.mset(*pairs)


class HasRoot(Protocol):
    """What keeps a root of its own."""

    @property
    def hash_tree_root(self) -> bytes:
        """Return the root, 32 bytes."""


Leaf = bytes | HasRoot
"""The root of a container's field, or the field, as long as nobody has asked for its root."""


class FieldTree:
    """The tree over a container's fields, in the form py-ssz expects.

    It is hashed when somebody asks for the root, and only then are the roots of fields that keep
    one of their own. A state of which nobody asks the root costs no hash at all.

    Attributes:
        leaves: The leaves, as far as they are known.
    """

    __slots__ = ("_root", "leaves")

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        """Take a leaf for every field."""
        self.leaves = leaves
        self._root: bytes | None = None

    @property
    def chunks(self) -> Sequence[bytes]:
        """Return the roots of all fields."""
        chunks = [leaf if isinstance(leaf, bytes) else leaf.hash_tree_root for leaf in self.leaves]
        self.leaves = chunks
        return chunks

    @property
    def root(self) -> bytes:
        """Return the root, 32 bytes."""
        if self._root is None:
            self._root = merkleize_chunks(self.chunks, len(self.leaves))
        return self._root

    @property
    def raw_hash_tree(self) -> Sequence[Sequence[bytes]]:
        """Return all layers, the leaves first, without the zeros that pad them."""
        return _compute_layers(pvector(self.chunks), len(self.leaves))

    def mset(self, *pairs: int | bytes) -> "FieldTree":
        """Return a tree with some leaves replaced, in the form of persistent vectors."""
        leaves = list(self.leaves)
        for position, leaf in zip(pairs[::2], pairs[1::2], strict=True):
            leaves[cast("int", position)] = cast("bytes", leaf)
        return FieldTree(leaves)

    def extend(self, chunks: Iterable[bytes]) -> "FieldTree":
        """Return a tree with these leaves more; a container never has any more.

        Raises:
            ValueError: There are some: a bug of the caller.
        """
        if any(True for _ in chunks):
            raise ValueError("a container does not grow")
        return self


def _compute_layers(chunks: PVector[bytes], limit: int) -> list[PVector[bytes]]:
    layers, layer = [chunks], list(chunks)
    for height in range((limit - 1).bit_length()):
        layer = _hash_layer(layer, height)
        layers.append(pvector(layer))
    return layers


def _hash_layer(layer: list[bytes], height: int) -> list[bytes]:
    if len(layer) == 1:
        return [_sha256(layer[0] + ZERO_HASHES[height]).digest()]
    if len(layer) % 2:
        layer = [*layer, ZERO_HASHES[height]]
    # Spelt out rather than hash_pair: block data is hashed here, and a call costs a fifth.
    return [
        _sha256(left + right).digest() for left, right in zip(layer[::2], layer[1::2], strict=True)
    ]


def _update_layers(
    layers: Sequence[PVector[bytes]], chunks: PVector[bytes], changed: Collection[int]
) -> list[PVector[bytes]]:
    """Return the layers above new leaves, hashing only what is above a changed one."""
    updated, below = [chunks], chunks
    for height, outdated in enumerate(layers[1:]):
        layer = outdated
        parents = sorted({position >> 1 for position in changed})
        for parent in parents:
            right = 2 * parent + 1
            sibling = below[right] if right < len(below) else ZERO_HASHES[height]
            # Setting what is right behind the end appends.
            layer = layer.set(parent, _sha256(below[right - 1] + sibling).digest())
        updated.append(layer)
        below, changed = layer, parents
    return updated
