"""Randomness: one generator per actor, derived from the scenario's seed and the actor's name.

Source:
    Ours: adding an actor must not disturb the others.
"""

import hashlib
import random

from chain.bls import compute_pubkey, derive_secret_key
from chain.config import BlsBackend
from chain.types import Pubkey, SecretKey


def derive_rng(seed: int, name: str) -> random.Random:
    """Return the generator of one actor.

    Args:
        seed: The scenario's seed.
        name: The actor, such as ``users/0``.
    """
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return random.Random(int.from_bytes(digest, "big"))  # noqa: S311 - a simulation must repeat


class KeyRing:
    """All secret keys of a run, by owner and by public key."""

    def __init__(self, seed: int, backend: BlsBackend) -> None:
        """Start empty."""
        self._seed = seed
        self._backend = backend
        self._secrets: dict[Pubkey, SecretKey] = {}

    def create(self, owner: str) -> Pubkey:
        """Make the key that belongs to an owner's name, and return its public half."""
        secret = derive_secret_key(f"{self._seed}/{owner}".encode())
        pubkey = compute_pubkey(self._backend, secret)
        self._secrets[pubkey] = secret
        return pubkey

    def get_secret(self, pubkey: Pubkey) -> SecretKey:
        """Return the secret half of a key made here."""
        return self._secrets[pubkey]

    def forget(self, pubkey: Pubkey) -> None:
        """Drop a key that will not sign again, so that a long run does not collect them."""
        self._secrets.pop(pubkey, None)
