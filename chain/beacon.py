"""The beacon chain: slots, epochs, blocks.

What the chain accepts is a block's bytes. They are decoded, checked rule by rule and applied
to a working copy; any broken rule leaves the state as it was.

Source:
    PROTOCOL 3.
"""

from chain.bls import compute_signing_root, verify_signature
from chain.committees import get_beacon_proposer
from chain.config import ChainConfig
from chain.constants import (
    DOMAIN_BEACON_BLOCK,
    FAR_FUTURE_EPOCH,
    STATE_ROOTS_RING_SLOTS,
    WITHDRAWAL_RECEIPTS_LIMIT,
    ZERO_ROOT,
)
from chain.containers import (
    BeaconBlock,
    BeaconBlockBody,
    BeaconState,
    NewExecutionScript,
    SignedBeaconBlock,
    WithdrawalReceipt,
    compute_beacon_block_header,
)
from chain.context import ChainContext
from chain.effects import Effect, RegistrationRefused
from chain.encoding import Container, decode, make_list
from chain.errors import InvalidBeaconBlock, InvalidOperation, MalformedEncoding
from chain.operations import (
    process_crosslink,
    process_new_execution_script,
    process_new_validator,
    process_validation_report,
    process_withdrawal,
)
from chain.operations.claims import Registry
from chain.types import Epoch, Gwei, Root, Slot


def get_total_eth(state: BeaconState) -> Gwei:
    """Return all ETH that the beacon chain accounts for: balances and script balances.

    Source:
        PROTOCOL 3.6; burned fees are what is missing to the sum at genesis.
    """
    scripts = sum(script.balance for script in state.execution_scripts)
    return Gwei(sum(state.balances) + scripts)


def apply_beacon_slot(
    state: BeaconState, context: ChainContext, effects: list[Effect]
) -> BeaconState:
    """Advance by one slot; at the end of an epoch, process it first.

    Args:
        state: State at the end of the slot before.
        context: Settings, placement, engine.
        effects: Told what was done.

    Source:
        PROTOCOL 3.1 and 3.5.
    """
    pre_root = state.hash_tree_root
    draft = state.draft()
    process_ring(draft, state, pre_root)
    if (state.slot + 1) % context.config.slots_per_epoch == 0:
        process_epoch(draft, context.config)
    if len(state.withdrawal_receipts):
        draft.withdrawal_receipts = make_list(WithdrawalReceipt, WITHDRAWAL_RECEIPTS_LIMIT)
    draft.slot = Slot(state.slot + 1)
    check = context.check_into(effects)
    context.placement.process_slot(draft, check, effects, context.config)
    return Container.finish(draft)


def process_ring(draft: BeaconState, state: BeaconState, pre_root: Root) -> None:
    """Store the pre-state root, and the whole ring whenever it is full.

    The header of the last block gets the root of the state it led to, which the block's own
    state root could not contain.

    Source:
        PROTOCOL 3.1 and 2 (``latest_state_roots`` ring and historical roots).
    """
    if state.latest_block_header.state_root == ZERO_ROOT:
        draft.latest_block_header = state.latest_block_header.evolve(state_root=pre_root)
    ring = state.latest_state_roots.set(state.slot % STATE_ROOTS_RING_SLOTS, pre_root)
    draft.latest_state_roots = ring
    if (state.slot + 1) % STATE_ROOTS_RING_SLOTS == 0:
        draft.historical_roots = state.historical_roots.append(ring.hash_tree_root)


