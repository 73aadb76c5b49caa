"""What a lie is, and values that look right."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TypeVar

from chain.beacon import apply_beacon_block
from chain.containers import BeaconBlock, SignedBeaconBlock
from chain.encoding import encode
from chain.shard import apply_shard_block
from chain.types import Root, Signature
from tests.trust.lying.judging import Message, Signed, complete, sign_again
from tests.trust.lying.worlds import Chronicle, Moment, list_moments

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lie:
    """A block that is not what it should be.

    Attributes:
        moment: The chain that meets it.
        block: The block, or bytes that are none.
        codes: The rules of which one has to catch it.
    """

    moment: Moment
    block: Signed | bytes
    codes: frozenset[str]

    @property
    def encoded(self) -> bytes:
        """The bytes that arrive."""
        return self.block if isinstance(self.block, bytes) else encode(self.block)


Tell = Callable[[Random, Moment], Lie | None]
"""Makes up a lie for a moment; None where that one cannot be told."""


def forge(moment: Moment, message: Message, *codes: str) -> Lie:
    """Return a lie with the roots and the signature that make it look right."""
    signed = sign_again(moment, complete(moment, message))
    return Lie(moment, signed, frozenset(codes))


def pick_number(rng: Random, right: int, *others: int) -> int:
    """Return a number other than the right one: near it, at an edge, or anywhere."""
    edges = (0, 1, right - 1, right + 1, 2**32, 2**63, 2**64 - 1, rng.getrandbits(64), *others)
    return rng.choice([number for number in edges if number != right and number >= 0])


def pick_root(rng: Random, moment: Moment, right: Root) -> Root:
    """Return a root other than the right one: one that means something, or any."""
    lab = moment.lab
    meaningful = [
        bytes(32),
        right[::-1],
        rng.randbytes(32),
        moment.pre_root,
        lab.beacon.hash_tree_root,
        lab.beacon.latest_block_header.hash_tree_root,
        lab.beacon.latest_block_header.parent_root,
        *(state.hash_tree_root for state in lab.shards),
        *(state.parent_block.hash_tree_root for state in lab.shards),
        *(past.hash_tree_root for past in lab.past.values()),
        *(old.message.hash_tree_root for old in moment.old),
    ]
    return Root(rng.choice([root for root in meaningful if root != right]))


def pick_signature(rng: Random, moment: Moment, right: Signature) -> Signature:
    """Return a signature that somebody made of something, or none."""
    lab = moment.lab
    stranger = rng.choice(lab.keys)
    made = [
        bytes(96),
        b"\xc0" + bytes(95),
        rng.randbytes(96),
        right[::-1],
        stranger.sign(moment.pre_root, rng.randbytes(4)),
        stranger.sign(moment.honest.message.hash_tree_root, bytes([rng.randrange(10), 0, 0, 0])),
        *(old.signature for old in moment.old),
    ]
    return Signature(rng.choice([signature for signature in made if signature != right]))


def pick(rng: Random, values: Iterable[T]) -> T:
    """Return any of some values."""
    return rng.choice(list(values))


@cache
def list_chains(chain: str) -> tuple[Moment, ...]:
    """Return the moments of the beacon chain, or of shards."""
    return tuple(each for each in list_moments() if (each.shard is None) == (chain == "beacon"))


@cache
def take_honest(position: int) -> Moment:
    """Return a moment's chain when it has taken the honest block."""
    moment = list_moments()[position]
    return Moment(
        name=f"{moment.name}, taken",
        lab=_import_honest(moment),
        honest=moment.honest,
        old=(*moment.old, moment.honest),
        shard=moment.shard,
    )


@cache
def go_on(position: int, *, skipping: bool = False) -> Moment:
    """Return the next slot after the honest block; or after none, if it was skipped."""
    moment = list_moments()[position]
    lab = moment.lab.fork() if skipping else take_honest(position).lab.fork()
    lab.advance()
    block: Signed
    if moment.shard is None:
        block = lab.build_beacon_block()
    else:
        block = lab.build_shard_block(env=0, shard=moment.shard)
    old = moment.old if skipping else (*moment.old, moment.honest)
    name = f"{moment.name}, next" + (" after none" if skipping else "")
    return Moment(name, lab, block, old, moment.shard)


def get_position(moment: Moment) -> int:
    """Return where a moment stands among all."""
    return list_moments().index(moment)


def _import_honest(moment: Moment) -> Chronicle:
    lab, encoded = moment.lab.fork(), encode(moment.honest)
    if isinstance(moment.honest, SignedBeaconBlock):
        lab.beacon = apply_beacon_block(lab.beacon, encoded, lab.context, [])
    elif moment.shard is not None:
        state = lab.shards[moment.shard]
        transition = apply_shard_block(state, encoded, lab.beacon, lab.context, [])
        lab.shards[moment.shard] = transition.state
    return lab


def change_operation(
    moment: Moment, kind: str, position: int, operations: Sequence[object]
) -> BeaconBlock | None:
    """Return the honest block with other operations in place of one; None if nothing changes."""
    message = moment.honest.message
    if not isinstance(message, BeaconBlock):
        return None
    honest = list(getattr(message.body, kind))
    changed = [*honest[:position], *operations, *honest[position + 1 :]]
    return (
        None if changed == honest else message.evolve(body=message.body.evolve(**{kind: changed}))
    )
