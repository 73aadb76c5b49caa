"""SSZ: the only importer of py-ssz, with types and our errors added.

A container is declared once, field by field::

    class Checkpoint(Container):
        epoch: Epoch = field(uint64)
        root: Root = field(bytes32)

Source:
    The SSZ specification as py-ssz implements it; the declaration form is ours, so that mypy
    and SSZ read the same line.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, Self, TypeVar, cast, dataclass_transform, overload

import ssz
from eth_typing import Hash32
from ssz.constants import ZERO_HASHES as _ZERO_HASHES
from ssz.hash_tree import HashTree
from ssz.hashable_container import (
    HashableContainer,
    MetaHashableContainer,
    MetaSignedHashableContainer,
    SignedHashableContainer,
    hashablify_value,
)
from ssz.hashable_list import HashableList
from ssz.sedes import Bitlist, List, Vector, bytes32, bytes48, bytes96, uint8, uint64
from ssz.sedes.base import BaseSedes

from chain.errors import MalformedEncoding
from chain.types import Root

__all__ = [
    "ZERO_HASHES",
    "Bitlist",
    "Bytes",
    "Container",
    "SignedContainer",
    "SszList",
    "bytes32",
    "bytes48",
    "bytes96",
    "compute_list_root",
    "decode",
    "decode_list",
    "encode",
    "field",
    "hash_pair",
    "list_of",
    "make_list",
    "merkleize_chunks",
    "mix_in_length",
    "uint8",
    "uint64",
    "vector_of",
]

T = TypeVar("T")
C = TypeVar("C", bound="Container")

ZERO_HASHES: Sequence[bytes] = _ZERO_HASHES
"""Roots of all-zero subtrees, by height."""

_CHUNK_BYTES = 32
_OFFSET_BYTES = 4


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


class _Field:
    def __init__(self, kind: object) -> None:
        self.kind = kind


def field(kind: object) -> Any:  # noqa: ANN401 - stands for a value of the annotated type
    """Declare a container field of an SSZ kind.

    Args:
        kind: A py-ssz sedes, or a container class.

    Source:
        Ours: see the module's docstring.
    """
    return _Field(kind)


def list_of(kind: object, limit: int) -> BaseSedes[Any, Any]:
    """Return the SSZ kind ``List[kind, limit]``.

    Args:
        kind: A py-ssz sedes, or a container class.
        limit: Most elements; part of the root.
    """
    return List(cast("Any", kind), limit)


def vector_of(kind: object, length: int) -> BaseSedes[Any, Any]:
    """Return the SSZ kind ``Vector[kind, length]``."""
    return Vector(cast("Any", kind), length)


def _take_fields(namespace: dict[str, Any]) -> dict[str, Any]:
    """Move the declared fields to where py-ssz looks for them."""
    fields = {name: value for name, value in namespace.items() if isinstance(value, _Field)}
    rest = {name: value for name, value in namespace.items() if name not in fields}
    if fields:
        rest["fields"] = tuple((name, value.kind) for name, value in fields.items())
    return rest


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class _ContainerMeta(MetaHashableContainer):
    def __new__(  # noqa: PYI034 - mypy knows no Self in a metaclass
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]
    ) -> "_ContainerMeta":
        made = super().__new__(cls, name, bases, _take_fields(namespace))
        return cast("_ContainerMeta", made)


class _SignedContainerMeta(MetaSignedHashableContainer, _ContainerMeta):
    pass


class Container(HashableContainer, metaclass=_ContainerMeta):  # type: ignore[type-arg]  # fields differ in type
    """An immutable SSZ container that keeps its Merkle tree.

    Source:
        PROTOCOL 2; SSZ containers.
    """

    @property
    def hash_tree_root(self) -> Root:  # type: ignore[override]  # py-ssz calls it Hash32
        """Return the 32-byte root, kept up to date incrementally."""
        return Root(super().hash_tree_root)

    @classmethod
    def create(cls, **fields: Any) -> Self:  # noqa: ANN401 - fields differ in type
        """Make a container from all its fields."""
        return cast("Self", super().create(**fields))

    @classmethod
    def get_kind(cls, name: str) -> BaseSedes[Any, Any]:
        """Return the SSZ kind of a field."""
        meta = cls._meta
        return meta.container_sedes.field_sedes[meta.field_names_to_element_indices[name]]

    @classmethod
    def get_field_names(cls) -> tuple[str, ...]:
        """Return the names of the fields, in order."""
        return cls._meta.field_names

    def evolve(self, **changes: object) -> Self:
        """Return a copy in which some fields have new values.

        The few hashes above the fields are all made anew, which takes an eighth of the time
        of py-ssz's own update of one field.
        """
        kind = self._meta.container_sedes
        elements, chunks = self.elements, list(self.chunks)
        for name, given in changes.items():
            position = self._meta.field_names_to_element_indices[name]
            value = hashablify_value(given, kind.field_sedes[position])
            elements = elements.set(position, value)
            chunks[position] = Hash32(kind.serialize_element_for_tree(position, value))
        return type(self)(elements, HashTree.compute(chunks, kind.chunk_count), kind)

    def draft(self) -> Self:
        """Return a working copy whose fields can be assigned; ``finish`` makes it a container.

        A draft hashes nothing until it is finished, which is why transitions work on one.
        """
        return cast("Self", _Draft(self))

    @staticmethod
    def finish(draft: C) -> C:
        """Turn a draft back into an immutable container."""
        original, changes = object.__getattribute__(draft, "_parts")
        return cast("C", original.evolve(**changes))


class _Draft:
    """A container's fields as they will be: changed ones here, the others in the original."""

    __slots__ = ("_parts",)

    def __init__(self, original: Container) -> None:
        object.__setattr__(self, "_parts", (original, {}))

    def __getattr__(self, name: str) -> object:
        original, changes = object.__getattribute__(self, "_parts")
        return changes[name] if name in changes else getattr(original, name)

    def __setattr__(self, name: str, value: object) -> None:
        original, changes = object.__getattribute__(self, "_parts")
        if name not in original.get_field_names():
            raise AttributeError(f"{type(original).__name__} has no field {name}")
        changes[name] = value


