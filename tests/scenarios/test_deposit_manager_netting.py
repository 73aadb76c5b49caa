"""deposit_manager's netting: rows, columns, and the reserve between them."""

from dataclasses import replace

import pytest

from chain.constants import ZERO_SIGNATURE
from chain.types import Root, ShardIndex
from simulator.manager.data import (
    RESERVE_KEY,
    LockReserve,
    ProveRow,
    ReceiveNetted,
    Selector,
    Table,
    encode_operation,
    get_netted_key,
    get_shard_key,
)
from simulator.manager.rules import ReplayProtection
from tests.helpers.keys import Key
from tests.helpers.manager import (
    ANNE,
    BOB,
    CLEO,
    NEVER,
    OTHER,
    PROTECTIONS,
    SHARD,
    THIRD,
    UNSEEN_ROOT,
    Case,
    State,
    account,
    assert_applies,
    assert_refuses,
    build_foreign_state,
    build_send,
    flip_bit,
    sign_operation,
    uint64,
)

UINT64_MAX, INT64_MAX = 2**64 - 1, 2**63 - 1
BITFIELD, NONCE, NONE = PROTECTIONS
every_variant = pytest.mark.parametrize("protection", PROTECTIONS)
COLUMN = get_shard_key(Table.COLUMN, OTHER)


def row(shard: ShardIndex, total: int) -> State:
    return {get_shard_key(Table.ROW, shard): total.to_bytes(8, "little", signed=True)}


def column(credited: int, proven: int) -> State:
    return {COLUMN: uint64(credited) + uint64(proven)}


def reserve(locked: int, drawn: int) -> State:
    return {RESERVE_KEY: uint64(locked) + uint64(drawn)}


def next_nonce(sender: Key, nonce: int) -> State:
    return {get_netted_key(OTHER, sender.pubkey): uint64(nonce)}


def send(**changes: object) -> bytes:
    built = build_send(Selector.SEND_NETTED, **changes)  # type: ignore[arg-type]  # by name
    return encode_operation(Selector.SEND_NETTED, built)


DEPARTURE = Case(
    state=account(ANNE, 100),
    operations=[send()],
    writes={**account(ANNE, 90, nonce=1), **row(OTHER, 10), **row(SHARD, -10)},
)


@every_variant
def test_send_netted_moves_the_row(protection: ReplayProtection) -> None:
    assert_applies(DEPARTURE, protection)


def test_send_netted_adds_to_rows_of_all_targets() -> None:
    case = Case(
        state={**account(ANNE, 100), **row(OTHER, 5), **row(SHARD, -5)},
        operations=[send(), send(to_shard=THIRD, nonce=1, amount=1)],
        writes={
            **account(ANNE, 89, nonce=2),
            **row(OTHER, 15),
            **row(THIRD, 1),
            **row(SHARD, -16),
        },
    )
    assert_applies(case, BITFIELD)


REFUSED_SENDS = {
    "too much": replace(DEPARTURE, operations=[send(amount=101)]),
    "nothing": replace(DEPARTURE, operations=[send(amount=0)]),
    "nonce": replace(DEPARTURE, operations=[send(nonce=1)]),
    "expires": replace(DEPARTURE, operations=[send(expiry_slot=NEVER - 1)]),
    "to itself": replace(DEPARTURE, operations=[send(to_shard=SHARD)]),
    "unknown shard": replace(DEPARTURE, operations=[send(to_shard=4)]),
    "signed there": replace(DEPARTURE, operations=[send(signed_on=OTHER)]),
    "changed": replace(DEPARTURE, operations=[flip_bit(send(), 8 * 80)]),
    "target overflows": replace(
        DEPARTURE, state={**account(ANNE, 100), **row(OTHER, INT64_MAX - 9)}
    ),
    "own overflows": replace(DEPARTURE, state={**account(ANNE, 100), **row(SHARD, 8 - INT64_MAX)}),
    "no signed number": replace(
        DEPARTURE, state=account(ANNE, UINT64_MAX), operations=[send(amount=2**63)]
    ),
}


