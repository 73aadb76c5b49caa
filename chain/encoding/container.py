"""Containers: declared field by field, immutable, and changed through drafts.

Source:
    PROTOCOL 2; SSZ containers.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Self, TypeVar, cast, dataclass_transform

import ssz
from pyrsistent import pvector
from pyrsistent.typing import PVector
from ssz.hashable_container import (
    HashableContainer,
    MetaHashableContainer,
    MetaSignedHashableContainer,
    SignedHashableContainer,
)
from ssz.sedes.base import BaseSedes

from chain.encoding.lists import LeafFunction, adopt, build_leaf_function, is_sequence
from chain.encoding.plain import PlainFields
from chain.encoding.trees import FieldTree, Leaf, merkleize_chunks, mix_in_length
from chain.types import Root

C = TypeVar("C", bound="Container")


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


def _take_fields(namespace: dict[str, Any]) -> dict[str, Any]:
    """Move the declared fields to where py-ssz looks for them."""
    fields = {name: value for name, value in namespace.items() if isinstance(value, _Field)}
    rest = {name: value for name, value in namespace.items() if name not in fields}
    if fields:
        rest["fields"] = tuple((name, value.kind) for name, value in fields.items())
    return rest


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class _ContainerKind(ssz.sedes.Container):
    """A container's kind that knows its size, which py-ssz computes whenever it asks."""

    def __init__(self, field_kinds: Sequence[BaseSedes[Any, Any]]) -> None:
        super().__init__(field_kinds)
        self._is_fixed_sized = all(kind.is_fixed_sized for kind in field_kinds)
        sizes = [kind.get_fixed_size() for kind in field_kinds] if self._is_fixed_sized else []
        self._size_bytes = sum(sizes)

    @property
    def is_fixed_sized(self) -> bool:
        return self._is_fixed_sized

    def get_fixed_size(self) -> int:
        if not self._is_fixed_sized:
            raise ValueError("the container varies in size")
        return self._size_bytes


class _ContainerMeta(MetaHashableContainer):
    _plain: PlainFields

    def __new__(  # noqa: PYI034 - mypy knows no Self in a metaclass
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]
    ) -> "_ContainerMeta":
        made = super().__new__(cls, name, bases, _take_fields(namespace))
        return cast("_ContainerMeta", made)

    def read_plain(cls, data: bytes) -> "Container":  # noqa: N805 - a class is what a metaclass makes
        """Read a container the short way.

        Raises:
            ValueError: Not its canonical encoding.
        """
        container = cast("type[Container]", cls)
        return container.from_values(cls._plain.read(data))

    def write_plain(cls, value: "Container") -> bytes:  # noqa: N805 - as above
        """Return a container's encoding."""
        return cls._plain.write(value.elements)


class _SignedContainerMeta(MetaSignedHashableContainer, _ContainerMeta):
    pass


