"""Every container of the protocol and of the shipped scripts, declared for remerkleable.

Written down field by field a second time, limits as plain numbers: nothing is read from
``chain`` or ``simulator``, so that a field in the wrong place or a limit that changed is seen.

Source:
    PROTOCOL 2; what it leaves open, from the docstrings of the containers.
"""

from typing import Any, Final

from remerkleable.basic import uint64
from remerkleable.bitfields import Bitlist
from remerkleable.byte_arrays import ByteList, ByteVector
from remerkleable.complex import Container, List, Vector

Declared = Any
"""A type of remerkleable, which has no type hints that mypy could read."""

CONTAINERS: Final[dict[str, Declared]] = {}
"""Every container by the name of ours."""

SIGNED: Final[dict[str, Declared]] = {}
"""What is signed of a container whose last field is its signature, by the container's name."""


def _declare(name: str, **fields: Declared) -> Declared:
    CONTAINERS[name] = _make(name, fields)
    return CONTAINERS[name]


def _declare_signed(name: str, **fields: Declared) -> Declared:
    SIGNED[name] = _make(f"Unsigned{name}", fields)
    return _declare(name, **fields, signature=_SIGNATURE)


def _make(name: str, fields: dict[str, Declared]) -> Declared:
    return type(name, (Container,), {"__annotations__": fields})


_PUBKEY: Final = ByteVector[48]
_ROOT: Final = ByteVector[32]
_SIGNATURE: Final = ByteVector[96]
_CODE: Final = ByteList[4_194_304]
_BLOCK_DATA: Final = ByteList[4_194_304]
_MARK: Final = ByteList[4096]
_BRANCH: Final = List[_ROOT, 128]
_RING: Final = Vector[_ROOT, 64]

_VALIDATOR: Final = _declare(
    "Validator",
    pubkey=_PUBKEY,
    withdrawal_credentials=_ROOT,
    activation_eligibility_epoch=uint64,
    activation_epoch=uint64,
    exit_epoch=uint64,
    withdrawable_epoch=uint64,
)

_DEPOSIT_DATA: Final = _declare_signed(
    "DepositData", pubkey=_PUBKEY, withdrawal_credentials=_ROOT, amount=uint64
)

_declare("TimestampedDepositData", deposit=_DEPOSIT_DATA, min_timestamp=uint64)

_SHARD_BLOCK_HEADER: Final = _declare(
    "ShardBlockHeader",
    shard=uint64,
    slot=uint64,
    parent_root=_ROOT,
    beacon_root=_ROOT,
    env=uint64,
    data_root=_ROOT,
    state_root=_ROOT,
    deposit_root=_ROOT,
    proposer_index=uint64,
)

_DEPOSIT_RECEIPT_PROOF: Final = _declare(
    "DepositReceiptProof",
    header=_SHARD_BLOCK_HEADER,
    deposit_index=uint64,
    deposit_branch=_BRANCH,
    header_index=uint64,
    beacon_slot=uint64,
    crosslink_branch=_BRANCH,
)

_NEW_EXECUTION_SCRIPT: Final = _declare_signed(
    "NewExecutionScript", sender=uint64, slot=uint64, code=_CODE, pubkey=_PUBKEY
)

_NEW_VALIDATOR: Final = _declare(
    "NewValidator", executor=uint64, deposit=_DEPOSIT_DATA, proof=_DEPOSIT_RECEIPT_PROOF
)

_WITHDRAWAL: Final = _declare_signed(
    "Withdrawal", validator_index=uint64, target=uint64, data=ByteList[1024], pubkey=_PUBKEY
)

_EXECUTION_SCRIPT: Final = _declare("ExecutionScript", code=_CODE, balance=uint64, mark=_MARK)

_WITHDRAWAL_RECEIPT: Final = _declare(
    "WithdrawalReceipt", receipt_index=uint64, withdrawal=_WITHDRAWAL, amount=uint64
)

_WITHDRAWAL_RECEIPT_PROOF: Final = _declare(
    "WithdrawalReceiptProof", slot=uint64, position=uint64, branch=_BRANCH
)

_CROSSLINK: Final = _declare(
    "Crosslink",
    shard=uint64,
    start_slot=uint64,
    end_slot=uint64,
    headers_root=_ROOT,
    shard_state_root=_ROOT,
)

_SIGNED_CROSSLINK: Final = _declare(
    "SignedCrosslink", crosslink=_CROSSLINK, aggregation_bits=Bitlist[4096], signature=_SIGNATURE
)

_VALIDATION_REPORT: Final = _declare_signed(
    "ValidationReport", reporter=uint64, script=uint64, slot=uint64, data=_MARK
)

