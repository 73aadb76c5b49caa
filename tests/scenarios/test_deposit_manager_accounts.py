"""deposit_manager within one shard: block data, witnesses, accounts, transfers, deposits."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chain.bls import sign
from chain.config import BlsBackend
from chain.constants import ZERO_ROOT, ZERO_SIGNATURE
from chain.encoding import encode
from chain.trie import ScriptTrie
from chain.types import Pubkey, Root, ScriptIndex, ShardIndex, Signature
from simulator.manager.data import (
    KEY_BYTES,
    DepositOut,
    ManagerData,
    Selector,
    Transfer,
    compute_message,
    encode_operation,
    get_account_key,
)
from simulator.manager.rules import ReplayProtection
from tests.helpers.keys import Key, make_key, sign_deposit
from tests.helpers.manager import (
    ANNE,
    BOB,
    CLEO,
    ENV,
    PROTECTIONS,
    SHARD,
    Case,
    account,
    assert_applies,
    assert_refuses,
    flip_bit,
    sign_operation,
    transfer,
)

UINT64_MAX = 2**64 - 1
every_variant = pytest.mark.parametrize("protection", PROTECTIONS)
BITFIELD = ReplayProtection.BITFIELD

PAYMENT = Case(
    state={**account(ANNE, 100), **account(BOB, 5)},
    operations=[transfer(ANNE, BOB, 30)],
    writes={**account(ANNE, 70, nonce=1), **account(BOB, 35)},
)


def pay(*operations: bytes, **changes: object) -> Case:
    """The payment with other operations."""
    return replace(PAYMENT, operations=operations, **changes)  # type: ignore[arg-type]  # by name


def get_taken_address() -> dict[bytes, bytes]:
    """Cleo's account where Bob's belongs, as if both had the same address."""
    return {get_account_key(BOB.pubkey): account(CLEO, 5)[get_account_key(CLEO.pubkey)]}


@every_variant
@pytest.mark.parametrize("state", [ZERO_ROOT, Root(bytes(range(32)))])
def test_block_empty_data_keeps_any_state(protection: ReplayProtection, state: Root) -> None:
    result = PAYMENT.run(protection, data=b"", pre_state=state)
    assert (result.outcome, result.post_state_root) == ("returned", state)


@every_variant
def test_transfer_moves_amount_and_counts_nonce(protection: ReplayProtection) -> None:
    assert assert_applies(PAYMENT, protection).deposits == ()


@every_variant
def test_transfer_to_nobody_creates_the_account(protection: ReplayProtection) -> None:
    case = Case(
        state=account(ANNE, 100, nonce=7),
        operations=[transfer(ANNE, BOB, 100, nonce=7)],
        writes={**account(ANNE, 0, nonce=8), **account(BOB, 100)},
    )
    assert_applies(case, protection)


@every_variant
def test_transfer_to_oneself_only_counts_nonce(protection: ReplayProtection) -> None:
    case = Case(
        state=account(ANNE, 100),
        operations=[transfer(ANNE, ANNE, 100)],
        writes=account(ANNE, 100, nonce=1),
    )
    assert_applies(case, protection)


@every_variant
def test_transfers_in_a_row_see_each_other(protection: ReplayProtection) -> None:
    case = Case(
        state=account(ANNE, 10),
        operations=[
            transfer(ANNE, BOB, 10),
            transfer(BOB, CLEO, 10),
            transfer(CLEO, ANNE, 4),
            transfer(ANNE, CLEO, 3, nonce=1),
        ],
        writes={
            **account(ANNE, 1, nonce=2),
            **account(BOB, 0, nonce=1),
            **account(CLEO, 9, nonce=1),
        },
    )
    assert_applies(case, protection)
    assert_refuses(replace(case, operations=case.operations[::-1]), protection)


def test_block_without_operations_keeps_a_proven_state() -> None:
    case = Case(state=PAYMENT.state, operations=[], reads=frozenset(PAYMENT.state))
    assert_applies(case, BITFIELD)


def test_block_of_a_mebibyte_is_processed() -> None:
    count = 5_000
    case = Case(
        state=account(ANNE, count),
        operations=[transfer(ANNE, BOB, 1, nonce) for nonce in range(count)],
        writes={**account(ANNE, 0, nonce=count), **account(BOB, count)},
    )
    assert len(encode(case.build_data())) > 2**20
    assert_applies(case, BITFIELD)


def test_block_key_that_is_only_read_keeps_its_value() -> None:
    case = replace(
        PAYMENT, state={**PAYMENT.state, **account(CLEO, 9)}, reads=frozenset(account(CLEO, 9))
    )
    assert_applies(case, BITFIELD)


def test_block_root_of_the_empty_tree_is_as_good_as_zeros() -> None:
    case = Case(operations=[], reads=frozenset(account(ANNE, 0)))
    empty = ScriptTrie(KEY_BYTES).root
    for state in (ZERO_ROOT, empty):
        assert case.run(BITFIELD, pre_state=state).post_state_root == empty


REFUSED_TRANSFERS = {
    "more than there is": pay(transfer(ANNE, BOB, 101)),
    "nothing": pay(transfer(ANNE, BOB, 0)),
    "nonce too high": pay(transfer(ANNE, BOB, 30, nonce=1)),
    "nonce used up": pay(
        transfer(ANNE, BOB, 30), state={**account(ANNE, 100, nonce=1), **account(BOB, 5)}
    ),
    "last nonce": pay(
        transfer(ANNE, BOB, 30, nonce=UINT64_MAX),
        state={**account(ANNE, 100, nonce=UINT64_MAX), **account(BOB, 5)},
    ),
    "twice": pay(transfer(ANNE, BOB, 30), transfer(ANNE, BOB, 30)),
    "sender without account": pay(transfer(ANNE, BOB, 30), state=account(BOB, 5)),
    "recipient overflows": pay(
        transfer(ANNE, BOB, 30), state={**account(ANNE, 100), **account(BOB, UINT64_MAX - 29)}
    ),
    "signed by another": pay(transfer(ANNE, BOB, 30, signer=CLEO)),
    "recipient's address taken": pay(
        transfer(ANNE, BOB, 30), state={**account(ANNE, 100), **get_taken_address()}
    ),
    "sender's address taken": pay(
        transfer(BOB, ANNE, 1), state={**account(ANNE, 100), **get_taken_address()}
    ),
    "second one fails": pay(transfer(ANNE, BOB, 30), transfer(ANNE, BOB, 71, nonce=1)),
    "on another shard": replace(PAYMENT, shard=ShardIndex(2)),
    "for another script": replace(PAYMENT, env=ScriptIndex(3)),
    "no operation": pay(b""),
    "unknown operation": pay(b"\x09" + PAYMENT.operations[0][1:]),
    "other selector": pay(b"\x08" + PAYMENT.operations[0][1:]),
    "one byte short": pay(PAYMENT.operations[0][:-1]),
    "one byte long": pay(PAYMENT.operations[0] + b"\0"),
}


@every_variant
@pytest.mark.parametrize("name", REFUSED_TRANSFERS)
def test_transfer_wrong_is_refused_with_the_block(name: str, protection: ReplayProtection) -> None:
    assert_refuses(REFUSED_TRANSFERS[name], protection)


@pytest.mark.parametrize("offset", [0, 47, 48, 56, 103, 104, 112, 207])
def test_transfer_any_field_changed_breaks_the_signature(offset: int) -> None:
    """Amounts and nonces included: the leaves would allow them."""
    changed = flip_bit(PAYMENT.operations[0], 8 * (1 + offset))
    assert_refuses(pay(changed), BITFIELD)


def test_transfer_exact_overflow_limit_is_credited() -> None:
    case = replace(
        PAYMENT,
        state={**account(ANNE, 100), **account(BOB, UINT64_MAX - 30)},
        writes={**account(ANNE, 70, nonce=1), **account(BOB, UINT64_MAX)},
    )
    assert_applies(case, BITFIELD)


def test_transfer_fast_signatures_are_checked_too() -> None:
    anne = make_key("anne", BlsBackend.FAST)
    case = Case(
        state=account(anne, 100),
        operations=[transfer(anne, BOB, 30)],
        writes={**account(anne, 70, nonce=1), **account(BOB, 30)},
    )
    result = case.run(BITFIELD, backend=BlsBackend.FAST)
    assert result.outcome == "returned"
    assert 10_000_000 < result.fuel_used < 11_000_000
    spoiled = replace(
        case, operations=[transfer(anne, BOB, 30, signer=make_key("cleo", BlsBackend.FAST))]
    )
    assert spoiled.run(BITFIELD, backend=BlsBackend.FAST).outcome == "trapped:unreachable"


@every_variant
@pytest.mark.parametrize("key", sorted(PAYMENT.writes))
def test_witness_without_a_key_that_is_touched_is_refused(
    key: bytes, protection: ReplayProtection
) -> None:
    writes = {other: value for other, value in PAYMENT.writes.items() if other != key}
    assert_refuses(replace(PAYMENT, writes=writes), protection)


def test_witness_any_bit_changed_is_refused() -> None:
    """One bit in every byte of keys, values and siblings; offsets are another test's."""
    data = encode(PAYMENT.build_data())
    behind_operations = data.rindex(PAYMENT.operations[0])
    for offset in range(16, behind_operations - 4):
        spoiled = flip_bit(data, 8 * offset + offset % 8)
        assert_refuses(PAYMENT, BITFIELD, data=spoiled)


