"""A shard chain: slots and blocks, one script execution a block.

Source:
    PROTOCOL 4.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chain.beacon_view import BeaconView
from chain.bls import compute_signing_root, verify_signature
from chain.committees import get_shard_proposer
from chain.config import ChainConfig
from chain.constants import (
    DEPOSIT_DATA_BYTES,
    DOMAIN_SHARD_BLOCK,
    STATE_ROOTS_RING_SLOTS,
    ZERO_ROOT,
)
from chain.containers import (
    DepositData,
    ExecutionScript,
    ShardBlock,
    ShardBlockHeader,
    ShardState,
    SignedShardBlock,
    TimestampedDepositData,
    compute_shard_block_header,
)
from chain.context import ChainContext
from chain.eei import ScriptCall, ScriptResult
from chain.effects import Effect
from chain.encoding import Container, decode
from chain.errors import InvalidShardBlock, MalformedEncoding
from chain.placement import UNMARKED
from chain.placement.marks import write_shard_mark
from chain.receipts import PushedDeposit, compute_deposit_root
from chain.types import Root, ScriptIndex, ShardIndex, Slot


@dataclass(frozen=True, slots=True)
class ShardTransition:
    """The result of a shard block.

    Attributes:
        block: The block.
        header: Its header.
        state: The new state.
        deposits: What the script pushed, in order.
        result: What the execution did; None when the placement made the block a no-op.
    """

    block: ShardBlock
    header: ShardBlockHeader
    state: ShardState
    deposits: tuple[PushedDeposit, ...]
    result: ScriptResult | None


def apply_shard_slot(
    state: ShardState,
    beacon_state: BeaconView,
    context: ChainContext,
    effects: list[Effect],
    *,
    pre_root: Root | None = None,
) -> ShardState:
    """Advance by one slot.

    Args:
        state: State at the end of the slot before.
        beacon_state: The beacon state that the shard sees in the new slot.
        context: Settings, placement, engine.
        effects: Told what was done.
        pre_root: Root of the state, for who knows it and need not hash.

    Source:
        PROTOCOL 4 (store the pre-root in the ring; slot += 1) and 7 (``shard-eager``).
    """
    pre_root = pre_root or state.hash_tree_root
    draft = state.draft()
    # The header of the last block gets the root of the state that it led to.
    if state.parent_block.state_root == ZERO_ROOT:
        draft.parent_block = state.parent_block.evolve(state_root=pre_root)
    draft.latest_state_roots = state.latest_state_roots.set(
        state.slot % STATE_ROOTS_RING_SLOTS, pre_root
    )
    draft.slot = Slot(state.slot + 1)
    check = context.check_into(effects)
    context.placement.process_shard_slot(draft, beacon_state, check, effects)
    return Container.finish(draft)


def apply_shard_block(
    state: ShardState,
    encoded: bytes,
    beacon_state: BeaconView,
    context: ChainContext,
    effects: list[Effect],
) -> ShardTransition:
    """Decode a signed block and apply it to a state that has reached its slot.

    Args:
        state: State after ``apply_shard_slot`` for the block's slot.
        encoded: SSZ of a SignedShardBlock, any bytes.
        beacon_state: The beacon state that the shard last saw.
        context: Settings, placement, engine.
        effects: Told what was done, and by a refused block what was tried.

    Raises:
        InvalidShardBlock: ``malformed_block``, ``wrong_shard``, ``wrong_slot``,
            ``slot_taken``, ``wrong_parent``, ``wrong_beacon_root``, ``wrong_proposer``,
            ``wrong_block_signature``, ``data_too_large``, ``unknown_script``, the
            placement's codes, ``script_failed``, ``wrong_state_root``,
            ``wrong_deposit_root``.
        InvalidBlock: ``no_active_validators``.

    Source:
        PROTOCOL 4.
    """
    signed = decode_shard_block(encoded)
    block, config = signed.message, context.config
    validate_shard_block_shard(state, block)
    validate_shard_block_slot(state, block)
    validate_shard_block_parent(state, block)
    validate_shard_block_beacon_root(block, beacon_state)
    validate_shard_block_proposer(block, beacon_state, config)
    validate_shard_block_signature(signed, beacon_state, config)
    validate_shard_block_data(block, config)
    transition = process_shard_block(state, block, beacon_state, context, effects)
    validate_shard_state_root(transition.state, block)
    validate_deposit_root(transition, block)
    return transition


def process_shard_block(
    state: ShardState,
    block: ShardBlock,
    beacon_state: BeaconView,
    context: ChainContext,
    effects: list[Effect],
) -> ShardTransition:
    """Return what a block's script makes of a state; proposers call it too.

    Raises:
        InvalidShardBlock: ``unknown_script``, the placement's codes, ``script_failed``.

    Source:
        PROTOCOL 4 and 7.
    """
    script = get_script(beacon_state, block.env)
    shard_mark = get_mark(state, block.env)
    context.placement.validate_import(block.env, script, shard_mark, block.slot)
    decision = context.placement.decide_execution(
        script, shard_mark, context.check_into(effects), block.slot
    )
    result = None
    if decision.runs:
        result = execute_script(state, script, block, beacon_state, context)
    return record_shard_block(state, block, result, decision.mark, effects)


def record_shard_block(
    state: ShardState,
    block: ShardBlock,
    result: ScriptResult | None,
    mark: bytes | None,
    effects: list[Effect],
) -> ShardTransition:
    """Return what a block leaves behind, once it is known what its script did.

    Args:
        state: State before the block.
        block: The block.
        result: What the execution did; None for a no-op.
        mark: New mark of the script on this shard, None to leave it.
        effects: Told of the mark.

    Source:
        PROTOCOL 4.
    """
    draft = state.draft()
    grow_states(draft, block.env)
    deposits: tuple[PushedDeposit, ...] = ()
    if result is not None:
        draft.exec_env_states = draft.exec_env_states.set(block.env, result.post_state_root)
        deposits = decode_deposits(result.deposits)
    if mark is not None:
        write_shard_mark(draft, block.env, mark, effects)
    # Its own state root is not known yet; the next slot fills it in.
    header = compute_shard_block_header(block)
    draft.parent_block = header.evolve(
        state_root=ZERO_ROOT, deposit_root=compute_deposit_root(deposits)
    )
    return ShardTransition(block, header, Container.finish(draft), deposits, result)


def execute_script(
    state: ShardState,
    script: ExecutionScript,
    block: ShardBlock,
    beacon_state: BeaconView,
    context: ChainContext,
) -> ScriptResult:
    """Run a block's script.

    Raises:
        InvalidShardBlock: ``script_failed`` with the outcome and the fuel it took: a trap
            invalidates the block.

    Source:
        PROTOCOL 4 and 5.
    """
    result = context.execute(
        ScriptCall(
            code=script.code,
            pre_state_root=get_env_state(state, block.env),
            data=block.data,
            env=block.env,
            shard=block.shard,
            slot=block.slot,
            beacon_state_root=block.beacon_root,
            shard_state_roots=CrosslinkedRoots(beacon_state),
        )
    )
    if result.outcome != "returned":
        raise InvalidShardBlock(
            "script_failed", env=block.env, outcome=result.outcome, fuel=result.fuel_used
        )
    return result


class CrosslinkedRoots(Mapping[ShardIndex, Root]):
    """The shard state roots that a script can ask for: those in the crosslinks.

    A view, so that a block does not pay for 1,024 roots of which its script reads none.

    Source:
        PROTOCOL 5 (``getShardStateRoot``).
    """

    def __init__(self, beacon_state: BeaconView) -> None:
        """Look at a beacon state."""
        self._crosslinks = beacon_state.crosslinks

    def __eq__(self, other: object) -> bool:
        """Compare the beacon states looked at, not the roots one by one."""
        if isinstance(other, CrosslinkedRoots):
            return self._crosslinks is other._crosslinks
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # as of every mapping

    def __getitem__(self, shard: ShardIndex) -> Root:
        """Return the crosslinked state root of a shard."""
        if not 0 <= shard < len(self._crosslinks):
            raise KeyError(shard)
        return self._crosslinks[shard].shard_state_root

    def __iter__(self) -> Iterator[ShardIndex]:
        """Iterate over the shards."""
        return iter(map(ShardIndex, range(len(self._crosslinks))))

    def __len__(self) -> int:
        """Return the number of shards."""
        return len(self._crosslinks)


def get_script(beacon_state: BeaconView, env: ScriptIndex) -> ExecutionScript:
    """Return a registered script.

    Raises:
        InvalidShardBlock: ``unknown_script``.
    """
    if env >= len(beacon_state.execution_scripts):
        raise InvalidShardBlock(
            "unknown_script", env=env, scripts=len(beacon_state.execution_scripts)
        )
    return beacon_state.execution_scripts[env]


def get_mark(state: ShardState, env: ScriptIndex) -> bytes:
    """Return what the placement remembers about a script on this shard."""
    return state.marks[env] if env < len(state.marks) else UNMARKED


def get_env_state(state: ShardState, env: ScriptIndex) -> Root:
    """Return a script's 32 bytes on this shard; zero before its first block."""
    return state.exec_env_states[env] if env < len(state.exec_env_states) else ZERO_ROOT


