"""BLS12-381 signatures: the only importer of the BLS libraries.

One ciphersuite (``BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_``, public keys in G1) behind
three backends: ``real`` (py-ecc) and ``fast`` (arkworks) understand each other's signatures;
``insecure`` replaces them by a hash that anybody can compute.

Messages are 32-byte signing roots, public keys 48 bytes, signatures 96 bytes.

Source:
    PROTOCOL 3; the deposit signature serves as proof of possession, so that votes of a
    committee can be aggregated.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from chain.config import BlsBackend
from chain.types import Pubkey, Root, SecretKey, Signature

if TYPE_CHECKING:
    from py_arkworks_bls12381 import G1Point

_CIPHERSUITE: Final = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"
_CURVE_ORDER: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001


def derive_secret_key(seed: bytes) -> SecretKey:
    """Return a secret key from any bytes, uniform up to a bias of 2**-128.

    Source:
        Ours: keys of a simulation follow from the scenario's seed.
    """
    wide = hashlib.sha512(b"shardlab secret key" + seed).digest()
    return SecretKey(int.from_bytes(wide[:48], "big") % (_CURVE_ORDER - 1) + 1)


def compute_signing_root(root: bytes, domain: bytes) -> Root:
    """Bind a message to what it is meant for, so that a signature serves one purpose only.

    Args:
        root: 32-byte root of the signed object.
        domain: 4-byte tag from ``chain.constants``.

    Source:
        Phase 0's SigningData; PROTOCOL 3.2 and 3.4 name the domains.
    """
    return Root(hashlib.sha256(root + domain.ljust(32, b"\x00")).digest())


def compute_pubkey(backend: BlsBackend, secret_key: SecretKey) -> Pubkey:
    """Return the public key, 48 bytes."""
    if backend is BlsBackend.INSECURE:
        return Pubkey(hashlib.sha384(b"insecure" + secret_key.to_bytes(32, "big")).digest())
    if backend is BlsBackend.REAL:
        from py_ecc.bls import G2ProofOfPossession  # noqa: PLC0415 - 0.3 s to import

        return Pubkey(G2ProofOfPossession.SkToPk(secret_key))
    from py_arkworks_bls12381 import G1Point, Scalar  # noqa: PLC0415 - only where it is used

    return Pubkey((G1Point() * Scalar(secret_key)).to_compressed_bytes())


def sign(backend: BlsBackend, secret_key: SecretKey, message: Root) -> Signature:
    """Return the signature over a 32-byte message, 96 bytes."""
    if backend is BlsBackend.INSECURE:
        return _sign_insecurely([compute_pubkey(backend, secret_key)], message)
    if backend is BlsBackend.REAL:
        from py_ecc.bls import G2ProofOfPossession  # noqa: PLC0415 - 0.3 s to import

        return Signature(G2ProofOfPossession.Sign(secret_key, message))
    from py_arkworks_bls12381 import G2Point, Scalar  # noqa: PLC0415 - only where it is used

    point = G2Point.hash_to_curve(message, _CIPHERSUITE) * Scalar(secret_key)
    return Signature(point.to_compressed_bytes())


def sign_together(
    backend: BlsBackend, secret_keys: Sequence[SecretKey], message: Root
) -> Signature:
    """Return the aggregate of all signers' signatures over one message.

    The sum of their signatures is the signature of the sum of their keys, which a simulation
    that holds all keys can compute at the price of one.

    Args:
        backend: Signature backend.
        secret_keys: At least one.
        message: 32 bytes.

    Source:
        Ours, by the bilinearity of BLS.
    """
    if backend is BlsBackend.INSECURE:
        return _sign_insecurely([compute_pubkey(backend, key) for key in secret_keys], message)
    return sign(backend, SecretKey(sum(secret_keys) % _CURVE_ORDER), message)


def verify_signature(backend: BlsBackend, pubkey: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature is valid; malformed points and lengths are simply not.

    Source:
        PROTOCOL 3.2-3.4 and 5 (``bls.verify``).
    """
    return verify_aggregate(backend, [pubkey], message, signature)


def verify_aggregate(
    backend: BlsBackend, pubkeys: Sequence[bytes], message: bytes, signature: bytes
) -> bool:
    """Tell whether an aggregate signature of all signers over one message is valid.

    Args:
        backend: Signature backend.
        pubkeys: 48 bytes each; none makes the signature invalid.
        message: Any bytes; 32 in the protocol.
        signature: 96 bytes.

    Source:
        FastAggregateVerify of the proof-of-possession scheme.
    """
    if not pubkeys or len(signature) != 96 or any(len(key) != 48 for key in pubkeys):  # noqa: PLR2004 - point sizes
        return False
    if backend is BlsBackend.INSECURE:
        return signature == _sign_insecurely(pubkeys, message)
    if backend is BlsBackend.REAL:
        return _verify_real(tuple(pubkeys), message, signature)
    return _verify_fast(tuple(pubkeys), message, signature)


def _sign_insecurely(pubkeys: Sequence[bytes], message: bytes) -> Signature:
    digest = hashlib.sha256(b"insecure" + b"".join(pubkeys) + message).digest()
    return Signature(digest * 3)


@lru_cache(maxsize=1024)  # a pure function; a proposer asks first, then whoever imports
def _verify_real(pubkeys: tuple[bytes, ...], message: bytes, signature: bytes) -> bool:
    from eth_typing import BLSPubkey, BLSSignature  # noqa: PLC0415 - py-ecc's own names
    from py_ecc.bls import G2ProofOfPossession  # noqa: PLC0415 - 0.3 s to import

    keys = [BLSPubkey(key) for key in pubkeys]
    return bool(G2ProofOfPossession.FastAggregateVerify(keys, message, BLSSignature(signature)))


@lru_cache(maxsize=1024)  # a pure function; a proposer asks first, then whoever imports
def _verify_fast(pubkeys: tuple[bytes, ...], message: bytes, signature: bytes) -> bool:
    from py_arkworks_bls12381 import GT, G1Point, G2Point  # noqa: PLC0415 - only where used

    try:
        points = [_decompress_pubkey(key) for key in pubkeys]
        signed = G2Point.from_compressed_bytes(signature)
    except ValueError:
        return False
    total = sum(points[1:], points[0])
    # Keys that cancel out would be signed for by the signature at infinity.
    if G1Point.identity() in (*points, total):
        return False
    hashed = G2Point.hash_to_curve(message, _CIPHERSUITE)
    return GT.pairing_check([-G1Point(), total], [signed, hashed])


@lru_cache(maxsize=4096)  # a pure function; committees bring the same keys back every slot
def _decompress_pubkey(pubkey: bytes) -> "G1Point":
    from py_arkworks_bls12381 import G1Point as Point  # noqa: PLC0415 - only where it is used

    return Point.from_compressed_bytes(pubkey)
