"""A second, naive account of a deposit manager's ETH, from what is on the chains alone.

Stocks are read leaf by leaf from the states whose roots the shards hold, flows operation by
operation from the data of the blocks that were accepted and not called back. Nothing of the
relayers' own books goes into it, so that both can be compared.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from eth_hash.auto import keccak

from chain.constants import ZERO_ROOT
from chain.encoding import decode
from chain.trie import EMPTY_VALUE
from chain.types import Root, ScriptIndex, ShardIndex
from simulator import events
from simulator.actors.manager import ManagerStates
from simulator.manager.data import (
    KEY_BYTES,
    DepositOut,
    ManagerData,
    Receive,
    ReceiveNetted,
    Table,
    TakeIn,
    decode_operation,
)
from simulator.manager.rules import ReplayProtection
from simulator.world import World

Leaves = dict[bytes, bytes]
Receipt = tuple[int, int]
"""Index and Gwei."""
Mail = tuple[ShardIndex, ShardIndex, int, int]
"""From, to, number and Gwei."""
Netted = tuple[ShardIndex, bytes, int, int]
"""From, sender, nonce and Gwei."""

_WORD_BITS: Final = 512


@dataclass(frozen=True, slots=True)
class Block:
    """What a block's operations say, in numbers."""

    slot: int
    operations: int
    receipts: tuple[Receipt, ...]
    mail: tuple[Mail, ...]
    netted: tuple[Netted, ...]
    deposited: int


@dataclass(frozen=True, slots=True)
class Stocks:
    """What lies where on all shards together, Gwei."""

    accounts: int
    locked: int
    drawn: int
    unclaimed: int
    netted_out: int
    netted_in: int

    @property
    def total(self) -> int:
        return self.accounts + self.locked + self.unclaimed + self.netted_out - self.netted_in