def process_epoch(state: BeaconState, config: ChainConfig) -> None:
    """Schedule activation, exit and withdrawability of validators that became eligible.

    All lie in later epochs, so the validators on duty never change within an epoch. There is
    no exit operation: a deposited validator leaves after ``service_epochs``.

    Source:
        PROTOCOL 3.5; scheduled exits are ours, the record has nobody ask for them.
    """
    epoch = config.compute_epoch(state.slot)
    for index, validator in enumerate(state.validators):
        waiting = validator.activation_epoch == FAR_FUTURE_EPOCH
        if waiting and validator.activation_eligibility_epoch <= epoch:
            activation = Epoch(epoch + 1 + config.activation_delay_epochs)
            exit_epoch = Epoch(activation + config.service_epochs)
            scheduled = validator.evolve(
                activation_epoch=activation,
                exit_epoch=exit_epoch,
                withdrawable_epoch=Epoch(exit_epoch + config.withdrawability_delay_epochs),
            )
            state.validators = state.validators.set(index, scheduled)


def apply_beacon_block(
    state: BeaconState, encoded: bytes, context: ChainContext, effects: list[Effect]
) -> BeaconState:
    """Decode a signed block and apply it to a state that has reached its slot.

    Args:
        state: State after ``apply_beacon_slot`` for the block's slot.
        encoded: SSZ of a SignedBeaconBlock, any bytes.
        context: Settings, placement, engine.
        effects: Told what was done, and by a refused block what was tried: nodes have
            validated its scripts all the same.

    Raises:
        InvalidBeaconBlock: ``malformed_block``, ``wrong_slot``, ``slot_taken``,
            ``wrong_parent``, ``wrong_proposer``, ``wrong_block_signature``,
            ``too_many_operations``, ``registration_repeated``, ``wrong_state_root``, or an
            operation's code.
        InvalidBlock: ``no_active_validators``.

    Source:
        PROTOCOL 3.
    """
    block = decode_beacon_block(encoded)
    validate_beacon_block_slot(state, block.message)
    validate_beacon_block_parent(state, block.message)
    validate_beacon_block_proposer(state, block.message, context.config)
    validate_beacon_block_signature(state, block, context.config)
    validate_operation_counts(block.message.body, context.config)
    validate_registrations_differ(block.message.body)
    post_state = process_beacon_block(state, block.message, context, effects)
    validate_beacon_state_root(post_state, block.message)
    return post_state


def process_beacon_block(
    state: BeaconState, block: BeaconBlock, context: ChainContext, effects: list[Effect]
) -> BeaconState:
    """Return what a block's header and operations make of a state; proposers call it too.

    Raises:
        InvalidBeaconBlock: the code of the operation that is to blame.

    Source:
        PROTOCOL 3.2-3.4.
    """
    # Its own state root is not known yet; the next slot fills it in.
    header = compute_beacon_block_header(block).evolve(state_root=ZERO_ROOT)
    known = context.last_beacon_block.find(state, header.hash_tree_root, effects)
    if known is not None:
        return known
    draft, own = state.draft(), list[Effect]()
    draft.latest_block_header = header
    try:
        process_operations(draft, block.body, context, own)
    except InvalidOperation as error:
        raise InvalidBeaconBlock(error.code, **error.values) from error
    finally:
        effects += own
    after = Container.finish(draft)
    context.last_beacon_block.remember(state, header.hash_tree_root, after, own)
    return after


def process_operations(
    state: BeaconState, body: BeaconBlockBody, context: ChainContext, effects: list[Effect]
) -> None:
    """Process all operations in the body's order; the state is a draft.

    Raises:
        InvalidOperation: any operation's code; registrations raise only under a placement in
            which they cost the block.
    """
    for crosslink in body.crosslinks:
        process_crosslink(state, crosslink, context, effects)
    for position, registration in enumerate(body.new_execution_scripts):
        _process_registration(state, position, registration, context, effects)
    if len(body.new_validators):
        registry = Registry(state.validators)
        for claim in body.new_validators:
            process_new_validator(state, claim, registry, context, effects)
    for withdrawal in body.withdrawals:
        process_withdrawal(state, withdrawal, context, effects)
    for report in body.validation_reports:
        process_validation_report(state, report, context, effects)


