"""What a chain says to a block, and that a refused one leaves no trace.

Source:
    PROTOCOL 3 and 4; STYLE's rule that a transition happens wholly or not at all.
"""

from dataclasses import dataclass

from chain.beacon import process_beacon_block
from chain.containers import BeaconBlock, ShardBlock, SignedBeaconBlock, SignedShardBlock
from chain.effects import Effect
from chain.errors import InvalidBeaconBlock, InvalidBlock, InvalidShardBlock
from chain.shard import process_shard_block
from chain.types import Root
from tests.trust.lying.worlds import Moment

Message = BeaconBlock | ShardBlock
Signed = SignedBeaconBlock | SignedShardBlock


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a chain said to a block.

    Attributes:
        code: The broken rule; empty if the block was accepted.
        root: Of the state that an accepted block leads to.
        effects: What it did.
        trouble: What must not be: an error of another kind, a trace of a refused block.
    """

    code: str = ""
    root: Root | None = None
    effects: tuple[Effect, ...] = ()
    trouble: str = ""


def judge(moment: Moment, encoded: bytes) -> Sentence:
    """Show a block to a chain."""
    before, effects = moment.expected[0], list[Effect]()
    try:
        root = moment.apply(encoded, effects)
        sentence = Sentence(root=root, effects=tuple(effects))
    except (InvalidBeaconBlock, InvalidShardBlock) as error:
        sentence = Sentence(error.code, effects=tuple(effects))
    except Exception as error:  # noqa: BLE001 - whatever else it is, it is a bug
        return Sentence(trouble=f"{type(error).__name__} instead of a rule: {error}")
    if moment.pre_root != before:
        return Sentence(trouble=f"{sentence.code} changed the state")
    return sentence


def find_damage(moment: Moment) -> str:
    """Return what became of the honest block because of others before it; nothing if it stands.

    A state cannot change; what a node remembers beside it could.
    """
    after = moment.try_honest()
    return "" if after == moment.expected[1] else f"afterwards the honest block comes to {after}"


def sign_again(moment: Moment, message: Message) -> Signed:
    """Return a block as its rightful proposer signs it, whatever is in it."""
    if isinstance(message, BeaconBlock):
        return moment.lab.fork().sign_beacon_block(message)
    return moment.lab.fork().sign_shard_block(message, _get_shard(moment))


def complete(moment: Moment, message: Message) -> Message:
    """Return a block that claims what it leads to, if it leads anywhere."""
    lab = moment.lab
    try:
        if isinstance(message, BeaconBlock):
            after = process_beacon_block(lab.beacon, message, lab.context, [])
            return message.evolve(state_root=after.hash_tree_root)
        if message.shard != moment.shard:
            return message
        state = lab.shards[message.shard]
        transition = process_shard_block(state, message, lab.beacon, lab.context, [])
    except InvalidBlock:
        return message
    return message.evolve(
        state_root=transition.state.hash_tree_root,
        deposit_root=transition.state.parent_block.deposit_root,
    )


def _get_shard(moment: Moment) -> int:
    if moment.shard is None:
        raise ValueError(f"{moment.name} is not about a shard")
    return moment.shard