@every_variant
@pytest.mark.parametrize("name", REFUSED_SENDS)
def test_send_netted_wrong_is_refused(name: str, protection: ReplayProtection) -> None:
    unknown = get_shard_key(Table.ROW, ShardIndex(4))
    assert_refuses(replace(REFUSED_SENDS[name], reads=frozenset({unknown})), protection)


def receive(**changes: object) -> bytes:
    """A credit of what was sent from the other shard to this one."""
    given = {"to_shard": SHARD, "signed_on": OTHER, **changes}
    from_shard = given.pop("from_shard", OTHER)
    built = build_send(Selector.SEND_NETTED, **given)  # type: ignore[arg-type]  # by name
    operation = ReceiveNetted.create(from_shard=from_shard, send=built)
    return encode_operation(Selector.RECEIVE_NETTED, operation)


def build_arrival(protection: ReplayProtection, *operations: bytes, **changes: object) -> Case:
    """A credit of 10 for Bob, for which there is a reserve."""
    seen = {} if protection is NONE else next_nonce(ANNE, 1)
    case = Case(
        state=reserve(50, 0),
        operations=operations or [receive()],
        writes={**account(BOB, 10), **column(10, 0), **reserve(50, 10), **seen},
    )
    return replace(case, **changes)  # type: ignore[arg-type]  # by name


@every_variant
def test_receive_netted_credits_and_draws_the_reserve(protection: ReplayProtection) -> None:
    assert_applies(build_arrival(protection), protection)


@every_variant
def test_receive_netted_that_is_proven_already_needs_no_reserve(
    protection: ReplayProtection,
) -> None:
    seen = {} if protection is NONE else next_nonce(ANNE, 1)
    case = Case(
        state=column(3, 13),
        operations=[receive()],
        writes={**account(BOB, 10), **column(13, 13), **seen},
    )
    assert_applies(case, protection)


def test_receive_netted_partly_proven_draws_the_rest() -> None:
    case = build_arrival(
        BITFIELD,
        state={**reserve(50, 1), **column(3, 9)},
        writes={
            **account(BOB, 10),
            **column(13, 9),
            **reserve(50, 5),
            **next_nonce(ANNE, 1),
        },
    )
    assert_applies(case, BITFIELD)


@every_variant
def test_receive_netted_exactly_the_reserve_is_credited_and_one_more_refused(
    protection: ReplayProtection,
) -> None:
    seen = {} if protection is NONE else next_nonce(ANNE, 1)
    writes = {**account(BOB, 10), **column(10, 0), **reserve(12, 12), **seen}
    assert_applies(build_arrival(protection, state=reserve(12, 2), writes=writes), protection)
    for state in (reserve(11, 2), {}):
        assert_refuses(build_arrival(protection, state=state, writes=writes), protection)


def test_receive_netted_skipped_nonce_counts_and_is_lost() -> None:
    writes = {**account(BOB, 10), **column(10, 0), **reserve(50, 10), **next_nonce(ANNE, 6)}
    case = build_arrival(BITFIELD, receive(nonce=5), writes=writes)
    assert_applies(case, BITFIELD)
    late = replace(case, state={**case.state, **next_nonce(ANNE, 6)})
    assert_refuses(late, BITFIELD)


def test_receive_netted_twice_without_protection_prints_eth() -> None:
    writes = {**account(BOB, 20), **column(20, 0), **reserve(50, 20)}
    assert_applies(build_arrival(NONE, receive(), receive(), writes=writes), NONE)


