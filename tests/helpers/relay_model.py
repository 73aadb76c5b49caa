"""What the deposit_relay script ought to do, said once more in Python."""

from dataclasses import replace

from chain.encoding import decode, encode
from chain.errors import MalformedEncoding
from chain.types import Gwei
from simulator.relay_data import ProvenReceipt, RelayData, RelayPool, WithdrawalRoute
from tests.helpers.relay import RING, hash_pair

UINT64_END = 2**64

Result = tuple[RelayPool, tuple[bytes, ...]]


def expect_relay(
    pool: RelayPool, data: bytes, *, shard: int, env: int, root: bytes
) -> Result | None:
    """Return the pool and the deposits after a block, or None if it must trap."""
    if not data:
        return pool, ()
    try:
        relay = decode(RelayData, data)
    except MalformedEncoding:
        return None
    for proven in relay.receipts:
        if not (is_addressed(proven, shard, env) and is_proven(proven, root)):
            return None
        taken = take(pool, proven)
        if taken is None:
            return None
        pool = taken
    for deposit in relay.deposits:
        if deposit.amount > pool.balance:
            return None
        balance = Gwei(pool.balance - deposit.amount)
        pool = replace(pool, balance=balance, deposits_sent=pool.deposits_sent + 1)
    return pool, tuple(encode(deposit) for deposit in relay.deposits)


def take(pool: RelayPool, proven: ProvenReceipt) -> RelayPool | None:
    index = proven.receipt.receipt_index
    balance = Gwei(pool.balance + proven.receipt.amount)
    if not pool.next_receipt_index <= index < UINT64_END - 1 or balance >= UINT64_END:
        return None
    return RelayPool(balance, index + 1, pool.receipts_taken + 1, pool.deposits_sent)


def is_addressed(proven: ProvenReceipt, shard: int, env: int) -> bool:
    withdrawal = proven.receipt.withdrawal
    try:
        route = WithdrawalRoute.decode(withdrawal.data)
    except MalformedEncoding:
        return False
    return route.shard == shard and withdrawal.target == env


def is_proven(proven: ProvenReceipt, root: bytes) -> bool:
    turns = get_turns(proven)
    if turns is None:
        return False
    node: bytes = proven.receipt.hash_tree_root
    for sibling, from_right in zip(proven.proof.branch, turns, strict=True):
        node = hash_pair(sibling, node) if from_right else hash_pair(node, sibling)
    return node == root


def get_turns(proven: ProvenReceipt) -> list[bool] | None:
    """Return for every sibling whether the path comes from its right, if the shape is known."""
    slot, position = proven.proof.slot, proven.proof.position
    segments = [(position, 10), (0, 1), (4, 4), (slot % RING, 6)]
    if len(proven.proof.branch) == 25:
        segments += [(8, 4)]
    elif len(proven.proof.branch) == 50:
        segments += [(slot // RING, 24), (0, 1), (9, 4)]
    else:
        return None
    if any(place >= 2**depth for place, depth in segments):
        return None
    return [bool(place >> height & 1) for place, depth in segments for height in range(depth)]
