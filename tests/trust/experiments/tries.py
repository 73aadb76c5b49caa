"""Tries of script state: histories, witnesses and multiproofs, against leaves hashed naively."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from trie.smt import SparseMerkleTree

from chain.errors import InvalidProof
from chain.multiproof import (
    Multiproof,
    build_multiproof,
    compute_updated_root,
    validate_multiproof,
)
from chain.trie import EMPTY_VALUE, ScriptTrie, Witness, validate_witness
from chain.types import Root
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.trees import naive

_KEY_SIZES: Final = (1, 1, 1, 2, 2, 6, 6, 32)
_MOST_STEPS: Final = 24
_TAMPERED_EACH: Final = 6
_MOST_PROVEN: Final = 6


@dataclass(slots=True)
class Trio:
    """One history in three forms: ours, py-trie's own, and nothing but leaves.

    Attributes:
        key_bytes: Size of keys.
        ours: Ours.
        theirs: py-trie's, which only goes forward: it starts anew where we go back.
        leaves: Values by key; an unwritten key has none.
        past: Leaves by the root they led to.
    """

    key_bytes: int
    ours: ScriptTrie
    theirs: SparseMerkleTree
    leaves: dict[int, bytes] = field(default_factory=dict)
    past: dict[Root, dict[int, bytes]] = field(default_factory=dict)

    @classmethod
    def start(cls, key_bytes: int) -> "Trio":
        """Start with empty trees."""
        trio = cls(key_bytes, ScriptTrie(key_bytes), _make_theirs(key_bytes))
        trio.past[trio.ours.root] = {}
        return trio

    @property
    def height(self) -> int:
        """Return the height of the tree."""
        return 8 * self.key_bytes

    def write(self, key: int, value: bytes) -> None:
        """Write a key in all three; the value of an unwritten key deletes it."""
        name = self.name(key)
        self.ours.set_value(name, value)
        if value == EMPTY_VALUE:
            self.theirs.delete(name)
            self.leaves.pop(key, None)
        else:
            self.theirs.set(name, value)
            self.leaves[key] = value
        self.past[self.ours.root] = dict(self.leaves)

    def rewind(self, root: Root) -> None:
        """Go back to an earlier root."""
        self.ours.rewind(root)
        self.leaves = dict(self.past[root])
        self.theirs = _make_theirs(self.key_bytes)
        for key, value in self.leaves.items():
            self.theirs.set(self.name(key), value)

    def forget(self, kept: list[Root]) -> None:
        """Forget all but some roots."""
        self.ours.forget_all_but(kept)
        roots = {self.ours.root, *kept}
        self.past = {root: leaves for root, leaves in self.past.items() if root in roots}

    def name(self, key: int) -> bytes:
        """Return a key as bytes."""
        return key.to_bytes(self.key_bytes, "big")

    def prove(self, key: int) -> Witness:
        """Return the witness that is due."""
        siblings = naive.list_siblings(self.leaves, self.height, key)
        return Witness(self.name(key), self.leaves.get(key, EMPTY_VALUE), tuple(siblings))

    def prove_many(self, keys: list[int]) -> Multiproof:
        """Return the multiproof that is due."""
        return Multiproof(
            tuple(map(self.name, keys)),
            tuple(self.leaves.get(key, EMPTY_VALUE) for key in keys),
            naive.encode_siblings(self.leaves, self.height, keys),
        )


def _make_theirs(key_bytes: int) -> SparseMerkleTree:
    return SparseMerkleTree(key_size=key_bytes, default=EMPTY_VALUE)


class History:
    """Draws what happens to a tree."""

    def __init__(self, rng: Random) -> None:
        """Draw the size of keys and the keys that the history is about."""
        self._rng = rng
        self.trio = Trio.start(rng.choice(_KEY_SIZES))
        height = self.trio.height
        near = rng.getrandbits(height)
        self._keys = [
            rng.choice([rng.getrandbits(height), near ^ (1 << rng.randrange(height)), near])
            for _ in range(rng.randint(1, 12))
        ]

    def step(self) -> None:
        """Do something to the tree; most often write."""
        rng, trio = self._rng, self.trio
        match rng.randrange(12):
            case 0:
                trio.rewind(rng.choice(sorted(trio.past)))
            case 1:
                trio.forget(rng.sample(sorted(trio.past), min(2, len(trio.past))))
            case _:
                trio.write(self.draw_key(), self.draw_value())

    def draw_key(self) -> int:
        """Draw a key: one of the few, mostly."""
        if self._rng.random() < 1 / 8:
            return self._rng.getrandbits(self.trio.height)
        return self._rng.choice(self._keys)

    def draw_keys(self) -> list[int]:
        """Draw the keys of a multiproof, sorted."""
        return sorted({self.draw_key() for _ in range(self._rng.randint(1, _MOST_PROVEN))})

    def draw_value(self) -> bytes:
        """Draw a value: an earlier one, the unwritten one, a node's size, or any."""
        rng = self._rng
        match rng.randrange(6):
            case 0:
                return EMPTY_VALUE
            case 1:
                return bytes(rng.choice([1, 31, 33, 64]))
            case 2:
                return rng.choice([EMPTY_VALUE, *self.trio.leaves.values()])
            case 3:
                return rng.randbytes(rng.choice([1, 8, 64, 100]))
            case _:
                return rng.randbytes(32)


