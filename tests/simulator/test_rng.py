"""Randomness follows from the seed and the actor's name, and from nothing else."""

import hashlib
import random

import pytest

from chain.bls import compute_signing_root, sign, verify_signature
from chain.config import BlsBackend
from chain.types import Pubkey, Root
from simulator.rng import KeyRing, derive_rng

DOMAIN = b"\x09\x00\x00\x00"


def test_derive_rng_same_seed_and_name_draws_the_same() -> None:
    first = derive_rng(7, "users/0")
    second = derive_rng(7, "users/0")

    assert [first.random() for _ in range(5)] == [second.random() for _ in range(5)]


def test_derive_rng_generator_is_seeded_by_sha256_of_seed_and_name() -> None:
    seeded = int(hashlib.sha256(b"7/users/0").hexdigest(), 16)

    assert derive_rng(7, "users/0").random() == random.Random(seeded).random()  # noqa: S311 - no secrets


@pytest.mark.parametrize(("seed", "name"), [(8, "users/0"), (7, "users/1"), (70, "sers/0")])
def test_derive_rng_other_seed_or_name_draws_differently(seed: int, name: str) -> None:
    assert derive_rng(seed, name).random() != derive_rng(7, "users/0").random()


def test_derive_rng_does_not_touch_the_global_generator() -> None:
    before = random.getstate()

    derive_rng(7, "users/0").random()

    assert random.getstate() == before


def test_key_ring_same_seed_and_owner_make_the_same_key() -> None:
    assert make_ring(1).create("deposit/1") == make_ring(1).create("deposit/1")


def test_key_ring_other_seed_or_owner_make_another_key() -> None:
    pubkeys = {
        make_ring(seed).create(owner) for seed in (1, 2) for owner in ("deposit/1", "deposit/2")
    }

    assert len(pubkeys) == 4


def test_key_ring_secret_signs_for_the_pubkey() -> None:
    ring = KeyRing(1, BlsBackend.FAST)
    pubkey = ring.create("validator/0")
    message = compute_signing_root(Root(bytes(32)), DOMAIN)

    signature = sign(BlsBackend.FAST, ring.get_secret(pubkey), message)

    assert verify_signature(BlsBackend.FAST, pubkey, message, signature)


def test_key_ring_forgotten_key_is_gone_and_others_stay() -> None:
    ring = make_ring(1)
    forgotten, kept = ring.create("a"), ring.create("b")
    secret = ring.get_secret(kept)

    ring.forget(forgotten)

    assert ring.get_secret(kept) == secret
    with pytest.raises(KeyError):
        ring.get_secret(forgotten)


def test_key_ring_forgetting_an_unknown_key_does_nothing() -> None:
    make_ring(1).forget(Pubkey(bytes(48)))


def make_ring(seed: int) -> KeyRing:
    return KeyRing(seed, BlsBackend.INSECURE)
