"""SSZ limits, domain tags and zero values: never vary per run.

Limits bound every list, so that hash_tree_roots do not depend on a run's config. They are
generous; what a run really allows is in ``chain.config``.

Source:
    PROTOCOL 2 (limits live here), otherwise ours: the record names no sizes.
"""

from typing import Final

from chain.types import Epoch, Gwei, Pubkey, Root, Signature

VALIDATOR_LIMIT: Final = 2**20
SCRIPT_LIMIT: Final = 2**16
SHARD_LIMIT: Final = 2**12
CODE_BYTES_LIMIT: Final = 2**22
BLOCK_DATA_BYTES_LIMIT: Final = 2**22
MARK_BYTES_LIMIT: Final = 2**12
WITHDRAWAL_DATA_BYTES_LIMIT: Final = 2**10
DEPOSITS_PER_BLOCK_LIMIT: Final = 2**10
OPERATIONS_PER_BLOCK_LIMIT: Final = 2**10
WITHDRAWAL_RECEIPTS_LIMIT: Final = 2**10
BLOCKS_PER_CROSSLINK_LIMIT: Final = 2**12
CLAIMS_PER_SHARD_LIMIT: Final = 2**32
COMMITTEE_LIMIT: Final = 2**12
HISTORICAL_ROOTS_LIMIT: Final = 2**24
BRANCH_LIMIT: Final = 2**7

STATE_ROOTS_RING_SLOTS: Final = 64
"""Length of ``latest_state_roots``; each full ring adds one historical root."""

DEPOSIT_DATA_BYTES: Final = 184
"""Serialized DepositData: what pushNewDeposit takes."""

TIMESTAMPED_DEPOSIT_DATA_BYTES: Final = 192
"""DepositData with Proposal 2's min_timestamp behind it."""

FAR_FUTURE_EPOCH: Final = Epoch(2**64 - 1)
GWEI_PER_ETH: Final = Gwei(10**9)

ZERO_ROOT: Final = Root(bytes(32))
ZERO_PUBKEY: Final = Pubkey(bytes(48))
ZERO_SIGNATURE: Final = Signature(bytes(96))

BLS_WITHDRAWAL_PREFIX: Final = b"\x00"
"""First byte of withdrawal credentials: ``0x00 || sha256(pubkey)[1:]``."""

DOMAIN_BEACON_BLOCK: Final = b"\x00\x00\x00\x00"
DOMAIN_SHARD_BLOCK: Final = b"\x01\x00\x00\x00"
DOMAIN_CROSSLINK: Final = b"\x02\x00\x00\x00"
DOMAIN_DEPOSIT: Final = b"\x03\x00\x00\x00"
DOMAIN_REGISTRATION: Final = b"\x04\x00\x00\x00"
DOMAIN_WITHDRAWAL: Final = b"\x05\x00\x00\x00"
DOMAIN_REPORT: Final = b"\x06\x00\x00\x00"
DOMAIN_VERDICT: Final = b"\x07\x00\x00\x00"
DOMAIN_CHALLENGE: Final = b"\x08\x00\x00\x00"
DOMAIN_ADVERSARY: Final = b"\x09\x00\x00\x00"
