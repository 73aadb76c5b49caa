"""Lists and vectors: how they are declared, and what their values can do.

Source:
    SSZ lists and vectors.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain
from typing import IO, Any, Protocol, Self, TypeVar, cast, overload

from pyrsistent import pvector
from ssz.hashable_list import HashableList
from ssz.hashable_structure import BaseHashableStructure
from ssz.hashable_vector import HashableVector
from ssz.sedes import Bitlist, ByteVector, List, UInt, Vector
from ssz.sedes.base import BaseSedes

from chain.constants import ZERO_ROOT
from chain.encoding.plain import read_elements, write_elements
from chain.encoding.trees import (
    CHUNK_BYTES,
    Leaf,
    Tree,
    merkleize_chunks,
    mix_in_length,
    split_chunks,
)
from chain.types import Root

T = TypeVar("T")
S = TypeVar("S", bound=BaseHashableStructure[Any])

RootFunction = Callable[[Any], bytes]
"""Takes a value of one kind, returns its 32-byte root."""

LeafFunction = Callable[[Any], Leaf]
"""Takes the value of a field, returns its leaf."""


class SszList(Protocol[T]):
    """What py-ssz's persistent lists and vectors offer; every change returns a new one."""

    @property
    def hash_tree_root(self) -> Root:
        """Return the 32-byte root, kept up to date incrementally."""

    def __hash__(self) -> int:
        """Hash by root."""

    def __len__(self) -> int:
        """Return the number of elements."""

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """Return one element, or a run of them."""

    def __iter__(self) -> Iterator[T]:
        """Iterate over the elements in order."""

    def set(self, index: int, value: T) -> "SszList[T]":
        """Return a list with one element replaced."""

    def append(self, value: T) -> "SszList[T]":
        """Return a list with one element more."""

    def extend(self, values: Iterable[T]) -> "SszList[T]":
        """Return a list with more elements."""


class _ListValue(HashableList[Any]):
    """A list of py-ssz whose changes are made without detours."""

    @cached_property
    def hash_tree_root(self) -> bytes:  # type: ignore[override]  # a property, and kept
        """Return the root, which py-ssz mixes anew with the length whenever it is asked."""
        return mix_in_length(self.raw_root, len(self))

    @classmethod
    def from_iterable(cls, iterable: Iterable[Any], sedes: Any) -> Self:  # noqa: ANN401 - py-ssz's kind
        """Make a list.

        Raises:
            ValueError: More elements than the kind allows: a bug of the caller.
        """
        values = list(iterable)
        _validate_count(len(values), sedes.max_length)
        return cls(pvector(values), _build_tree(sedes, values), sedes, sedes.max_length)

    def set(self, index: int, value: Any) -> Self:  # noqa: ANN401 - elements differ in type
        """Return a list with one element replaced."""
        return _overwrite(self, range(len(self))[index], [value])

    def append(self, value: Any) -> Self:  # noqa: ANN401 - elements differ in type
        """Return a list with one element more."""
        return self.extend([value])

    def extend(self, values: Iterable[Any]) -> Self:
        """Return a list with more elements.

        Raises:
            ValueError: More elements than the kind allows: a bug of the caller.
        """
        added = list(values)
        _validate_count(len(self) + len(added), cast("Any", self.sedes).max_length)
        return _overwrite(self, len(self), added) if added else self


class _VectorValue(HashableVector[Any]):
    """A vector of py-ssz whose changes are made without detours."""

    @classmethod
    def from_iterable(cls, iterable: Iterable[Any], sedes: Any) -> Self:  # noqa: ANN401 - py-ssz's kind
        """Make a vector.

        Raises:
            ValueError: Not the number of elements that the kind asks for: a bug of the caller.
        """
        values = list(iterable)
        if len(values) != sedes.length:
            raise ValueError(f"{len(values)} elements for a vector of {sedes.length}")
        return cls(pvector(values), _build_tree(sedes, values), sedes)

    @property
    def hash_tree_root(self) -> bytes:  # type: ignore[override]  # py-ssz calls it Hash32
        """Return the root, which the tree keeps."""
        return self.hash_tree.root

    def set(self, index: int, value: Any) -> Self:  # noqa: ANN401 - elements differ in type
        """Return a vector with one element replaced."""
        return _overwrite(self, range(len(self))[index], [value])


