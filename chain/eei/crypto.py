"""Handlers of the libraries ``hash``, ``bls`` and ``ssz``.

Source:
    PROTOCOL 5 (system libraries).
"""

import hashlib
from typing import Final

from chain.bls import verify_signature
from chain.eei.frame import Frame
from chain.eei.interface import Reply
from chain.errors import ScriptFault

CHUNK_BYTES: Final = 32
PUBKEY_BYTES: Final = 48
SIGNATURE_BYTES: Final = 96
MAX_LIMIT_LOG2: Final = 64
"""Deepest tree of ``merkleize``: SSZ lengths are 64-bit."""


def keccak256(_frame: Frame, data: bytes) -> Reply:
    """Return keccak256 as Ethereum 1 uses it."""
    from eth_hash.auto import keccak  # noqa: PLC0415 - few scripts hash, and all would wait

    return Reply((keccak(data),))


def sha256(_frame: Frame, data: bytes) -> Reply:
    """Return sha256."""
    return Reply((hashlib.sha256(data).digest(),))


def verify(frame: Frame, pubkey: bytes, message: bytes, signature: bytes) -> Reply:
    """Tell whether a BLS signature is valid; points that are none make it invalid."""
    is_valid = verify_signature(frame.limits.bls, pubkey, message, signature)
    return Reply(result=int(is_valid))


def check_merkleize(_frame: Frame, _chunks: int, count: int, limit_log2: int, _out: int) -> None:
    """Refuse a tree that does not hold the chunks, or is deeper than any SSZ list.

    Raises:
        ScriptFault: ``merkleize_limit``.
    """
    if limit_log2 > MAX_LIMIT_LOG2 or count > 1 << limit_log2:
        raise ScriptFault("merkleize_limit", count=count, limit_log2=limit_log2)


def merkleize(_frame: Frame, chunks: bytes, limit_log2: int) -> Reply:
    """Return the root over 32-byte chunks, without a length mixed in."""
    from chain.encoding import merkleize_chunks  # noqa: PLC0415 - SSZ takes longest of all

    leaves = [chunks[at : at + CHUNK_BYTES] for at in range(0, len(chunks), CHUNK_BYTES)]
    return Reply((merkleize_chunks(leaves, 1 << limit_log2),))
