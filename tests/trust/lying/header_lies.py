"""Lies about a block as a whole: where it belongs, who made it, what it leads to."""

from collections.abc import Mapping
from random import Random
from typing import Final

from chain.constants import DOMAIN_BEACON_BLOCK, DOMAIN_SHARD_BLOCK
from chain.containers import BeaconBlock, ShardBlock
from chain.encoding import encode
from tests.trust.lying.judging import Message, Signed, complete, sign_again
from tests.trust.lying.lie import (
    Lie,
    Tell,
    forge,
    get_position,
    go_on,
    list_chains,
    pick,
    pick_number,
    pick_root,
    pick_signature,
    take_honest,
)
from tests.trust.lying.worlds import SHARD, TRAPPING_ENV, Moment

_EDGES: Final = frozenset(
    {"malformed_block", "wrong_block_signature", "wrong_slot", "wrong_shard", "wrong_parent"}
    | {"wrong_beacon_root", "wrong_proposer"}
)


def _other_slot(rng: Random, moment: Moment) -> Lie:
    message = moment.honest.message
    slot = pick_number(rng, message.slot, message.slot + 64, message.slot - 2)
    return forge(moment, message.evolve(slot=slot), "wrong_slot")


def _other_parent(rng: Random, moment: Moment) -> Lie:
    message = moment.honest.message
    root = pick_root(rng, moment, message.parent_root)
    return forge(moment, message.evolve(parent_root=root), "wrong_parent")


def _other_state_root(rng: Random, moment: Moment) -> Lie:
    message = moment.honest.message
    root = pick_root(rng, moment, message.state_root)
    lie = sign_again(moment, message.evolve(state_root=root))
    return Lie(moment, lie, frozenset({"wrong_state_root"}))


def _other_proposer(rng: Random, moment: Moment) -> Lie:
    """Let somebody whose turn it is not propose, and sign in his own name if he has one."""
    honest, lab = moment.honest, moment.lab
    due = honest.message.proposer_index
    index = pick_number(rng, due, *range(len(lab.keys)), len(lab.keys))
    message = complete(moment, honest.message.evolve(proposer_index=index))
    lie: Signed = sign_again(moment, message)
    if index < len(lab.keys):
        signature = lab.keys[index].sign(message.hash_tree_root, _get_domain(moment))
        lie = lie.evolve(signature=signature)
    return Lie(moment, lie, frozenset({"wrong_proposer"}))


def _other_signature(rng: Random, moment: Moment) -> Lie:
    signature = pick_signature(rng, moment, moment.honest.signature)
    lie = moment.honest.evolve(signature=signature)
    return Lie(moment, lie, frozenset({"wrong_block_signature"}))


def _replay(rng: Random, moment: Moment) -> Lie:
    return Lie(moment, pick(rng, moment.old), frozenset({"wrong_slot"}))


def _replay_next(rng: Random, moment: Moment) -> Lie:
    """Show a block once more when the chain is a slot further."""
    later = go_on(get_position(moment))
    return Lie(later, pick(rng, later.old), frozenset({"wrong_slot"}))


def _from_the_future(rng: Random, moment: Moment) -> Lie:
    """Show the block of a later slot, which would be right by then."""
    lab = moment.lab.fork()
    lab.advance(rng.choice((1, 2, 7, 65)))
    if moment.shard is None:
        return Lie(moment, lab.build_beacon_block(), frozenset({"wrong_slot"}))
    return Lie(moment, lab.build_shard_block(shard=moment.shard), frozenset({"wrong_slot"}))


def _equivocation(rng: Random, moment: Moment) -> Lie:
    """Show a second valid block for a slot that has one, or the same once more."""
    taken = take_honest(get_position(moment))
    message = moment.honest.message
    other: Message
    if isinstance(message, ShardBlock):
        other = message.evolve(data=rng.randbytes(32))
    else:
        kept = message.body.withdrawals[: rng.randrange(2)]
        other = message.evolve(body=message.body.evolve(withdrawals=list(kept)))
    lie = rng.choice([moment.honest, sign_again(moment, complete(moment, other))])
    return Lie(taken, lie, frozenset({"slot_taken"}))


def _out_of_order(rng: Random, moment: Moment) -> Lie:
    """Show a block whose parent has not been imported."""
    del rng
    position = get_position(moment)
    return Lie(go_on(position, skipping=True), go_on(position).honest, frozenset({"wrong_parent"}))


def _cut_off(rng: Random, moment: Moment) -> Lie:
    encoded = encode(moment.honest)
    return Lie(moment, encoded[: rng.randrange(len(encoded))], _EDGES)


def _grown(rng: Random, moment: Moment) -> Lie:
    encoded, more = encode(moment.honest), rng.randbytes(rng.randrange(1, 200))
    return Lie(moment, rng.choice([encoded + more, more + encoded]), _EDGES)


def _another_chain(rng: Random, moment: Moment) -> Lie:
    """Show a block of the other kind of chain, or of a world with other rules."""
    others = list_chains("shard" if moment.shard is None else "beacon")
    other = encode(pick(rng, others).honest)
    spliced = encode(moment.honest)[: rng.randrange(1, 100)] + other
    return Lie(moment, rng.choice([other, spliced]), _EDGES)


