"""The SSZ containers, fields in the protocol's order.

Source:
    PROTOCOL 2. Where it leaves a shape open (proofs, headers, crosslinks, reports), the shape
    is ours and the class says why.
"""

from typing import Final

from chain.constants import (
    BLOCK_DATA_BYTES_LIMIT,
    BRANCH_LIMIT,
    CLAIMS_PER_SHARD_LIMIT,
    CODE_BYTES_LIMIT,
    COMMITTEE_LIMIT,
    HISTORICAL_ROOTS_LIMIT,
    MARK_BYTES_LIMIT,
    OPERATIONS_PER_BLOCK_LIMIT,
    SCRIPT_LIMIT,
    SHARD_LIMIT,
    STATE_ROOTS_RING_SLOTS,
    VALIDATOR_LIMIT,
    WITHDRAWAL_DATA_BYTES_LIMIT,
    WITHDRAWAL_RECEIPTS_LIMIT,
    ZERO_ROOT,
)
from chain.encoding import (
    Bitlist,
    Bytes,
    Container,
    SignedContainer,
    SszList,
    bytes32,
    bytes48,
    bytes96,
    field,
    list_of,
    uint64,
    vector_of,
)
from chain.types import (
    Epoch,
    Gwei,
    Pubkey,
    Root,
    ScriptIndex,
    ShardIndex,
    Signature,
    Slot,
    ValidatorIndex,
)

BRANCH: Final = list_of(bytes32, BRANCH_LIMIT)
"""Siblings of a Merkle path, from the leaf upwards."""


class Validator(Container):
    """A registry entry; its balance is in a parallel list."""

    pubkey: Pubkey = field(bytes48)
    withdrawal_credentials: Root = field(bytes32)
    activation_eligibility_epoch: Epoch = field(uint64)
    activation_epoch: Epoch = field(uint64)
    exit_epoch: Epoch = field(uint64)
    withdrawable_epoch: Epoch = field(uint64)


class DepositData(SignedContainer):
    """ETH on its way from a script to a validator: 184 bytes."""

    pubkey: Pubkey = field(bytes48)
    withdrawal_credentials: Root = field(bytes32)
    amount: Gwei = field(uint64)
    signature: Signature = field(bytes96)


class TimestampedDepositData(Container):
    """A deposit that may not be claimed before ``min_timestamp``: 192 bytes.

    Nested rather than flat: the bytes are the same, and a proof of the DepositData inside only
    grows by one sibling, which is the timestamp.
    """

    deposit: DepositData = field(DepositData)
    min_timestamp: int = field(uint64)


class ShardBlockHeader(Container):
    """A shard block with its data replaced by their root; both have the same root."""

    shard: ShardIndex = field(uint64)
    slot: Slot = field(uint64)
    parent_root: Root = field(bytes32)
    beacon_root: Root = field(bytes32)
    env: ScriptIndex = field(uint64)
    data_root: Root = field(bytes32)
    state_root: Root = field(bytes32)
    deposit_root: Root = field(bytes32)
    proposer_index: ValidatorIndex = field(uint64)


class DepositReceiptProof(Container):
    """The way from one DepositData to a crosslink that the beacon state holds.

    The deposit is leaf ``deposit_index`` below ``header.deposit_root``; the header is leaf
    ``header_index`` below the crosslink that the beacon state of ``beacon_slot`` held. The
    chain looks up that state's root, so a proof does not age while the ring holds that root;
    afterwards ``crosslink_branch`` goes on through the old ring to its historical root.
    """

    header: ShardBlockHeader = field(ShardBlockHeader)
    deposit_index: int = field(uint64)
    deposit_branch: SszList[Root] = field(BRANCH)
    header_index: int = field(uint64)
    beacon_slot: Slot = field(uint64)
    crosslink_branch: SszList[Root] = field(BRANCH)


class NewExecutionScript(SignedContainer):
    """Registers code; the sender pays the fee."""

    sender: ValidatorIndex = field(uint64)
    slot: Slot = field(uint64)
    code: bytes = field(Bytes(CODE_BYTES_LIMIT))
    pubkey: Pubkey = field(bytes48)
    signature: Signature = field(bytes96)


class NewValidator(Container):
    """Claims a deposit receipt: the script's ETH becomes a validator's balance."""

    executor: ScriptIndex = field(uint64)
    deposit: DepositData = field(DepositData)
    proof: DepositReceiptProof = field(DepositReceiptProof)


