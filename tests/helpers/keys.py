"""Keys for tests, by name, and what they sign."""

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from chain.bls import compute_pubkey, compute_signing_root, derive_secret_key, sign
from chain.config import BlsBackend
from chain.constants import (
    DOMAIN_DEPOSIT,
    DOMAIN_REGISTRATION,
    DOMAIN_REPORT,
    DOMAIN_WITHDRAWAL,
    ZERO_SIGNATURE,
)
from chain.containers import DepositData, NewExecutionScript, ValidationReport, Withdrawal
from chain.credentials import compute_withdrawal_credentials
from chain.encoding import SignedContainer
from chain.types import Pubkey, Root, SecretKey, Signature


@dataclass(frozen=True, slots=True)
class Key:
    """A secret key and the backend it is used with."""

    backend: BlsBackend
    secret: SecretKey
    pubkey: Pubkey

    @property
    def credentials(self) -> Root:
        return compute_withdrawal_credentials(self.pubkey)

    def sign(self, root: bytes, domain: bytes) -> Signature:
        return sign(self.backend, self.secret, compute_signing_root(root, domain))


@cache
def make_key(name: str, backend: BlsBackend = BlsBackend.INSECURE) -> Key:
    """Return the key that belongs to a name."""
    secret = derive_secret_key(name.encode())
    return Key(backend, secret, compute_pubkey(backend, secret))


C = TypeVar("C", bound=SignedContainer)


def sign_container(key: Key, unsigned: C, domain: bytes) -> C:
    return unsigned.evolve(signature=key.sign(unsigned.signing_root, domain))


def sign_registration(key: Key, *, sender: int, slot: int, code: bytes) -> NewExecutionScript:
    unsigned = NewExecutionScript.create(
        sender=sender, slot=slot, code=code, pubkey=key.pubkey, signature=ZERO_SIGNATURE
    )
    return sign_container(key, unsigned, DOMAIN_REGISTRATION)


def sign_deposit(key: Key, amount: int) -> DepositData:
    unsigned = DepositData.create(
        pubkey=key.pubkey,
        withdrawal_credentials=key.credentials,
        amount=amount,
        signature=ZERO_SIGNATURE,
    )
    return sign_container(key, unsigned, DOMAIN_DEPOSIT)


def sign_withdrawal(key: Key, *, validator: int, target: int = 0, data: bytes = b"") -> Withdrawal:
    unsigned = Withdrawal.create(
        validator_index=validator,
        target=target,
        data=data,
        pubkey=key.pubkey,
        signature=ZERO_SIGNATURE,
    )
    return sign_container(key, unsigned, DOMAIN_WITHDRAWAL)


def sign_report(
    key: Key, *, reporter: int, slot: int, script: int = 0, data: bytes = b""
) -> ValidationReport:
    unsigned = ValidationReport.create(
        reporter=reporter, script=script, slot=slot, data=data, signature=ZERO_SIGNATURE
    )
    return sign_container(key, unsigned, DOMAIN_REPORT)
