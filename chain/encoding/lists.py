"""Lists and vectors: how they are declared, and what their values can do.

Source:
    SSZ lists and vectors.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, cast, overload

from ssz.hashable_list import HashableList
from ssz.sedes import List, Vector
from ssz.sedes.base import BaseSedes

from chain.types import Root

T = TypeVar("T")


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