class Withdrawal(SignedContainer):
    """Moves a withdrawable validator's whole balance to a script."""

    validator_index: ValidatorIndex = field(uint64)
    target: ScriptIndex = field(uint64)
    data: bytes = field(Bytes(WITHDRAWAL_DATA_BYTES_LIMIT))
    pubkey: Pubkey = field(bytes48)
    signature: Signature = field(bytes96)


class ExecutionScript(Container):
    """Code, its pooled ETH, and what the placement remembers about it.

    The mark is bytes that only the placement reads and writes, so that a new placement needs
    no new container.
    """

    code: bytes = field(Bytes(CODE_BYTES_LIMIT))
    balance: Gwei = field(uint64)
    mark: bytes = field(Bytes(MARK_BYTES_LIMIT))


class WithdrawalReceipt(Container):
    """Tells a script that ETH arrived; held by the beacon state for one slot."""

    receipt_index: int = field(uint64)
    withdrawal: Withdrawal = field(Withdrawal)
    amount: Gwei = field(uint64)


class WithdrawalReceiptProof(Container):
    """The way from one receipt to the beacon state root that a script can see.

    ``slot`` and ``position`` say where the receipt was; together with the slot of the visible
    state they determine the generalized index, so a proof cannot point elsewhere.
    """

    slot: Slot = field(uint64)
    position: int = field(uint64)
    branch: SszList[Root] = field(BRANCH)


class Crosslink(Container):
    """Commits to a run of shard blocks and to the shard state after it.

    ``headers_root`` is the root of the list of headers with slots in
    ``start_slot..end_slot``, both included; ``shard_state_root`` the shard's state root at
    the end of ``end_slot``.
    """

    shard: ShardIndex = field(uint64)
    start_slot: Slot = field(uint64)
    end_slot: Slot = field(uint64)
    headers_root: Root = field(bytes32)
    shard_state_root: Root = field(bytes32)


class SignedCrosslink(Container):
    """A crosslink with the votes of the shard's committee.

    Bit i of ``aggregation_bits`` is committee member i; the signature is the aggregate of the
    members that voted. Ours: without votes a beacon proposer could crosslink anything.
    """

    crosslink: Crosslink = field(Crosslink)
    aggregation_bits: tuple[bool, ...] = field(Bitlist(COMMITTEE_LIMIT))
    signature: Signature = field(bytes96)


class ValidationReport(SignedContainer):
    """What a validator has to say about a script: a vote, a challenge.

    Ours: PROTOCOL 7 has placements in which committees vote and challengers object, and this
    is how their word reaches the beacon chain. Only the placement reads ``data``.
    """

    reporter: ValidatorIndex = field(uint64)
    script: ScriptIndex = field(uint64)
    slot: Slot = field(uint64)
    data: bytes = field(Bytes(MARK_BYTES_LIMIT))
    signature: Signature = field(bytes96)


class BeaconBlockBody(Container):
    """The operations of a beacon block, in the order in which they are processed."""

    crosslinks: SszList[SignedCrosslink] = field(list_of(SignedCrosslink, SHARD_LIMIT))
    new_execution_scripts: SszList[NewExecutionScript] = field(
        list_of(NewExecutionScript, OPERATIONS_PER_BLOCK_LIMIT)
    )
    new_validators: SszList[NewValidator] = field(list_of(NewValidator, OPERATIONS_PER_BLOCK_LIMIT))
    withdrawals: SszList[Withdrawal] = field(list_of(Withdrawal, OPERATIONS_PER_BLOCK_LIMIT))
    validation_reports: SszList[ValidationReport] = field(
        list_of(ValidationReport, OPERATIONS_PER_BLOCK_LIMIT)
    )


class BeaconBlock(Container):
    """What the proposer of a slot adds to the beacon chain."""

    slot: Slot = field(uint64)
    parent_root: Root = field(bytes32)
    state_root: Root = field(bytes32)
    proposer_index: ValidatorIndex = field(uint64)
    body: BeaconBlockBody = field(BeaconBlockBody)


class SignedBeaconBlock(Container):
    """A beacon block as it travels."""

    message: BeaconBlock = field(BeaconBlock)
    signature: Signature = field(bytes96)


class BeaconBlockHeader(Container):
    """A beacon block with its body replaced by its root; both have the same root."""

    slot: Slot = field(uint64)
    parent_root: Root = field(bytes32)
    state_root: Root = field(bytes32)
    proposer_index: ValidatorIndex = field(uint64)
    body_root: Root = field(bytes32)


