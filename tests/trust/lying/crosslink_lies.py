"""Lies about crosslinks, signed by as much of a committee as lies."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from chain.constants import DOMAIN_CROSSLINK
from chain.containers import SignedCrosslink
from chain.types import ShardIndex
from tests.trust.lying.lie import Tell, pick_number, pick_root
from tests.trust.lying.telling import (
    Change,
    lie_again,
    lie_too_often,
    lie_twice,
    name_lies,
    sign_with,
)
from tests.trust.lying.worlds import Moment


def _crosslink(change: Callable[[Random, Moment, SignedCrosslink], tuple[Any, set[str]]]) -> Change:
    def sign(rng: Random, moment: Moment, signed: SignedCrosslink) -> tuple[Any, set[str]]:
        crosslink, codes = change(rng, moment, signed)
        return moment.lab.sign_crosslink(crosslink), codes

    return sign


def _crosslink_shard(rng: Random, _: Moment, signed: SignedCrosslink) -> tuple[Any, set[str]]:
    shard = pick_number(rng, signed.crosslink.shard, 2, 3, 4)
    return signed.crosslink.evolve(shard=shard), {"crosslink_shard", "crosslink_gap"}


def _crosslink_start(rng: Random, _: Moment, signed: SignedCrosslink) -> tuple[Any, set[str]]:
    start = pick_number(rng, signed.crosslink.start_slot)
    return signed.crosslink.evolve(start_slot=start), {"crosslink_gap"}


def _crosslink_end(rng: Random, _: Moment, signed: SignedCrosslink) -> tuple[Any, set[str]]:
    end = pick_number(rng, signed.crosslink.end_slot)
    return signed.crosslink.evolve(end_slot=end), {"crosslink_pace"}


def _crosslink_root(
    rng: Random, moment: Moment, signed: SignedCrosslink
) -> tuple[SignedCrosslink, set[str]]:
    """Change what a committee signed, when it has."""
    field = rng.choice(("headers_root", "shard_state_root"))
    root = pick_root(rng, moment, getattr(signed.crosslink, field))
    changed = signed.crosslink.evolve(**{field: root})
    return signed.evolve(crosslink=changed), {"crosslink_signature"}


def _minority(
    rng: Random, moment: Moment, signed: SignedCrosslink
) -> tuple[SignedCrosslink, set[str]]:
    """Let too few lie, and say so or claim that there were more."""
    root = pick_root(rng, moment, signed.crosslink.shard_state_root)
    lie = signed.crosslink.evolve(shard_state_root=root)
    votes = [False] * len(signed.aggregation_bits)
    if not rng.randrange(4):
        return moment.lab.sign_crosslink(lie, votes), {"crosslink_quorum"}
    votes[rng.randrange(len(votes))] = True
    made = moment.lab.sign_crosslink(lie, votes)
    if rng.randrange(2):
        return made, {"crosslink_quorum"}
    return made.evolve(aggregation_bits=(True,) * len(votes)), {"crosslink_signature"}


def _vote_count(
    rng: Random, moment: Moment, signed: SignedCrosslink
) -> tuple[SignedCrosslink, set[str]]:
    members = len(signed.aggregation_bits)
    count = rng.choice([0, 1, members - 1, members + 1, 64, 4096])
    lie = signed.evolve(aggregation_bits=(True,) * count)
    del moment
    return lie, {"crosslink_committee"}


def _other_votes(_: Random, moment: Moment, signed: SignedCrosslink) -> tuple[Any, set[str]] | None:
    """Name other voters than those who signed."""
    members = len(signed.aggregation_bits)
    patterns = ((True, True, False), (False, True, True), (True, False, True), (True, True, True))
    others = [votes for votes in patterns if votes != tuple(signed.aggregation_bits)]
    del moment
    if members != len(patterns[0]):
        return None
    return signed.evolve(aggregation_bits=others[0]), {"crosslink_signature"}


def _other_committee(
    rng: Random, moment: Moment, signed: SignedCrosslink
) -> tuple[SignedCrosslink, set[str]]:
    """Let the committee of another shard vote."""
    lab, shard = moment.lab, signed.crosslink.shard
    other = ShardIndex((shard + rng.randrange(1, 4)) % lab.config.shard_count)
    named = lab.sign_crosslink(signed.crosslink.evolve(shard=other))
    return signed.evolve(signature=named.signature), {"crosslink_signature"}


CROSSLINK_LIES: Final[Mapping[str, Tell]] = {
    **name_lies(
        "crosslink",
        {
            "another shard": _crosslink(_crosslink_shard),
            "another start": _crosslink(_crosslink_start),
            "another end": _crosslink(_crosslink_end),
            "roots that nobody voted for": _crosslink_root,
            "too few votes": _minority,
            "votes that the committee cannot have": _vote_count,
            "other voters than signed": _other_votes,
            "votes of another committee": _other_committee,
            "another signature": sign_with("signature", DOMAIN_CROSSLINK, "crosslink_signature"),
        },
        "crosslinks",
    ),
    "crosslink: twice": lie_twice("crosslinks", "crosslink_gap", "crosslink_pace"),
    "crosslink: again": lie_again("crosslinks", "crosslink_pace", "crosslink_gap"),
    "crosslink: too many": lie_too_often("crosslinks"),
}
"""What is told about crosslinks, by name."""
