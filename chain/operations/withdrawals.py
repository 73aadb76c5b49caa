"""Withdrawal: a validator's whole balance goes to a script, which gets a receipt.

Source:
    PROTOCOL 3.4.
"""

from chain.bls import compute_signing_root, verify_signature
from chain.config import ChainConfig
from chain.constants import DOMAIN_WITHDRAWAL, WITHDRAWAL_RECEIPTS_LIMIT
from chain.containers import BeaconState, Withdrawal, WithdrawalReceipt
from chain.context import ChainContext
from chain.credentials import UNUSED_VALIDATOR, compute_withdrawal_credentials
from chain.effects import Effect, WithdrawalIssued
from chain.errors import InvalidOperation
from chain.types import Gwei


def process_withdrawal(
    state: BeaconState, operation: Withdrawal, context: ChainContext, effects: list[Effect]
) -> None:
    """Empty a withdrawable validator into a script and issue the receipt.

    Raises:
        InvalidOperation: ``validator_out_of_range``, ``not_withdrawable``,
            ``wrong_credentials``, ``wrong_signature``, ``target_out_of_range``,
            ``too_many_receipts``.

    Source:
        PROTOCOL 3.4.
    """
    config = context.config
    validate_withdrawn_validator(state, operation)
    validate_withdrawable(state, operation, config)
    validate_withdrawal_credentials(state, operation)
    validate_withdrawal_signature(operation, config)
    validate_withdrawal_target(state, operation)
    validate_receipt_room(state)
    amount = state.balances[operation.validator_index]
    _issue_receipt(state, operation, amount, effects)
    script = state.execution_scripts[operation.target]
    credited = script.evolve(balance=Gwei(script.balance + amount))
    state.execution_scripts = state.execution_scripts.set(operation.target, credited)
    state.balances = state.balances.set(operation.validator_index, Gwei(0))
    state.validators = state.validators.set(operation.validator_index, UNUSED_VALIDATOR)


def _issue_receipt(
    state: BeaconState, operation: Withdrawal, amount: Gwei, effects: list[Effect]
) -> None:
    receipt_index = state.next_withdrawal_receipt_index
    receipt = WithdrawalReceipt.create(
        receipt_index=receipt_index, withdrawal=operation, amount=amount
    )
    position = len(state.withdrawal_receipts)
    state.withdrawal_receipts = state.withdrawal_receipts.append(receipt)
    state.next_withdrawal_receipt_index = receipt_index + 1
    effects.append(
        WithdrawalIssued(
            receipt_index, position, operation.validator_index, operation.target, amount
        )
    )


def validate_withdrawn_validator(state: BeaconState, operation: Withdrawal) -> None:
    """Refuse a validator that is not in the registry."""
    if operation.validator_index >= len(state.validators):
        raise InvalidOperation(
            "validator_out_of_range",
            validator=operation.validator_index,
            validators=len(state.validators),
        )


def validate_withdrawable(state: BeaconState, operation: Withdrawal, config: ChainConfig) -> None:
    """Refuse a validator whose withdrawable epoch lies ahead."""
    withdrawable = state.validators[operation.validator_index].withdrawable_epoch
    epoch = config.compute_epoch(state.slot)
    if epoch < withdrawable:
        raise InvalidOperation("not_withdrawable", epoch=epoch, withdrawable=withdrawable)


def validate_withdrawal_credentials(state: BeaconState, operation: Withdrawal) -> None:
    """Refuse a public key that is not behind the withdrawal credentials."""
    expected = state.validators[operation.validator_index].withdrawal_credentials
    given = compute_withdrawal_credentials(operation.pubkey)
    if given != expected:
        raise InvalidOperation("wrong_credentials", given=given, expected=expected)


def validate_withdrawal_signature(operation: Withdrawal, config: ChainConfig) -> None:
    """Refuse a signature that is not the key's over this operation."""
    message = compute_signing_root(operation.signing_root, DOMAIN_WITHDRAWAL)
    if not verify_signature(config.bls, operation.pubkey, message, operation.signature):
        raise InvalidOperation("wrong_signature", validator=operation.validator_index)


def validate_withdrawal_target(state: BeaconState, operation: Withdrawal) -> None:
    """Refuse a script that is not registered."""
    if operation.target >= len(state.execution_scripts):
        raise InvalidOperation(
            "target_out_of_range",
            target=operation.target,
            scripts=len(state.execution_scripts),
        )


def validate_receipt_room(state: BeaconState) -> None:
    """Refuse more receipts than a slot can hold."""
    if len(state.withdrawal_receipts) >= WITHDRAWAL_RECEIPTS_LIMIT:
        raise InvalidOperation("too_many_receipts", limit=WITHDRAWAL_RECEIPTS_LIMIT)
