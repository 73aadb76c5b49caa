"""Withdrawal credentials."""

import hashlib

from chain.constants import FAR_FUTURE_EPOCH
from chain.credentials import UNUSED_VALIDATOR, compute_withdrawal_credentials
from chain.types import Pubkey


def test_compute_withdrawal_credentials_by_hand() -> None:
    pubkey = Pubkey(bytes(range(48)))

    credentials = compute_withdrawal_credentials(pubkey)

    assert credentials == b"\x00" + hashlib.sha256(bytes(range(48))).digest()[1:]
    assert len(credentials) == 32


def test_unused_validator_is_nobodys_and_never_on_duty() -> None:
    epochs = [
        UNUSED_VALIDATOR.activation_eligibility_epoch,
        UNUSED_VALIDATOR.activation_epoch,
        UNUSED_VALIDATOR.exit_epoch,
        UNUSED_VALIDATOR.withdrawable_epoch,
    ]

    assert epochs == [FAR_FUTURE_EPOCH] * 4
    # No key is known whose digest is zero, so nobody can sign for an unused entry.
    assert UNUSED_VALIDATOR.withdrawal_credentials == bytes(32)
    assert UNUSED_VALIDATOR.pubkey == bytes(48)
