"""Merkle tries of script state, and the witnesses that relayers attach.

A script keeps 32 bytes on chain: the root of a sparse Merkle tree with keccak256, as py-trie
implements it. Whoever holds the whole tree can hand out a witness for any key, and with it
the script can read and write that key.

Keys have a fixed number of bytes, chosen on purpose: a write costs one hash per key *bit*, in
the script as well as here, so 32-byte keys (256 hashes) are for those who need them.

Source:
    PROTOCOL 1 (32 bytes of state, relayers hold the rest); the accumulator is py-trie's.
"""

from dataclasses import dataclass
from typing import Final

from eth_typing import Hash32
from trie.smt import SparseMerkleTree, calc_root

from chain.errors import InvalidProof
from chain.types import Root

VALUE_BYTES: Final = 32

EMPTY_VALUE: Final = bytes(VALUE_BYTES)
"""Value of a key that was never written.

Not blank, so that py-trie proves a key that was never written like any other.
"""


@dataclass(frozen=True, slots=True)
class Witness:
    """What a script needs to read or replace one key.

    Attributes:
        key: Fixed number of bytes.
        value: Current value, 32 zero bytes if never written.
        branch: Siblings from the root downwards, one per key bit, 32 bytes each.
    """

    key: bytes
    value: bytes
    branch: tuple[bytes, ...]


class ScriptTrie:
    """The full state behind one script's root on one shard."""

    def __init__(self, key_bytes: int) -> None:
        """Start with the empty tree.

        Args:
            key_bytes: Bytes of a key, 1 to 32; eight times as many siblings in a witness.
        """
        self._tree = SparseMerkleTree(key_size=key_bytes, default=EMPTY_VALUE)

    @property
    def root(self) -> Root:
        """Return the root, 32 bytes."""
        return Root(self._tree.root_hash)

    def get_value(self, key: bytes) -> bytes:
        """Return a key's value, 32 zero bytes if never written."""
        return self._tree.get(key)

    def build_witness(self, key: bytes) -> Witness:
        """Return the proof of a key's current value, written or not."""
        return Witness(key, self._tree.get(key), self._tree.branch(key))

    def set_value(self, key: bytes, value: bytes) -> None:
        """Write a key.

        Raises:
            ValueError: The value is not 32 bytes: a bug of the caller.
        """
        if len(value) != VALUE_BYTES:
            raise ValueError(f"a value has {VALUE_BYTES} bytes, not {len(value)}")
        self._tree.set(key, value)


def validate_witness(witness: Witness, root: Root, key_bytes: int) -> None:
    """Refuse a witness that does not belong to a root, because it is wrong or stale.

    The sizes count as much as the hashes: with a shorter key, an inner node would pass for a
    value.

    Args:
        witness: The witness.
        root: Root of the tree, 32 bytes.
        key_bytes: Bytes of a key in that tree.

    Raises:
        InvalidProof: ``malformed_witness``, ``stale_witness``.
    """
    sizes = {len(witness.value), *(len(sibling) for sibling in witness.branch)}
    if (
        len(witness.key) != key_bytes
        or len(witness.branch) != 8 * key_bytes
        or sizes != {VALUE_BYTES}
    ):
        raise InvalidProof("malformed_witness", key=len(witness.key), siblings=len(witness.branch))
    branch = [Hash32(sibling) for sibling in witness.branch]
    computed = Root(calc_root(witness.key, witness.value, branch))
    if computed != root:
        raise InvalidProof("stale_witness", computed=computed, expected=root)
