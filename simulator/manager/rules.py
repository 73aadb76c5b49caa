"""The deposit manager's rules, one function an operation, as the script has them.

They change a working state or refuse. Proofs are not looked at: whoever uses this made them
himself, and the script checks them again. Everything else must agree with
``scenarios/scripts/deposit_manager.rs`` to the byte, which tests show.

Source:
    PROTOCOL 8 and 10; where they are silent the decision is ours and in
    docs/protocol-decisions.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from chain.bls import verify_signature
from chain.config import BlsBackend
from chain.errors import ShardlabError
from chain.types import Gwei, Pubkey, ScriptIndex, ShardIndex, Slot
from simulator.manager import data
from simulator.manager.data import (
    BITS_PER_WORD,
    NEVER_EXPIRES,
    RESERVE_KEY,
    DepositOut,
    EthAccount,
    LockReserve,
    Message,
    NettedCredit,
    NumberedMessage,
    Operation,
    ProveRow,
    Receive,
    ReceiveNetted,
    Reserve,
    Selector,
    Send,
    SignedOperation,
    Table,
    TakeIn,
    Transfer,
)
from simulator.manager.state import WorkingState
from simulator.relay_data import WithdrawalRoute

_UINT64_MAX: Final = 2**64 - 1
_INT64_MAX: Final = 2**63 - 1
_INT64_MIN: Final = -(2**63)
_MESSAGE_LIMIT: Final = 2**24
_WORD_BYTES: Final = BITS_PER_WORD // 8


class ReplayProtection(StrEnum):
    """How a script remembers what it was paid already: a variant of its build.

    Source:
        PROTOCOL 8.
    """

    BITFIELD = "bitfield"
    NONCE = "nonce"
    NONE = "none"


class InvalidManagerOperation(ShardlabError):
    """An operation that the script would trap on, and with it the whole block."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What operations see beyond the state.

    Attributes:
        shard: Where they are executed.
        env: The script's index.
        slot: Of the block.
        shard_count: Shards that exist.
        protection: The script's variant.
        bls: How signatures are checked.
    """

    shard: ShardIndex
    env: ScriptIndex
    slot: Slot
    shard_count: int
    protection: ReplayProtection
    bls: BlsBackend


def process_operation(
    state: WorkingState, selector: Selector, operation: Operation, around: Surroundings
) -> None:
    """Do to a working state what the script does to its own.

    Raises:
        InvalidManagerOperation: The code says which rule is broken. The working state is then
            in between: work on a copy.
    """
    _PROCESSORS[selector](state, operation, around)


def _process_take_in(state: WorkingState, operation: TakeIn, around: Surroundings) -> None:
    withdrawal = operation.receipt.withdrawal
    route = WithdrawalRoute.decode(withdrawal.data)
    if withdrawal.target != around.env:
        raise InvalidManagerOperation("other_script", target=withdrawal.target, env=around.env)
    if route.shard != around.shard:
        raise InvalidManagerOperation("wrong_shard", named=route.shard, shard=around.shard)
    index = operation.receipt.receipt_index
    bitfield = around.protection is ReplayProtection.BITFIELD
    _claim(state, data.get_receipt_key(index, bitfield=bitfield), index, around)
    _credit(state, route.recipient, operation.receipt.amount)


def _process_transfer(state: WorkingState, operation: Transfer, around: Surroundings) -> None:
    _debit(state, Selector.TRANSFER, operation, operation.amount, around)
    _credit(state, operation.recipient, operation.amount)


def _process_deposit(state: WorkingState, operation: DepositOut, around: Surroundings) -> None:
    _debit(state, Selector.DEPOSIT, operation, operation.deposit.amount, around)


def _process_send(state: WorkingState, operation: Send, around: Surroundings) -> None:
    _debit(state, Selector.SEND, operation, operation.amount, around)
    message = Message.create(
        sender=operation.sender,
        recipient=operation.recipient,
        amount=operation.amount,
        expiry_slot=operation.expiry_slot,
    )
    _put_into_outbox(state, operation.to_shard, message, around)


def _process_receive(state: WorkingState, operation: Receive, around: Surroundings) -> None:
    _validate_other_shard(operation.from_shard, around)
    for numbered in operation.messages:
        _receive(state, operation.from_shard, numbered, around)


def _receive(
    state: WorkingState, source: ShardIndex, numbered: NumberedMessage, around: Surroundings
) -> None:
    number, message = numbered.number, numbered.message
    if number >= _MESSAGE_LIMIT:
        raise InvalidManagerOperation("message_number", number=number)
    bitfield = around.protection is ReplayProtection.BITFIELD
    _claim(state, data.get_inbox_key(source, number, bitfield=bitfield), number, around)
    if around.slot <= message.expiry_slot:
        _credit(state, message.recipient, message.amount)
        return
    back = Message.create(
        sender=message.recipient,
        recipient=message.sender,
        amount=message.amount,
        expiry_slot=NEVER_EXPIRES,
    )
    _put_into_outbox(state, source, back, around)


def _process_send_netted(state: WorkingState, operation: Send, around: Surroundings) -> None:
    _validate_endless(operation)
    _debit(state, Selector.SEND_NETTED, operation, operation.amount, around)
    _validate_other_shard(operation.to_shard, around)
    _add_to_row(state, operation.to_shard, operation.amount)
    _add_to_row(state, around.shard, -operation.amount)


def _process_receive_netted(
    state: WorkingState, operation: ReceiveNetted, around: Surroundings
) -> None:
    source, send = operation.from_shard, operation.send
    _validate_other_shard(source, around)
    _validate_endless(send)
    if send.to_shard != around.shard:
        raise InvalidManagerOperation("wrong_shard", named=send.to_shard, shard=around.shard)
    if send.amount == 0:
        raise InvalidManagerOperation("zero_amount")
    _validate_signature(Selector.SEND_NETTED, send, source, around)
    if around.protection is not ReplayProtection.NONE:
        _claim_in_order(state, data.get_netted_key(source, send.sender), send.nonce)
    credit = _get_credit(state, source)
    credited = _add(credit.credited, send.amount)
    _set_credit(state, source, credit, credit.evolve(credited=credited))
    _credit(state, send.recipient, send.amount)


def _process_prove_row(state: WorkingState, operation: ProveRow, around: Surroundings) -> None:
    _validate_other_shard(operation.from_shard, around)
    credit = _get_credit(state, operation.from_shard)
    if not credit.proven <= operation.total <= _INT64_MAX:
        raise InvalidManagerOperation("row_fell", total=operation.total, proven=credit.proven)
    _set_credit(state, operation.from_shard, credit, credit.evolve(proven=operation.total))


def _process_lock_reserve(
    state: WorkingState, operation: LockReserve, around: Surroundings
) -> None:
    _debit(state, Selector.LOCK_RESERVE, operation, operation.amount, around)
    reserve = get_reserve(state)
    locked = _add(reserve.locked, operation.amount)
    state.write_container(RESERVE_KEY, reserve.evolve(locked=locked))


def get_reserve(state: WorkingState) -> Reserve:
    """Return a shard's reserve."""
    reserve = state.read_container(Reserve, RESERVE_KEY)
    return Reserve.create(locked=0, drawn=0) if reserve is None else reserve


