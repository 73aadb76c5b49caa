"""Lies about claims: receipts that are not there, not the claimant's, or paid out before."""

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from chain.constants import DOMAIN_DEPOSIT
from chain.containers import NewValidator
from tests.helpers.keys import sign_container
from tests.trust.lying.lie import (
    Lie,
    Tell,
    change_operation,
    forge,
    pick,
    pick_number,
    pick_root,
    pick_signature,
)
from tests.trust.lying.telling import (
    get_operations,
    lie_about,
    lie_again,
    lie_too_often,
    lie_twice,
)
from tests.trust.lying.worlds import Moment

_KIND: Final = "new_validators"
_PROOF_CODES: Final = {
    "proof_wrong_root",
    "proof_position_out_of_range",
    "proof_wrong_branch_length",
    "proof_state_not_visible",
}


def _executor(rng: Random, _: Moment, claim: NewValidator) -> tuple[Any, set[str]]:
    """Let another script pay."""
    executor = pick_number(rng, claim.executor, 2, 3)
    return claim.evolve(executor=executor), {"executor_not_proven"}


def _deposit(rng: Random, moment: Moment, claim: NewValidator) -> tuple[Any, set[str]]:
    """Claim another deposit than was pushed, signed by its key if that has one."""
    deposit = claim.deposit
    key = pick(rng, moment.lab.keys)
    changed = rng.choice(
        [
            deposit.evolve(amount=pick_number(rng, deposit.amount, 2 * deposit.amount)),
            deposit.evolve(pubkey=key.pubkey),
            deposit.evolve(withdrawal_credentials=key.credentials),
            deposit.evolve(signature=pick_signature(rng, moment, deposit.signature)),
        ]
    )
    if rng.randrange(2) and changed.signature == deposit.signature:
        owner = moment.lab.make_key("new") if changed.pubkey == deposit.pubkey else key
        changed = sign_container(owner, changed, DOMAIN_DEPOSIT)
    return claim.evolve(deposit=changed), {"proof_wrong_root"}


def _header(rng: Random, moment: Moment, claim: NewValidator) -> tuple[Any, set[str]]:
    """Prove from another shard block; a script named there must be the executor."""
    header = claim.proof.header
    name = rng.choice(header.get_field_names())
    right = getattr(header, name)
    value: object
    if isinstance(right, int):
        value = pick_number(rng, right, 2, 3)
    else:
        value = pick_root(rng, moment, right)
    changed = claim.proof.evolve(header=header.evolve(**{name: value}))
    executor = value if name == "env" else claim.executor
    return claim.evolve(proof=changed, executor=executor), _PROOF_CODES


def _position(rng: Random, _: Moment, claim: NewValidator) -> tuple[Any, set[str]]:
    """Prove from another place in the block, the crosslink, or time."""
    name = rng.choice(("deposit_index", "header_index", "beacon_slot"))
    right = getattr(claim.proof, name)
    value = pick_number(rng, right, 2, 3, right - 2, right + 2, 1024, 4096, right + 64)
    return claim.evolve(proof=claim.proof.evolve(**{name: value})), _PROOF_CODES


def _branch(rng: Random, _: Moment, claim: NewValidator) -> tuple[Any, set[str]] | None:
    """Prove along another branch: shorter, longer, in another order, with other siblings."""
    name = rng.choice(("deposit_branch", "crosslink_branch"))
    right = list(getattr(claim.proof, name))
    first, second = rng.sample(range(len(right)), 2)
    swapped = list(right)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    replaced = list(right)
    replaced[first] = rng.choice([bytes(32), rng.randbytes(32), right[second]])
    wrong = rng.choice(
        [right[:-1], right[1:], [], [*right, bytes(32)], [*right, right[-1]], swapped, replaced]
    )
    if wrong == right:
        return None
    return claim.evolve(proof=claim.proof.evolve(**{name: wrong})), _PROOF_CODES


def _other_proof(rng: Random, moment: Moment, claim: NewValidator) -> tuple[Any, set[str]]:
    """Prove a receipt with the proof of one of another deposit, or with parts of it."""
    others = [*get_operations(moment, _KIND), *moment.spare.values()]
    other = pick(rng, (each for each in others if each.deposit != claim.deposit))
    names = [name for name in claim.proof.get_field_names() if rng.randrange(2)]
    parts = {name: getattr(other.proof, name) for name in names}
    if claim.proof.evolve(**parts) == claim.proof:
        return claim.evolve(proof=other.proof, executor=other.executor), _PROOF_CODES
    return claim.evolve(proof=claim.proof.evolve(**parts)), {*_PROOF_CODES, "executor_not_proven"}


def _worthless(rng: Random, moment: Moment) -> Lie | None:
    """Claim a receipt that is there, and that another rule refuses."""
    if not moment.spare:
        return None
    code = pick(rng, sorted(moment.spare))
    message = change_operation(moment, _KIND, 0, [moment.spare[code]])
    return None if message is None else forge(moment, message, code)


CLAIM_LIES: Final[Mapping[str, Tell]] = {
    "claim: another executor": lie_about(_KIND, _executor),
    "claim: another deposit": lie_about(_KIND, _deposit),
    "claim: another shard block": lie_about(_KIND, _header),
    "claim: another position": lie_about(_KIND, _position),
    "claim: another branch": lie_about(_KIND, _branch),
    "claim: proof of another receipt": lie_about(_KIND, _other_proof),
    "claim: worthless receipt": _worthless,
    "claim: twice": lie_twice(_KIND, "already_claimed"),
    "claim: again": lie_again(_KIND, "already_claimed"),
    "claim: too many": lie_too_often(_KIND),
}
"""What is told about claims, by name."""