class _ListKind(List[Any, Any]):
    """Reads lists as values of ours."""

    def __init__(self, kind: Any, limit: int) -> None:  # noqa: ANN401 - py-ssz's kind
        super().__init__(kind, limit)
        self.compute_leaf = _build_element_function(kind)

    def serialize(self, value: Sequence[Any]) -> bytes:
        if self.element_sedes.is_fixed_sized:
            return b"".join(map(self.element_sedes.serialize, value))
        return super().serialize(value)

    def read_plain(self, data: bytes) -> _ListValue:
        """Read a list the short way.

        Raises:
            ValueError: Not its canonical encoding.
        """
        elements = read_elements(self.element_sedes, data, self.max_length)
        return _ListValue.from_iterable(elements, self)

    def write_plain(self, value: Sequence[Any]) -> bytes:
        """Return a list's encoding."""
        return write_elements(self.element_sedes, value)

    def _deserialize_stream(self, stream: IO[bytes]) -> Any:  # noqa: ANN401 - py-ssz says tuple
        return _ListValue.from_iterable(self._deserialize_stream_to_tuple(stream), self)


class _VectorKind(Vector):
    """Reads vectors as values of ours."""

    def __init__(self, kind: Any, length: int) -> None:  # noqa: ANN401 - py-ssz's kind
        super().__init__(kind, length)
        self.compute_leaf = _build_element_function(kind)

    def read_plain(self, data: bytes) -> _VectorValue:
        """Read a vector the short way.

        Raises:
            ValueError: Not its canonical encoding.
        """
        elements = read_elements(self.element_sedes, data, self.length)
        return _VectorValue.from_iterable(elements, self)

    def write_plain(self, value: Sequence[Any]) -> bytes:
        """Return a vector's encoding."""
        return write_elements(self.element_sedes, value)


def list_of(kind: object, limit: int) -> BaseSedes[Any, Any]:
    """Return the SSZ kind ``List[kind, limit]``.

    Args:
        kind: A py-ssz sedes, or a container class.
        limit: Most elements; part of the root.
    """
    return _ListKind(cast("Any", kind), limit)


def vector_of(kind: object, length: int) -> BaseSedes[Any, Any]:
    """Return the SSZ kind ``Vector[kind, length]``."""
    return _VectorKind(cast("Any", kind), length)


def make_list(kind: object, limit: int, values: Iterable[Any] = ()) -> SszList[Any]:
    """Build a persistent list outside a container.

    Args:
        kind: SSZ kind of the elements.
        limit: Most elements the kind of list allows; part of its root.
        values: The elements.

    Source:
        SSZ lists.
    """
    return cast("SszList[Any]", _ListValue.from_iterable(values, list_of(kind, limit)))


def build_root_function(kind: BaseSedes[Any, Any]) -> RootFunction:
    """Return what computes the roots of a kind's values: their leaves in trees above them.

    Source:
        SSZ merkleization; ours for numbers and fixed byte strings, which are their own root up
        to 32 bytes, and which py-ssz cuts, memoizes and merkleizes whatever their size.
    """
    if isinstance(kind, UInt):
        return partial(_compute_number_root, kind)
    if isinstance(kind, ByteVector) and kind.length == CHUNK_BYTES:
        return kind.serialize
    if isinstance(kind, ByteVector):
        return partial(_compute_plain_root, kind.serialize)
    if isinstance(kind, Bitlist):
        return partial(_compute_bits_root, kind)
    return kind.get_hash_tree_root