_BEACON_BLOCK_BODY: Final = _declare(
    "BeaconBlockBody",
    crosslinks=List[_SIGNED_CROSSLINK, 4096],
    new_execution_scripts=List[_NEW_EXECUTION_SCRIPT, 1024],
    new_validators=List[_NEW_VALIDATOR, 1024],
    withdrawals=List[_WITHDRAWAL, 1024],
    validation_reports=List[_VALIDATION_REPORT, 1024],
)

_BEACON_BLOCK: Final = _declare(
    "BeaconBlock",
    slot=uint64,
    parent_root=_ROOT,
    state_root=_ROOT,
    proposer_index=uint64,
    body=_BEACON_BLOCK_BODY,
)

_declare("SignedBeaconBlock", message=_BEACON_BLOCK, signature=_SIGNATURE)

_BEACON_BLOCK_HEADER: Final = _declare(
    "BeaconBlockHeader",
    slot=uint64,
    parent_root=_ROOT,
    state_root=_ROOT,
    proposer_index=uint64,
    body_root=_ROOT,
)

_declare(
    "BeaconState",
    slot=uint64,
    validators=List[_VALIDATOR, 1_048_576],
    balances=List[uint64, 1_048_576],
    execution_scripts=List[_EXECUTION_SCRIPT, 65_536],
    withdrawal_receipts=List[_WITHDRAWAL_RECEIPT, 1024],
    next_withdrawal_receipt_index=uint64,
    crosslinks=List[_CROSSLINK, 4096],
    latest_block_header=_BEACON_BLOCK_HEADER,
    latest_state_roots=_RING,
    historical_roots=List[_ROOT, 16_777_216],
    claims=List[List[uint64, 4_294_967_296], 4096],
)

_declare(
    "ShardState",
    exec_env_states=List[_ROOT, 65_536],
    slot=uint64,
    parent_block=_SHARD_BLOCK_HEADER,
    latest_state_roots=_RING,
    marks=List[_MARK, 65_536],
)

_SHARD_BLOCK: Final = _declare(
    "ShardBlock",
    shard=uint64,
    slot=uint64,
    parent_root=_ROOT,
    beacon_root=_ROOT,
    env=uint64,
    data=_BLOCK_DATA,
    state_root=_ROOT,
    deposit_root=_ROOT,
    proposer_index=uint64,
)

_declare("SignedShardBlock", message=_SHARD_BLOCK, signature=_SIGNATURE)

# What goes into the deposit relay.

_PROVEN_RECEIPT: Final = _declare(
    "ProvenReceipt", receipt=_WITHDRAWAL_RECEIPT, proof=_WITHDRAWAL_RECEIPT_PROOF
)

_declare(
    "RelayData",
    receipts=List[_PROVEN_RECEIPT, 4_194_304],
    deposits=List[_DEPOSIT_DATA, 4_194_304],
)

# What goes in and out of the deposit manager.

_declare("EthAccount", pubkey=_PUBKEY, nonce=uint64, value=uint64)

_MESSAGE: Final = _declare(
    "Message", sender=_PUBKEY, recipient=_PUBKEY, amount=uint64, expiry_slot=uint64
)

_declare("NettedCredit", credited=uint64, proven=uint64)

_declare("Reserve", locked=uint64, drawn=uint64)

_declare("TakeIn", receipt=_WITHDRAWAL_RECEIPT, proof=_WITHDRAWAL_RECEIPT_PROOF)

_declare(
    "Transfer",
    sender=_PUBKEY,
    nonce=uint64,
    recipient=_PUBKEY,
    amount=uint64,
    signature=_SIGNATURE,
)

_declare("DepositOut", sender=_PUBKEY, nonce=uint64, deposit=_DEPOSIT_DATA, signature=_SIGNATURE)

_SEND: Final = _declare(
    "Send",
    sender=_PUBKEY,
    nonce=uint64,
    to_shard=uint64,
    recipient=_PUBKEY,
    amount=uint64,
    expiry_slot=uint64,
    signature=_SIGNATURE,
)

_NUMBERED_MESSAGE: Final = _declare("NumberedMessage", number=uint64, message=_MESSAGE)

_declare(
    "Receive",
    from_shard=uint64,
    script_root=_ROOT,
    state_branch=_BRANCH,
    messages=List[_NUMBERED_MESSAGE, 4_194_304],
    siblings=_BLOCK_DATA,
)

_declare("ReceiveNetted", from_shard=uint64, send=_SEND)

_declare(
    "ProveRow",
    from_shard=uint64,
    script_root=_ROOT,
    state_branch=_BRANCH,
    total=uint64,
    siblings=_BLOCK_DATA,
)

_declare("LockReserve", sender=_PUBKEY, nonce=uint64, amount=uint64, signature=_SIGNATURE)

_declare(
    "ManagerData",
    keys=_BLOCK_DATA,
    values=List[_BLOCK_DATA, 4_194_304],
    siblings=_BLOCK_DATA,
    operations=List[_BLOCK_DATA, 4_194_304],
)