def grow_states(state: ShardState, env: ScriptIndex) -> None:
    """Extend ``exec_env_states`` with zero roots up to a script.

    Source:
        PROTOCOL 4.
    """
    missing = env + 1 - len(state.exec_env_states)
    if missing > 0:
        state.exec_env_states = state.exec_env_states.extend([ZERO_ROOT] * missing)


def decode_deposits(pushed: Sequence[bytes]) -> tuple[PushedDeposit, ...]:
    """Read what a script pushed; the EEI has checked the lengths, and any bytes will do."""
    return tuple(map(_decode_deposit, pushed))


def _decode_deposit(data: bytes) -> PushedDeposit:
    if len(data) == DEPOSIT_DATA_BYTES:
        return decode(DepositData, data)
    return decode(TimestampedDepositData, data)


def decode_shard_block(encoded: bytes) -> SignedShardBlock:
    """Read a signed shard block.

    Raises:
        InvalidShardBlock: ``malformed_block``.
    """
    try:
        return decode(SignedShardBlock, encoded)
    except MalformedEncoding as error:
        raise InvalidShardBlock("malformed_block", reason=error.code, **error.values) from error


def validate_shard_block_shard(state: ShardState, block: ShardBlock) -> None:
    """Refuse a block of another shard."""
    if block.shard != state.parent_block.shard:
        raise InvalidShardBlock("wrong_shard", block=block.shard, state=state.parent_block.shard)


