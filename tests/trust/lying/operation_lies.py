"""Lies about crosslinks, registrations, withdrawals and reports.

Whoever else has to sign an operation lies too, unless the lie is about the signature.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from chain.constants import (
    DOMAIN_BEACON_BLOCK,
    DOMAIN_CROSSLINK,
    DOMAIN_REGISTRATION,
    DOMAIN_REPORT,
    DOMAIN_WITHDRAWAL,
)
from chain.containers import (
    NewExecutionScript,
    SignedCrosslink,
    ValidationReport,
    Withdrawal,
)
from chain.types import ShardIndex
from tests.helpers.chain import ACTIVE, DEPOSITOR, FLOATER, NAMES, RETIREE
from tests.helpers.keys import sign_container, sign_registration, sign_report, sign_withdrawal
from tests.trust.lying.lie import (
    Lie,
    Tell,
    change_operation,
    forge,
    get_position,
    go_on,
    pick,
    pick_number,
    pick_root,
    pick_signature,
)
from tests.trust.lying.worlds import Moment

REGISTERED_TWICE: Final = (
    "a registration is signed for a slot and not for one inclusion, so a proposer may include it "
    "twice: the sender pays for two scripts"
)

_LIMITS: Final = {
    "crosslinks": 4,
    "new_execution_scripts": 16,
    "new_validators": 16,
    "withdrawals": 16,
    "validation_reports": 64,
}
Change = Callable[[Random, Moment, Any], tuple[Any, set[str]] | None]
"""Takes an honest operation; returns a dishonest one and the rules that may catch it."""


def lie_about(kind: str, change: Change) -> Tell:
    """Return what replaces one operation of a kind in the honest block."""

    def tell(rng: Random, moment: Moment) -> Lie | None:
        operations = get_operations(moment, kind)
        if not operations:
            return None
        position = rng.randrange(len(operations))
        made = change(rng, moment, operations[position])
        if made is None:
            return None
        message = change_operation(moment, kind, position, [made[0]])
        return None if message is None else forge(moment, message, *made[1])

    return tell


def lie_twice(kind: str, *codes: str, reason: str = "") -> Tell:
    """Return what includes an operation more than once."""

    def tell(rng: Random, moment: Moment) -> Lie | None:
        operations = get_operations(moment, kind)
        if not operations:
            return None
        position = rng.randrange(len(operations))
        times = rng.randrange(2, 4) if _LIMITS[kind] > 4 else 2
        too_many = len(operations) + times - 1 > _LIMITS[kind]
        allowed = ("too_many_operations",) if too_many else codes
        message = change_operation(moment, kind, position, [operations[position]] * times)
        return None if message is None else forge(moment, message, *allowed, reason=reason)

    return tell


def lie_again(kind: str, *codes: str) -> Tell:
    """Return what includes an operation of the block before in the next block that may have it."""

    def tell(rng: Random, moment: Moment) -> Lie | None:
        operations = get_operations(moment, kind)
        if not operations:
            return None
        later = go_on(get_position(moment))
        message = change_operation(later, kind, 0, [pick(rng, operations)])
        return None if message is None else forge(later, message, *codes)

    return tell


def lie_too_often(kind: str) -> Tell:
    """Return what includes more operations than a block may have."""

    def tell(rng: Random, moment: Moment) -> Lie | None:
        operations = get_operations(moment, kind)
        if not operations:
            return None
        count = _LIMITS[kind] + rng.randrange(1, 4)
        message = change_operation(moment, kind, 0, [operations[0]] * count)
        return None if message is None else forge(moment, message, "too_many_operations")

    return tell


def get_operations(moment: Moment, kind: str) -> list[Any]:
    """Return the honest block's operations of a kind; none on a shard."""
    body = getattr(moment.honest.message, "body", None)
    return [] if body is None else list(getattr(body, kind))


def count_scripts(moment: Moment) -> int:
    """Return how many scripts there are when the block's registrations are done."""
    registered = get_operations(moment, "new_execution_scripts")
    return len(moment.lab.beacon.execution_scripts) + len(registered)


def _sign_with(field: str, domain: bytes, *codes: str) -> Change:
    """Return a change of the signature: another one, or one of the right key for another thing."""

    def change(rng: Random, moment: Moment, operation: Any) -> tuple[Any, set[str]]:  # noqa: ANN401 - any operation
        signature = pick_signature(rng, moment, getattr(operation, field))
        key = moment.lab.keys[rng.randrange(len(NAMES))]
        signed = key.sign(operation.hash_tree_root, rng.choice((domain, DOMAIN_BEACON_BLOCK)))
        return operation.evolve(**{field: rng.choice((signature, signed))}), set(codes)

    return change


# Crosslinks, all signed by as much of the committee as lies


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


# Registrations


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


# Withdrawals


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


# Reports


def _reporter(rng: Random, _: Moment, made: ValidationReport) -> tuple[Any, set[str]]:
    reporter = pick_number(rng, made.reporter, *range(len(NAMES) + 1))
    return made.evolve(reporter=reporter), {"reporter_out_of_range", "wrong_signature"}


