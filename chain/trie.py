"""Merkle tries of script state, and the witnesses that relayers attach.

A script keeps 32 bytes on chain: the root of a sparse Merkle tree with keccak256, as py-trie
implements it. Whoever holds the whole tree can hand out a witness for any key, and with it
the script can read and write that key.

Keys have a fixed number of bytes, chosen on purpose: a write costs one hash per key *bit*, in
the script as well as here, so 32-byte keys (256 hashes) are for those who need them.

Source:
    PROTOCOL 1 (32 bytes of state, relayers hold the rest); the accumulator is py-trie's.
"""

from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass
from typing import Final

from eth_typing import Hash32
from trie.smt import SparseMerkleTree, calc_root

from chain.errors import InvalidProof
from chain.types import Root

EMPTY_VALUE: Final = bytes(32)
"""Value of a key that was never written.

Not blank, so that py-trie proves a key that was never written like any other.
"""

_NODE_BYTES: Final = 32
_FEW_NODES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Witness:
    """What a script needs to read or replace one key.

    Attributes:
        key: Fixed number of bytes.
        value: Current value, at least one byte; 32 zero bytes if never written.
        branch: Siblings from the root downwards, one per key bit, 32 bytes each.
    """

    key: bytes
    value: bytes
    branch: tuple[bytes, ...]


class ScriptTrie:
    """The full state behind one script's root on one shard.

    Nodes are found by their hashes and kept, so every root that the tree ever had can be looked
    at and returned to, until it is told to forget.
    """

    def __init__(self, key_bytes: int) -> None:
        """Start with the empty tree.

        Args:
            key_bytes: Bytes of a key, 1 to 32; eight times as many siblings in a witness.
        """
        self._tree = SparseMerkleTree(key_size=key_bytes, default=EMPTY_VALUE)
        self._worth_forgetting = _FEW_NODES

    @property
    def root(self) -> Root:
        """Return the root, 32 bytes."""
        return Root(self._tree.root_hash)

    @property
    def node_count(self) -> int:
        """Return how many nodes are kept."""
        return len(self._tree.db)

    def get_value(self, key: bytes) -> bytes:
        """Return a key's value; 32 zero bytes if never written."""
        return self._tree.get(key)

    def build_witness(self, key: bytes) -> Witness:
        """Return the proof of a key's current value, written or not."""
        return Witness(key, self._tree.get(key), self._tree.branch(key))

    def set_value(self, key: bytes, value: bytes) -> None:
        """Write a key.

        Raises:
            ValueError: The value is blank: a bug of the caller.
        """
        if not value:
            raise ValueError("a value has at least one byte")
        self._tree.set(key, value)

    def view(self, root: Root) -> "ScriptTrie":
        """Return the tree as it was when it had another root; both share their nodes.

        Args:
            root: A root that this tree has or had.
        """
        older = copy(self)
        older._tree = copy(self._tree)  # noqa: SLF001 - of this class
        older._tree.root_hash = Hash32(root)  # noqa: SLF001 - of this class
        return older

    def rewind(self, root: Root) -> None:
        """Return to a root that this tree had."""
        self._tree.root_hash = Hash32(root)

    def forget_all_but(self, roots: Iterable[Root]) -> None:
        """Forget every root but the present one and these; views made before keep theirs.

        Nothing is forgotten as long as it is little: looking through the nodes then costs a write
        no more than its hashes did.

        Args:
            roots: Roots that this tree has or had.
        """
        if len(self._tree.db) < self._worth_forgetting:
            return
        kept = self._collect({self.root, *roots})
        # A new mapping: views share the old one.
        self._tree.db = kept
        self._worth_forgetting = 2 * len(kept) + _FEW_NODES

    def _collect(self, roots: Collection[bytes]) -> dict[bytes, bytes]:
        """Return all nodes below some roots, level by level."""
        known, kept = self._tree.db, dict[bytes, bytes]()
        level = set(roots)
        for _ in range(self._tree.depth):
            nodes = {node_hash: known[node_hash] for node_hash in level}
            kept |= nodes
            level = {half for node in nodes.values() for half in (node[:32], node[32:])}
        return kept | {node_hash: known[node_hash] for node_hash in level}


def validate_witness(witness: Witness, root: Root, key_bytes: int) -> None:
    """Refuse a witness that does not belong to a root, because it is wrong or stale.

    The sizes count as much as the hashes: with a shorter key, an inner node would pass for a
    value. A value may have any size, because all leaves are at one depth.

    Args:
        witness: The witness.
        root: Root of the tree, 32 bytes.
        key_bytes: Bytes of a key in that tree.

    Raises:
        InvalidProof: ``malformed_witness``, ``stale_witness``.
    """
    if (
        len(witness.key) != key_bytes
        or len(witness.branch) != 8 * key_bytes
        or any(len(sibling) != _NODE_BYTES for sibling in witness.branch)
        or not witness.value
    ):
        raise InvalidProof("malformed_witness", key=len(witness.key), siblings=len(witness.branch))
    branch = [Hash32(sibling) for sibling in witness.branch]
    computed = Root(calc_root(witness.key, witness.value, branch))
    if computed != root:
        raise InvalidProof("stale_witness", computed=computed, expected=root)