@pytest.mark.parametrize("offset", range(0, 16, 4))
def test_block_data_other_offsets_are_refused(offset: int) -> None:
    data = encode(PAYMENT.build_data())
    for bit in range(32):
        assert_refuses(PAYMENT, BITFIELD, data=flip_bit(data, 8 * offset + bit))


@pytest.mark.parametrize("size", [1, 3, 4, 15, 16, 17, 100, -1])
def test_block_data_cut_off_is_refused(size: int) -> None:
    assert_refuses(PAYMENT, BITFIELD, data=encode(PAYMENT.build_data())[:size])


def exchange_keys(keys: bytes) -> bytes:
    return keys[KEY_BYTES:] + keys[:KEY_BYTES]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.evolve(keys=exchange_keys(data.keys), values=data.values[::-1]),
        lambda data: data.evolve(values=data.values[::-1]),
        lambda data: data.evolve(keys=data.keys[:KEY_BYTES] * 2),
        lambda data: data.evolve(keys=data.keys + data.keys[-1:]),
        lambda data: data.evolve(keys=data.keys[:-1]),
        lambda data: data.evolve(values=data.values[:1]),
        lambda data: data.evolve(values=[*data.values, b""]),
        lambda data: data.evolve(keys=b"", values=[], siblings=b"", operations=[]),
        lambda data: data.evolve(siblings=data.siblings + b"\0"),
        lambda data: data.evolve(siblings=data.siblings[:-1]),
    ],
)
def test_block_data_that_do_not_fit_together_are_refused(
    spoil: Callable[[ManagerData], ManagerData],
) -> None:
    spoiled = spoil(PAYMENT.build_data())
    assert_refuses(PAYMENT, BITFIELD, data=encode(spoiled))


