"""Operations of the deposit manager as the Python rules take them: proofs stay empty."""

from typing import Final

from chain.config import BlsBackend
from chain.constants import ZERO_SIGNATURE
from chain.containers import WithdrawalReceiptProof
from chain.types import Gwei, Root, ShardIndex, Slot
from simulator.manager.data import (
    NEVER_EXPIRES,
    LockReserve,
    ProveRow,
    Receive,
    ReceiveNetted,
    Selector,
    SignedOperation,
    TakeIn,
    Transfer,
)
from simulator.manager.rules import ReplayProtection, Surroundings
from simulator.relay_data import WithdrawalRoute
from tests.helpers.keys import Key
from tests.helpers.manager import (
    ANNE,
    BOB,
    ENV,
    OTHER,
    SHARD,
    SLOT,
    build_numbered,
    build_send,
    message,
    sign_operation,
)
from tests.helpers.relay import build_receipt

SHARD_COUNT: Final = 4
PROOF: Final = WithdrawalReceiptProof.create(slot=1, position=0, branch=[])


def look_around(
    protection: ReplayProtection = ReplayProtection.BITFIELD, slot: int = SLOT
) -> Surroundings:
    return Surroundings(
        shard=SHARD,
        env=ENV,
        slot=Slot(slot),
        shard_count=SHARD_COUNT,
        protection=protection,
        bls=BlsBackend.INSECURE,
    )


def transfer(amount: int = 10, nonce: int = 0) -> SignedOperation:
    unsigned = Transfer.create(
        sender=ANNE.pubkey,
        nonce=nonce,
        recipient=BOB.pubkey,
        amount=amount,
        signature=ZERO_SIGNATURE,
    )
    return sign(Selector.TRANSFER, unsigned)


def sign(selector: Selector, unsigned: SignedOperation) -> SignedOperation:
    return sign_operation(ANNE, selector, unsigned)


def lock(amount: int = 10, nonce: int = 0, owner: Key = ANNE) -> SignedOperation:
    unsigned = LockReserve.create(
        sender=owner.pubkey, nonce=nonce, amount=amount, signature=ZERO_SIGNATURE
    )
    return sign_operation(owner, Selector.LOCK_RESERVE, unsigned)


def take_in(
    index: int = 7, shard: int = SHARD, target: int = ENV, data: bytes | None = None
) -> TakeIn:
    route = WithdrawalRoute(ShardIndex(shard), BOB.pubkey).encode() if data is None else data
    receipt = build_receipt(index, amount=60, data=route, target=target)
    return TakeIn.create(receipt=receipt, proof=PROOF)


def receive(*numbers: int, source: int = OTHER, expiry_slot: int = NEVER_EXPIRES) -> Receive:
    sent = message(ANNE, BOB, 5, expiry_slot)
    return Receive.create(
        from_shard=ShardIndex(source),
        script_root=Root(bytes(32)),
        state_branch=[],
        messages=[build_numbered(number, sent) for number in numbers],
        siblings=b"",
    )


def credit(nonce: int = 0, source: int = OTHER, **changes: int) -> ReceiveNetted:
    given = {"to_shard": SHARD, "nonce": nonce, "signed_on": OTHER, **changes}
    send = build_send(Selector.SEND_NETTED, **given)  # type: ignore[arg-type]  # by name
    return ReceiveNetted.create(from_shard=ShardIndex(source), send=send)


def prove(total: int, source: int = OTHER) -> ProveRow:
    return ProveRow.create(
        from_shard=ShardIndex(source),
        script_root=Root(bytes(32)),
        state_branch=[],
        total=Gwei(total),
        siblings=b"",
    )