def _other_shard(rng: Random, moment: Moment) -> Lie | None:
    message = moment.honest.message
    if not isinstance(message, ShardBlock):
        return None
    shard = pick_number(rng, message.shard, 0, 1, 3, 4)
    return forge(moment, message.evolve(shard=shard), "wrong_shard")


def _other_beacon_root(rng: Random, moment: Moment) -> Lie | None:
    message = moment.honest.message
    if not isinstance(message, ShardBlock):
        return None
    root = pick_root(rng, moment, message.beacon_root)
    return forge(moment, message.evolve(beacon_root=root), "wrong_beacon_root")


def _old_view(rng: Random, moment: Moment) -> Lie | None:
    """Show an honest shard block to nodes that have seen another beacon block since."""
    if moment.shard is None:
        return None
    del rng
    lab = moment.lab.fork()
    lab.add_beacon_block()
    later = Moment(
        f"{moment.name}, seen later", lab, lab.build_shard_block(shard=SHARD), moment.old, SHARD
    )
    return Lie(later, moment.honest, frozenset({"wrong_beacon_root"}))


def _unknown_script(rng: Random, moment: Moment) -> Lie | None:
    message = moment.honest.message
    if not isinstance(message, ShardBlock):
        return None
    known = len(moment.lab.beacon.execution_scripts)
    env = max(known, pick_number(rng, message.env))
    return forge(moment, message.evolve(env=env), "unknown_script")


def _barred_script(rng: Random, moment: Moment) -> Lie | None:
    """Call a script about which a vote is under way, or that the shard found to be bad."""
    message = moment.honest.message
    if not isinstance(message, ShardBlock):
        return None
    if moment.name == "committee shard":
        return forge(moment, message.evolve(env=2), "script_not_usable")
    if moment.name == "lazy shard":
        later = go_on(get_position(moment))
        block = later.honest.message.evolve(env=1, data=rng.randbytes(40))
        return forge(later, block, "script_marked_invalid")
    return None


def _too_much_data(rng: Random, moment: Moment) -> Lie | None:
    message = moment.honest.message
    if not isinstance(message, ShardBlock):
        return None
    limit = moment.lab.config.max_block_data_bytes
    data = bytes(limit + rng.choice((1, 2, 184, 10_000)))
    return forge(moment, message.evolve(data=data), "data_too_large")


def _failing_script(rng: Random, moment: Moment) -> Lie | None:
    """Call a script that always traps."""
    message = moment.honest.message
    if not isinstance(message, ShardBlock) or moment.name != "proposal 2 shard":
        return None
    data = rng.randbytes(rng.randrange(400))
    return forge(moment, message.evolve(env=TRAPPING_ENV, data=data), "script_failed")


def _other_deposits(rng: Random, moment: Moment) -> Lie | None:
    """Claim other deposits than the script pushed, in a block that is right otherwise."""
    message = moment.honest.message
    if not isinstance(message, ShardBlock):
        return None
    root = pick_root(rng, moment, message.deposit_root)
    lie = sign_again(moment, message.evolve(deposit_root=root))
    return Lie(moment, lie, frozenset({"wrong_deposit_root"}))


def _other_data(rng: Random, moment: Moment) -> Lie | None:
    """Say something else, once with the old claims and once with the right ones."""
    message = moment.honest.message
    if not isinstance(message, ShardBlock):
        return None
    other = message.evolve(data=rng.randbytes(32) + message.data[32:])
    if rng.randrange(2):
        return forge(moment, other)
    return Lie(moment, sign_again(moment, other), frozenset({"wrong_state_root"}))


def _other_body(rng: Random, moment: Moment) -> Lie | None:
    """Leave operations out, which is allowed, and claim what they would have led to."""
    message = moment.honest.message
    if not isinstance(message, BeaconBlock):
        return None
    kinds = [name for name in message.body.get_field_names() if getattr(message.body, name)]
    shorter = message.body.evolve(**{rng.choice(kinds): []})
    lie = sign_again(moment, message.evolve(body=shorter))
    return Lie(moment, lie, frozenset({"wrong_state_root"}))


def _get_domain(moment: Moment) -> bytes:
    return DOMAIN_BEACON_BLOCK if moment.shard is None else DOMAIN_SHARD_BLOCK


HEADER_LIES: Final[Mapping[str, Tell]] = {
    "slot of another block": _other_slot,
    "parent of another block": _other_parent,
    "state root of another state": _other_state_root,
    "proposer whose turn it is not": _other_proposer,
    "signature of another or over something else": _other_signature,
    "block of an earlier slot": _replay,
    "block shown again one slot later": _replay_next,
    "block from the future": _from_the_future,
    "second block for a slot": _equivocation,
    "block before its parent": _out_of_order,
    "block cut off": _cut_off,
    "block with more bytes": _grown,
    "block of another chain": _another_chain,
    "operations left out, old state root": _other_body,
    "another shard": _other_shard,
    "another beacon state": _other_beacon_root,
    "beacon state of before": _old_view,
    "script that is not registered": _unknown_script,
    "script that the placement bars": _barred_script,
    "data over the limit": _too_much_data,
    "script that traps": _failing_script,
    "deposits that were not pushed": _other_deposits,
    "other data": _other_data,
}
"""What is told about blocks, by name."""