def compare_trees(trio: Trio) -> str:
    """Return in what the three differ; empty if in nothing."""
    root = naive.compute_root(trio.leaves, trio.height)
    if not trio.ours.root == trio.theirs.root_hash == root:
        return f"roots differ: {trio.ours.root.hex()}, {root.hex()}: {_tell(trio)}"
    for past, leaves in trio.past.items():
        older = trio.ours.view(past)
        if naive.compute_root(leaves, trio.height) != older.root:
            return f"an earlier root {past.hex()} has other leaves: {_tell(trio)}"
        if any(older.get_value(trio.name(key)) != value for key, value in leaves.items()):
            return f"an earlier value is lost below {past.hex()}: {_tell(trio)}"
    return ""


def compare_witness(trio: Trio, key: int) -> str:
    """Return what is wrong with a witness; empty if nothing is."""
    name, due = trio.name(key), trio.prove(key)
    if trio.ours.build_witness(name) != due or trio.theirs.branch(name) != due.branch:
        return f"another witness of {name.hex()}: {_tell(trio)}"
    if trio.ours.get_value(name) != due.value:
        return f"another value of {name.hex()}: {_tell(trio)}"
    return "" if accepts_witness(trio, due) else f"refused witness {due}: {_tell(trio)}"


def accepts_witness(trio: Trio, witness: Witness) -> bool:
    """Tell whether a witness is taken for one of the tree."""
    try:
        validate_witness(witness, trio.ours.root, trio.key_bytes)
    except InvalidProof:
        return False
    return True


def compare_multiproof(trio: Trio, keys: list[int], writes: dict[int, bytes]) -> str:
    """Return what is wrong with a multiproof or the root after writes; empty if nothing is."""
    due = trio.prove_many(keys)
    proof = build_multiproof(trio.ours, [trio.name(key) for key in keys])
    if proof != due:
        return f"another multiproof {proof}, due {due}: {_tell(trio)}"
    if not accepts_multiproof(trio, proof):
        return f"refused multiproof {proof}: {_tell(trio)}"
    written = {trio.name(key): value for key, value in writes.items()}
    updated = compute_updated_root(proof, written, trio.key_bytes)
    after = {**trio.leaves, **writes}
    if updated != naive.compute_root(after, trio.height):
        return f"another root after {writes}: {_tell(trio)}"
    return ""


def accepts_multiproof(trio: Trio, proof: Multiproof) -> bool:
    """Tell whether a multiproof is taken for one of the tree."""
    try:
        validate_multiproof(proof, trio.ours.root, trio.key_bytes)
    except InvalidProof:
        return False
    return True


def _tell(trio: Trio) -> str:
    leaves = {trio.name(key).hex(): value.hex() for key, value in sorted(trio.leaves.items())}
    return f"keys of {trio.key_bytes} bytes, leaves {leaves}"


def tamper(rng: Random, data: bytes) -> bytes:
    """Return other bytes."""
    match rng.randrange(5):
        case 0:
            return data[:-1]
        case 1:
            return data + rng.randbytes(1)
        case 2:
            at = rng.randint(0, len(data))
            return data[:at] + bytes(1) + data[at:]
        case _ if data:
            at = rng.randrange(len(data))
            return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        case _:
            return bytes(1)