class Container(HashableContainer, metaclass=_ContainerMeta):  # type: ignore[type-arg]  # fields differ in type
    """An immutable SSZ container that keeps its Merkle tree.

    Source:
        PROTOCOL 2; SSZ containers.
    """

    _leaf_functions: ClassVar[tuple[LeafFunction, ...]] = ()
    _sequence_kinds: ClassVar[dict[int, BaseSedes[Any, Any]]] = {}

    def __init__(  # what py-ssz's own constructors do, one calling the other
        self,
        elements: PVector[Any],
        hash_tree: Any,  # noqa: ANN401 - stands for py-ssz's
        sedes: Any,  # noqa: ANN401 - py-ssz's kind
        max_length: int | None = None,
    ) -> None:
        """Take the parts; use ``create``."""
        self._elements = elements
        self._hash_tree = hash_tree
        self._sedes = sedes
        self._max_length = max_length

    def __init_subclass__(cls) -> None:
        """Look at each field's kind once."""
        super().__init_subclass__()
        if cls._meta:
            kind = _ContainerKind(cls._meta.container_sedes.field_sedes)
            cls._meta = cls._meta._replace(container_sedes=kind)
        kinds = cls._meta.container_sedes.field_sedes if cls._meta else ()
        cls._plain = PlainFields(kinds)
        cls._leaf_functions = tuple(map(build_leaf_function, kinds))
        cls._sequence_kinds = {
            position: kind for position, kind in enumerate(kinds) if is_sequence(kind)
        }
        for position, name in enumerate(cls._meta.field_names if cls._meta else ()):
            setattr(cls, name, _FieldReader(position))

    @property
    def hash_tree_root(self) -> Root:  # type: ignore[override]  # py-ssz calls it Hash32
        """Return the 32-byte root, which is hashed when somebody asks, and kept."""
        return Root(self._hash_tree.root)

    @classmethod
    def create(cls, **fields: Any) -> Self:  # noqa: ANN401 - fields differ in type
        """Make a container from all its fields."""
        names = cls._meta.field_names
        if fields.keys() != cls._meta.field_names_to_element_indices.keys():
            return cast("Self", super().create(**fields))  # says which are missing
        values = [fields[name] for name in names]
        for position, sequence in cls._sequence_kinds.items():
            values[position] = adopt(values[position], sequence)
        return cls.from_values(values)

    @classmethod
    def from_values(cls, values: Sequence[Any]) -> Self:
        """Make a container from its fields in order, lists and vectors in persistent form."""
        return cls.from_leaves(
            values,
            [find(value) for find, value in zip(cls._leaf_functions, values, strict=True)],
        )

    @classmethod
    def from_leaves(cls, values: Sequence[Any], leaves: Sequence[Leaf]) -> Self:
        """Make a container from its fields in order and their roots, which are known."""
        tree: Any = FieldTree(leaves)
        return cls(pvector(values), tree, cls._meta.container_sedes)

    @classmethod
    def from_tree(cls, values: Sequence[Any], other: "Container") -> Self:
        """Make a container from its fields in order, whose roots are those of another one."""
        return cls(pvector(values), other.hash_tree, cls._meta.container_sedes)

    @classmethod
    def get_kind(cls, name: str) -> BaseSedes[Any, Any]:
        """Return the SSZ kind of a field."""
        meta = cls._meta
        return meta.container_sedes.field_sedes[meta.field_names_to_element_indices[name]]

    @classmethod
    def get_field_names(cls) -> tuple[str, ...]:
        """Return the names of the fields, in order."""
        return cls._meta.field_names

    def get_field_root(self, name: str) -> Root:
        """Return the root of a field, which is a leaf of the container's tree."""
        return Root(self.chunks[self._meta.field_names_to_element_indices[name]])

    def evolve(self, **changes: object) -> Self:
        """Return a copy in which some fields have new values."""
        positions = self._meta.field_names_to_element_indices
        values, leaves = list(self.elements), list(cast("Any", self.hash_tree).leaves)
        for name, given in changes.items():
            position = positions[name]
            sequence = self._sequence_kinds.get(position)
            value = given if sequence is None else adopt(cast("Any", given), sequence)
            values[position] = value
            leaves[position] = self._leaf_functions[position](value)
        return self.from_leaves(values, leaves)

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


class _FieldReader:
    """Reads a field by its position, where py-ssz looks its name up at every access."""

    __slots__ = ("_position",)

    def __init__(self, position: int) -> None:
        self._position = position

    def __get__(self, container: Container, owner: type[Container]) -> object:
        return container._elements[self._position]  # noqa: SLF001 - a part of Container


class _Draft:
    """A container's fields as they will be: changed ones here, the others in the original."""

    __slots__ = ("_parts",)

    def __init__(self, original: Container) -> None:
        object.__setattr__(self, "_parts", (original, {}))

    def __getattr__(self, name: str) -> object:
        original, changes = object.__getattribute__(self, "_parts")
        if name in changes:
            return changes[name]
        if name not in original.get_field_names():
            # Above all a root: it would be the original's.
            raise AttributeError(f"a draft of {type(original).__name__} has no {name} yet")
        return getattr(original, name)

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
        return merkleize_chunks(self.chunks[:-1], len(self.chunks) - 1)


def compute_list_root(limit: int, values: Sequence[Container]) -> Root:
    """Return the hash_tree_root of a list of containers, without building the list."""
    return mix_in_length(
        merkleize_chunks([value.hash_tree_root for value in values], limit), len(values)
    )
