"""Signatures: the three backends, against each other and against a published vector."""

import hashlib

import pytest

from chain.bls import (
    compute_pubkey,
    compute_signing_root,
    derive_secret_key,
    sign,
    sign_together,
    verify_aggregate,
    verify_signature,
)
from chain.config import BlsBackend
from chain.constants import DOMAIN_DEPOSIT, DOMAIN_WITHDRAWAL
from chain.types import Pubkey, Root, SecretKey, Signature

REAL, FAST, INSECURE = BlsBackend.REAL, BlsBackend.FAST, BlsBackend.INSECURE
SECURE = [REAL, FAST]

MESSAGE = Root(bytes(32))
OTHER_MESSAGE = Root(b"\x56" * 32)
# From the consensus layer's published BLS vectors, sign case with the zero message.
SECRET = SecretKey(0x263DBD792F5B1BE47ED85F8938C0F29586AF0D3AC7B977F21C278FE1462040E3)
PUBKEY = Pubkey(
    bytes.fromhex(
        "a491d1b0ecd9bb917989f0e74f0dea0422eac4a873e5e2644f368dffb9a6e20f"
        "d6e10c1b77654d067c0618f6e5a7f79a"
    )
)
SIGNATURE = Signature(
    bytes.fromhex(
        "b6ed936746e01f8ecf281f020953fbf1f01debd5657c4a383940b020b26507f6"
        "076334f91e2366c96e9ab279fb5158090352ea1c5b0c9274504f4f0e7053af24"
        "802e51e4568d164fe986834f41e55c8e850ce1f98458c0cfc9ab380b55285a55"
    )
)
# PUBKEY plus (0, 2), a point of order 3: pairs like PUBKEY where nobody checks the subgroup.
PUBKEY_OUTSIDE_SUBGROUP = bytes.fromhex(
    "b1ff6418b63d9a82c3142915b5b742c71926a14dcdb16b169cee377796250506"
    "71e62c1eb513904ff2cd66a218bb6d12"
)
INFINITY_PUBKEY = bytes([0xC0]) + bytes(47)
INFINITY_SIGNATURE = bytes([0xC0]) + bytes(95)

KEYS = [derive_secret_key(bytes([index])) for index in range(3)]


def flip(data: bytes, position: int, bit: int = 0) -> bytes:
    return data[:position] + bytes([data[position] ^ (1 << bit)]) + data[position + 1 :]


@pytest.mark.parametrize("backend", SECURE)
def test_compute_pubkey_equals_published_vector(backend: BlsBackend) -> None:
    assert compute_pubkey(backend, SECRET) == PUBKEY


@pytest.mark.parametrize("backend", SECURE)
def test_sign_equals_published_vector(backend: BlsBackend) -> None:
    assert sign(backend, SECRET, MESSAGE) == SIGNATURE


@pytest.mark.parametrize("backend", SECURE)
def test_verify_signature_published_vector_is_valid(backend: BlsBackend) -> None:
    assert verify_signature(backend, PUBKEY, MESSAGE, SIGNATURE)


@pytest.mark.parametrize(("signer", "verifier"), [(REAL, FAST), (FAST, REAL)])
def test_signature_of_one_backend_is_valid_under_the_other(
    signer: BlsBackend, verifier: BlsBackend
) -> None:
    message = compute_signing_root(OTHER_MESSAGE, DOMAIN_DEPOSIT)

    signature = sign(signer, KEYS[0], message)

    assert verify_signature(verifier, compute_pubkey(signer, KEYS[0]), message, signature)


@pytest.mark.parametrize(("signer", "verifier"), [(REAL, FAST), (FAST, REAL)])
def test_aggregate_of_one_backend_is_valid_under_the_other(
    signer: BlsBackend, verifier: BlsBackend
) -> None:
    pubkeys = [compute_pubkey(signer, key) for key in KEYS]

    signature = sign_together(signer, KEYS, MESSAGE)

    assert verify_aggregate(verifier, pubkeys, MESSAGE, signature)


@pytest.mark.parametrize("verifier", SECURE)
def test_signature_is_refused_by_both_backends_for_another_message(verifier: BlsBackend) -> None:
    assert not verify_signature(verifier, PUBKEY, OTHER_MESSAGE, SIGNATURE)


@pytest.mark.parametrize("verifier", SECURE)
def test_signature_is_refused_by_both_backends_for_another_key(verifier: BlsBackend) -> None:
    other = compute_pubkey(FAST, KEYS[0])

    assert not verify_signature(verifier, other, MESSAGE, SIGNATURE)


