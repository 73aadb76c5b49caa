"""States at slot 0.

Source:
    PROTOCOL 3.2 (depositors), 4 and 8; the shape of a genesis is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chain.config import ChainConfig
from chain.constants import (
    CLAIMS_PER_SHARD_LIMIT,
    FAR_FUTURE_EPOCH,
    STATE_ROOTS_RING_SLOTS,
    ZERO_ROOT,
)
from chain.containers import (
    EMPTY_SHARD_BLOCK_HEADER,
    BeaconBlock,
    BeaconBlockBody,
    BeaconState,
    Crosslink,
    ShardState,
    Validator,
    compute_beacon_block_header,
)
from chain.credentials import compute_withdrawal_credentials
from chain.encoding import make_list, uint64
from chain.types import Epoch, Gwei, Pubkey, ShardIndex

EMPTY_BODY = BeaconBlockBody.create(
    crosslinks=[],
    new_execution_scripts=[],
    new_validators=[],
    withdrawals=[],
    validation_reports=[],
)


@dataclass(frozen=True, slots=True)
class GenesisValidator:
    """Somebody who is in the registry from the start.

    Attributes:
        balance: Gwei.
        validator: The registry entry.
    """

    balance: Gwei
    validator: Validator


def build_active_validator(pubkey: Pubkey, balance: Gwei) -> GenesisValidator:
    """Return a validator that is on duty from the start and never leaves."""
    return _build(pubkey, balance, eligible=Epoch(0), active=Epoch(0), leaves=FAR_FUTURE_EPOCH)


def build_depositor(pubkey: Pubkey, balance: Gwei) -> GenesisValidator:
    """Return somebody who is not yet eligible for activation, and so may register scripts.

    Source:
        PROTOCOL 3.2.
    """
    never = FAR_FUTURE_EPOCH
    return _build(pubkey, balance, eligible=never, active=never, leaves=never)


def build_retired_validator(pubkey: Pubkey, balance: Gwei) -> GenesisValidator:
    """Return a validator that is withdrawable from the start: how scripts get their first ETH."""
    return _build(pubkey, balance, eligible=Epoch(0), active=Epoch(0), leaves=Epoch(0))


def build_genesis_beacon_state(
    validators: Sequence[GenesisValidator], config: ChainConfig
) -> BeaconState:
    """Return the beacon state at slot 0: no scripts, no receipts, empty crosslinks."""
    block = BeaconBlock.create(
        slot=0, parent_root=ZERO_ROOT, state_root=ZERO_ROOT, proposer_index=0, body=EMPTY_BODY
    )
    # py-ssz makes lists of a field's own elements only; the lists inside claims are ours to make.
    no_claims = make_list(uint64, CLAIMS_PER_SHARD_LIMIT)
    return BeaconState.create(
        slot=0,
        validators=[entry.validator for entry in validators],
        balances=[entry.balance for entry in validators],
        execution_scripts=[],
        withdrawal_receipts=[],
        next_withdrawal_receipt_index=0,
        crosslinks=[_build_empty_crosslink(ShardIndex(i)) for i in range(config.shard_count)],
        latest_block_header=compute_beacon_block_header(block),
        latest_state_roots=[ZERO_ROOT] * STATE_ROOTS_RING_SLOTS,
        historical_roots=[],
        claims=[no_claims] * config.shard_count,
    )


def build_genesis_shard_state(shard: ShardIndex) -> ShardState:
    """Return a shard's state at slot 0; its parent header says which shard it is."""
    return ShardState.create(
        exec_env_states=[],
        slot=0,
        parent_block=EMPTY_SHARD_BLOCK_HEADER.evolve(shard=shard),
        latest_state_roots=[ZERO_ROOT] * STATE_ROOTS_RING_SLOTS,
        marks=[],
    )


def _build_empty_crosslink(shard: ShardIndex) -> Crosslink:
    return Crosslink.create(
        shard=shard, start_slot=0, end_slot=0, headers_root=ZERO_ROOT, shard_state_root=ZERO_ROOT
    )


def _build(
    pubkey: Pubkey, balance: Gwei, *, eligible: Epoch, active: Epoch, leaves: Epoch
) -> GenesisValidator:
    validator = Validator.create(
        pubkey=pubkey,
        withdrawal_credentials=compute_withdrawal_credentials(pubkey),
        activation_eligibility_epoch=eligible,
        activation_epoch=active,
        exit_epoch=leaves,
        withdrawable_epoch=leaves,
    )
    return GenesisValidator(balance, validator)
