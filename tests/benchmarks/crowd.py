"""Blocks of transfers among very many accounts, without holding their tree.

py-trie keeps every node it ever made, 12 GB for a million accounts. But a block's witness shows
a subtree that the block does not enter by its root alone, and nothing follows from what that
root is. So here it stands for itself: 32 bytes made up from its place. Only whether a subtree is
empty depends on the accounts, and that their sorted keys tell.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final

from eth_hash.auto import keccak

from chain.encoding import encode
from chain.multiproof import (
    Multiproof,
    build_multiproof,
    compute_empty_roots,
    compute_multiproof_root,
)
from chain.trie import EMPTY_VALUE, ScriptTrie, Witness
from chain.types import Root
from simulator.manager.data import KEY_BYTES, ManagerData, Table
from tests.helpers.keys import Key, make_key
from tests.helpers.manager import account, transfer

DEPTH: Final = 8 * KEY_BYTES
VALUE: Final = 1_000
OPERATION_BYTES: Final = 4 + 1 + 208
"""One transfer in block data: an offset, a selector, and what the sender signed."""


class CrowdTrie(ScriptTrie):
    """A tree of which only the keys are known, and the values of a few."""

    def __init__(self, keys: Sequence[bytes], values: Mapping[bytes, bytes]) -> None:
        super().__init__(KEY_BYTES)
        self._places = sorted(int.from_bytes(key, "big") for key in {*keys, *values})
        self._values = values

    def build_witness(self, key: bytes) -> Witness:
        place = int.from_bytes(key, "big")
        branch = tuple(self._get_sibling(place, height) for height in reversed(range(DEPTH)))
        return Witness(key, self._values.get(key, EMPTY_VALUE), branch)

    def _get_sibling(self, place: int, height: int) -> bytes:
        sibling = place >> height ^ 1
        first, end = sibling << height, (sibling + 1) << height
        if bisect_left(self._places, first) == bisect_left(self._places, end):
            return compute_empty_roots(DEPTH)[height]
        return keccak(bytes([height]) + first.to_bytes(KEY_BYTES, "big"))


@dataclass(frozen=True, slots=True)
class TransferBlock:
    """A block of transfers.

    Attributes:
        transfers: How many.
        proof: Of the accounts that they touch.
        data: The block's data.
        pre_state: The script's state before it.
        after: Values of the accounts afterwards.
    """

    transfers: int
    proof: Multiproof
    data: ManagerData
    pre_state: Root
    after: Mapping[bytes, bytes]

    @property
    def witness_bytes(self) -> int:
        """Everything in the block's data but the operations."""
        operations = len(encode(self.data.evolve(keys=b"", values=[], siblings=b"")))
        return len(encode(self.data)) - operations

    def compute_hash_fuel(self) -> int:
        """Price of the hashes and signature checks without which none of it can be done."""
        places = [int.from_bytes(key, "big") for key in self.proof.keys]
        nodes = sum(len({place >> height for place in places}) for height in range(1, DEPTH + 1))
        empty = price_keccak(32) + DEPTH * price_keccak(64)
        tree = 2 * (nodes + len(places)) * price_keccak(64)
        addresses, message = 2 * price_keccak(48), price_keccak(1 + 8 + 8 + 112)
        signature = 1_000 + 8 * (48 + 32 + 96)
        return empty + tree + self.transfers * (addresses + message + signature)


def price_keccak(size_bytes: int) -> int:
    return 1_000 + 24 * size_bytes


@cache
def list_owners(count: int) -> tuple[Key, ...]:
    return tuple(make_key(f"crowd/{at}") for at in range(count))


def list_other_keys(count: int) -> list[bytes]:
    """Return keys of accounts that take no part."""
    rng = Random(count)  # noqa: S311 - data, not secrets
    return [bytes([Table.ACCOUNTS]) + rng.randbytes(KEY_BYTES - 1) for _ in range(count)]


def build_block(accounts: int, transfers: int, *, in_memory: bool = False) -> TransferBlock:
    """Build a block of transfers, each between two accounts that no other one touches.

    Args:
        accounts: In the whole tree; where they do not suffice, pairs repeat.
        transfers: In the block.
        in_memory: Whether to use a real tree: for few accounts.
    """
    owners = list_owners(min(2 * transfers, accounts))
    values = {key: leaf for owner in owners for key, leaf in account(owner, VALUE).items()}
    others = list_other_keys(accounts - len(owners))
    trie = _fill_trie(others, values) if in_memory else CrowdTrie(others, values)
    proof = build_multiproof(trie, list(values))
    pairs = [
        (owners[2 * at % len(owners)], owners[(2 * at + 1) % len(owners)])
        for at in range(transfers)
    ]
    rounds = [2 * at // len(owners) for at in range(transfers)]
    data = ManagerData.create(
        keys=b"".join(proof.keys),
        values=proof.values,
        siblings=proof.siblings,
        operations=[
            transfer(sender, recipient, 1, nonce)
            for (sender, recipient), nonce in zip(pairs, rounds, strict=True)
        ],
    )
    after: dict[bytes, bytes] = {}
    for (sender, recipient), nonce in zip(pairs, rounds, strict=True):
        after |= account(sender, VALUE - 1 - nonce, nonce + 1)
        after |= account(recipient, VALUE + 1 + nonce)
    return TransferBlock(transfers, proof, data, compute_multiproof_root(proof, KEY_BYTES), after)


def _fill_trie(others: Sequence[bytes], values: Mapping[bytes, bytes]) -> ScriptTrie:
    trie = ScriptTrie(KEY_BYTES)
    for key in others:
        trie.set_value(key, bytes([1]) * 64)
    for key, value in values.items():
        trie.set_value(key, value)
    return trie
