"""Byte strings, which py-ssz cannot put into a hashable container.

Source:
    SSZ's ``ByteList``.
"""

from typing import Any

import ssz
from ssz.sedes.base import BaseSedes

from chain.encoding.trees import CHUNK_BYTES, merkleize_chunks, mix_in_length, split_chunks


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
        self._chunk_limit = (limit + CHUNK_BYTES - 1) // CHUNK_BYTES

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
        return mix_in_length(merkleize_chunks(split_chunks(value), self._chunk_limit), len(value))

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