def validate_shard_block_slot(state: ShardState, block: ShardBlock) -> None:
    """Refuse a block of another slot, or a second one."""
    if block.slot != state.slot:
        raise InvalidShardBlock("wrong_slot", block=block.slot, state=state.slot)
    if state.parent_block.slot >= block.slot:
        raise InvalidShardBlock("slot_taken", block=block.slot, latest=state.parent_block.slot)


def validate_shard_block_parent(state: ShardState, block: ShardBlock) -> None:
    """Refuse a block that does not build on the latest one."""
    parent_root = state.parent_block.hash_tree_root
    if block.parent_root != parent_root:
        raise InvalidShardBlock("wrong_parent", block=block.parent_root, state=parent_root)


def validate_shard_block_beacon_root(block: ShardBlock, beacon_state: BeaconView) -> None:
    """Refuse a block that saw another beacon state."""
    if block.beacon_root != beacon_state.hash_tree_root:
        raise InvalidShardBlock(
            "wrong_beacon_root", block=block.beacon_root, seen=beacon_state.hash_tree_root
        )


def validate_shard_block_proposer(
    block: ShardBlock, beacon_state: BeaconView, config: ChainConfig
) -> None:
    """Refuse a block from anyone but the slot's proposer on this shard."""
    proposer = get_shard_proposer(beacon_state, block.shard, block.slot, config)
    if block.proposer_index != proposer:
        raise InvalidShardBlock("wrong_proposer", block=block.proposer_index, due=proposer)


def validate_shard_block_signature(
    signed: SignedShardBlock, beacon_state: BeaconView, config: ChainConfig
) -> None:
    """Refuse a block that its proposer did not sign."""
    pubkey = beacon_state.validators[signed.message.proposer_index].pubkey
    message = compute_signing_root(signed.message.hash_tree_root, DOMAIN_SHARD_BLOCK)
    if not verify_signature(config.bls, pubkey, message, signed.signature):
        raise InvalidShardBlock("wrong_block_signature", proposer=signed.message.proposer_index)


def validate_shard_block_data(block: ShardBlock, config: ChainConfig) -> None:
    """Refuse block data over the size limit."""
    if len(block.data) > config.max_block_data_bytes:
        raise InvalidShardBlock(
            "data_too_large", size=len(block.data), limit=config.max_block_data_bytes
        )


def validate_shard_state_root(state: ShardState, block: ShardBlock) -> None:
    """Refuse a block that claims another post-state than its script leads to."""
    if block.state_root != state.hash_tree_root:
        raise InvalidShardBlock(
            "wrong_state_root", block=block.state_root, computed=state.hash_tree_root
        )


def validate_deposit_root(transition: ShardTransition, block: ShardBlock) -> None:
    """Refuse a block that claims other deposits than its script pushed."""
    computed = transition.state.parent_block.deposit_root
    if block.deposit_root != computed:
        raise InvalidShardBlock("wrong_deposit_root", block=block.deposit_root, computed=computed)