def compute_shortfall(credit: NettedCredit) -> Gwei:
    """Return how much of a credit only the reserve covers, Gwei."""
    return Gwei(max(0, int(credit.credited) - int(credit.proven)))


def _get_credit(state: WorkingState, source: ShardIndex) -> NettedCredit:
    key = data.get_shard_key(Table.COLUMN, source)
    credit = state.read_container(NettedCredit, key)
    return NettedCredit.create(credited=0, proven=0) if credit is None else credit


def _set_credit(
    state: WorkingState, source: ShardIndex, before: NettedCredit, after: NettedCredit
) -> None:
    """Write a credit, and let the reserve cover what is not proven of it."""
    state.write_container(data.get_shard_key(Table.COLUMN, source), after)
    change = int(compute_shortfall(after)) - int(compute_shortfall(before))
    if change == 0:
        return
    reserve = get_reserve(state)
    drawn = int(reserve.drawn) + change
    if drawn > reserve.locked:
        raise InvalidManagerOperation("reserve_exhausted", drawn=drawn, locked=reserve.locked)
    state.write_container(RESERVE_KEY, reserve.evolve(drawn=drawn))


def _claim(state: WorkingState, key: bytes, index: int, around: Surroundings) -> None:
    """Remember that something was paid; refuse what was paid before."""
    match around.protection:
        case ReplayProtection.BITFIELD:
            word = int.from_bytes(state.read(key) or bytes(_WORD_BYTES), "little")
            bit = 1 << (index % BITS_PER_WORD)
            if word & bit:
                raise InvalidManagerOperation("already_claimed", index=index)
            state.write(key, (word | bit).to_bytes(_WORD_BYTES, "little"))
        case ReplayProtection.NONCE:
            _claim_in_order(state, key, index)


