"""What goes in and out of the deposit manager: block data, operations, and leaves of its state.

The script in ``scenarios/scripts/deposit_manager.rs`` reads and writes these bytes itself; this
is how actors and tests speak to it.

The state is the root of py-trie's sparse Merkle tree with keccak256. A key is one byte that
names a table and five that name an entry. Five bytes are the least that a million accounts
share without much risk (they expect half a collision; four bytes would give them 116), and a
level is what a transfer pays most for: two hashes for each account. Whoever grinds a key pair
onto somebody's entry wins nothing but that entry being taken, because the leaf holds the whole
public key. The byte in front costs next to nothing, as all keys of a block share its levels.

Source:
    PROTOCOL 8 and 10; the layout of bytes is ours, the record leaves it open.
"""

import struct
from enum import IntEnum
from typing import Final, cast

from eth_hash.auto import keccak

from chain.constants import BLOCK_DATA_BYTES_LIMIT, BRANCH_LIMIT
from chain.containers import DepositData, WithdrawalReceipt, WithdrawalReceiptProof
from chain.encoding import (
    Bytes,
    Container,
    SszList,
    bytes32,
    bytes48,
    bytes96,
    decode,
    encode,
    field,
    list_of,
    uint64,
)
from chain.errors import MalformedEncoding
from chain.types import Gwei, Pubkey, Root, ScriptIndex, ShardIndex, Signature, Slot

KEY_BYTES: Final = 6
"""Size of a key: 48 levels."""

_ENTRY_BYTES: Final = KEY_BYTES - 1
BITS_PER_WORD: Final = 512
"""Bits of a replay bitfield that share a leaf of 64 bytes."""

NEVER_EXPIRES: Final = Slot(2**64 - 1)

_LIST_LIMIT: Final = BLOCK_DATA_BYTES_LIMIT
"""No root covers these lists: the block data's own limit is the only one that matters."""

_SIGNATURE_BYTES: Final = 96


class Table(IntEnum):
    """First byte of a key: what the leaf behind it is. Integers are little-endian."""

    ACCOUNTS = 0
    """``EthAccount``, 64 bytes; the entry is the address: ``keccak256(pubkey)[:5]``."""

    RECEIPTS = 1
    """Withdrawal receipts taken in. Bitfield: 512 bits, the entry is ``index // 512``, bit
    ``index % 512`` counts from the least significant bit of the first byte. Nonce: entry 0, the
    lowest index that still counts, uint64."""

    SENT = 2
    """Messages sent to a shard so far, uint64; the entry is the shard."""

    OUTBOX = 3
    """``Message``, 112 bytes; the entry is the target shard in two bytes, the number in three."""

    INBOX = 4
    """Messages received from a shard, as for receipts; the entry is the source shard in two
    bytes, ``number // 512`` (or 0) in three."""

    ROW = 5
    """``own[here][shard]``, int64; the entry is the shard."""

    COLUMN = 6
    """``NettedCredit``, 16 bytes: what is known of ``own[shard][here]``; the entry is the shard."""

    NETTED = 7
    """Lowest nonce of a foreign sender that still counts, uint64; the entry is
    ``keccak256(shard uint64 || pubkey)[:5]``."""

    RESERVE = 8
    """``Reserve``, 16 bytes; entry 0."""


class EthAccount(Container):
    """One account: 64 bytes, all fields of fixed size."""

    pubkey: Pubkey = field(bytes48)
    nonce: int = field(uint64)
    value: Gwei = field(uint64)


class Message(Container):
    """ETH on its way to another shard, as it lies in an outbox: 112 bytes."""

    sender: Pubkey = field(bytes48)
    recipient: Pubkey = field(bytes48)
    amount: Gwei = field(uint64)
    expiry_slot: Slot = field(uint64)


class NettedCredit(Container):
    """What a shard credited on behalf of another one, and what it has proof of: 16 bytes."""

    credited: Gwei = field(uint64)
    proven: Gwei = field(uint64)


class Reserve(Container):
    """ETH that is locked on a shard to cover credits without proof: 16 bytes."""

    locked: Gwei = field(uint64)
    drawn: Gwei = field(uint64)


