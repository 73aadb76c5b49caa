"""The proof-of-possession scheme on blst, the library that consensus clients sign with.

pyblst hands out points and pairings only; the scheme around them is written from the draft.

Source:
    draft-irtf-cfrg-bls-signature-05, sections 2 and 3.3.
"""

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Final

from pyblst import BlstP1Element, BlstP2Element, final_verify, miller_loop

_CIPHERSUITE: Final = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
_GENERATOR: Final = bytes.fromhex(
    "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905"
    "a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
)
_IDENTITY: Final = bytes([0xC0]) + bytes(47)


def compute_pubkey(secret: int) -> bytes:
    """Return a public key, 48 bytes."""
    return bytes(BlstP1Element().uncompress(_GENERATOR).scalar_mul(secret).compress())


def sign(secret: int, message: bytes) -> bytes:
    """Return a signature, 96 bytes."""
    point = BlstP2Element().hash_to_group(message, _CIPHERSUITE)
    return bytes(point.scalar_mul(secret).compress())


def aggregate(signatures: Sequence[bytes]) -> bytes:
    """Return the sum of signatures."""
    points = [BlstP2Element().uncompress(signature) for signature in signatures]
    return bytes(reduce(add, points).compress())


def verify_aggregate(pubkeys: Sequence[bytes], message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is valid: FastAggregateVerify.

    Reading a point checks that it is on the curve and in the subgroup; the scheme adds that
    neither a key nor the sum of all keys may be the identity.
    """
    try:
        keys = [BlstP1Element().uncompress(pubkey) for pubkey in pubkeys]
        signed = BlstP2Element().uncompress(signature)
    except ValueError:
        return False
    if not keys:
        return False
    total = reduce(add, keys)
    if _IDENTITY in {bytes(key.compress()) for key in (*keys, total)}:
        return False
    hashed = BlstP2Element().hash_to_group(message, _CIPHERSUITE)
    generator = BlstP1Element().uncompress(_GENERATOR)
    return bool(final_verify(miller_loop(total, hashed), miller_loop(generator, signed)))