CLAIMS: Final = list_of(uint64, CLAIMS_PER_SHARD_LIMIT)
"""Claimed deposit receipts of one shard, as ``slot * DEPOSITS_PER_BLOCK_LIMIT + index``."""


class BeaconState(Container):
    """Everything the beacon chain remembers.

    ``crosslinks`` holds the newest crosslink of every shard; older ones are reached through
    the state roots. ``claims`` holds, per shard, the deposit receipts that were paid out.
    """

    slot: Slot = field(uint64)
    validators: SszList[Validator] = field(list_of(Validator, VALIDATOR_LIMIT))
    balances: SszList[Gwei] = field(list_of(uint64, VALIDATOR_LIMIT))
    execution_scripts: SszList[ExecutionScript] = field(list_of(ExecutionScript, SCRIPT_LIMIT))
    withdrawal_receipts: SszList[WithdrawalReceipt] = field(
        list_of(WithdrawalReceipt, WITHDRAWAL_RECEIPTS_LIMIT)
    )
    next_withdrawal_receipt_index: int = field(uint64)
    crosslinks: SszList[Crosslink] = field(list_of(Crosslink, SHARD_LIMIT))
    latest_block_header: BeaconBlockHeader = field(BeaconBlockHeader)
    latest_state_roots: SszList[Root] = field(vector_of(bytes32, STATE_ROOTS_RING_SLOTS))
    historical_roots: SszList[Root] = field(list_of(bytes32, HISTORICAL_ROOTS_LIMIT))
    claims: SszList[SszList[int]] = field(list_of(CLAIMS, SHARD_LIMIT))


class ShardState(Container):
    """Everything a shard remembers: 32 bytes per script, and the placement's marks."""

    exec_env_states: SszList[Root] = field(list_of(bytes32, SCRIPT_LIMIT))
    slot: Slot = field(uint64)
    parent_block: ShardBlockHeader = field(ShardBlockHeader)
    latest_state_roots: SszList[Root] = field(vector_of(bytes32, STATE_ROOTS_RING_SLOTS))
    marks: SszList[bytes] = field(list_of(Bytes(MARK_BYTES_LIMIT), SCRIPT_LIMIT))


class ShardBlock(Container):
    """Names one script and carries the data it is run with."""

    shard: ShardIndex = field(uint64)
    slot: Slot = field(uint64)
    parent_root: Root = field(bytes32)
    beacon_root: Root = field(bytes32)
    env: ScriptIndex = field(uint64)
    data: bytes = field(Bytes(BLOCK_DATA_BYTES_LIMIT))
    state_root: Root = field(bytes32)
    deposit_root: Root = field(bytes32)
    proposer_index: ValidatorIndex = field(uint64)


_DATA_POSITION: Final = ShardBlock.get_field_names().index("data")
"""Of the block's data, and of their root in its header: all else is the same in both."""


class SignedShardBlock(Container):
    """A shard block as it travels."""

    message: ShardBlock = field(ShardBlock)
    signature: Signature = field(bytes96)


def compute_shard_block_header(block: ShardBlock) -> ShardBlockHeader:
    """Return the header of a shard block.

    Source:
        PROTOCOL 2 (crosslinks commit to headers).
    """
    values = list(block)
    values[_DATA_POSITION] = block.get_field_root("data")
    return ShardBlockHeader.from_tree(values, block)


def build_shard_block(header: ShardBlockHeader, data: bytes) -> ShardBlock:
    """Return the block of a header: the inverse of ``compute_shard_block_header``.

    Args:
        header: A header.
        data: The data whose root it holds; nobody hashes them again.
    """
    values = list(header)
    values[_DATA_POSITION] = data
    return ShardBlock.from_tree(values, header)


def compute_beacon_block_header(block: BeaconBlock) -> BeaconBlockHeader:
    """Return the header of a beacon block.

    Source:
        Phase 0's latest_block_header.
    """
    return BeaconBlockHeader.create(
        slot=block.slot,
        parent_root=block.parent_root,
        state_root=block.state_root,
        proposer_index=block.proposer_index,
        body_root=block.body.hash_tree_root,
    )


EMPTY_SHARD_BLOCK_HEADER: Final = ShardBlockHeader.create(
    shard=0,
    slot=0,
    parent_root=ZERO_ROOT,
    beacon_root=ZERO_ROOT,
    env=0,
    data_root=ZERO_ROOT,
    state_root=ZERO_ROOT,
    deposit_root=ZERO_ROOT,
    proposer_index=0,
)
"""The parent of a shard's first block."""