REFUSED_CREDITS = {
    "nothing": receive(amount=0),
    "expires": receive(expiry_slot=NEVER - 1),
    "for another shard": receive(to_shard=THIRD),
    "signed here": receive(signed_on=SHARD),
    "from here": receive(from_shard=SHARD, signed_on=SHARD),
    "from an unknown shard": receive(from_shard=4, signed_on=ShardIndex(4)),
    "from another shard": receive(from_shard=THIRD),
    "changed": flip_bit(receive(), 8 * 90),
    "short": receive()[:-1],
}


@every_variant
@pytest.mark.parametrize("name", REFUSED_CREDITS)
def test_receive_netted_wrong_is_refused(name: str, protection: ReplayProtection) -> None:
    shards = (SHARD, OTHER, THIRD, ShardIndex(4))
    keys = {get_shard_key(Table.COLUMN, shard) for shard in shards}
    keys |= {get_netted_key(shard, ANNE.pubkey) for shard in shards}
    case = build_arrival(protection, REFUSED_CREDITS[name], reads=frozenset(keys))
    assert_refuses(case, protection)


@pytest.mark.parametrize("protection", [BITFIELD, NONCE])
def test_receive_netted_twice_is_refused(protection: ReplayProtection) -> None:
    case = build_arrival(protection)
    assert_refuses(replace(case, operations=[receive(), receive()]), protection)
    later = {**case.state, **next_nonce(ANNE, 1)}
    assert_refuses(replace(case, state=later), protection)


@pytest.mark.parametrize("protection", [BITFIELD, NONCE])
def test_receive_netted_last_nonce_is_refused(protection: ReplayProtection) -> None:
    assert_refuses(build_arrival(protection, receive(nonce=UINT64_MAX)), protection)


def test_receive_netted_overflows_are_refused() -> None:
    full = column(UINT64_MAX - 9, UINT64_MAX)
    assert_refuses(build_arrival(BITFIELD, state={**reserve(50, 0), **full}), BITFIELD)
    rich = account(BOB, UINT64_MAX - 9)
    assert_refuses(build_arrival(BITFIELD, state={**reserve(50, 0), **rich}), BITFIELD)


ROW_THERE = get_shard_key(Table.ROW, SHARD)
FOREIGN = build_foreign_state({**row(SHARD, 30), **row(OTHER, -30), **account(CLEO, 1)})


def prove(total: int = 30, **changes: object) -> bytes:
    operation = ProveRow.create(
        from_shard=OTHER,
        script_root=FOREIGN.trie.root,
        state_branch=FOREIGN.branch,
        total=total,
        siblings=FOREIGN.prove([ROW_THERE]),
    )
    return encode_operation(Selector.PROVE_ROW, operation.evolve(**changes))


PROOF = Case(
    state={**column(50, 10), **reserve(60, 45)},
    operations=[prove()],
    writes={**column(50, 30), **reserve(60, 25)},
    shard_roots={OTHER: FOREIGN.shard_root, THIRD: UNSEEN_ROOT},
)


@every_variant
def test_prove_row_gives_the_reserve_back(protection: ReplayProtection) -> None:
    assert_applies(PROOF, protection)


@every_variant
def test_prove_row_before_any_credit_touches_no_reserve(protection: ReplayProtection) -> None:
    assert_applies(replace(PROOF, state={}, writes=column(0, 30)), protection)


def test_prove_row_more_than_was_credited_gives_all_back() -> None:
    state = {**column(20, 10), **reserve(60, 10)}
    writes = {**column(20, 30), **reserve(60, 0)}
    assert_applies(replace(PROOF, state=state, writes=writes), BITFIELD)


def test_prove_row_again_changes_nothing() -> None:
    state = {**column(50, 30), **reserve(60, 20)}
    again = replace(PROOF, state=state, writes={}, reads=frozenset({COLUMN}))
    assert_applies(again, BITFIELD)


