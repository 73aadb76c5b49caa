"""NewValidator: a deposit receipt is claimed, and a script's ETH becomes a validator's.

Source:
    PROTOCOL 3.3.
"""

from chain.bls import compute_signing_root, verify_signature
from chain.config import ChainConfig, ValidatorLifecycle
from chain.constants import (
    DEPOSITS_PER_BLOCK_LIMIT,
    DOMAIN_DEPOSIT,
    FAR_FUTURE_EPOCH,
    VALIDATOR_LIMIT,
    ZERO_PUBKEY,
)
from chain.containers import BeaconState, DepositReceiptProof, NewValidator, Validator
from chain.context import ChainContext
from chain.effects import DepositClaimed, Effect
from chain.encoding import SszList
from chain.errors import InvalidOperation, InvalidProof
from chain.receipts import get_proven_timestamp, validate_deposit_receipt_proof
from chain.types import Epoch, Gwei, Pubkey, Slot, ValidatorIndex


class Registry:
    """Where to find a public key in the registry, for the claims of one block.

    The state has no index by key. Building one for a block that claims costs one walk over the
    registry instead of one per claim.
    """

    def __init__(self, validators: SszList[Validator]) -> None:
        """Walk over the registry once."""
        self._by_pubkey: dict[Pubkey, ValidatorIndex] = {}
        self._unused: list[ValidatorIndex] = []
        for position, validator in enumerate(validators):
            index = ValidatorIndex(position)
            if validator.pubkey == ZERO_PUBKEY:
                self._unused.append(index)
            else:
                self._by_pubkey[validator.pubkey] = index
        self._unused.reverse()

    def find(self, pubkey: Pubkey) -> ValidatorIndex | None:
        """Return a known key's index."""
        return self._by_pubkey.get(pubkey)

    def has_unused(self) -> bool:
        """Tell whether an index belongs to nobody."""
        return bool(self._unused)

    def take_unused(self) -> ValidatorIndex | None:
        """Return the lowest index that belongs to nobody, and count it as taken."""
        return self._unused.pop() if self._unused else None

    def add(self, pubkey: Pubkey, index: ValidatorIndex) -> None:
        """Remember a new key."""
        self._by_pubkey[pubkey] = index


def process_new_validator(
    state: BeaconState,
    operation: NewValidator,
    registry: Registry,
    context: ChainContext,
    effects: list[Effect],
) -> None:
    """Debit the script and credit the validator, new or known.

    Raises:
        InvalidOperation: the proof's code behind ``proof_``, ``executor_not_proven``,
            ``deposit_too_early``, ``already_claimed``, ``executor_out_of_range``,
            ``script_pending``, ``script_called_back``, ``script_balance_too_low``,
            ``wrong_deposit_signature``, ``registry_full``.

    Source:
        PROTOCOL 3.3.
    """
    config = context.config
    validate_deposit_proof(state, operation, config)
    validate_executor_proven(operation)
    validate_deposit_time(state, operation, config)
    validate_unclaimed(state, operation)
    validate_executor_exists(state, operation)
    validate_executor_settled(state, operation, context)
    validate_script_balance(state, operation)
    validate_deposit_signature(operation, config)
    validate_registry_room(state, operation, registry)
    _record_claim(state, operation.proof)
    _debit_script(state, operation)
    known = registry.find(operation.deposit.pubkey)
    index = _add_validator(state, operation, registry, config) if known is None else known
    balance = Gwei(state.balances[index] + operation.deposit.amount)
    state.balances = state.balances.set(index, balance)
    effects.append(
        DepositClaimed(
            shard=operation.proof.header.shard,
            shard_slot=operation.proof.header.slot,
            deposit_index=operation.proof.deposit_index,
            script=operation.executor,
            validator=index,
            amount=operation.deposit.amount,
            is_new=known is None,
        )
    )


def compute_claim(slot: Slot, deposit_index: int) -> int:
    """Return the number under which a shard's deposit receipt is remembered as claimed."""
    return slot * DEPOSITS_PER_BLOCK_LIMIT + deposit_index


def validate_deposit_proof(
    state: BeaconState, operation: NewValidator, config: ChainConfig
) -> None:
    """Refuse a proof that does not lead to a crosslink that the beacon state holds."""
    timestamped = config.execution.deposit_min_timestamp
    try:
        validate_deposit_receipt_proof(
            operation.deposit, operation.proof, state, timestamped=timestamped
        )
    except InvalidProof as error:
        raise InvalidOperation(f"proof_{error.code}", **error.values) from error


def validate_executor_proven(operation: NewValidator) -> None:
    """Refuse an executor other than the script whose block pushed the deposit."""
    if operation.executor != operation.proof.header.env:
        raise InvalidOperation(
            "executor_not_proven", executor=operation.executor, env=operation.proof.header.env
        )


