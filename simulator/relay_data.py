"""What goes in and out of the deposit_relay script: block data, pool state, withdrawal data.

The script in ``scenarios/scripts/deposit_relay.rs`` reads and writes these bytes itself; this
is how actors and reports speak to it.

Source:
    Ours: PROTOCOL 10 asks for receipts in and deposits out, and leaves their encoding open.
"""

import struct
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from chain.constants import BLOCK_DATA_BYTES_LIMIT
from chain.containers import DepositData, WithdrawalReceipt, WithdrawalReceiptProof
from chain.encoding import Container, SszList, field, list_of
from chain.errors import MalformedEncoding
from chain.types import Gwei, Pubkey, Root, ShardIndex

_RELAY_LIST_LIMIT: Final = BLOCK_DATA_BYTES_LIMIT
"""No root covers these lists: the block data's own limit is the only one that matters."""


class ProvenReceipt(Container):
    """A withdrawal receipt with the way to the beacon state root that the script sees."""

    receipt: WithdrawalReceipt = field(WithdrawalReceipt)
    proof: WithdrawalReceiptProof = field(WithdrawalReceiptProof)


class RelayData(Container):
    """Block data: receipts to take in, in rising order, then deposits to push."""

    receipts: SszList[ProvenReceipt] = field(list_of(ProvenReceipt, _RELAY_LIST_LIMIT))
    deposits: SszList[DepositData] = field(list_of(DepositData, _RELAY_LIST_LIMIT))


@dataclass(frozen=True, slots=True)
class RelayPool:
    """The script's state on one shard; every field is a uint64.

    Attributes:
        balance: ETH that deposits may spend.
        next_receipt_index: Lowest receipt index that is still accepted.
        receipts_taken: Receipts since genesis.
        deposits_sent: Deposits since genesis.

    Source:
        Ours: counters make the state tell what happened; the order of receipts is the nonce
        form of replay protection (PROTOCOL 8).
    """

    _LAYOUT: ClassVar = struct.Struct("<4Q")

    balance: Gwei = Gwei(0)
    next_receipt_index: int = 0
    receipts_taken: int = 0
    deposits_sent: int = 0

    def encode(self) -> Root:
        """Return the 32 bytes of state; the empty pool is all zeros."""
        counters = self.next_receipt_index, self.receipts_taken, self.deposits_sent
        return Root(self._LAYOUT.pack(self.balance, *counters))

    @classmethod
    def decode(cls, state: Root) -> Self:
        """Read the 32 bytes of state.

        Raises:
            MalformedEncoding: ``wrong_size``.
        """
        balance, *counters = _unpack(cls._LAYOUT, state)
        return cls(Gwei(balance), *counters)


@dataclass(frozen=True, slots=True)
class WithdrawalRoute:
    """Where withdrawn ETH goes within a script: the 56 bytes of ``Withdrawal.data``.

    Attributes:
        shard: The only shard on which the receipt counts.
        recipient: Public key to credit. The relay keeps no accounts and ignores it.

    Source:
        PROTOCOL 10: ``withdrawal.data`` names the shard and the pubkey; the layout is ours.
    """

    _LAYOUT: ClassVar = struct.Struct("<Q48s")

    shard: ShardIndex
    recipient: Pubkey

    def encode(self) -> bytes:
        """Return the 56 bytes: the shard in 8, little-endian, then the public key."""
        return self._LAYOUT.pack(self.shard, self.recipient)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read ``Withdrawal.data``.

        Raises:
            MalformedEncoding: ``wrong_size``.
        """
        shard, recipient = _unpack(cls._LAYOUT, data)
        return cls(ShardIndex(shard), Pubkey(recipient))


def _unpack(layout: struct.Struct, data: bytes) -> tuple[Any, ...]:
    if len(data) != layout.size:
        raise MalformedEncoding("wrong_size", given=len(data), needed=layout.size)
    return layout.unpack(data)