class TakeIn(Container):
    """Take a withdrawal receipt in; ``withdrawal.data`` names the shard and the pubkey."""

    receipt: WithdrawalReceipt = field(WithdrawalReceipt)
    proof: WithdrawalReceiptProof = field(WithdrawalReceiptProof)


class Transfer(Container):
    """Move ETH between two accounts of this shard: 208 bytes."""

    sender: Pubkey = field(bytes48)
    nonce: int = field(uint64)
    recipient: Pubkey = field(bytes48)
    amount: Gwei = field(uint64)
    signature: Signature = field(bytes96)


class DepositOut(Container):
    """Push a deposit to the beacon chain, paid by an account: 336 bytes."""

    sender: Pubkey = field(bytes48)
    nonce: int = field(uint64)
    deposit: DepositData = field(DepositData)
    signature: Signature = field(bytes96)


class Send(Container):
    """Send ETH to another shard: 224 bytes.

    As operation ``SEND`` it puts a message into the outbox. As ``SEND_NETTED`` it only moves
    the row; ``expiry_slot`` must then be ``NEVER_EXPIRES``.
    """

    sender: Pubkey = field(bytes48)
    nonce: int = field(uint64)
    to_shard: ShardIndex = field(uint64)
    recipient: Pubkey = field(bytes48)
    amount: Gwei = field(uint64)
    expiry_slot: Slot = field(uint64)
    signature: Signature = field(bytes96)


class NumberedMessage(Container):
    """A message with its number among those from one shard to another: 120 bytes."""

    number: int = field(uint64)
    message: Message = field(Message)


class Receive(Container):
    """Take messages of another shard in, proven against its crosslinked state.

    ``script_root`` is this script's 32 bytes there, ``state_branch`` the way from them to the
    shard's state root; ``siblings`` are those of the multiproof of the messages' leaves.
    Numbers rise.
    """

    from_shard: ShardIndex = field(uint64)
    script_root: Root = field(bytes32)
    state_branch: SszList[Root] = field(list_of(bytes32, BRANCH_LIMIT))
    messages: SszList[NumberedMessage] = field(list_of(NumberedMessage, _LIST_LIMIT))
    siblings: bytes = field(Bytes(_LIST_LIMIT))


class ReceiveNetted(Container):
    """Credit what a sender on another shard signed away by netting: 232 bytes."""

    from_shard: ShardIndex = field(uint64)
    send: Send = field(Send)


class ProveRow(Container):
    """Learn ``own[from_shard][here]`` from that shard's crosslinked state."""

    from_shard: ShardIndex = field(uint64)
    script_root: Root = field(bytes32)
    state_branch: SszList[Root] = field(list_of(bytes32, BRANCH_LIMIT))
    total: Gwei = field(uint64)
    siblings: bytes = field(Bytes(_LIST_LIMIT))


class LockReserve(Container):
    """Turn ETH of an account into reserve, for good: 160 bytes."""

    sender: Pubkey = field(bytes48)
    nonce: int = field(uint64)
    amount: Gwei = field(uint64)
    signature: Signature = field(bytes96)


class Selector(IntEnum):
    """First byte of an operation, as in an SSZ union: which container follows."""

    TAKE_IN = 0
    TRANSFER = 1
    DEPOSIT = 2
    SEND = 3
    RECEIVE = 4
    SEND_NETTED = 5
    RECEIVE_NETTED = 6
    PROVE_ROW = 7
    LOCK_RESERVE = 8


class ManagerData(Container):
    """Block data: operations, and the one multiproof of all leaves that they touch.

    ``keys`` are 6 bytes each, one behind the other, and rise. A value is empty where nothing was
    ever written; its leaf is then that of 32 zero bytes. Operations are a selector byte and the
    SSZ encoding of their container.
    """

    keys: bytes = field(Bytes(_LIST_LIMIT))
    values: SszList[bytes] = field(list_of(Bytes(_LIST_LIMIT), _LIST_LIMIT))
    siblings: bytes = field(Bytes(_LIST_LIMIT))
    operations: SszList[bytes] = field(list_of(Bytes(_LIST_LIMIT), _LIST_LIMIT))