def _claim_in_order(state: WorkingState, key: bytes, index: int) -> None:
    lowest = state.read_number(key)
    if index < lowest or index == _UINT64_MAX:
        raise InvalidManagerOperation("already_claimed", index=index, lowest=lowest)
    state.write_number(key, index + 1)


def _put_into_outbox(
    state: WorkingState, target: ShardIndex, message: Message, around: Surroundings
) -> None:
    _validate_other_shard(target, around)
    counter = data.get_shard_key(Table.SENT, target)
    number = state.read_number(counter)
    if number >= _MESSAGE_LIMIT:
        raise InvalidManagerOperation("message_number", number=number)
    key = data.get_outbox_key(target, number)
    state.read(key)
    state.write_container(key, message)
    state.write_number(counter, number + 1)


def _add_to_row(state: WorkingState, shard: ShardIndex, amount: int) -> None:
    key = data.get_shard_key(Table.ROW, shard)
    total = state.read_signed(key) + amount
    if not _INT64_MIN <= total <= _INT64_MAX:
        raise InvalidManagerOperation("overflow", total=total)
    state.write_signed(key, total)


def _debit(
    state: WorkingState,
    selector: Selector,
    operation: SignedOperation,
    amount: Gwei,
    around: Surroundings,
) -> None:
    account = _get_own_account(state, operation.sender)
    if account is None:
        raise InvalidManagerOperation("no_account", sender=operation.sender)
    if operation.nonce != account.nonce or account.nonce == _UINT64_MAX:
        raise InvalidManagerOperation("wrong_nonce", given=operation.nonce, nonce=account.nonce)
    if amount == 0:
        raise InvalidManagerOperation("zero_amount")
    if amount > account.value:
        raise InvalidManagerOperation("insufficient_balance", amount=amount, value=account.value)
    _validate_signature(selector, operation, around.shard, around)
    paid = account.evolve(nonce=account.nonce + 1, value=Gwei(account.value - amount))
    state.write_account(paid, before=account.value)


def _credit(state: WorkingState, pubkey: Pubkey, amount: Gwei) -> None:
    account = _get_own_account(state, pubkey)
    if account is None:
        account = EthAccount.create(pubkey=pubkey, nonce=0, value=0)
    credited = account.evolve(value=_add(account.value, amount))
    state.write_account(credited, before=account.value)


def _get_own_account(state: WorkingState, pubkey: Pubkey) -> EthAccount | None:
    account = state.read_account(pubkey)
    if account is not None and account.pubkey != pubkey:
        raise InvalidManagerOperation("address_taken", pubkey=pubkey, by=account.pubkey)
    return account


def _add(value: Gwei, amount: Gwei) -> Gwei:
    if value + amount > _UINT64_MAX:
        raise InvalidManagerOperation("overflow", value=value, amount=amount)
    return Gwei(value + amount)


def _validate_endless(send: Send) -> None:
    if send.expiry_slot != NEVER_EXPIRES:
        raise InvalidManagerOperation("netting_expires", expiry_slot=send.expiry_slot)


def _validate_other_shard(shard: ShardIndex, around: Surroundings) -> None:
    if shard == around.shard:
        raise InvalidManagerOperation("same_shard", shard=shard)
    if shard >= around.shard_count:
        raise InvalidManagerOperation("unknown_shard", shard=shard, shards=around.shard_count)


def _validate_signature(
    selector: Selector, operation: SignedOperation, shard: ShardIndex, around: Surroundings
) -> None:
    message = data.compute_message(selector, operation, shard, around.env)
    if not verify_signature(around.bls, operation.sender, message, operation.signature):
        raise InvalidManagerOperation("signature", sender=operation.sender)


_PROCESSORS: Final[dict[Selector, Callable[[WorkingState, Any, Surroundings], None]]] = {
    Selector.TAKE_IN: _process_take_in,
    Selector.TRANSFER: _process_transfer,
    Selector.DEPOSIT: _process_deposit,
    Selector.SEND: _process_send,
    Selector.RECEIVE: _process_receive,
    Selector.SEND_NETTED: _process_send_netted,
    Selector.RECEIVE_NETTED: _process_receive_netted,
    Selector.PROVE_ROW: _process_prove_row,
    Selector.LOCK_RESERVE: _process_lock_reserve,
}
