"""deposit_relay: what it takes, and everything that it must refuse as a whole block."""

from collections.abc import Callable, Sequence
from functools import cache

import pytest

from chain.containers import DepositData, WithdrawalReceipt
from chain.encoding import encode
from chain.receipts import build_receipt_branch, build_state_anchor
from chain.types import Gwei, Slot
from simulator.relay_data import ProvenReceipt, RelayData, RelayPool
from tests.helpers.relay import (
    ReceiptHistory,
    build_deposit,
    build_history,
    build_receipt,
    build_state,
    prove_in_state,
)
from tests.helpers.scripts import run_script

SHARD, ENV = 1, 2
OLD, NEW, VISIBLE = 70, 190, 200
ETH = 10**9
POOL = RelayPool(Gwei(5 * ETH), next_receipt_index=3, receipts_taken=2, deposits_sent=1)

Ran = tuple[str, RelayPool, tuple[bytes, ...]]


@cache
def get_history() -> ReceiptHistory:
    """Receipts 3-7 in an old state, out of the ring by now, and 10-12 in a newer one."""
    old = [build_receipt(index, amount=index * ETH) for index in range(3, 8)]
    new = [build_receipt(index, amount=index * ETH) for index in range(10, 13)]
    return build_history({OLD: old, NEW: new}, VISIBLE)


def prove_one(receipt: WithdrawalReceipt) -> tuple[ProvenReceipt, ReceiptHistory]:
    history = build_history({NEW: [receipt]}, VISIBLE)
    return history.prove(NEW), history


def encode_data(
    receipts: Sequence[ProvenReceipt] = (), deposits: Sequence[DepositData] = ()
) -> bytes:
    return encode(RelayData.create(receipts=receipts, deposits=deposits))


def run_relay(data: bytes, pool: RelayPool = POOL, history: ReceiptHistory | None = None) -> Ran:
    root = (history or get_history()).root
    state = pool.encode()
    result = run_script(
        "deposit_relay", pre_state=state, data=data, env=ENV, shard=SHARD, beacon_root=root
    )
    return result.outcome, RelayPool.decode(result.post_state_root), result.deposits


def get_refusal(data: bytes, pool: RelayPool = POOL, history: ReceiptHistory | None = None) -> str:
    outcome, _, deposits = run_relay(data, pool, history)
    assert deposits == ()
    return outcome


@pytest.mark.parametrize("data", [b"", encode_data()])
def test_relay_nothing_to_do_keeps_pool(data: bytes) -> None:
    assert run_relay(data) == ("returned", POOL, ())


def test_relay_recent_receipt_fills_pool() -> None:
    outcome, pool, deposits = run_relay(encode_data([get_history().prove(NEW, 1)]))
    assert (outcome, deposits) == ("returned", ())
    assert pool == RelayPool(Gwei(16 * ETH), 12, 3, 1)


def test_relay_historical_receipt_fills_pool() -> None:
    outcome, pool, _ = run_relay(encode_data([get_history().prove(OLD, 4, historical=True)]))
    assert outcome == "returned"
    assert pool == RelayPool(Gwei(12 * ETH), 8, 3, 1)


@pytest.mark.parametrize(
    ("slot", "visible", "historical"),
    [(0, 64, False), (0, 64, True), (63, 64, True), (127, 128, False), (64, 127, False)],
)
def test_relay_receipt_at_edge_of_ring_is_taken(
    slot: int, visible: int, *, historical: bool
) -> None:
    history = build_history({slot: [build_receipt(9)]}, visible)
    data = encode_data([history.prove(slot, historical=historical)])
    assert run_relay(data, history=history)[0] == "returned"


def test_relay_last_position_of_full_list_is_taken() -> None:
    history = build_history({NEW: [build_receipt(index) for index in range(1024)]}, VISIBLE)
    data = encode_data([history.prove(NEW, 1023)])
    assert run_relay(data, history=history)[1].next_receipt_index == 1024


def test_relay_receipts_then_deposits_in_one_block() -> None:
    history = get_history()
    receipts = [history.prove(OLD, 0, historical=True), history.prove(NEW, 2)]
    deposits = [build_deposit(19 * ETH, seed=3), build_deposit(1 * ETH, seed=9)]
    outcome, pool, pushed = run_relay(encode_data(receipts, deposits))
    assert outcome == "returned"
    assert pool == RelayPool(Gwei(0), 13, 4, 3)
    assert pushed == tuple(encode(deposit) for deposit in deposits)


def test_relay_empty_pool_is_all_zeros() -> None:
    _, pool, _ = run_relay(encode_data([get_history().prove(NEW)]), RelayPool())
    assert pool == RelayPool(Gwei(10 * ETH), 11, 1, 0)


def test_history_helper_agrees_with_the_chains_own_proofs() -> None:
    history = get_history()
    old_ring = build_state(0, ring=history.roots[64:128]).latest_state_roots
    for slot, historical in ((OLD, True), (NEW, False)):
        anchor = build_state_anchor(history.visible, Slot(slot), old_ring)
        branch = [*build_receipt_branch(history.holders[slot], 1), *anchor.branch]
        assert list(history.prove(slot, 1, historical=historical).proof.branch) == branch


@pytest.mark.parametrize("amount", [5 * ETH + 1, 2**64 - 1])
def test_relay_deposit_above_balance_is_refused(amount: int) -> None:
    assert get_refusal(encode_data(deposits=[build_deposit(amount)])) == "trapped:unreachable"