@pytest.mark.parametrize("verifier", SECURE)
@pytest.mark.parametrize(
    ("pubkey", "signature"),
    [
        pytest.param(PUBKEY, bytes(96), id="zero signature"),
        pytest.param(bytes(48), SIGNATURE, id="zero key"),
        pytest.param(b"\xff" * 48, SIGNATURE, id="key that is no point"),
        pytest.param(PUBKEY, b"\xff" * 96, id="signature that is no point"),
        pytest.param(PUBKEY, SIGNATURE[:95], id="short signature"),
        pytest.param(PUBKEY, SIGNATURE + b"\x00", id="long signature"),
        pytest.param(PUBKEY[:47], SIGNATURE, id="short key"),
        pytest.param(PUBKEY + b"\x00", SIGNATURE, id="long key"),
        pytest.param(INFINITY_PUBKEY, INFINITY_SIGNATURE, id="infinity signs everything"),
        pytest.param(PUBKEY_OUTSIDE_SUBGROUP, SIGNATURE, id="key outside the subgroup"),
        pytest.param(flip(PUBKEY, 0, 5), SIGNATURE, id="negated key"),
        pytest.param(PUBKEY, flip(SIGNATURE, 0, 5), id="negated signature"),
    ],
)
def test_verify_signature_malformed_point_is_invalid(
    verifier: BlsBackend, pubkey: bytes, signature: bytes
) -> None:
    assert not verify_signature(verifier, pubkey, MESSAGE, signature)


def test_verify_signature_any_flipped_byte_is_invalid() -> None:
    flipped_keys = [flip(PUBKEY, position) for position in range(48)]
    flipped_signatures = [flip(SIGNATURE, position) for position in range(96)]

    assert not any(verify_signature(FAST, key, MESSAGE, SIGNATURE) for key in flipped_keys)
    assert not any(verify_signature(FAST, PUBKEY, MESSAGE, one) for one in flipped_signatures)


@pytest.mark.parametrize("backend", [FAST, INSECURE])
def test_verify_aggregate_missing_or_foreign_signer_is_invalid(backend: BlsBackend) -> None:
    pubkeys = [compute_pubkey(backend, key) for key in KEYS]
    signature = sign_together(backend, KEYS[:2], MESSAGE)

    assert verify_aggregate(backend, pubkeys[:2], MESSAGE, signature)
    assert not verify_aggregate(backend, pubkeys, MESSAGE, signature)
    assert not verify_aggregate(backend, pubkeys[:1], MESSAGE, signature)
    assert not verify_aggregate(backend, pubkeys[1:], MESSAGE, signature)


@pytest.mark.parametrize("backend", BlsBackend)
def test_verify_aggregate_nobody_is_invalid(backend: BlsBackend) -> None:
    assert not verify_aggregate(backend, [], MESSAGE, INFINITY_SIGNATURE)


@pytest.mark.parametrize("backend", SECURE)
def test_verify_aggregate_keys_that_cancel_out_is_invalid(backend: BlsBackend) -> None:
    opposite = flip(PUBKEY, position=0, bit=5)

    assert not verify_aggregate(backend, [PUBKEY, opposite], MESSAGE, INFINITY_SIGNATURE)


def test_insecure_signature_is_valid_for_its_key_and_message_only() -> None:
    pubkey, other = (compute_pubkey(INSECURE, key) for key in KEYS[:2])
    signature = sign(INSECURE, KEYS[0], MESSAGE)

    assert (len(pubkey), len(signature)) == (48, 96)
    assert verify_signature(INSECURE, pubkey, MESSAGE, signature)
    assert not verify_signature(INSECURE, other, MESSAGE, signature)
    assert not verify_signature(INSECURE, pubkey, OTHER_MESSAGE, signature)
    assert not verify_signature(FAST, pubkey, MESSAGE, signature)


def test_signing_root_binds_root_and_domain() -> None:
    root = compute_signing_root(MESSAGE, DOMAIN_DEPOSIT)

    assert root == hashlib.sha256(MESSAGE + b"\x03" + bytes(31)).digest()
    assert root != compute_signing_root(MESSAGE, DOMAIN_WITHDRAWAL)
    assert root != compute_signing_root(OTHER_MESSAGE, DOMAIN_DEPOSIT)


def test_derive_secret_key_same_seed_gives_the_same_scalar() -> None:
    order = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
    keys = [derive_secret_key(str(seed).encode()) for seed in range(100)]

    assert keys == [derive_secret_key(str(seed).encode()) for seed in range(100)]
    assert len(set(keys)) == 100
    assert all(0 < key < order for key in keys)
