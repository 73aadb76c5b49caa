"""Lies about registrations and withdrawals: whose ETH, and whose word."""

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from chain.constants import DOMAIN_REGISTRATION, DOMAIN_WITHDRAWAL
from chain.containers import NewExecutionScript, Withdrawal
from tests.helpers.chain import ACTIVE, DEPOSITOR, FLOATER, NAMES, RETIREE
from tests.helpers.keys import sign_container, sign_registration, sign_withdrawal
from tests.trust.lying.lie import Tell, pick, pick_number
from tests.trust.lying.telling import (
    count_scripts,
    lie_again,
    lie_too_often,
    lie_twice,
    name_lies,
    sign_with,
)
from tests.trust.lying.worlds import Moment


def _sender(rng: Random, moment: Moment, made: NewExecutionScript) -> tuple[Any, set[str]]:
    sender = pick_number(rng, made.sender, *range(len(NAMES) + 1))
    lie = sign_container(
        moment.lab.keys[DEPOSITOR], made.evolve(sender=sender), DOMAIN_REGISTRATION
    )
    codes = {"sender_out_of_range", "fee_not_covered", "sender_on_duty", "wrong_credentials"}
    return lie, codes


def _on_duty(rng: Random, moment: Moment, made: NewExecutionScript) -> tuple[Any, set[str]]:
    """Let a validator register whose balance is at stake."""
    sender = rng.randrange(ACTIVE)
    lie = sign_registration(moment.lab.keys[sender], sender=sender, slot=made.slot, code=made.code)
    return lie, {"sender_on_duty"}


def _registration_slot(
    rng: Random, moment: Moment, made: NewExecutionScript
) -> tuple[Any, set[str]]:
    slot = pick_number(rng, made.slot, made.slot - 2, made.slot + 64)
    lie = sign_container(moment.lab.keys[DEPOSITOR], made.evolve(slot=slot), DOMAIN_REGISTRATION)
    return lie, {"wrong_slot"}


def _registration_key(
    rng: Random, moment: Moment, made: NewExecutionScript
) -> tuple[Any, set[str]]:
    """Sign with one's own key in the name of somebody who has ETH."""
    key = pick(rng, (key for key in moment.lab.keys if key.pubkey != made.pubkey))
    lie = sign_container(key, made.evolve(pubkey=key.pubkey), DOMAIN_REGISTRATION)
    return lie, {"wrong_credentials"}


def _registration_code(
    rng: Random, moment: Moment, made: NewExecutionScript
) -> tuple[Any, set[str]]:
    """Register other code than the sender signed, or more than is allowed."""
    if rng.randrange(2):
        return made.evolve(code=made.code[: rng.randrange(len(made.code))]), {"wrong_signature"}
    limit = moment.lab.config.max_code_bytes
    code = rng.randbytes(limit + rng.randrange(1, 100))
    lie = sign_container(moment.lab.keys[DEPOSITOR], made.evolve(code=code), DOMAIN_REGISTRATION)
    return lie, {"code_too_large"}


def _bad_code(rng: Random, moment: Moment, made: NewExecutionScript) -> tuple[Any, set[str]] | None:
    """Register code that breaks a rule, where that costs the block."""
    if not moment.lab.context.placement.costs_block:
        return None
    code = rng.choice([FLOATER, b"", rng.randbytes(60), made.code[:-1], made.code + b"\x00"])
    lie = sign_container(moment.lab.keys[DEPOSITOR], made.evolve(code=code), DOMAIN_REGISTRATION)
    return lie, {"script_invalid"}


def _withdrawn(rng: Random, moment: Moment, made: Withdrawal) -> tuple[Any, set[str]]:
    """Withdraw another's balance, signed by the key that would be right for one's own."""
    index = pick_number(rng, made.validator_index, *range(len(NAMES) + 1))
    key = moment.lab.keys[RETIREE + 1]
    lie = sign_container(key, made.evolve(validator_index=index), DOMAIN_WITHDRAWAL)
    return lie, {"validator_out_of_range", "not_withdrawable", "wrong_credentials"}


def _early(rng: Random, moment: Moment, made: Withdrawal) -> tuple[Any, set[str]]:
    """Withdraw one's own balance while on duty."""
    index = rng.randrange(ACTIVE)
    lie = sign_withdrawal(
        moment.lab.keys[index], validator=index, target=made.target, data=made.data
    )
    return lie, {"not_withdrawable"}


def _withdrawal_key(rng: Random, moment: Moment, made: Withdrawal) -> tuple[Any, set[str]]:
    key = pick(rng, (key for key in moment.lab.keys if key.pubkey != made.pubkey))
    lie = sign_container(key, made.evolve(pubkey=key.pubkey), DOMAIN_WITHDRAWAL)
    return lie, {"wrong_credentials"}


def _target(rng: Random, moment: Moment, made: Withdrawal) -> tuple[Any, set[str]]:
    """Send to a script that does not exist, or that the owner did not name."""
    target = pick_number(rng, made.target, 2, 3, 4)
    lie = made.evolve(target=target)
    if target < count_scripts(moment):
        return lie, {"wrong_signature"}
    return (
        sign_container(moment.lab.keys[RETIREE + 1], lie, DOMAIN_WITHDRAWAL),
        {"target_out_of_range"},
    )


def _withdrawal_data(rng: Random, _: Moment, made: Withdrawal) -> tuple[Any, set[str]]:
    """Credit another account than the owner said."""
    return made.evolve(data=rng.randbytes(rng.randrange(1025))), {"wrong_signature"}


OWNER_LIES: Final[Mapping[str, Tell]] = {
    **name_lies(
        "registration",
        {
            "another sender": _sender,
            "sender on duty": _on_duty,
            "another slot": _registration_slot,
            "another's key": _registration_key,
            "other or larger code": _registration_code,
            "code that breaks a rule": _bad_code,
            "another signature": sign_with("signature", DOMAIN_REGISTRATION, "wrong_signature"),
        },
        "new_execution_scripts",
    ),
    "registration: twice": lie_twice("new_execution_scripts", "registration_repeated"),
    "registration: again": lie_again("new_execution_scripts", "wrong_slot"),
    "registration: too many": lie_too_often("new_execution_scripts"),
    **name_lies(
        "withdrawal",
        {
            "another validator": _withdrawn,
            "too early": _early,
            "another's key": _withdrawal_key,
            "another target": _target,
            "other data": _withdrawal_data,
            "another signature": sign_with("signature", DOMAIN_WITHDRAWAL, "wrong_signature"),
        },
        "withdrawals",
    ),
    "withdrawal: twice": lie_twice("withdrawals", "not_withdrawable"),
    "withdrawal: again": lie_again("withdrawals", "not_withdrawable"),
    "withdrawal: too many": lie_too_often("withdrawals"),
}
"""What is told about registrations and withdrawals, by name."""
