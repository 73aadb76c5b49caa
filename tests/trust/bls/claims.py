"""Signatures to be judged, of which it is known beforehand whether they are valid.

Source:
    The kinds of wrong ones: what a library may forget to look at when it reads a point, and
    what the scheme's drafts warn of (infinity, subgroups, keys that cancel out).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from chain.bls import compute_pubkey, derive_secret_key, sign_together
from chain.config import BlsBackend
from chain.types import Root, SecretKey
from tests.trust.bls.curve import (
    COMPRESSED,
    INFINITE,
    LARGER,
    PRIME,
    PUBKEYS,
    SIGNATURES,
    Curve,
    Element,
    add,
)

_MOST_SIGNERS: Final = 4
_INFINITY: Final = COMPRESSED | INFINITE


@dataclass(frozen=True, slots=True)
class Claim:
    """That some keys signed a message.

    Attributes:
        kind: What was done to it.
        secrets: Whose signature it was before that.
        pubkeys: Encoded, as claimed.
        message: As claimed.
        signature: Encoded, as claimed.
        is_valid: Whether it is true.
    """

    kind: str
    secrets: tuple[SecretKey, ...]
    pubkeys: tuple[bytes, ...]
    message: bytes
    signature: bytes
    is_valid: bool


def draw_claim(rng: Random) -> Claim:
    """Draw a claim: an honest one, or one with something wrong about it."""
    secrets = tuple(
        derive_secret_key(rng.randbytes(8)) for _ in range(rng.randint(1, _MOST_SIGNERS))
    )
    honest = _sign_honestly("honest", secrets, rng.randbytes(32))
    if rng.random() < 1 / 8:
        return honest
    return rng.choice(_KINDS)(rng, honest)


def _sign_honestly(kind: str, secrets: tuple[SecretKey, ...], message: bytes) -> Claim:
    pubkeys = tuple(compute_pubkey(BlsBackend.FAST, secret) for secret in secrets)
    signature = sign_together(BlsBackend.FAST, secrets, Root(message))
    return Claim(kind, secrets, pubkeys, message, signature, is_valid=True)


Change = Callable[[Random, Claim], Claim]


def _spoil(claim: Claim, kind: str, **changes: object) -> Claim:
    return replace(claim, kind=kind, is_valid=False, **changes)  # type: ignore[arg-type]  # by field


def _set_key(claim: Claim, key: bytes, position: int = 0) -> tuple[bytes, ...]:
    return (*claim.pubkeys[:position], key, *claim.pubkeys[position + 1 :])


def _flip(rng: Random, data: bytes, first: int = 0) -> bytes:
    bit = rng.randrange(first, 8 * len(data))
    return bytes(byte ^ (0x80 >> bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(data))


def _is_same_signer(rng: Random, claim: Claim) -> Claim:
    """A key may occur twice, and then signs twice."""
    secrets = (*claim.secrets, rng.choice(claim.secrets))
    return _sign_honestly("honest, a key twice", secrets, claim.message)


def _sign_other_length(rng: Random, claim: Claim) -> Claim:
    size_bytes = rng.choice([0, 1, 31, 33, 55, 56, 64, 200])
    return _sign_honestly(
        "honest, message of another length", claim.secrets, rng.randbytes(size_bytes)
    )


def _swap_message(rng: Random, claim: Claim) -> Claim:
    return _spoil(claim, "another message", message=rng.randbytes(32))


def _flip_message(rng: Random, claim: Claim) -> Claim:
    return _spoil(claim, "flipped bit in the message", message=_flip(rng, claim.message))


def _flip_signature(rng: Random, claim: Claim) -> Claim:
    return _spoil(
        claim, "flipped bit in the signature", signature=_flip(rng, claim.signature, first=3)
    )


def _flip_key(rng: Random, claim: Claim) -> Claim:
    at = rng.randrange(len(claim.pubkeys))
    flipped = _flip(rng, claim.pubkeys[at], first=3)
    return _spoil(claim, "flipped bit in a key", pubkeys=_set_key(claim, flipped, at))


def _change_flags(rng: Random, data: bytes) -> bytes:
    return bytes([data[0] ^ (rng.randrange(1, 8) << 5)]) + data[1:]


def _change_key_flags(rng: Random, claim: Claim) -> Claim:
    changed = _change_flags(rng, claim.pubkeys[0])
    return _spoil(claim, "other flags on a key", pubkeys=_set_key(claim, changed))


def _change_signature_flags(rng: Random, claim: Claim) -> Claim:
    changed = _change_flags(rng, claim.signature)
    return _spoil(claim, "other flags on the signature", signature=changed)


def _drop_signer(rng: Random, claim: Claim) -> Claim:
    at = rng.randrange(len(claim.pubkeys))
    kept = claim.pubkeys[:at] + claim.pubkeys[at + 1 :]
    return _spoil(claim, "a signer too few", pubkeys=kept)


def _add_signer(rng: Random, claim: Claim) -> Claim:
    foreign = compute_pubkey(BlsBackend.FAST, derive_secret_key(rng.randbytes(8)))
    return _spoil(claim, "a signer too many", pubkeys=(*claim.pubkeys, foreign))


def _write_infinity(rng: Random, size_bytes: int) -> bytes:
    """Return infinity, sometimes with something written where zeros belong."""
    infinity = bytearray([_INFINITY, *bytes(size_bytes - 1)])
    match rng.randrange(4):
        case 0:
            infinity[0] |= LARGER
        case 1:
            infinity[rng.randrange(1, size_bytes)] = rng.randrange(1, 256)
        case 2:
            infinity[0] &= ~COMPRESSED
    return bytes(infinity)


def _write_infinite_key(rng: Random, claim: Claim) -> Claim:
    key = _write_infinity(rng, PUBKEYS.size_bytes)
    at = rng.randint(0, len(claim.pubkeys))
    keys = (*claim.pubkeys[:at], key, *claim.pubkeys[at:])
    return _spoil(claim, "infinity among the keys", pubkeys=keys)


def _write_infinite_signature(rng: Random, claim: Claim) -> Claim:
    signature = _write_infinity(rng, SIGNATURES.size_bytes)
    return _spoil(claim, "infinity as the signature", signature=signature)


def _write_infinities(rng: Random, claim: Claim) -> Claim:
    keys = (_write_infinity(rng, PUBKEYS.size_bytes),) * rng.randint(1, 2)
    signature = _write_infinity(rng, SIGNATURES.size_bytes)
    return _spoil(claim, "infinity signs for infinity", pubkeys=keys, signature=signature)


def _cancel_keys(rng: Random, claim: Claim) -> Claim:
    opposite = [bytes([key[0] ^ LARGER]) + key[1:] for key in claim.pubkeys]
    keys = [*claim.pubkeys, *opposite]
    rng.shuffle(keys)
    infinity = bytes([_INFINITY, *bytes(SIGNATURES.size_bytes - 1)])
    return _spoil(claim, "keys that cancel out", pubkeys=tuple(keys), signature=infinity)


def _leave_subgroup(rng: Random, curve: Curve, data: bytes) -> bytes:
    """Return a point of the curve outside the subgroup; most often one that pairs like another."""
    if rng.random() < 1 / 4:
        return curve.compress(curve.draw_point(rng))
    torsion = curve.draw_torsion(rng)
    # (0, 2) has order 3: the smallest part that a point can have outside the subgroup.
    if curve is PUBKEYS and rng.random() < 1 / 3:
        torsion = curve.decompress(bytes([COMPRESSED, *bytes(curve.size_bytes - 1)]))
    moved = add(curve.decompress(data), torsion)
    return curve.compress(torsion if moved is None or rng.random() < 1 / 4 else moved)


def _leave_key_subgroup(rng: Random, claim: Claim) -> Claim:
    key = _leave_subgroup(rng, PUBKEYS, claim.pubkeys[0])
    return _spoil(claim, "key outside the subgroup", pubkeys=_set_key(claim, key))


def _leave_signature_subgroup(rng: Random, claim: Claim) -> Claim:
    signature = _leave_subgroup(rng, SIGNATURES, claim.signature)
    return _spoil(claim, "signature outside the subgroup", signature=signature)


def _leave_curve(rng: Random, claim: Claim) -> Claim:
    if rng.random() < 1 / 2:
        key = PUBKEYS.draw_stray(rng)
        return _spoil(claim, "key off the curve", pubkeys=_set_key(claim, key))
    signature = SIGNATURES.draw_stray(rng)
    return _spoil(claim, "signature off the curve", signature=signature)


def _add_prime(curve: Curve, data: bytes, *, to_imaginary: bool = False) -> bytes | None:
    """Write the same point with a coordinate that is the prime larger, if 381 bits hold it."""
    x = curve.read_x(data)
    raised = Element(x.re, x.im + PRIME) if to_imaginary else Element(x.re + PRIME, x.im)
    # The first coordinate shares its first byte with the flags.
    first = raised.im if curve is SIGNATURES else raised.re
    if first >> 381 or max(raised.re, raised.im) >> 384:
        return None
    return curve.encode_x(raised, data[0] & 7 << 5)


def _raise_key(rng: Random, claim: Claim) -> Claim:
    while (key := _add_prime(PUBKEYS, claim.pubkeys[0])) is None:
        secrets = (derive_secret_key(rng.randbytes(8)), *claim.secrets[1:])
        claim = _sign_honestly("honest", secrets, claim.message)
    return _spoil(claim, "key above the prime", pubkeys=_set_key(claim, key))


def _raise_signature(rng: Random, claim: Claim) -> Claim:
    to_imaginary = rng.random() < 1 / 2
    while (raised := _add_prime(SIGNATURES, claim.signature, to_imaginary=to_imaginary)) is None:
        claim = _sign_honestly("honest", claim.secrets, rng.randbytes(32))
    return _spoil(claim, "signature above the prime", signature=raised)


def _resize(rng: Random, data: bytes) -> bytes:
    match rng.randrange(5):
        case 0:
            return data[: rng.randrange(len(data))]
        case 1:
            return data + rng.randbytes(rng.randint(1, 4))
        case 2:
            return bytes(1) + data
        case 3:
            return data + data
        case _:
            return data[:-1]


def _resize_key(rng: Random, claim: Claim) -> Claim:
    key = _resize(rng, claim.pubkeys[0])
    return _spoil(claim, "key of another length", pubkeys=_set_key(claim, key))


def _resize_signature(rng: Random, claim: Claim) -> Claim:
    signature = _resize(rng, claim.signature)
    return _spoil(claim, "signature of another length", signature=signature)


def _write_noise(rng: Random, claim: Claim) -> Claim:
    key, signature = rng.randbytes(48), rng.randbytes(96)
    if rng.random() < 1 / 2:
        return _spoil(claim, "random bytes as a key", pubkeys=_set_key(claim, key))
    return _spoil(claim, "random bytes as the signature", signature=signature)


_KINDS: Final[tuple[Change, ...]] = (
    _is_same_signer,
    _sign_other_length,
    _swap_message,
    _flip_message,
    _flip_signature,
    _flip_key,
    _change_key_flags,
    _change_signature_flags,
    _drop_signer,
    _add_signer,
    _write_infinite_key,
    _write_infinite_signature,
    _write_infinities,
    _cancel_keys,
    _leave_key_subgroup,
    _leave_signature_subgroup,
    _leave_curve,
    _raise_key,
    _raise_signature,
    _resize_key,
    _resize_signature,
    _write_noise,
)
