"""The deposit manager's rules in Python: every code once, with the state unchanged."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from chain.constants import ZERO_SIGNATURE
from chain.errors import MalformedEncoding
from chain.types import ScriptIndex, ShardIndex
from simulator.manager import rules
from simulator.manager.data import (
    KEY_BYTES,
    RESERVE_KEY,
    DepositOut,
    EthAccount,
    Operation,
    Selector,
    Table,
    get_account_key,
    get_inbox_key,
    get_netted_key,
    get_outbox_key,
    get_receipt_key,
    get_shard_key,
)
from simulator.manager.rules import (
    InvalidManagerOperation,
    ReplayProtection,
    Surroundings,
    process_operation,
)
from simulator.manager.state import WorkingState
from tests.helpers.keys import sign_deposit
from tests.helpers.manager import (
    ANNE,
    BOB,
    CLEO,
    ENV,
    OTHER,
    SHARD,
    State,
    account,
    build_send,
    claimed,
    message,
    uint64,
)
from tests.helpers.manager_operations import (
    SHARD_COUNT,
    credit,
    lock,
    look_around,
    prove,
    receive,
    sign,
    take_in,
    transfer,
)
from tests.helpers.multiproofs import build_trie

BITFIELD: Final = ReplayProtection.BITFIELD
FULL: Final = 2**64 - 1
RICH: Final = account(ANNE, 100)


def refuse(
    selector: Selector,
    operation: Operation,
    state: State,
    around: Surroundings | None = None,
) -> str:
    """Return the code of a refusal, having seen that the trie is as it was."""
    trie = build_trie(state, KEY_BYTES)
    root = trie.root
    with pytest.raises((InvalidManagerOperation, MalformedEncoding)) as caught:
        process_operation(WorkingState(trie), selector, operation, around or look_around())
    assert trie.root == root
    return caught.value.code


def apply(
    selector: Selector,
    operation: Operation,
    state: State,
    around: Surroundings | None = None,
) -> State:
    """Return the leaves that an operation writes."""
    working = WorkingState(build_trie(state, KEY_BYTES))
    process_operation(working, selector, operation, around or look_around())
    return working.writes


def reserve(locked: int, drawn: int = 0) -> State:
    return {RESERVE_KEY: uint64(locked) + uint64(drawn)}


def column(credited: int, proven: int) -> State:
    return {get_shard_key(Table.COLUMN, OTHER): uint64(credited) + uint64(proven)}


def taken_address() -> State:
    """Somebody else's account where Anne's would be."""
    return {get_account_key(ANNE.pubkey): CLEO.pubkey + uint64(0) + uint64(100)}


def sent_before(count: int) -> State:
    return {get_shard_key(Table.SENT, OTHER): uint64(count)}


REFUSALS: Final[list[tuple[str, Selector, Operation, State]]] = [
    ("other_script", Selector.TAKE_IN, take_in(target=ENV + 1), {}),
    ("wrong_shard", Selector.TAKE_IN, take_in(shard=OTHER), {}),
    ("wrong_size", Selector.TAKE_IN, take_in(data=b"no route"), {}),
    ("no_account", Selector.TRANSFER, transfer(), {}),
    ("address_taken", Selector.TRANSFER, transfer(), taken_address()),
    ("wrong_nonce", Selector.TRANSFER, transfer(nonce=1), RICH),
    ("wrong_nonce", Selector.TRANSFER, transfer(nonce=0), account(ANNE, 100, 1)),
    ("wrong_nonce", Selector.TRANSFER, transfer(nonce=FULL), account(ANNE, 100, FULL)),
    ("zero_amount", Selector.TRANSFER, transfer(0), RICH),
    ("insufficient_balance", Selector.TRANSFER, transfer(101), RICH),
    ("signature", Selector.TRANSFER, transfer().evolve(amount=11), RICH),
    ("overflow", Selector.TRANSFER, transfer(), {**RICH, **account(BOB, FULL - 9)}),
    ("signature", Selector.LOCK_RESERVE, lock().evolve(amount=11), RICH),
    ("overflow", Selector.LOCK_RESERVE, lock(), {**RICH, **reserve(FULL - 9)}),
    ("same_shard", Selector.SEND, build_send(to_shard=SHARD), RICH),
    ("unknown_shard", Selector.SEND, build_send(to_shard=SHARD_COUNT), RICH),
    ("message_number", Selector.SEND, build_send(), {**RICH, **sent_before(2**24)}),
    ("same_shard", Selector.RECEIVE, receive(0, source=SHARD), {}),
    ("unknown_shard", Selector.RECEIVE, receive(0, source=SHARD_COUNT), {}),
    ("message_number", Selector.RECEIVE, receive(2**24), {}),
    ("already_claimed", Selector.RECEIVE, receive(3, 3), {}),
    ("netting_expires", Selector.SEND_NETTED, build_send(expiry_slot=99), RICH),
    (
        "overflow",
        Selector.SEND_NETTED,
        build_send(Selector.SEND_NETTED),
        {**RICH, get_shard_key(Table.ROW, OTHER): uint64(2**63 - 10)},
    ),
    ("same_shard", Selector.RECEIVE_NETTED, credit(source=SHARD), reserve(100)),
    ("netting_expires", Selector.RECEIVE_NETTED, credit(expiry_slot=99), reserve(100)),
    ("wrong_shard", Selector.RECEIVE_NETTED, credit(to_shard=OTHER), reserve(100)),
    ("zero_amount", Selector.RECEIVE_NETTED, credit(amount=0), reserve(100)),
    ("signature", Selector.RECEIVE_NETTED, credit(signed_on=SHARD), reserve(100)),
    ("reserve_exhausted", Selector.RECEIVE_NETTED, credit(), reserve(9)),
    (
        "already_claimed",
        Selector.RECEIVE_NETTED,
        credit(nonce=4),
        {**reserve(100), get_netted_key(OTHER, ANNE.pubkey): uint64(5)},
    ),
    ("already_claimed", Selector.RECEIVE_NETTED, credit(nonce=FULL), reserve(100)),
    ("row_fell", Selector.PROVE_ROW, prove(4), column(5, 5)),
    ("row_fell", Selector.PROVE_ROW, prove(2**63), column(5, 5)),
    ("unknown_shard", Selector.PROVE_ROW, prove(9, source=SHARD_COUNT), {}),
]


@pytest.mark.parametrize(
    ("code", "selector", "operation", "state"),
    REFUSALS,
    ids=[f"{selector.name} {code} {at}" for at, (code, selector, _, _) in enumerate(REFUSALS)],
)
def test_process_operation_broken_rule_is_refused_and_nothing_written(
    code: str, selector: Selector, operation: Operation, state: State
) -> None:
    assert refuse(selector, operation, state) == code


def test_process_operation_every_code_is_among_the_refusals() -> None:
    """``wrong_size`` comes from the route's decoder."""
    tree = ast.parse(inspect.getsource(rules))
    raised = {
        ast.literal_eval(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "InvalidManagerOperation"
    }

    assert raised == {code for code, *_ in REFUSALS} - {"wrong_size"}


@pytest.mark.parametrize("protection", [BITFIELD, ReplayProtection.NONCE])
@pytest.mark.parametrize(
    ("selector", "operation", "get_key"),
    [
        (Selector.TAKE_IN, take_in(7), lambda bits: get_receipt_key(7, bitfield=bits)),
        (Selector.RECEIVE, receive(7), lambda bits: get_inbox_key(OTHER, 7, bitfield=bits)),
    ],
    ids=["receipt", "message"],
)
def test_process_operation_claimed_before_is_refused(
    protection: ReplayProtection,
    selector: Selector,
    operation: Operation,
    get_key: Callable[[bool], bytes],
) -> None:
    key = get_key(protection is BITFIELD)
    state = {key: claimed(7, protection=protection)}

    assert refuse(selector, operation, state, look_around(protection)) == "already_claimed"
    # Its neighbour is another matter.
    other = {key: claimed(6, protection=protection)}
    assert apply(selector, operation, other, look_around(protection))[key] != other[key]


def test_process_operation_without_protection_remembers_nothing() -> None:
    around = look_around(ReplayProtection.NONE)

    assert apply(Selector.TAKE_IN, take_in(), {}, around) == account(BOB, 60)
    assert apply(Selector.TAKE_IN, take_in(), account(BOB, 60), around) == account(BOB, 120)
    assert apply(Selector.RECEIVE, receive(3, 3), {}, around) == account(BOB, 10)
    written = apply(Selector.RECEIVE_NETTED, credit(), reserve(10), around)
    assert get_netted_key(OTHER, ANNE.pubkey) not in written


def test_process_take_in_creates_the_account_and_sets_one_bit() -> None:
    written = apply(Selector.TAKE_IN, take_in(513), {})

    word = get_receipt_key(513, bitfield=True)
    assert written == {**account(BOB, 60), word: (2).to_bytes(64, "little")}


def test_process_transfer_pays_and_counts_the_nonce() -> None:
    assert apply(Selector.TRANSFER, transfer(), RICH) == {
        **account(ANNE, 90, 1),
        **account(BOB, 10),
    }


def test_process_transfer_to_oneself_only_counts_the_nonce() -> None:
    unsigned = transfer().evolve(recipient=ANNE.pubkey)

    assert apply(Selector.TRANSFER, sign(Selector.TRANSFER, unsigned), RICH) == account(
        ANNE, 100, 1
    )


def test_process_deposit_debits_the_deposits_amount() -> None:
    unsigned = DepositOut.create(
        sender=ANNE.pubkey, nonce=0, deposit=sign_deposit(CLEO, 30), signature=ZERO_SIGNATURE
    )

    assert apply(Selector.DEPOSIT, sign(Selector.DEPOSIT, unsigned), RICH) == account(ANNE, 70, 1)


def test_process_send_puts_a_message_into_the_outbox() -> None:
    written = apply(Selector.SEND, build_send(expiry_slot=50), {**RICH, **sent_before(2)})

    assert written == {
        **account(ANNE, 90, 1),
        get_outbox_key(OTHER, 2): message(ANNE, BOB, 10, 50),
        **sent_before(3),
    }


@pytest.mark.parametrize("slot", [49, 50, 51])
def test_process_receive_late_message_bounces_into_the_own_outbox(slot: int) -> None:
    written = apply(Selector.RECEIVE, receive(3, expiry_slot=50), {}, look_around(slot=slot))

    remembered = {get_inbox_key(OTHER, 3, bitfield=True): claimed(3, protection=BITFIELD)}
    if slot <= 50:
        assert written == {**account(BOB, 5), **remembered}
    else:
        back = {get_outbox_key(OTHER, 0): message(BOB, ANNE, 5), **sent_before(1)}
        assert written == {**back, **remembered}


def test_process_send_netted_moves_the_row_only() -> None:
    written = apply(Selector.SEND_NETTED, build_send(Selector.SEND_NETTED), RICH)

    assert written == {
        **account(ANNE, 90, 1),
        get_shard_key(Table.ROW, OTHER): uint64(10),
        get_shard_key(Table.ROW, SHARD): (-10).to_bytes(8, "little", signed=True),
    }


def test_process_receive_netted_draws_what_is_not_proven() -> None:
    written = apply(Selector.RECEIVE_NETTED, credit(), {**column(20, 26), **reserve(4)})

    assert written == {
        **account(BOB, 10),
        **column(30, 26),
        **reserve(4, 4),
        get_netted_key(OTHER, ANNE.pubkey): uint64(1),
    }


def test_process_receive_netted_that_is_proven_leaves_the_reserve() -> None:
    written = apply(Selector.RECEIVE_NETTED, credit(), column(20, 30))

    assert RESERVE_KEY not in written


def test_process_prove_row_gives_the_reserve_back() -> None:
    written = apply(Selector.PROVE_ROW, prove(27), {**column(30, 20), **reserve(10, 10)})

    assert written == {**column(30, 27), **reserve(10, 3)}


def test_process_operation_tells_what_it_did_to_accounts_in_order() -> None:
    working = WorkingState(build_trie(RICH, KEY_BYTES))

    process_operation(working, Selector.TRANSFER, transfer(), look_around())

    told = [(change.pubkey, change.before, change.after) for change in working.changes]
    assert told == [(ANNE.pubkey, 100, 90), (BOB.pubkey, 0, 10)]


@pytest.mark.parametrize(
    "elsewhere", [{"shard": OTHER}, {"env": ScriptIndex(ENV + 1)}], ids=["shard", "script"]
)
def test_process_operation_signature_counts_in_one_place_only(
    elsewhere: dict[str, ShardIndex | ScriptIndex],
) -> None:
    around = replace(look_around(), **elsewhere)  # type: ignore[arg-type]  # by name

    assert refuse(Selector.TRANSFER, transfer(), RICH, around) == "signature"


def test_working_state_account_is_64_bytes() -> None:
    written = apply(Selector.TRANSFER, transfer(), RICH)

    assert {len(value) for value in written.values()} == {64}
    decoded = WorkingState(build_trie(written, KEY_BYTES)).read_account(ANNE.pubkey)
    assert decoded == EthAccount.create(pubkey=ANNE.pubkey, nonce=1, value=90)