def build_leaf_function(kind: BaseSedes[Any, Any]) -> LeafFunction:
    """Return what finds the leaf of a container's field.

    That is its root, which checks the value. Who keeps a root of its own was checked when it was
    made, and stands for it until somebody asks.
    """
    compute = build_root_function(kind)
    return partial(_find_leaf, compute) if isinstance(kind, type) or is_sequence(kind) else compute


def _build_element_function(kind: BaseSedes[Any, Any]) -> RootFunction:
    """Return what computes an element's part of the leaves: numbers share them."""
    return kind.serialize if isinstance(kind, UInt) else build_root_function(kind)


def _find_leaf(compute: RootFunction, value: Any) -> Leaf:  # noqa: ANN401 - of any kind
    return value if isinstance(value, BaseHashableStructure) else compute(value)


def _compute_bits_root(kind: Bitlist, bits: Sequence[bool]) -> bytes:
    # The bit behind the last one marks the end where there are no chunks that know their length.
    data = bytearray(kind.serialize(bits))
    data[-1] ^= 1 << len(bits) % 8
    chunks = split_chunks(bytes(data)[: (len(bits) + 7) // 8])
    return mix_in_length(merkleize_chunks(chunks, kind.chunk_count), len(bits))


def _compute_number_root(kind: UInt, value: int) -> bytes:
    if 0 <= value < 1 << kind.num_bits:
        return value.to_bytes(CHUNK_BYTES, "little")
    return kind.serialize(value)  # raises


def _compute_plain_root(serialize: Callable[[Any], bytes], value: Any) -> bytes:  # noqa: ANN401 - of any kind
    chunks = split_chunks(serialize(value))
    return merkleize_chunks(chunks, len(chunks))


def is_sequence(kind: BaseSedes[Any, Any]) -> bool:
    """Tell whether a kind is a list or a vector, whose values have a persistent form."""
    return isinstance(kind, _ListKind | _VectorKind)


def adopt(value: Iterable[Any], kind: BaseSedes[Any, Any]) -> Iterable[Any]:
    """Return a list or vector in its persistent form; any iterable will do."""
    if isinstance(value, BaseHashableStructure):
        return value
    if isinstance(kind, _ListKind):
        return _ListValue.from_iterable(value, kind)
    return _VectorValue.from_iterable(value, kind)


def _validate_count(count: int, limit: int) -> None:
    if count > limit:
        raise ValueError(f"{count} elements exceed the limit {limit}")


def _build_tree(kind: Any, values: Sequence[Any]) -> Any:  # noqa: ANN401 - stands for py-ssz's
    chunks = split_chunks(b"".join(map(kind.compute_leaf, values))) or [ZERO_ROOT]
    return Tree(pvector(chunks), kind.chunk_count)


def _overwrite(sequence: S, start: int, values: Sequence[Any]) -> S:
    """Return a list or vector with a run of elements replaced, or appended at its end."""
    kind: Any = sequence.sedes
    if len(values) == 1 and kind.element_size_in_tree == CHUNK_BYTES:
        [value] = values
        return type(sequence)(
            sequence.elements.set(start, value),
            sequence.hash_tree.set(start, kind.compute_leaf(value)),
            kind,
            sequence.max_length,
        )
    written = b"".join(map(kind.compute_leaf, values))
    first, offset = divmod(start * kind.element_size_in_tree, CHUNK_BYTES)
    stop = offset + len(written)
    # Small elements share chunks with their neighbours.
    shared = b"".join(sequence.chunks[first : first + (stop + CHUNK_BYTES - 1) // CHUNK_BYTES])
    chunks = split_chunks(shared[:offset] + written + shared[stop:])
    tree = sequence.hash_tree.mset(*_pair_up(first, chunks))
    elements = sequence.elements.mset(*_pair_up(start, values))
    return type(sequence)(elements, tree, kind, sequence.max_length)


def _pair_up(start: int, values: Iterable[Any]) -> Iterator[Any]:
    """Put a position before each value, as persistent vectors want changes."""
    return chain.from_iterable(enumerate(values, start))
