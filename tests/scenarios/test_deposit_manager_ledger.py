"""deposit_manager against the same rules in Python: any operations lead both to one root."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.config import BlsBackend
from chain.constants import ZERO_SIGNATURE
from chain.eei import ScriptCall, ScriptResult
from chain.encoding import encode
from chain.errors import MalformedEncoding
from chain.multiproof import build_multiproof
from chain.trie import EMPTY_VALUE
from chain.types import Gwei, Root, ShardIndex
from simulator.manager.data import (
    RESERVE_KEY,
    DepositOut,
    LockReserve,
    ManagerData,
    Operation,
    ProveRow,
    Receive,
    ReceiveNetted,
    Selector,
    SignedOperation,
    Table,
    TakeIn,
    Transfer,
    encode_operation,
    get_account_key,
    get_inbox_key,
    get_netted_key,
    get_outbox_key,
    get_receipt_key,
    get_shard_key,
)
from simulator.manager.ledger import Batch, ManagerLedger
from simulator.manager.rules import InvalidManagerOperation, ReplayProtection, Surroundings
from simulator.manager.state import WorkingState
from simulator.relay_data import WithdrawalRoute
from tests.helpers.keys import Key, make_key, sign_deposit
from tests.helpers.manager import (
    ENV,
    NEVER,
    OTHER,
    PROTECTIONS,
    SHARD,
    SLOT,
    THIRD,
    ForeignState,
    build_foreign_state,
    build_numbered,
    build_send,
    get_manager_runtime,
    message,
    read_manager,
    sign_operation,
)
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.relay import ReceiptHistory, build_history, build_receipt

OWNERS: Final = tuple(make_key(name) for name in ("anne", "bob", "cleo", "dora"))
SHARDS: Final = (THIRD, SHARD, OTHER, ShardIndex(4))
SHARD_COUNT: Final = 4
MESSAGES: Final = 5
RECEIPT_SLOT: Final = 70


@dataclass(frozen=True, slots=True)
class Draw:
    """What to try next; nonces are relative to what the account has."""

    selector: Selector
    sender: Key
    recipient: Key
    amount: int
    shard: ShardIndex
    number: int
    nonce: int
    expiry_slot: int
    signer: Key | None


draws = st.builds(
    Draw,
    selector=st.sampled_from(Selector),
    sender=st.sampled_from(OWNERS),
    recipient=st.sampled_from(OWNERS),
    amount=st.sampled_from([*range(1, 16), 0, 40, 2**63, 2**64 - 1]),
    shard=st.sampled_from([OTHER] * 9 + [THIRD] * 3 + [SHARD, ShardIndex(4)]),
    number=st.integers(0, MESSAGES - 1),
    nonce=st.sampled_from([0] * 12 + [1, 2**63]),
    expiry_slot=st.sampled_from([NEVER] * 12 + [SLOT, SLOT - 1, 0]),
    signer=st.sampled_from([None] * 12 + [OWNERS[0]]),
)
blocks = st.lists(st.lists(draws, min_size=1, max_size=10), min_size=1, max_size=4)


@cache
def get_history() -> ReceiptHistory:
    """Receipts of this shard, and in the end one of another shard and one of no route."""
    routes = [WithdrawalRoute(SHARD, owner.pubkey).encode() for owner in OWNERS]
    routes[3] = WithdrawalRoute(OTHER, OWNERS[0].pubkey).encode()
    receipts = [
        build_receipt(510 + at, amount=60 + at, data=route)
        for at, route in enumerate([*routes, b"no route"])
    ]
    return build_history({RECEIPT_SLOT: receipts}, 100)


@cache
def get_foreign(shard: ShardIndex) -> ForeignState:
    """This script on another shard: messages for here, the third of them late, and a row."""
    leaves = {
        get_outbox_key(SHARD, at): message(
            OWNERS[at % 4], OWNERS[at // 2], 7 + at, SLOT - (at == 2)
        )
        for at in range(MESSAGES)
    }
    leaves[get_shard_key(Table.ROW, SHARD)] = (10 * shard + 10).to_bytes(8, "little")
    return build_foreign_state(leaves, shard)


def build_operation(draw: Draw, batch: Batch) -> Operation:
    match draw.selector:
        case Selector.TAKE_IN:
            proven = get_history().prove(RECEIPT_SLOT, draw.number)
            return TakeIn.create(receipt=proven.receipt, proof=proven.proof)
        case Selector.RECEIVE:
            return build_receive(draw)
        case Selector.RECEIVE_NETTED:
            return build_credit(draw)
        case Selector.PROVE_ROW:
            foreign = get_foreign(draw.shard)
            return ProveRow.create(
                from_shard=draw.shard,
                script_root=foreign.trie.root,
                state_branch=foreign.branch,
                total=Gwei(10 * draw.shard + 10),
                siblings=foreign.prove([get_shard_key(Table.ROW, SHARD)]),
            )
    unsigned = build_unsigned(draw, compute_nonce(draw, batch))
    return sign_operation(draw.signer or draw.sender, draw.selector, unsigned)


def compute_nonce(draw: Draw, batch: Batch) -> int:
    account = WorkingState(batch.state.trie, batch.state.writes).read_account(draw.sender.pubkey)
    return draw.nonce + (0 if account is None else account.nonce)


def build_unsigned(draw: Draw, nonce: int) -> SignedOperation:
    sender, recipient, amount = draw.sender.pubkey, draw.recipient.pubkey, Gwei(draw.amount)
    match draw.selector:
        case Selector.TRANSFER:
            return Transfer.create(
                sender=sender,
                nonce=nonce,
                recipient=recipient,
                amount=amount,
                signature=ZERO_SIGNATURE,
            )
        case Selector.DEPOSIT:
            deposit = sign_deposit(draw.recipient, draw.amount)
            return DepositOut.create(
                sender=sender, nonce=nonce, deposit=deposit, signature=ZERO_SIGNATURE
            )
        case Selector.LOCK_RESERVE:
            return LockReserve.create(
                sender=sender, nonce=nonce, amount=amount, signature=ZERO_SIGNATURE
            )
    return build_send(
        draw.selector,
        sender=draw.sender,
        recipient=draw.recipient,
        amount=draw.amount,
        to_shard=draw.shard,
        nonce=nonce,
        expiry_slot=draw.expiry_slot,
    )


def build_receive(draw: Draw) -> Receive:
    """One message, or it and all behind it."""
    foreign = get_foreign(draw.shard)
    numbers = range(draw.number, MESSAGES if draw.amount % 2 else draw.number + 1)
    keys = [get_outbox_key(SHARD, number) for number in numbers]
    leaves = [foreign.trie.get_value(key) for key in keys]
    return Receive.create(
        from_shard=draw.shard,
        script_root=foreign.trie.root,
        state_branch=foreign.branch,
        messages=[build_numbered(*pair) for pair in zip(numbers, leaves, strict=True)],
        siblings=foreign.prove(keys),
    )


def build_credit(draw: Draw) -> ReceiveNetted:
    send = build_send(
        Selector.SEND_NETTED,
        sender=draw.sender,
        recipient=draw.recipient,
        amount=draw.amount,
        to_shard=SHARD,
        nonce=draw.number,
        expiry_slot=draw.expiry_slot,
        signed_on=draw.shard,
    )
    return ReceiveNetted.create(from_shard=draw.shard, send=send)


def list_all_keys(batch: Batch) -> list[bytes]:
    """Return all keys that any operation could touch, so that none fails for want of one."""
    keys = {RESERVE_KEY, *batch.state.touched}
    keys |= {get_account_key(owner.pubkey) for owner in OWNERS}
    for bitfield in (False, True):
        keys |= {get_receipt_key(510 + at, bitfield=bitfield) for at in range(5)}
        keys |= {get_inbox_key(shard, 0, bitfield=bitfield) for shard in SHARDS}
    for shard in SHARDS:
        keys |= {get_shard_key(table, shard) for table in (Table.SENT, Table.ROW, Table.COLUMN)}
        keys |= {get_netted_key(shard, owner.pubkey) for owner in OWNERS}
        sent = batch.state.branch_off().read_number(get_shard_key(Table.SENT, shard))
        keys |= {get_outbox_key(shard, sent + at) for at in range(MESSAGES)}
    return sorted(keys)


def encode_with_all_keys(batch: Batch, operation: bytes) -> bytes:
    """Return a batch with one more operation, which the ledger refused."""
    trie, keys = batch.state.trie.view(batch.base), list_all_keys(batch)
    values = [trie.get_value(key) for key in keys]
    data = ManagerData.create(
        keys=b"".join(keys),
        values=[b"" if value == EMPTY_VALUE else value for value in values],
        siblings=build_multiproof(trie, keys).siblings,
        operations=[*batch.operations, operation],
    )
    return encode(data)


def run(protection: ReplayProtection, state: Root, data: bytes) -> ScriptResult:
    roots = {shard: get_foreign(shard).shard_root for shard in SHARDS if shard < SHARD_COUNT}
    call = ScriptCall(
        code=read_manager(protection),
        pre_state_root=state,
        data=data,
        env=ENV,
        shard=SHARD,
        slot=SLOT,
        beacon_state_root=get_history().root,
        shard_state_roots=roots,
    )
    return get_manager_runtime().execute(call)


FUNDING: Final = Draw(Selector.TAKE_IN, OWNERS[0], OWNERS[0], 30, OTHER, 0, 0, NEVER, None)
"""Takes a receipt in, or whatever its selector is replaced by."""


def process_block(
    ledger: ManagerLedger, block: list[Draw], around: Surroundings
) -> dict[Selector, int]:
    """Put one block together, comparing at every refusal and in the end; count what was done."""
    batch = ledger.start_batch()
    done = dict.fromkeys(Selector, 0)
    for draw in block:
        operation = build_operation(draw, batch)
        try:
            batch.add(draw.selector, operation, around)
        except (InvalidManagerOperation, MalformedEncoding):
            data = encode_with_all_keys(batch, encode_operation(draw.selector, operation))
            result = run(around.protection, ledger.env_state, data)
            assert result.outcome == "trapped:unreachable"
        else:
            done[draw.selector] += 1
    if batch.operations:
        result = run(around.protection, ledger.env_state, batch.encode())
        ledger.commit(batch, around.slot)
        assert (result.outcome, result.post_state_root) == ("returned", ledger.env_state)
        assert len(result.deposits) == done[Selector.DEPOSIT]
    return done


def compare(protection: ReplayProtection, drawn: list[list[Draw]]) -> dict[Selector, int]:
    """Compare script and ledger over several blocks, the first of which brings ETH."""
    ledger, around = ManagerLedger(), build_surroundings(protection)
    receipts = [replace(FUNDING, number=at) for at in range(3)]
    funding = [*receipts, replace(FUNDING, selector=Selector.LOCK_RESERVE)]
    counts = [process_block(ledger, block, around) for block in (funding, *drawn)]
    return {selector: sum(each[selector] for each in counts) for selector in Selector}


def build_surroundings(protection: ReplayProtection) -> Surroundings:
    return Surroundings(
        shard=SHARD,
        env=ENV,
        slot=SLOT,
        shard_count=SHARD_COUNT,
        protection=protection,
        bls=BlsBackend.INSECURE,
    )


@pytest.mark.parametrize("protection", PROTECTIONS)
@HEAVY_PROPERTY
@given(drawn=blocks)
def test_manager_any_operations_lead_script_and_ledger_to_one_root(
    protection: ReplayProtection, drawn: list[list[Draw]]
) -> None:
    compare(protection, drawn)


@pytest.mark.slow
@pytest.mark.parametrize("protection", PROTECTIONS)
@settings(HEAVY_PROPERTY, max_examples=200)
@given(drawn=blocks)
def test_manager_many_operations_lead_script_and_ledger_to_one_root(
    protection: ReplayProtection, drawn: list[list[Draw]]
) -> None:
    compare(protection, drawn)