def validate_deposit_time(state: BeaconState, operation: NewValidator, config: ChainConfig) -> None:
    """Refuse a deposit whose min_timestamp, if it has one, is in the future."""
    if not config.execution.deposit_min_timestamp:
        return
    timestamp = get_proven_timestamp(operation.proof)
    now = state.slot * config.seconds_per_slot
    if timestamp > now:
        raise InvalidOperation("deposit_too_early", min_timestamp=timestamp, now=now)


def validate_unclaimed(state: BeaconState, operation: NewValidator) -> None:
    """Refuse a receipt that was paid out before."""
    proof = operation.proof
    claim = compute_claim(proof.header.slot, proof.deposit_index)
    if claim in state.claims[proof.header.shard]:
        raise InvalidOperation(
            "already_claimed",
            shard=proof.header.shard,
            slot=proof.header.slot,
            deposit=proof.deposit_index,
        )


def validate_executor_exists(state: BeaconState, operation: NewValidator) -> None:
    """Refuse a script that is not registered."""
    if operation.executor >= len(state.execution_scripts):
        raise InvalidOperation(
            "executor_out_of_range",
            executor=operation.executor,
            scripts=len(state.execution_scripts),
        )


def validate_executor_settled(
    state: BeaconState, operation: NewValidator, context: ChainContext
) -> None:
    """Refuse what the placement holds back: the block that pushed it may not stand.

    Source:
        Ours: a crosslink makes a block final, not the verdict about its script.
    """
    script = state.execution_scripts[operation.executor]
    context.placement.validate_claim(operation.executor, script)


def validate_script_balance(state: BeaconState, operation: NewValidator) -> None:
    """Refuse an amount that the script does not have."""
    balance = state.execution_scripts[operation.executor].balance
    if balance < operation.deposit.amount:
        raise InvalidOperation(
            "script_balance_too_low", balance=balance, amount=operation.deposit.amount
        )


def validate_deposit_signature(operation: NewValidator, config: ChainConfig) -> None:
    """Refuse a deposit that its key did not sign; the signature proves possession."""
    deposit = operation.deposit
    message = compute_signing_root(deposit.signing_root, DOMAIN_DEPOSIT)
    if not verify_signature(config.bls, deposit.pubkey, message, deposit.signature):
        raise InvalidOperation("wrong_deposit_signature", pubkey=deposit.pubkey)


def validate_registry_room(state: BeaconState, operation: NewValidator, registry: Registry) -> None:
    """Refuse a new key when the registry is full and every index belongs to somebody."""
    known = registry.find(operation.deposit.pubkey) is not None
    if known or registry.has_unused():
        return
    if len(state.validators) >= VALIDATOR_LIMIT:
        raise InvalidOperation("registry_full", limit=VALIDATOR_LIMIT)


def _record_claim(state: BeaconState, proof: DepositReceiptProof) -> None:
    claims = state.claims[proof.header.shard]
    claim = compute_claim(proof.header.slot, proof.deposit_index)
    state.claims = state.claims.set(proof.header.shard, claims.append(claim))


def _debit_script(state: BeaconState, operation: NewValidator) -> None:
    script = state.execution_scripts[operation.executor]
    debited = script.evolve(balance=Gwei(script.balance - operation.deposit.amount))
    state.execution_scripts = state.execution_scripts.set(operation.executor, debited)


def _add_validator(
    state: BeaconState, operation: NewValidator, registry: Registry, config: ChainConfig
) -> ValidatorIndex:
    validator = _build_validator(operation, config.compute_epoch(state.slot), config)
    index = registry.take_unused()
    if index is None:
        index = ValidatorIndex(len(state.validators))
        state.validators = state.validators.append(validator)
        state.balances = state.balances.append(Gwei(0))
    else:
        state.validators = state.validators.set(index, validator)
    registry.add(validator.pubkey, index)
    return index


def _build_validator(operation: NewValidator, epoch: Epoch, config: ChainConfig) -> Validator:
    """Return the new registry entry.

    With the instant lifecycle its duty ends before it begins: it is withdrawable at once and
    never active, so it never joins a committee.
    """
    instant = config.validator_lifecycle is ValidatorLifecycle.INSTANT
    later = epoch if instant else FAR_FUTURE_EPOCH
    return Validator.create(
        pubkey=operation.deposit.pubkey,
        withdrawal_credentials=operation.deposit.withdrawal_credentials,
        activation_eligibility_epoch=epoch if instant else Epoch(epoch + 1),
        activation_epoch=later,
        exit_epoch=later,
        withdrawable_epoch=later,
    )
