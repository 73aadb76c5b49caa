"""A working copy of one shard's state: leaves read from the trie, leaves written so far.

Source:
    PROTOCOL 10 (what a leaf says); see ``simulator.manager.data`` for their bytes.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from chain.encoding import Container, decode, encode
from chain.trie import EMPTY_VALUE, ScriptTrie
from chain.types import Gwei, Pubkey
from simulator.manager.data import EthAccount, get_account_key

C = TypeVar("C", bound=Container)

_UINT64: Final = struct.Struct("<Q")
_INT64: Final = struct.Struct("<q")


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """What an operation did to one account.

    Attributes:
        pubkey: The account's.
        before: Its value before the operation, Gwei; 0 where there was no account.
        after: Its value afterwards.
    """

    pubkey: Pubkey
    before: Gwei
    after: Gwei


@dataclass(slots=True)
class WorkingState:
    """Leaves as a batch of operations sees them.

    Attributes:
        trie: The state before the batch; never written to here.
        writes: New values by key.
        touched: Keys that were read or written: what the witness must prove.
        changes: What happened to accounts, in order.
    """

    trie: ScriptTrie
    writes: dict[bytes, bytes] = field(default_factory=dict)
    touched: set[bytes] = field(default_factory=set)
    changes: list[BalanceChange] = field(default_factory=list)

    def branch_off(self) -> "WorkingState":
        """Return a copy that may be thrown away."""
        return WorkingState(self.trie, dict(self.writes), set(self.touched), [])

    def read(self, key: bytes) -> bytes:
        """Return a leaf's value, empty if it was never written."""
        self.touched.add(key)
        if key in self.writes:
            return self.writes[key]
        value = self.trie.get_value(key)
        return b"" if value == EMPTY_VALUE else value

    def write(self, key: bytes, value: bytes) -> None:
        """Set a leaf's value."""
        self.touched.add(key)
        self.writes[key] = value

    def read_number(self, key: bytes) -> int:
        """Return a uint64 leaf, 0 if it was never written."""
        value = self.read(key)
        return _UINT64.unpack(value)[0] if value else 0

    def write_number(self, key: bytes, number: int) -> None:
        """Set a uint64 leaf."""
        self.write(key, _UINT64.pack(number))

    def read_signed(self, key: bytes) -> int:
        """Return an int64 leaf, 0 if it was never written."""
        value = self.read(key)
        return _INT64.unpack(value)[0] if value else 0

    def write_signed(self, key: bytes, number: int) -> None:
        """Set an int64 leaf."""
        self.write(key, _INT64.pack(number))

    def read_container(self, kind: type[C], key: bytes) -> C | None:
        """Return a leaf that holds a container, None if it was never written."""
        value = self.read(key)
        return decode(kind, value) if value else None

    def write_container(self, key: bytes, value: Container) -> None:
        """Set a leaf that holds a container."""
        self.write(key, encode(value))

    def read_account(self, pubkey: Pubkey) -> EthAccount | None:
        """Return the account at a public key's address, whoever's it is."""
        return self.read_container(EthAccount, get_account_key(pubkey))

    def write_account(self, account: EthAccount, before: Gwei) -> None:
        """Set an account that held something before."""
        self.changes.append(BalanceChange(account.pubkey, before, account.value))
        self.write_container(get_account_key(account.pubkey), account)

    def get_leaves_before(self) -> Mapping[bytes, bytes]:
        """Return the values before the batch of everything it touched, in the order of keys."""
        return {key: self.trie.get_value(key) for key in sorted(self.touched)}