class SignedContainer(SignedHashableContainer, Container, metaclass=_SignedContainerMeta):  # type: ignore[type-arg]  # as above
    """A container whose last field is a signature over the fields before it.

    ``signing_root`` is the root of the container without that last field.
    """

    @property
    def signing_root(self) -> Root:  # type: ignore[override]  # py-ssz calls it Hash32
        """Return the root of the container without its last field, 32 bytes."""
        return Root(super().signing_root)


class Bytes(BaseSedes[bytes, bytes]):
    """A byte string of at most ``limit`` bytes: ``ByteList[limit]``.

    Source:
        Ours: py-ssz's ByteList cannot stand in a hashable container, and it memoizes whole
        byte strings, so that a long run with large block data would grow without end.
    """

    is_fixed_sized = False

    def __init__(self, limit: int) -> None:
        """Set the limit in bytes."""
        self.limit = limit
        self._chunk_limit = (limit + _CHUNK_BYTES - 1) // _CHUNK_BYTES

    def get_fixed_size(self) -> int:
        """Refuse: byte strings vary in size."""
        raise ValueError("a byte string has no fixed size")

    def serialize(self, value: bytes) -> bytes:
        """Return the bytes themselves, if they keep to the limit."""
        if len(value) > self.limit:
            raise ssz.SerializationError(f"{len(value)} bytes exceed the limit {self.limit}")
        return value

    def deserialize(self, data: bytes) -> bytes:
        """Return the bytes themselves, if they keep to the limit."""
        if len(data) > self.limit:
            raise ssz.DeserializationError(f"{len(data)} bytes exceed the limit {self.limit}")
        return bytes(data)

    def get_hash_tree_root(self, value: bytes) -> Any:  # noqa: ANN401 - a Hash32 there, a Root here
        """Return the root of the padded chunks with the length mixed in."""
        self.serialize(value)
        padded = value + bytes(-len(value) % _CHUNK_BYTES)
        chunks = [padded[start : start + _CHUNK_BYTES] for start in range(0, len(padded), 32)]
        return mix_in_length(merkleize_chunks(chunks, self._chunk_limit), len(value))

    def get_hash_tree_root_and_leaves(self, value: bytes, cache: Any) -> tuple[Any, Any]:  # noqa: ANN401 - py-ssz's cache
        """Return the root; nothing is worth caching."""
        return self.get_hash_tree_root(value), cache

    def get_sedes_id(self) -> str:
        """Return a name that tells this kind from others."""
        return f"Bytes{self.limit}"

    def get_key(self, value: bytes) -> str:
        """Return a name that tells this value from others of the kind."""
        return self.get_sedes_id() + value.hex()

    def __hash__(self) -> int:
        """Hash by kind and limit."""
        return hash((Bytes, self.limit))

    def __eq__(self, other: object) -> bool:
        """Equal when the limits are."""
        return isinstance(other, Bytes) and other.limit == self.limit


