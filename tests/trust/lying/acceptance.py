"""Why a block that differs from the honest one may be accepted nevertheless.

A proposer chooses what its block says, within the rules. Each reason here is checked against
the state that the block led to, not against the code that accepted it.

Source:
    PROTOCOL 3.2, 4 and 7.
"""

from typing import Final

from chain.beacon import process_beacon_block
from chain.containers import BeaconBlock, BeaconState, ShardBlock
from chain.effects import Effect, RegistrationRefused
from chain.encoding import encode
from chain.shard import process_shard_block
from tests.helpers.chain import FLOATER
from tests.trust.lying.judging import Message
from tests.trust.lying.worlds import Moment

OWN_DATA: Final = (
    "the data of a shard block are its proposer's to choose; the new state is what the script "
    "makes of these"
)
OTHER_SCRIPT: Final = "a shard block may call any script that is registered and usable"
ALONE: Final = (
    "a registration that breaks a rule is refused alone, unless the placement lets it cost the "
    "block; the rest of the block does what it did"
)


def find_reason(moment: Moment, message: Message, effects: tuple[Effect, ...]) -> str:
    """Return why a changed block may be accepted; nothing if it may not."""
    if isinstance(message, ShardBlock):
        return _find_shard_reason(moment, message)
    return _find_beacon_reason(moment, message, effects)


def list_refused_alone(effects: tuple[Effect, ...]) -> list[str]:
    """Return the codes of registrations that failed by themselves."""
    return [effect.code for effect in effects if isinstance(effect, RegistrationRefused)]


def _find_shard_reason(moment: Moment, message: ShardBlock) -> str:
    honest = moment.honest.message
    if not isinstance(honest, ShardBlock):
        return ""
    if message.env != honest.env and message.evolve(env=honest.env, **_claims(honest)) == honest:
        known = message.env < len(moment.lab.beacon.execution_scripts)
        return OTHER_SCRIPT if known and _is_naive(moment, message) else ""
    if message.evolve(data=honest.data, **_claims(honest)) == honest:
        return OWN_DATA if _is_naive(moment, message) else ""
    return ""


def _claims(honest: ShardBlock) -> dict[str, object]:
    return {"state_root": honest.state_root, "deposit_root": honest.deposit_root}


def _is_naive(moment: Moment, message: ShardBlock) -> bool:
    """Tell whether the script did what its few lines say.

    All save 32 bytes and push the rest, but for the one with a float, which saves zeros. A block
    that a placement made a no-op does nothing.
    """
    lab, shard = moment.lab, moment.shard or 0
    transition = process_shard_block(lab.shards[shard], message, lab.beacon, lab.context, [])
    states = transition.state.exec_env_states
    if transition.result is None or lab.beacon.execution_scripts[message.env].code == FLOATER:
        return not any(states[message.env]) and not transition.deposits
    pushed = b"".join(map(encode, transition.deposits))
    return states[message.env] + pushed == message.data


def _find_beacon_reason(moment: Moment, message: BeaconBlock, effects: tuple[Effect, ...]) -> str:
    """Compare with the block that leaves the registration out."""
    honest, refused = moment.honest.message, list_refused_alone(effects)
    alone = len(refused) == 1 and not moment.lab.context.placement.costs_block
    if not alone or not isinstance(honest, BeaconBlock):
        return ""
    body = message.body.evolve(new_execution_scripts=honest.body.new_execution_scripts)
    if body != honest.body:
        return ""
    without = message.evolve(body=message.body.evolve(new_execution_scripts=[]))
    states = [_strip(moment, block) for block in (message, without)]
    return ALONE if states[0] == states[1] else ""


def _strip(moment: Moment, block: BeaconBlock) -> bytes:
    """Return the root of the state after a block, apart from what names the block itself."""
    lab = moment.lab
    state: BeaconState = process_beacon_block(lab.beacon, block, lab.context, [])
    return state.evolve(latest_block_header=lab.beacon.latest_block_header).hash_tree_root
