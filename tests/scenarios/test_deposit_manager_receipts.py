"""deposit_manager and the beacon chain: receipts count once, or as often as a variant lets them."""

from dataclasses import replace

import pytest

from chain.types import Root, ScriptIndex
from simulator.manager.data import (
    Selector,
    TakeIn,
    encode_operation,
    get_receipt_key,
)
from simulator.manager.rules import ReplayProtection
from simulator.relay_data import WithdrawalRoute
from tests.helpers.manager import (
    ANNE,
    OTHER,
    PROTECTIONS,
    SHARD,
    UNSEEN_ROOT,
    Case,
    State,
    account,
    assert_applies,
    assert_refuses,
    claimed,
    flip_bit,
)
from tests.helpers.relay import build_history, build_receipt

UINT64_MAX = 2**64 - 1
BITFIELD, NONCE, NONE = PROTECTIONS
every_variant = pytest.mark.parametrize("protection", PROTECTIONS)
RECEIPT_SLOT, VISIBLE_SLOT = 70, 200


def take_in(
    index: int = 5,
    *,
    amount: int = 32,
    target: int = 2,
    route: bytes | None = None,
    historical: bool = False,
) -> tuple[bytes, Root]:
    """A receipt for Anne, and the beacon state root that it is proven against."""
    data = WithdrawalRoute(SHARD, ANNE.pubkey).encode() if route is None else route
    receipt = build_receipt(index, target=target, amount=amount, data=data)
    slot = RECEIPT_SLOT if historical else VISIBLE_SLOT - 3
    history = build_history({slot: [build_receipt(0), receipt]}, VISIBLE_SLOT)
    proven = history.prove(slot, 1, historical=historical)
    operation = TakeIn.create(receipt=proven.receipt, proof=proven.proof)
    return encode_operation(Selector.TAKE_IN, operation), history.root


def remember_receipts(*indices: int, protection: ReplayProtection) -> State:
    if protection is NONE:
        return {}
    key = get_receipt_key(indices[0], bitfield=protection is BITFIELD)
    return {key: claimed(*indices, protection=protection)}


def build_arrival(protection: ReplayProtection, index: int = 5, **changes: object) -> Case:
    """A receipt's arrival where Anne has nothing yet."""
    operation, root = take_in(index, **changes)  # type: ignore[arg-type]  # by name
    writes = {**account(ANNE, 32), **remember_receipts(index, protection=protection)}
    return Case(operations=[operation], writes=writes, beacon_root=root)


@every_variant
@pytest.mark.parametrize("historical", [False, True])
def test_take_in_credits_and_remembers(protection: ReplayProtection, *, historical: bool) -> None:
    assert_applies(build_arrival(protection, historical=historical), protection)


@every_variant
@pytest.mark.parametrize("index", [0, 7, 511, 512, 2**40])
def test_take_in_any_index_has_its_place(protection: ReplayProtection, index: int) -> None:
    assert_applies(build_arrival(protection, index), protection)


@every_variant
def test_take_in_to_an_account_adds(protection: ReplayProtection) -> None:
    case = build_arrival(protection)
    case = replace(
        case,
        state=account(ANNE, 10, nonce=3),
        writes={**case.writes, **account(ANNE, 42, nonce=3)},
    )
    assert_applies(case, protection)


def build_second_arrival(protection: ReplayProtection, before: int, index: int) -> Case:
    """A receipt's arrival after another one's."""
    case = build_arrival(protection, index)
    state = {**account(ANNE, 32), **remember_receipts(before, protection=protection)}
    both = remember_receipts(before, index, protection=protection)
    return replace(case, state=state, writes={**account(ANNE, 64), **both})


@pytest.mark.parametrize("protection", [BITFIELD, NONCE])
def test_take_in_twice_is_refused(protection: ReplayProtection) -> None:
    assert_refuses(build_second_arrival(protection, 5, 5), protection)


@pytest.mark.parametrize("protection", [BITFIELD, NONCE])
def test_take_in_twice_in_one_block_is_refused(protection: ReplayProtection) -> None:
    case = build_arrival(protection)
    assert_refuses(replace(case, operations=[*case.operations] * 2), protection)


def test_take_in_twice_without_protection_prints_eth() -> None:
    assert_applies(build_second_arrival(NONE, 5, 5), NONE)


def test_take_in_older_receipt_counts_only_with_a_bitfield() -> None:
    assert_applies(build_second_arrival(BITFIELD, 5, 4), BITFIELD)
    assert_refuses(build_second_arrival(NONCE, 5, 4), NONCE)


@pytest.mark.parametrize(("protection", "index"), [(NONCE, UINT64_MAX), (BITFIELD, 512 * 2**40)])
def test_take_in_index_that_cannot_be_remembered_is_refused(
    protection: ReplayProtection, index: int
) -> None:
    case = build_arrival(protection, 5)
    operation, root = take_in(index)
    assert_refuses(replace(case, operations=[operation], beacon_root=root), protection)


ROUTE = WithdrawalRoute(SHARD, ANNE.pubkey).encode()


@every_variant
@pytest.mark.parametrize(
    "changes",
    [
        {"target": 3},
        {"route": ROUTE[:-1]},
        {"route": ROUTE + b"\0"},
        {"route": b""},
        {"route": WithdrawalRoute(OTHER, ANNE.pubkey).encode()},
    ],
)
def test_take_in_for_somebody_else_is_refused(
    changes: dict[str, object], protection: ReplayProtection
) -> None:
    assert_refuses(build_arrival(protection, **changes), protection)  # type: ignore[arg-type]  # by name


@every_variant
def test_take_in_on_another_shard_or_by_another_script_is_refused(
    protection: ReplayProtection,
) -> None:
    case = build_arrival(protection)
    assert_refuses(replace(case, shard=OTHER), protection)
    assert_refuses(replace(case, env=ScriptIndex(1)), protection)


def test_take_in_overflow_is_refused() -> None:
    case = build_arrival(BITFIELD)
    assert_refuses(replace(case, state=account(ANNE, UINT64_MAX - 31)), BITFIELD)


def test_take_in_other_beacon_state_is_refused() -> None:
    case = build_arrival(BITFIELD)
    assert_refuses(replace(case, beacon_root=UNSEEN_ROOT), BITFIELD)


def test_take_in_any_byte_changed_is_refused() -> None:
    """Of a historical proof: in a recent one the higher bits of the slot say nothing."""
    case = build_arrival(BITFIELD, historical=True)
    [operation] = case.operations
    for offset in range(1, len(operation)):
        spoiled = flip_bit(operation, 8 * offset + offset % 8)
        assert_refuses(replace(case, operations=[spoiled]), BITFIELD)