@dataclass(slots=True)
class NaiveBooks:
    """Blocks by shard as they stand, and all keys that were ever in one."""

    script: str
    shard_count: int
    blocks: defaultdict[int, list[Block]] = field(default_factory=lambda: defaultdict(list))
    keys: defaultdict[int, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    operations: int = 0
    """Executed so far, those of reverted blocks included."""

    def add(self, happened: Iterable[events.Event]) -> None:
        """Take in what happened in a slot."""
        for event in happened:
            match event:
                case events.ShardBlockAccepted() if event.script == self.script:
                    self._add_block(event)
                case events.ShardReverted():
                    blocks = self.blocks[event.shard]
                    self.blocks[event.shard] = [b for b in blocks if b.slot < event.from_slot]

    def _add_block(self, event: events.ShardBlockAccepted) -> None:
        data = decode(ManagerData, event.data)
        shard = ShardIndex(event.shard)
        starts = range(0, len(data.keys), KEY_BYTES)
        self.keys[shard] |= {data.keys[start : start + KEY_BYTES] for start in starts}
        operations = [decode_operation(each)[1] for each in data.operations]
        self.operations += len(operations)
        block = Block(
            slot=event.slot,
            operations=len(operations),
            receipts=tuple(
                (each.receipt.receipt_index, each.receipt.amount)
                for each in operations
                if isinstance(each, TakeIn)
            ),
            mail=tuple(
                (each.from_shard, shard, one.number, one.message.amount)
                for each in operations
                if isinstance(each, Receive)
                for one in each.messages
            ),
            netted=tuple(
                (each.from_shard, each.send.sender, each.send.nonce, each.send.amount)
                for each in operations
                if isinstance(each, ReceiveNetted)
            ),
            deposited=sum(
                each.deposit.amount for each in operations if isinstance(each, DepositOut)
            ),
        )
        self.blocks[shard].append(block)

    @property
    def standing(self) -> Sequence[Block]:
        return [block for blocks in self.blocks.values() for block in blocks]

    @property
    def mail(self) -> Counter[Mail]:
        return Counter(one for block in self.standing for one in block.mail)

    def compute_backing(self) -> int:
        """Return the ETH that came in and did not leave: every receipt once."""
        receipts = {one for block in self.standing for one in block.receipts}
        return sum(gwei for _, gwei in receipts) - sum(b.deposited for b in self.standing)

    def compute_paid_again(self) -> int:
        """Return the ETH of receipts and messages beyond their first payment."""
        receipts = Counter(one for block in self.standing for one in block.receipts)
        return sum(
            (count - 1) * one[-1] for paid in (receipts, self.mail) for one, count in paid.items()
        )

    def compute_credited_again(self) -> int:
        """Return the same of netted credits, which come out of the reserve."""
        netted = Counter(one for block in self.standing for one in block.netted)
        return sum((count - 1) * one[-1] for one, count in netted.items())

    def read_leaves(self, world: World, states: ManagerStates, env: ScriptIndex) -> list[Leaves]:
        """Return all that the script wrote on every shard, as its 32 bytes there say."""
        read = []
        for shard in map(ShardIndex, range(self.shard_count)):
            trie = states.ledgers[shard].view(world.get_env_state(shard, env))
            found = {key: trie.get_value(key) for key in sorted(self.keys[shard])}
            read.append({key: value for key, value in found.items() if value != EMPTY_VALUE})
        return read

    def compute_stocks(self, leaves: Sequence[Leaves], protection: ReplayProtection) -> Stocks:
        """Add leaves up by table."""
        sent = [mail for shard, each in enumerate(leaves) for mail in _list_sent(shard, each)]
        if protection is ReplayProtection.NONE:
            claimed = set(self.mail)
        else:
            claimed = {one for one in sent if _is_claimed(one, leaves[one[1]], protection)}
            assert claimed == set(self.mail)
        return Stocks(
            accounts=_sum_field(leaves, Table.ACCOUNTS, 56),
            locked=_sum_field(leaves, Table.RESERVE, 0),
            drawn=_sum_field(leaves, Table.RESERVE, 8),
            unclaimed=sum(one[-1] for one in sent if one not in claimed),
            netted_out=sum(_sum_row(shard, each) for shard, each in enumerate(leaves)),
            netted_in=_sum_field(leaves, Table.COLUMN, 0),
        )


def _sum_field(leaves: Iterable[Leaves], table: Table, start: int) -> int:
    return sum(
        int.from_bytes(value[start : start + 8], "little")
        for each in leaves
        for key, value in each.items()
        if key[0] == table
    )


def _sum_row(shard: int, leaves: Leaves) -> int:
    """Return what a shard netted out; its own entry must have fallen by as much."""
    row = {
        int.from_bytes(key[1:], "big"): int.from_bytes(value, "little", signed=True)
        for key, value in leaves.items()
        if key[0] == Table.ROW
    }
    own = row.pop(shard, 0)
    assert own == -sum(row.values())
    assert all(entry > 0 for entry in row.values())
    return -own


def _list_sent(shard: int, leaves: Leaves) -> list[Mail]:
    return [
        (
            ShardIndex(shard),
            ShardIndex(int.from_bytes(key[1:3], "big")),
            int.from_bytes(key[3:], "big"),
            int.from_bytes(value[96:104], "little"),
        )
        for key, value in leaves.items()
        if key[0] == Table.OUTBOX
    ]


def _is_claimed(mail: Mail, leaves: Leaves, protection: ReplayProtection) -> bool:
    source, _, number, _ = mail
    word = number // _WORD_BITS if protection is ReplayProtection.BITFIELD else 0
    key = bytes([Table.INBOX]) + source.to_bytes(2, "big") + word.to_bytes(3, "big")
    memory = int.from_bytes(leaves.get(key, b""), "little")
    if protection is ReplayProtection.BITFIELD:
        return bool(memory >> number % _WORD_BITS & 1)
    return number < memory


def compute_naive_root(leaves: Leaves) -> Root:
    """Hash the written leaves of a sparse Merkle tree level by level, from the bottom."""
    if not leaves:
        return ZERO_ROOT
    level = {int.from_bytes(key, "big"): keccak(value) for key, value in leaves.items()}
    empty = keccak(EMPTY_VALUE)
    for _ in range(8 * KEY_BYTES):
        level = {
            parent: keccak(level.get(2 * parent, empty) + level.get(2 * parent + 1, empty))
            for parent in {place // 2 for place in level}
        }
        empty = keccak(empty + empty)
    return Root(level[0])