def _seat(rng: Random, moment: Moment, made: ValidationReport) -> tuple[Any, set[str]] | None:
    """Report without a seat on the committee, or from off duty."""
    if moment.name == "committee beacon":
        reporter = pick(rng, sorted(set(range(RETIREE)) - moment.lab.seated))
        codes = {"not_on_committee"}
    else:
        reporter, codes = rng.randrange(ACTIVE, ACTIVE + 2), {"challenger_off_duty"}
    lie = made.evolve(reporter=reporter)
    return sign_container(moment.lab.keys[reporter], lie, DOMAIN_REPORT), codes


def _reported(rng: Random, moment: Moment, made: ValidationReport) -> tuple[Any, set[str]]:
    """Report about a script that nobody asked about, or that does not exist."""
    known = count_scripts(moment)
    script = rng.choice([0, 1, known, known + 1, 2**64 - 1])
    lie = sign_container(moment.lab.keys[made.reporter], made.evolve(script=script), DOMAIN_REPORT)
    return lie, {"unknown_script"} if script >= known else {"vote_not_open", "window_closed"}


def _report_slot(rng: Random, moment: Moment, made: ValidationReport) -> tuple[Any, set[str]]:
    slot = pick_number(rng, made.slot)
    lie = sign_container(moment.lab.keys[made.reporter], made.evolve(slot=slot), DOMAIN_REPORT)
    return lie, {"wrong_slot"}


def _report_data(rng: Random, moment: Moment, made: ValidationReport) -> tuple[Any, set[str]]:
    """Say something that is no vote, or other than what was signed."""
    data = rng.choice([b"", b"\x02", b"\x01\x00", rng.randbytes(rng.randrange(2, 4097))])
    lie = made.evolve(data=data)
    if moment.name != "committee beacon" or rng.randrange(2):
        return lie, {"wrong_signature"}
    signed = sign_container(moment.lab.keys[made.reporter], lie, DOMAIN_REPORT)
    return signed, {"malformed_vote"}


def _unasked(rng: Random, moment: Moment) -> Lie | None:
    """Report where the placement asks for no reports."""
    if moment.shard is not None or get_operations(moment, "validation_reports"):
        return None
    reporter = rng.randrange(ACTIVE)
    lie = sign_report(
        moment.lab.keys[reporter],
        reporter=reporter,
        slot=moment.lab.beacon.slot,
        data=rng.randbytes(rng.randrange(9)),
    )
    message = change_operation(moment, "validation_reports", 0, [lie])
    return None if message is None else forge(moment, message, "report_not_expected")


def _name(prefix: str, changes: Mapping[str, Change], kind: str) -> dict[str, Tell]:
    return {f"{prefix}: {name}": lie_about(kind, change) for name, change in changes.items()}


OPERATION_LIES: Final[Mapping[str, Tell]] = {
    **_name(
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
            "another signature": _sign_with("signature", DOMAIN_CROSSLINK, "crosslink_signature"),
        },
        "crosslinks",
    ),
    "crosslink: twice": lie_twice("crosslinks", "crosslink_gap", "crosslink_pace"),
    "crosslink: again": lie_again("crosslinks", "crosslink_pace", "crosslink_gap"),
    "crosslink: too many": lie_too_often("crosslinks"),
    **_name(
        "registration",
        {
            "another sender": _sender,
            "sender on duty": _on_duty,
            "another slot": _registration_slot,
            "another's key": _registration_key,
            "other or larger code": _registration_code,
            "code that breaks a rule": _bad_code,
            "another signature": _sign_with("signature", DOMAIN_REGISTRATION, "wrong_signature"),
        },
        "new_execution_scripts",
    ),
    "registration: twice": lie_twice("new_execution_scripts", reason=REGISTERED_TWICE),
    "registration: again": lie_again("new_execution_scripts", "wrong_slot"),
    "registration: too many": lie_too_often("new_execution_scripts"),
    **_name(
        "withdrawal",
        {
            "another validator": _withdrawn,
            "too early": _early,
            "another's key": _withdrawal_key,
            "another target": _target,
            "other data": _withdrawal_data,
            "another signature": _sign_with("signature", DOMAIN_WITHDRAWAL, "wrong_signature"),
        },
        "withdrawals",
    ),
    "withdrawal: twice": lie_twice("withdrawals", "not_withdrawable"),
    "withdrawal: again": lie_again("withdrawals", "not_withdrawable"),
    "withdrawal: too many": lie_too_often("withdrawals"),
    **_name(
        "report",
        {
            "another reporter": _reporter,
            "no seat": _seat,
            "another script": _reported,
            "another slot": _report_slot,
            "other data": _report_data,
            "another signature": _sign_with("signature", DOMAIN_REPORT, "wrong_signature"),
        },
        "validation_reports",
    ),
    "report: twice": lie_twice("validation_reports", "voted_already", "window_closed"),
    "report: again": lie_again("validation_reports", "wrong_slot"),
    "report: too many": lie_too_often("validation_reports"),
    "report: not asked for": _unasked,
}
"""What is told about operations, by name."""
