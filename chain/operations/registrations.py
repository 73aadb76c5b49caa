"""NewExecutionScript: code comes onto the beacon chain, and its fee is burned.

Source:
    PROTOCOL 3.2.
"""

from chain.bls import compute_signing_root, verify_signature
from chain.config import ChainConfig
from chain.constants import DOMAIN_REGISTRATION, SCRIPT_LIMIT
from chain.containers import BeaconState, ExecutionScript, NewExecutionScript
from chain.context import ChainContext
from chain.credentials import compute_withdrawal_credentials
from chain.effects import Effect, MarkWritten, ScriptRegistered
from chain.errors import InvalidOperation
from chain.placement import UNMARKED, RegistrationDecision
from chain.types import Gwei, ScriptIndex
from chain.validation import compute_code_hash


def compute_registration_fee(size_bytes: int, config: ChainConfig) -> Gwei:
    """Return the fee for code of a size, Gwei.

    Source:
        PROTOCOL 3.2.
    """
    return Gwei(config.new_code_fee + config.new_code_byte_fee * size_bytes)


def process_new_execution_script(
    state: BeaconState,
    operation: NewExecutionScript,
    context: ChainContext,
    effects: list[Effect],
) -> None:
    """Burn the fee and append the script, unless the placement refuses the code.

    Raises:
        InvalidOperation: ``sender_out_of_range``, ``fee_not_covered``, ``wrong_slot``,
            ``sender_on_duty``, ``wrong_credentials``, ``wrong_signature``,
            ``code_too_large``, ``too_many_scripts``, what the placement raises, and
            ``bond_not_covered`` where it asks for one.

    Source:
        PROTOCOL 3.2; the first and the last rule before the placement are ours.
    """
    config = context.config
    validate_sender_exists(state, operation)
    validate_fee_covered(state, operation, config)
    validate_registration_slot(state, operation)
    validate_sender_off_duty(state, operation, config)
    validate_registration_credentials(state, operation)
    validate_registration_signature(operation, config)
    validate_code_size(operation, config)
    validate_script_count(state)
    decision = context.placement.decide_registration(
        operation, context.check_into(effects), state, config
    )
    fee = compute_registration_fee(len(operation.code), config)
    validate_bond_covered(state, operation, fee, decision.bond)
    sender_balance = Gwei(state.balances[operation.sender] - fee - decision.bond)
    state.balances = state.balances.set(operation.sender, sender_balance)
    _append_script(state, operation, decision, fee, effects)


def _append_script(
    state: BeaconState,
    operation: NewExecutionScript,
    decision: RegistrationDecision,
    fee: Gwei,
    effects: list[Effect],
) -> None:
    index = ScriptIndex(len(state.execution_scripts))
    # Refused code keeps its index, so that callers can count on theirs, but not its bytes.
    stored = b"" if decision.rule else operation.code
    script = ExecutionScript.create(code=stored, balance=0, mark=decision.mark)
    state.execution_scripts = state.execution_scripts.append(script)
    code_hash = compute_code_hash(operation.code)
    effects.append(
        ScriptRegistered(
            index, operation.sender, code_hash, len(operation.code), fee, decision.rule
        )
    )
    if decision.mark != UNMARKED:
        effects.append(MarkWritten(index, None, decision.mark))


def validate_sender_exists(state: BeaconState, operation: NewExecutionScript) -> None:
    """Refuse a sender that is not in the registry."""
    if operation.sender >= len(state.validators):
        raise InvalidOperation(
            "sender_out_of_range", sender=operation.sender, validators=len(state.validators)
        )


def validate_fee_covered(
    state: BeaconState, operation: NewExecutionScript, config: ChainConfig
) -> None:
    """Refuse a sender whose balance is below the fee."""
    balance = state.balances[operation.sender]
    fee = compute_registration_fee(len(operation.code), config)
    if balance < fee:
        raise InvalidOperation("fee_not_covered", balance=balance, fee=fee)


def validate_bond_covered(
    state: BeaconState, operation: NewExecutionScript, fee: Gwei, bond: Gwei
) -> None:
    """Refuse a sender whose balance is below fee and bond together."""
    balance = state.balances[operation.sender]
    if balance < fee + bond:
        raise InvalidOperation("bond_not_covered", balance=balance, fee=fee, bond=bond)


def validate_registration_slot(state: BeaconState, operation: NewExecutionScript) -> None:
    """Refuse an operation that was signed for another slot."""
    if operation.slot != state.slot:
        raise InvalidOperation("wrong_slot", operation=operation.slot, state=state.slot)


def validate_sender_off_duty(
    state: BeaconState, operation: NewExecutionScript, config: ChainConfig
) -> None:
    """Refuse a sender whose balance is at stake: not yet eligible or withdrawable passes."""
    sender = state.validators[operation.sender]
    epoch = config.compute_epoch(state.slot)
    if sender.activation_eligibility_epoch <= epoch < sender.withdrawable_epoch:
        raise InvalidOperation(
            "sender_on_duty",
            sender=operation.sender,
            eligible=sender.activation_eligibility_epoch,
            withdrawable=sender.withdrawable_epoch,
            epoch=epoch,
        )


def validate_registration_credentials(state: BeaconState, operation: NewExecutionScript) -> None:
    """Refuse a public key that is not behind the sender's withdrawal credentials."""
    expected = state.validators[operation.sender].withdrawal_credentials
    given = compute_withdrawal_credentials(operation.pubkey)
    if given != expected:
        raise InvalidOperation("wrong_credentials", given=given, expected=expected)


def validate_registration_signature(operation: NewExecutionScript, config: ChainConfig) -> None:
    """Refuse a signature that is not the key's over this operation."""
    message = compute_signing_root(operation.signing_root, DOMAIN_REGISTRATION)
    if not verify_signature(config.bls, operation.pubkey, message, operation.signature):
        raise InvalidOperation("wrong_signature", sender=operation.sender)


def validate_code_size(operation: NewExecutionScript, config: ChainConfig) -> None:
    """Refuse code over the size limit."""
    if len(operation.code) > config.max_code_bytes:
        raise InvalidOperation(
            "code_too_large", size=len(operation.code), limit=config.max_code_bytes
        )


def validate_script_count(state: BeaconState) -> None:
    """Refuse a script for which the state has no room."""
    if len(state.execution_scripts) >= SCRIPT_LIMIT:
        raise InvalidOperation("too_many_scripts", limit=SCRIPT_LIMIT)
