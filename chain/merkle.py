"""Merkle branches by generalized index, built from containers and checked against roots.

A branch lists the siblings from the leaf upwards; the bits of the generalized index, lowest
first, say on which side each of them stands.

Source:
    PROTOCOL 2 ("Proofs are SSZ branches by generalized index"); the SSZ merkle-proof notes.
"""

from collections.abc import Sequence
from typing import Any, cast

from chain.encoding import ZERO_HASHES, Container, SszList, hash_pair, merkleize_chunks
from chain.errors import InvalidProof
from chain.types import GeneralizedIndex, Root

ROOT_INDEX = GeneralizedIndex(1)

PathElement = str | int


def concatenate(*indices: GeneralizedIndex) -> GeneralizedIndex:
    """Chain generalized indices: each starts at the node where the one before ended.

    Source:
        SSZ merkle-proof notes, ``concat_generalized_indices``.
    """
    result = 1
    for index in indices:
        depth = index.bit_length() - 1
        result = (result << depth) | (index - (1 << depth))
    return GeneralizedIndex(result)


def compute_depth(index: GeneralizedIndex) -> int:
    """Return how many siblings a branch to this node has."""
    return index.bit_length() - 1


def compute_root(leaf: Root, branch: Sequence[Root], index: GeneralizedIndex) -> Root:
    """Return the root that a leaf and its siblings lead to.

    Args:
        leaf: 32 bytes.
        branch: Siblings of 32 bytes, from the leaf upwards, one per level of ``index``.
        index: Generalized index of the leaf.

    Raises:
        InvalidProof: ``wrong_branch_length``.

    Source:
        SSZ merkle-proof notes.
    """
    if len(branch) != compute_depth(index):
        raise InvalidProof("wrong_branch_length", given=len(branch), needed=compute_depth(index))
    node = leaf
    for level, sibling in enumerate(branch):
        on_the_right = (index >> level) & 1
        node = hash_pair(sibling, node) if on_the_right else hash_pair(node, sibling)
    return node


def validate_branch(
    leaf: Root, branch: Sequence[Root], index: GeneralizedIndex, root: Root
) -> None:
    """Refuse a branch that does not lead from the leaf to the root.

    Raises:
        InvalidProof: ``wrong_branch_length``, ``wrong_root``.

    Source:
        PROTOCOL 2: changing any byte of leaf, branch, index or root fails.
    """
    computed = compute_root(leaf, branch, index)
    if computed != root:
        raise InvalidProof("wrong_root", computed=computed, expected=root)


def compute_field_index(kind: type[Container], name: str) -> GeneralizedIndex:
    """Return the generalized index of a container's field."""
    position = kind.get_field_names().index(name)
    return GeneralizedIndex((1 << _get_field_depth(kind)) + position)


def compute_element_index(limit: int, position: int, *, in_list: bool) -> GeneralizedIndex:
    """Return the generalized index of an element that fills its own chunk.

    Args:
        limit: List limit or vector length; elements are 32 bytes or containers.
        position: Which element; must be below the limit.
        in_list: Lists have their length mixed in, one level above the elements.

    Raises:
        InvalidProof: ``position_out_of_range``.
    """
    if not 0 <= position < limit:
        raise InvalidProof("position_out_of_range", position=position, limit=limit)
    elements = GeneralizedIndex((1 << (limit - 1).bit_length()) + position)
    return concatenate(GeneralizedIndex(2), elements) if in_list else elements


def build_field_branch(container: Container, name: str) -> list[Root]:
    """Return the siblings on the way from a field's root to the container's root."""
    kind = type(container)
    return _get_siblings(container, kind.get_field_names().index(name), _get_field_depth(kind))


def build_element_branch(
    elements: SszList[Any], limit: int, position: int, *, in_list: bool
) -> list[Root]:
    """Return the siblings on the way from an element's root to the list's root.

    Args:
        elements: List or vector whose elements each fill a chunk.
        limit: List limit or vector length.
        position: Which element.
        in_list: Whether the length is mixed in, and so the last sibling.

    Raises:
        InvalidProof: ``position_out_of_range``.
    """
    if not 0 <= position < len(elements):
        raise InvalidProof("position_out_of_range", position=position, limit=len(elements))
    siblings = _get_siblings(elements, position, (limit - 1).bit_length())
    if in_list:
        siblings.append(Root(len(elements).to_bytes(32, "little")))
    return siblings


def build_leaf_branch(leaves: Sequence[Root], limit: int, position: int) -> list[Root]:
    """Return the siblings of one root among bare roots of a list, its length included.

    Args:
        leaves: Roots of the list's elements.
        limit: The list's limit.
        position: Which element.
    """
    siblings = []
    layer = list(leaves)
    for height in range((limit - 1).bit_length()):
        at = (position >> height) ^ 1
        siblings.append(Root(layer[at] if at < len(layer) else ZERO_HASHES[height]))
        if len(layer) % 2:
            layer.append(Root(ZERO_HASHES[height]))
        layer = [merkleize_chunks(layer[left : left + 2], 2) for left in range(0, len(layer), 2)]
    siblings.append(Root(len(leaves).to_bytes(32, "little")))
    return siblings


def _get_field_depth(kind: type[Container]) -> int:
    return (len(kind.get_field_names()) - 1).bit_length()


def _get_siblings(value: object, position: int, depth: int) -> list[Root]:
    """Read siblings off the tree that py-ssz keeps; beyond its edge everything is zero."""
    layers = cast("Any", value).hash_tree.raw_hash_tree
    siblings = []
    for height in range(depth):
        at = (position >> height) ^ 1
        layer = layers[height]
        siblings.append(Root(layer[at] if at < len(layer) else ZERO_HASHES[height]))
    return siblings