def _process_registration(
    state: BeaconState,
    position: int,
    operation: NewExecutionScript,
    context: ChainContext,
    effects: list[Effect],
) -> None:
    """Process one registration; only some placements let a broken rule cost the block.

    Source:
        PROTOCOL 3.2.
    """
    try:
        process_new_execution_script(state, operation, context, effects)
    except InvalidOperation as error:
        if context.placement.costs_block:
            raise
        effects.append(RegistrationRefused(position, error.code))


def decode_beacon_block(encoded: bytes) -> SignedBeaconBlock:
    """Read a signed beacon block.

    Raises:
        InvalidBeaconBlock: ``malformed_block``.
    """
    try:
        return decode(SignedBeaconBlock, encoded)
    except MalformedEncoding as error:
        raise InvalidBeaconBlock("malformed_block", reason=error.code, **error.values) from error


def validate_beacon_block_slot(state: BeaconState, block: BeaconBlock) -> None:
    """Refuse a block of another slot, or a second one."""
    if block.slot != state.slot:
        raise InvalidBeaconBlock("wrong_slot", block=block.slot, state=state.slot)
    if state.latest_block_header.slot >= block.slot:
        raise InvalidBeaconBlock(
            "slot_taken", block=block.slot, latest=state.latest_block_header.slot
        )


def validate_beacon_block_parent(state: BeaconState, block: BeaconBlock) -> None:
    """Refuse a block that does not build on the latest one."""
    parent_root = state.latest_block_header.hash_tree_root
    if block.parent_root != parent_root:
        raise InvalidBeaconBlock("wrong_parent", block=block.parent_root, state=parent_root)


def validate_beacon_block_proposer(
    state: BeaconState, block: BeaconBlock, config: ChainConfig
) -> None:
    """Refuse a block from anyone but the slot's proposer."""
    proposer = get_beacon_proposer(state, state.slot, config)
    if block.proposer_index != proposer:
        raise InvalidBeaconBlock("wrong_proposer", block=block.proposer_index, due=proposer)


def validate_beacon_block_signature(
    state: BeaconState, block: SignedBeaconBlock, config: ChainConfig
) -> None:
    """Refuse a block that its proposer did not sign."""
    pubkey = state.validators[block.message.proposer_index].pubkey
    message = compute_signing_root(block.message.hash_tree_root, DOMAIN_BEACON_BLOCK)
    if not verify_signature(config.bls, pubkey, message, block.signature):
        raise InvalidBeaconBlock("wrong_block_signature", proposer=block.message.proposer_index)


def validate_operation_counts(body: BeaconBlockBody, config: ChainConfig) -> None:
    """Refuse more operations of a kind than the config allows."""
    kinds = (
        ("crosslinks", len(body.crosslinks), config.shard_count),
        ("registrations", len(body.new_execution_scripts), config.max_registrations_per_block),
        ("claims", len(body.new_validators), config.max_claims_per_block),
        ("withdrawals", len(body.withdrawals), config.max_withdrawals_per_block),
        ("reports", len(body.validation_reports), config.max_reports_per_block),
    )
    for kind, count, limit in kinds:
        if count > limit:
            raise InvalidBeaconBlock("too_many_operations", kind=kind, count=count, limit=limit)


def validate_registrations_differ(body: BeaconBlockBody) -> None:
    """Refuse a registration that is in the block twice.

    Source:
        Ours: it is signed for a slot, and a slot has one block. Without this rule its proposer
        could make the sender pay as often as there is room.
    """
    signed: set[Root] = set()
    for position, registration in enumerate(body.new_execution_scripts):
        if registration.signing_root in signed:
            raise InvalidBeaconBlock("registration_repeated", position=position)
        signed.add(registration.signing_root)


def validate_beacon_state_root(state: BeaconState, block: BeaconBlock) -> None:
    """Refuse a block that claims another post-state than its operations lead to."""
    if block.state_root != state.hash_tree_root:
        raise InvalidBeaconBlock(
            "wrong_state_root", block=block.state_root, computed=state.hash_tree_root
        )
