"""A stateful script that hashes: blocks that each replace a leaf of the tree behind its state."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from eth_hash.auto import keccak

SCRIPT: Final = Path(__file__).with_name("scripts") / "branch_update.wasm"
DEPTH: Final = 8
LEAVES: Final = 1 << DEPTH


class Block(NamedTuple):
    """Block data with the states before and behind it."""

    before: bytes
    data: bytes
    after: bytes


def make_blocks(count: int) -> Iterator[Block]:
    """Blocks that follow each other, at positions all over the tree."""
    levels = [[bytes([leaf]) * 32 for leaf in range(LEAVES)]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([keccak(below[at] + below[at + 1]) for at in range(0, len(below), 2)])
    for number in range(count):
        position = number * 37 % LEAVES
        before, old, new = levels[-1][0], levels[0][position], keccak(number.to_bytes(32, "big"))
        siblings = [levels[level][(position >> level) ^ 1] for level in range(DEPTH)]
        node = levels[0][position] = new
        for level, sibling in enumerate(siblings):
            is_right = position >> level & 1
            node = keccak(sibling + node if is_right else node + sibling)
            levels[level + 1][position >> (level + 1)] = node
        yield Block(before, b"".join([position.to_bytes(8, "little"), old, new, *siblings]), node)