def tamper_sequence(rng: Random, parts: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return other parts: one changed, too few, too many, or in another order."""
    changed = list(parts)
    at = rng.randrange(len(parts))
    match rng.randrange(5):
        case 0:
            del changed[at]
        case 1:
            changed.insert(at, changed[at])
        case 2:
            changed.reverse()
        case _:
            changed[at] = tamper(rng, changed[at])
    return tuple(changed)


def tamper_witness(rng: Random, witness: Witness) -> Witness:
    """Return another witness, or by chance the same."""
    changes: tuple[Callable[[], Witness], ...] = (
        lambda: replace(witness, key=tamper(rng, witness.key)),
        lambda: replace(witness, value=tamper(rng, witness.value)),
        lambda: replace(witness, branch=tamper_sequence(rng, witness.branch)),
        lambda: _shorten(witness),
    )
    return rng.choice(changes)()


def _shorten(witness: Witness) -> Witness:
    """Pass the two lowest nodes off as a value, below a key that is one byte shorter."""
    node = witness.value
    for level in range(8):
        sibling, node = witness.branch[-1 - level], naive.hash_bytes(node)
        is_right = witness.key[-1] >> level & 1
        node = sibling + node if is_right else node + sibling
    return Witness(witness.key[:-1], node, witness.branch[:-8])


def tamper_multiproof(rng: Random, proof: Multiproof) -> Multiproof:
    """Return another multiproof, or by chance the same."""
    changes: tuple[Callable[[], Multiproof], ...] = (
        lambda: replace(proof, keys=tamper_sequence(rng, proof.keys)),
        lambda: replace(proof, values=tamper_sequence(rng, proof.values)),
        lambda: replace(proof, siblings=tamper(rng, proof.siblings)),
        lambda: Multiproof(proof.keys[1:], proof.values[1:], proof.siblings),
    )
    return rng.choice(changes)()


def is_true_witness(trio: Trio, witness: Witness) -> bool:
    """Tell whether a witness is the one that is due for its key."""
    fits = len(witness.key) == trio.key_bytes
    return fits and witness == trio.prove(int.from_bytes(witness.key, "big"))


def is_true_multiproof(trio: Trio, proof: Multiproof) -> bool:
    """Tell whether a multiproof is the one that is due for its keys."""
    keys = [int.from_bytes(key, "big") for key in proof.keys]
    fits = keys == sorted(set(keys)) != [] and all(len(k) == trio.key_bytes for k in proof.keys)
    return fits and proof == trio.prove_many(keys)


def _examine_history(cases: Cases, tally: Tally) -> None:
    for number in cases:
        rng = cases.make_rng(number)
        history = History(rng)
        for _ in range(rng.randint(1, _MOST_STEPS)):
            history.step()
        trio, keys = history.trio, history.draw_keys()
        writes = {key: history.draw_value() for key in keys if rng.random() < 1 / 2}
        problems = [compare_trees(trio), compare_multiproof(trio, keys, writes)]
        problems += [compare_witness(trio, key) for key in keys]
        problems += list(_try_tampered(rng, trio, keys, tally))
        for problem in filter(None, problems):
            tally.fail(number, problem)
        tally.count(f"history with keys of {trio.key_bytes} bytes: all three agree")
        written = sum(key in trio.leaves for key in keys)
        tally.count("key proven to be written", written)
        tally.count("key proven to be unwritten", len(keys) - written)


def _try_tampered(rng: Random, trio: Trio, keys: list[int], tally: Tally) -> list[str]:
    problems = []
    for _ in range(_TAMPERED_EACH):
        witness = tamper_witness(rng, trio.prove(rng.choice(keys)))
        is_true = is_true_witness(trio, witness)
        if accepts_witness(trio, witness) != is_true:
            problems.append(f"witness {witness} is {is_true}: {_tell(trio)}")
        tally.count(f"changed witness that is {'still true' if is_true else 'wrong: refused'}")
        proof = tamper_multiproof(rng, trio.prove_many(keys))
        is_true = is_true_multiproof(trio, proof)
        if accepts_multiproof(trio, proof) != is_true:
            problems.append(f"multiproof {proof} is {is_true}: {_tell(trio)}")
        tally.count(f"changed multiproof that is {'still true' if is_true else 'wrong: refused'}")
    return problems


EXPERIMENTS: Final = (
    Experiment(
        name="trie_reference",
        section=Section.ORACLES,
        claim="A script's trie is py-trie's and that of leaves hashed naively, whatever happens.",
        method=(
            "Random histories of writes, deletions, returns to earlier roots and forgetting, with "
            "keys of 1, 2, 6 and 32 bytes; then every root and value still known, witnesses and "
            "multiproofs of written and unwritten keys byte by byte, the root after writes, and "
            "changed proofs, which are accepted only if they are those of other leaves."
        ),
        unit="histories",
        full=10_000,
        quick=150,
        examine=_examine_history,
    ),
)