def test_relay_deposits_above_balance_together_are_refused() -> None:
    deposits = [build_deposit(3 * ETH), build_deposit(3 * ETH)]
    assert get_refusal(encode_data(deposits=deposits)) == "trapped:unreachable"


@pytest.mark.parametrize(
    "receipt",
    [
        build_receipt(9, shard=SHARD + 1),
        build_receipt(9, shard=SHARD + 2**32),
        build_receipt(9, target=ENV + 1),
        build_receipt(9, target=ENV + 2**32),
        build_receipt(POOL.next_receipt_index - 1),
        build_receipt(2**64 - 1),
        build_receipt(9, amount=2**64 - 5 * ETH),
        build_receipt(9, data=b""),
        build_receipt(9, data=(SHARD).to_bytes(8, "little") + bytes(47)),
        build_receipt(9, data=(SHARD).to_bytes(8, "little") + bytes(49)),
        build_receipt(9, data=(SHARD).to_bytes(8, "little") + bytes(1016)),
    ],
    ids=[
        "other_shard",
        "shard_beyond_uint32",
        "other_script",
        "script_beyond_uint32",
        "index_too_low",
        "index_without_successor",
        "balance_overflow",
        "no_route",
        "short_route",
        "long_route",
        "longest_route",
    ],
)
def test_relay_proven_receipt_that_is_not_for_it_is_refused(receipt: WithdrawalReceipt) -> None:
    proven, history = prove_one(receipt)
    assert get_refusal(encode_data([proven]), history=history) == "trapped:unreachable"


def test_relay_highest_acceptable_index_and_amount_are_taken() -> None:
    proven, history = prove_one(build_receipt(2**64 - 2, amount=2**64 - 1 - 5 * ETH))
    _, pool, _ = run_relay(encode_data([proven]), history=history)
    assert pool == RelayPool(Gwei(2**64 - 1), 2**64 - 1, 3, 1)


def test_relay_receipt_twice_is_refused_in_one_block_and_in_the_next() -> None:
    proven = get_history().prove(NEW)
    _, pool, _ = run_relay(encode_data([proven]))
    assert get_refusal(encode_data([proven, proven])) == "trapped:unreachable"
    assert get_refusal(encode_data([proven]), pool) == "trapped:unreachable"


def test_relay_receipts_in_falling_order_are_refused() -> None:
    receipts = [get_history().prove(NEW, 1), get_history().prove(NEW, 0)]
    assert get_refusal(encode_data(receipts)) == "trapped:unreachable"


def test_relay_good_receipt_with_bad_deposit_changes_nothing() -> None:
    data = encode_data([get_history().prove(NEW)], [build_deposit(16 * ETH)])
    assert run_relay(data) == ("trapped:unreachable", POOL, ())


def test_relay_other_beacon_root_is_refused() -> None:
    other = build_history({NEW: [build_receipt(99)]}, VISIBLE)
    data = encode_data([get_history().prove(NEW)])
    assert get_refusal(data, history=other) == "trapped:unreachable"


@pytest.mark.parametrize("historical", [False, True])
@pytest.mark.parametrize(
    "reshape",
    [
        lambda branch: branch[:0],
        lambda branch: branch[:-1],
        lambda branch: branch[1:],
        lambda branch: [*branch, bytes(32)],
        lambda branch: (branch * 5)[: 75 - len(branch)],  # the length of the other kind
        lambda branch: branch[::-1],
        lambda branch: [branch[1], branch[0], *branch[2:]],
    ],
    ids=["none", "no_top", "no_bottom", "one_more", "other_kind", "reversed", "swapped"],
)
def test_relay_branch_of_another_shape_is_refused(
    reshape: Callable[[list[bytes]], list[bytes]], *, historical: bool
) -> None:
    proven = get_history().prove(OLD if historical else NEW, 1, historical=historical)
    branch = reshape(list(proven.proof.branch))
    forged = proven.evolve(proof=proven.proof.evolve(branch=branch))
    assert get_refusal(encode_data([forged])) == "trapped:unreachable"


def test_relay_receipt_of_the_visible_state_itself_is_refused() -> None:
    visible = build_state(VISIBLE, [build_receipt(9)])
    data = encode_data([prove_in_state(visible, 0)])
    assert get_refusal(data, history=ReceiptHistory(visible, {}, [])) == "trapped:unreachable"


@pytest.mark.parametrize(
    ("slot", "historical", "field", "change"),
    [
        (NEW, False, "position", 1 << 10),  # would be read as part of the length's bit
        (OLD, True, "position", 1 << 10),
        (NEW, False, "position", 1 << 15),  # would be read as part of the slot
        (OLD, True, "slot", 1 << 30),  # 64 times the limit of the historical roots
        (OLD, True, "slot", 1 << 63),
    ],
)
def test_relay_number_that_would_spill_into_the_path_is_refused(
    slot: int, field: str, change: int, *, historical: bool
) -> None:
    proven = get_history().prove(slot, historical=historical)
    number = getattr(proven.proof, field) + change
    forged = proven.evolve(proof=proven.proof.evolve(**{field: number}))
    assert get_refusal(encode_data([forged])) == "trapped:unreachable"


def test_relay_recent_proof_only_the_place_in_the_ring_counts() -> None:
    proven = get_history().prove(NEW)
    same_place = proven.evolve(proof=proven.proof.evolve(slot=Slot(NEW + 64)))
    assert run_relay(encode_data([same_place])) == run_relay(encode_data([proven]))