REFUSED_PROOFS = {
    "other total": replace(PROOF, operations=[prove(total=31)]),
    "known better": replace(PROOF, state={**column(50, 31), **reserve(60, 45)}),
    "of itself": replace(PROOF, shard=OTHER),
    "of an unknown shard": replace(PROOF, operations=[prove(from_shard=4)]),
    "of another state": replace(PROOF, operations=[prove(from_shard=THIRD)]),
    "of another row": replace(
        PROOF,
        operations=[prove(siblings=FOREIGN.prove([get_shard_key(Table.ROW, OTHER)]))],
    ),
    "of another tree": replace(PROOF, operations=[prove(script_root=Root(bytes(32)))]),
    "cut branch": replace(PROOF, operations=[prove(state_branch=FOREIGN.branch[:-1])]),
    "no siblings": replace(PROOF, operations=[prove(siblings=b"")]),
    "nothing to give back": replace(PROOF, state={**column(50, 10), **reserve(60, 19)}),
    "without its leaf": replace(PROOF, writes=reserve(60, 25)),
    "without the reserve": replace(PROOF, writes=column(50, 30)),
}


@every_variant
@pytest.mark.parametrize("name", REFUSED_PROOFS)
def test_prove_row_wrong_is_refused(name: str, protection: ReplayProtection) -> None:
    assert_refuses(REFUSED_PROOFS[name], protection)


@every_variant
def test_prove_row_negative_total_is_refused(protection: ReplayProtection) -> None:
    """A shard's own entry is what it owes all others: negative, and no credit of anybody."""
    foreign = build_foreign_state(row(SHARD, -30))
    operation = prove(
        total=2**64 - 30,
        script_root=foreign.trie.root,
        state_branch=foreign.branch,
        siblings=foreign.prove([ROW_THERE]),
    )
    roots = {OTHER: foreign.shard_root}
    assert_refuses(replace(PROOF, operations=[operation], shard_roots=roots), protection)


def lock(amount: int = 40, nonce: int = 0, signer: Key = ANNE) -> bytes:
    unsigned = LockReserve.create(
        sender=ANNE.pubkey, nonce=nonce, amount=amount, signature=ZERO_SIGNATURE
    )
    signed = sign_operation(signer, Selector.LOCK_RESERVE, unsigned)
    return encode_operation(Selector.LOCK_RESERVE, signed)


LOCK = Case(
    state=account(ANNE, 100),
    operations=[lock()],
    writes={**account(ANNE, 60, nonce=1), **reserve(40, 0)},
)


@every_variant
def test_lock_reserve_turns_eth_into_reserve(protection: ReplayProtection) -> None:
    assert_applies(LOCK, protection)
    more = replace(
        LOCK,
        state={**account(ANNE, 100), **reserve(5, 3)},
        writes={**account(ANNE, 60, nonce=1), **reserve(45, 3)},
    )
    assert_applies(more, protection)


@every_variant
@pytest.mark.parametrize(
    "operation",
    [lock(101), lock(0), lock(nonce=1), lock(signer=BOB), flip_bit(lock(), 8 * 60)],
    ids=["too much", "nothing", "nonce", "signer", "changed"],
)
def test_lock_reserve_wrong_is_refused(operation: bytes, protection: ReplayProtection) -> None:
    assert_refuses(replace(LOCK, operations=[operation]), protection)


def test_lock_reserve_overflow_is_refused() -> None:
    state = {**account(ANNE, 100), **reserve(UINT64_MAX - 39, 0)}
    assert_refuses(replace(LOCK, state=state), BITFIELD)


def test_lock_reserve_counts_for_a_credit_in_the_same_block() -> None:
    case = Case(
        state=account(ANNE, 100),
        operations=[lock(10), receive()],
        writes={
            **account(ANNE, 90, nonce=1),
            **account(BOB, 10),
            **column(10, 0),
            **reserve(10, 10),
            **next_nonce(ANNE, 1),
        },
    )
    assert_applies(case, BITFIELD)
    assert_refuses(replace(case, operations=case.operations[::-1]), BITFIELD)
