"""Branches by generalized index as remerkleable's trees have them."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from remerkleable.core import Path
from remerkleable.tree import Gindex

from tests.trust.ssz.declared import Declared

Step = str | int


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch with both its ends.

    Attributes:
        leaf: Where it begins.
        siblings: From the leaf upwards.
        index: Generalized index of the leaf.
        root: Where it leads.
    """

    leaf: bytes
    siblings: tuple[bytes, ...]
    index: int
    root: bytes

    def is_true(self) -> bool:
        """Tell whether the branch leads to its root."""
        node, index = self.leaf, self.index
        for sibling in self.siblings:
            node = sha256(sibling + node if index & 1 else node + sibling).digest()
            index >>= 1
        return index == 1 and node == self.root


def find_branch(view: Any, *steps: Step) -> Branch:  # noqa: ANN401 - of remerkleable
    """Return the branch to what a path leads to within a value."""
    index = find_index(type(view), *steps)
    backing = view.get_backing()
    siblings, node = [], index
    while node > 1:
        siblings.append(bytes(backing.getter(Gindex(node ^ 1)).merkle_root()))
        node >>= 1
    leaf = bytes(backing.getter(Gindex(index)).merkle_root())
    return Branch(leaf, tuple(siblings), index, bytes(view.hash_tree_root()))


def find_index(declared: Declared, *steps: Step) -> int:
    """Return the generalized index of what a path leads to."""
    return int(Path.from_raw_path(declared, list(steps)).gindex())
