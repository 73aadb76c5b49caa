"""Withdrawal credentials, and registry entries that belong to nobody.

Source:
    PROTOCOL 3.2 and 3.4.
"""

import hashlib
from typing import Final

from chain.constants import (
    BLS_WITHDRAWAL_PREFIX,
    FAR_FUTURE_EPOCH,
    ZERO_PUBKEY,
    ZERO_ROOT,
)
from chain.containers import Validator
from chain.types import Pubkey, Root

UNUSED_VALIDATOR: Final = Validator.create(
    pubkey=ZERO_PUBKEY,
    withdrawal_credentials=ZERO_ROOT,
    activation_eligibility_epoch=FAR_FUTURE_EPOCH,
    activation_epoch=FAR_FUTURE_EPOCH,
    exit_epoch=FAR_FUTURE_EPOCH,
    withdrawable_epoch=FAR_FUTURE_EPOCH,
)
"""A registry entry after its withdrawal; the next new validator takes it over.

Reuse keeps the registry as large as the validators alive, as EIP-6914 proposed for mainnet.
"""


def compute_withdrawal_credentials(pubkey: Pubkey) -> Root:
    """Return ``0x00 || sha256(pubkey)[1:]``, 32 bytes.

    Source:
        PROTOCOL 3.2.
    """
    return Root(BLS_WITHDRAWAL_PREFIX + hashlib.sha256(pubkey).digest()[1:])