def hash_pair(left: bytes, right: bytes) -> Root:
    """Return the parent of two tree nodes: sha256 of both, 32 bytes.

    Source:
        SSZ merkleization.
    """
    return Root(hashlib.sha256(left + right).digest())


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
    layer = list(chunks)
    for height in range((limit - 1).bit_length()):
        if not layer:
            return Root(ZERO_HASHES[(limit - 1).bit_length()])
        if len(layer) % 2:
            layer.append(ZERO_HASHES[height])
        layer = [hash_pair(layer[at], layer[at + 1]) for at in range(0, len(layer), 2)]
    return Root(layer[0] if layer else ZERO_HASHES[0])


def mix_in_length(root: bytes, length: int) -> Root:
    """Return the root of a list from the root of its elements and their number.

    Source:
        SSZ merkleization.
    """
    return hash_pair(root, length.to_bytes(_CHUNK_BYTES, "little"))


def make_list(kind: object, limit: int, values: Iterable[Any] = ()) -> SszList[Any]:
    """Build a persistent list outside a container.

    Args:
        kind: SSZ kind of the elements.
        limit: Most elements the kind of list allows; part of its root.
        values: The elements.

    Source:
        SSZ lists.
    """
    return cast(
        "SszList[Any]", HashableList.from_iterable(values, cast("Any", list_of(kind, limit)))
    )


def compute_list_root(limit: int, values: Sequence[Container]) -> Root:
    """Return the hash_tree_root of a list of containers, without building the list."""
    return mix_in_length(
        merkleize_chunks([value.hash_tree_root for value in values], limit), len(values)
    )


def encode(value: Container) -> bytes:
    """Return the SSZ encoding of a container.

    Source:
        SSZ serialization.
    """
    return ssz.encode(value)  # type: ignore[no-any-return]  # py-ssz is partly typed


def decode(kind: type[C], data: bytes) -> C:
    """Read a container from its SSZ encoding, which must be the canonical one.

    py-ssz tolerates some offsets that no encoder writes. Two encodings of one block would
    be two names for it, so what does not encode back to itself is refused.

    Args:
        kind: Container class.
        data: Encoding, any bytes.

    Raises:
        MalformedEncoding: ``not_ssz``, ``not_canonical``.

    Source:
        SSZ serialization; canonical form is ours.
    """
    try:
        value = cast("C", ssz.decode(data, cast("Any", kind)))
    except (ssz.SSZException, ValueError) as error:
        raise MalformedEncoding("not_ssz", kind=kind.__name__, size=len(data)) from error
    if encode(value) != data:
        raise MalformedEncoding("not_canonical", kind=kind.__name__, size=len(data))
    return value


def decode_list(kind: type[C], limit: int, data: bytes) -> tuple[C, ...]:
    """Read a list of fixed-size containers from its SSZ encoding.

    Args:
        kind: Container class of fixed size.
        limit: Most elements.
        data: Encoding, any bytes.

    Raises:
        MalformedEncoding: ``not_ssz``.

    Source:
        SSZ serialization.
    """
    try:
        return tuple(cast("Iterable[C]", ssz.decode(data, list_of(kind, limit))))
    except (ssz.SSZException, ValueError) as error:
        raise MalformedEncoding("not_ssz", kind=kind.__name__, size=len(data)) from error