@every_variant
def test_witness_from_before_another_block_is_refused(protection: ReplayProtection) -> None:
    later = {**PAYMENT.state, **account(CLEO, 1)}
    stale = encode(PAYMENT.build_data())
    assert_refuses(replace(PAYMENT, state=later), protection, data=stale)


@pytest.mark.parametrize("size", [63, 65, 1])
def test_account_leaf_of_another_size_is_refused(size: int) -> None:
    """It could only come from a state that this script did not write."""
    key = get_account_key(ANNE.pubkey)
    state = {**PAYMENT.state, key: (PAYMENT.state[key] * 2)[:size]}
    assert_refuses(replace(PAYMENT, state=state), BITFIELD)


DEPOSIT = sign_deposit(CLEO, 32)


def push(amount: int = 32, nonce: int = 0, signer: Key = ANNE) -> bytes:
    unsigned = DepositOut.create(
        sender=ANNE.pubkey,
        nonce=nonce,
        deposit=DEPOSIT.evolve(amount=amount),
        signature=ZERO_SIGNATURE,
    )
    return encode_operation(Selector.DEPOSIT, sign_operation(signer, Selector.DEPOSIT, unsigned))


EXIT = Case(state=account(ANNE, 100), operations=[push()], writes=account(ANNE, 68, nonce=1))


@every_variant
def test_deposit_is_pushed_and_paid_for(protection: ReplayProtection) -> None:
    result = assert_applies(EXIT, protection)
    assert result.deposits == (encode(DEPOSIT),)


def test_deposits_keep_their_order() -> None:
    case = replace(
        EXIT,
        operations=[push(3), push(2, nonce=1)],
        writes=account(ANNE, 95, nonce=2),
    )
    result = assert_applies(case, BITFIELD)
    assert result.deposits == tuple(encode(DEPOSIT.evolve(amount=each)) for each in (3, 2))


@every_variant
@pytest.mark.parametrize(
    "operation",
    [push(101), push(0), push(nonce=1), push(signer=CLEO), flip_bit(push(), 8 * 60)],
    ids=["too much", "nothing", "nonce", "signer", "validator changed"],
)
def test_deposit_wrong_is_refused(operation: bytes, protection: ReplayProtection) -> None:
    assert_refuses(replace(EXIT, operations=[operation]), protection)


def test_deposit_in_a_block_that_fails_later_is_not_pushed() -> None:
    case = replace(EXIT, operations=[push(), transfer(ANNE, ANNE, 1)])
    assert_refuses(case, BITFIELD)


def test_signature_of_another_operation_with_the_same_bytes_is_refused() -> None:
    """The selector is signed too."""
    unsigned = Transfer.create(
        sender=ANNE.pubkey,
        nonce=0,
        recipient=Pubkey(BOB.pubkey),
        amount=30,
        signature=Signature(ZERO_SIGNATURE),
    )
    signed_as_send = compute_message(Selector.SEND, unsigned, SHARD, ENV)
    signature = sign(ANNE.backend, ANNE.secret, signed_as_send)
    operation = encode_operation(Selector.TRANSFER, unsigned.evolve(signature=signature))
    assert_refuses(pay(operation), BITFIELD)
