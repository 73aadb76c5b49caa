"""Merkle trees as SSZ shapes them: 32-byte nodes, padded with zeros up to a power of two.

Source:
    SSZ merkleization.
"""

import hashlib
from collections.abc import Sequence

from ssz.constants import ZERO_HASHES as _ZERO_HASHES

from chain.types import Root

ZERO_HASHES: Sequence[bytes] = _ZERO_HASHES
"""Roots of all-zero subtrees, by height."""

CHUNK_BYTES = 32


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
    return hash_pair(root, length.to_bytes(CHUNK_BYTES, "little"))