SignedOperation = Transfer | DepositOut | Send | LockReserve
"""What users sign: containers of fixed size whose last field is the signature."""

Operation = TakeIn | SignedOperation | Receive | ReceiveNetted | ProveRow

_KINDS: Final[dict[Selector, type[Container]]] = {
    Selector.TAKE_IN: TakeIn,
    Selector.TRANSFER: Transfer,
    Selector.DEPOSIT: DepositOut,
    Selector.SEND: Send,
    Selector.RECEIVE: Receive,
    Selector.SEND_NETTED: Send,
    Selector.RECEIVE_NETTED: ReceiveNetted,
    Selector.PROVE_ROW: ProveRow,
    Selector.LOCK_RESERVE: LockReserve,
}


def encode_operation(selector: Selector, operation: Operation) -> bytes:
    """Return an operation as it stands in block data: a selector byte, then SSZ."""
    return bytes([selector]) + encode(operation)


def decode_operation(data: bytes) -> tuple[Selector, Operation]:
    """Read an operation.

    Raises:
        MalformedEncoding: ``unknown_selector``, ``not_ssz``, ``not_canonical``.
    """
    if not data or data[0] not in _KINDS:
        raise MalformedEncoding("unknown_selector", data=data[:1])
    selector = Selector(data[0])
    return selector, cast("Operation", decode(_KINDS[selector], data[1:]))


def compute_message(
    selector: Selector, operation: SignedOperation, shard: ShardIndex, env: ScriptIndex
) -> Root:
    """Return what the sender of an operation signs.

    Args:
        selector: Which operation it is.
        operation: The operation; its signature does not matter.
        shard: Shard on which it takes ETH from an account.
        env: The script's index.

    Source:
        PROTOCOL 10 asks for nonce, target, amount and shard; ours covers script and kind too.
    """
    place = struct.pack("<BQQ", selector, shard, env)
    return Root(keccak(place + encode(operation)[:-_SIGNATURE_BYTES]))


def compute_address(pubkey: Pubkey) -> Root:
    """Return the address of an account: the hash of its public key.

    Source:
        PROTOCOL 10.
    """
    return Root(keccak(pubkey))


def get_account_key(pubkey: Pubkey) -> bytes:
    """Return the key of an account's leaf: the address, cut to five bytes."""
    return _join(Table.ACCOUNTS, compute_address(pubkey)[:_ENTRY_BYTES])


def get_receipt_key(receipt_index: int, *, bitfield: bool) -> bytes:
    """Return the key of what remembers a withdrawal receipt."""
    word = receipt_index // BITS_PER_WORD if bitfield else 0
    return _join(Table.RECEIPTS, word.to_bytes(_ENTRY_BYTES, "big"))


def get_outbox_key(to_shard: ShardIndex, number: int) -> bytes:
    """Return the key of a message to a shard."""
    return _join(Table.OUTBOX, _join_pair(to_shard, number))


def get_inbox_key(from_shard: ShardIndex, number: int, *, bitfield: bool) -> bytes:
    """Return the key of what remembers a message from a shard."""
    return _join(Table.INBOX, _join_pair(from_shard, number // BITS_PER_WORD if bitfield else 0))


def get_shard_key(table: Table, shard: ShardIndex) -> bytes:
    """Return the key of a leaf that there is once per shard: SENT, ROW, COLUMN."""
    return _join(table, shard.to_bytes(_ENTRY_BYTES, "big"))


def get_netted_key(from_shard: ShardIndex, sender: Pubkey) -> bytes:
    """Return the key of the nonce that the next credit of a foreign sender must reach."""
    digest = keccak(from_shard.to_bytes(8, "little") + sender)
    return _join(Table.NETTED, digest[:_ENTRY_BYTES])


RESERVE_KEY: Final = bytes([Table.RESERVE]) + bytes(_ENTRY_BYTES)


def _join(table: Table, entry: bytes) -> bytes:
    return bytes([table]) + entry


def _join_pair(shard: ShardIndex, number: int) -> bytes:
    return shard.to_bytes(2, "big") + number.to_bytes(3, "big")
