"""NewExecutionScript, rule by rule."""

from dataclasses import replace

import pytest

from chain.constants import DOMAIN_WITHDRAWAL, GWEI_PER_ETH
from chain.containers import BeaconState, NewExecutionScript
from chain.context import ChainContext
from chain.effects import Effect, MarkWritten, ScriptChecked, ScriptRegistered
from chain.operations import process_new_execution_script, registrations
from chain.operations.registrations import compute_registration_fee
from chain.placement import MARKED_VALID
from chain.types import Gwei, ScriptIndex
from chain.validation import compute_code_hash
from chain.wasm import decode_module
from tests.helpers.chain import CONFIG, DEPOSITOR, FLOATER, PUSHER, RETIREE, Lab
from tests.helpers.keys import make_key, sign_container, sign_registration
from tests.helpers.refusals import apply, get_refusal

SLOT = 20  # epoch 2
FEE = Gwei(1_000_000_000 + 10_000 * len(PUSHER))


@pytest.fixture
def lab() -> Lab:
    lab = Lab()
    lab.advance_to(SLOT)
    return lab


def build(
    *, sender: int = DEPOSITOR, slot: int = SLOT, code: bytes = PUSHER, key: str = "depositor/0"
) -> NewExecutionScript:
    return sign_registration(make_key(key), sender=sender, slot=slot, code=code)


def refuse(state: BeaconState, operation: NewExecutionScript, context: ChainContext) -> str:
    return get_refusal(
        state, lambda draft: process_new_execution_script(draft, operation, context, [])
    )


def register(
    state: BeaconState, operation: NewExecutionScript, context: ChainContext
) -> tuple[BeaconState, list[Effect]]:
    effects: list[Effect] = []
    after = apply(
        state, lambda draft: process_new_execution_script(draft, operation, context, effects)
    )
    return after, effects


def set_epochs(state: BeaconState, *, eligible: int, withdrawable: int) -> BeaconState:
    sender = state.validators[DEPOSITOR].evolve(
        activation_eligibility_epoch=eligible, withdrawable_epoch=withdrawable
    )
    return state.evolve(validators=state.validators.set(DEPOSITOR, sender))


def test_registration_burns_the_fee_and_appends_the_script(lab: Lab) -> None:
    after, effects = register(lab.beacon, build(), lab.context)

    [script] = after.execution_scripts
    assert (script.code, script.balance, script.mark) == (PUSHER, 0, MARKED_VALID)
    assert after.balances[DEPOSITOR] == lab.beacon.balances[DEPOSITOR] - FEE
    assert after.evolve(execution_scripts=[], balances=lab.beacon.balances) == lab.beacon
    code_hash = compute_code_hash(PUSHER)
    assert effects == [
        ScriptChecked(code_hash, len(PUSHER), rule="", offset=0, work=decode_module(PUSHER).work),
        ScriptRegistered(ScriptIndex(0), DEPOSITOR, code_hash, len(PUSHER), FEE, rule=""),
        MarkWritten(ScriptIndex(0), None, MARKED_VALID),
    ]


def test_compute_registration_fee_by_hand() -> None:
    config = replace(CONFIG, new_code_fee=Gwei(100), new_code_byte_fee=Gwei(3))

    assert compute_registration_fee(0, config) == 100
    assert compute_registration_fee(7, config) == 121


def test_registration_withdrawable_sender_passes(lab: Lab) -> None:
    operation = build(sender=RETIREE, key="retiree/0")

    after, _ = register(lab.beacon, operation, lab.context)

    assert len(after.execution_scripts) == 1


def test_registration_unknown_sender_is_refused(lab: Lab) -> None:
    sender = len(lab.beacon.validators)

    assert refuse(lab.beacon, build(sender=sender), lab.context) == "sender_out_of_range"


def test_registration_fee_must_be_covered_to_the_last_gwei(lab: Lab) -> None:
    enough = lab.beacon.evolve(balances=lab.beacon.balances.set(DEPOSITOR, Gwei(FEE)))
    short = lab.beacon.evolve(balances=lab.beacon.balances.set(DEPOSITOR, Gwei(FEE - 1)))

    assert refuse(short, build(), lab.context) == "fee_not_covered"
    assert register(enough, build(), lab.context)[0].balances[DEPOSITOR] == 0


@pytest.mark.parametrize("slot", [0, SLOT - 1, SLOT + 1])
def test_registration_signed_for_another_slot_is_refused(lab: Lab, slot: int) -> None:
    assert refuse(lab.beacon, build(slot=slot), lab.context) == "wrong_slot"


def test_registration_validator_on_duty_is_refused(lab: Lab) -> None:
    operation = build(sender=0, key="validator/0")

    assert refuse(lab.beacon, operation, lab.context) == "sender_on_duty"


@pytest.mark.parametrize(
    ("eligible", "withdrawable", "passes"),
    [(3, 9, True), (2, 9, False), (0, 3, False), (0, 2, True)],
    ids=["eligible next epoch", "eligible now", "withdrawable next epoch", "withdrawable now"],
)
def test_registration_sender_is_off_duty_before_eligibility_and_from_withdrawability(
    lab: Lab, eligible: int, withdrawable: int, *, passes: bool
) -> None:
    state = set_epochs(lab.beacon, eligible=eligible, withdrawable=withdrawable)

    if passes:
        register(state, build(), lab.context)
    else:
        assert refuse(state, build(), lab.context) == "sender_on_duty"


def test_registration_foreign_key_is_refused(lab: Lab) -> None:
    operation = build(key="depositor/1")

    assert refuse(lab.beacon, operation, lab.context) == "wrong_credentials"


def test_registration_other_signatures_are_refused(lab: Lab) -> None:
    signed = build()
    forged = [
        signed.evolve(code=PUSHER + b"\x00"),
        signed.evolve(signature=build(slot=SLOT + 1).signature),
        sign_container(make_key("depositor/0"), signed, DOMAIN_WITHDRAWAL),
        signed.evolve(
            signature=sign_registration(
                make_key("depositor/1"), sender=DEPOSITOR, slot=SLOT, code=PUSHER
            ).signature
        ),
    ]

    refusals = [refuse(lab.beacon, operation, lab.context) for operation in forged]

    assert refusals == ["wrong_signature"] * 4


def test_registration_code_over_the_limit_is_refused() -> None:
    lab = Lab(replace(CONFIG, max_code_bytes=len(PUSHER)))
    lab.advance_to(SLOT)

    assert refuse(lab.beacon, build(code=PUSHER + b"\x00"), lab.context) == "code_too_large"
    assert len(register(lab.beacon, build(), lab.context)[0].execution_scripts) == 1


def test_registration_without_room_in_the_state_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, _ = register(lab.beacon, build(), lab.context)
    monkeypatch.setattr(registrations, "SCRIPT_LIMIT", 1)

    assert refuse(full, build(), lab.context) == "too_many_scripts"


def test_registration_rules_are_checked_in_the_protocols_order() -> None:
    """Break every rule, then mend them one by one."""
    config = replace(CONFIG, strategy="beacon-block", max_code_bytes=len(FLOATER) - 1)
    lab = Lab(config)
    lab.advance_to(SLOT)
    big = Lab(replace(config, max_code_bytes=len(FLOATER)))
    poor = lab.beacon.evolve(balances=lab.beacon.balances.set(0, Gwei(0)))
    broken = build(sender=0, slot=0, code=FLOATER, key="depositor/1").evolve(
        signature=build().signature
    )
    in_slot = broken.evolve(slot=SLOT)
    off_duty = in_slot.evolve(sender=DEPOSITOR)
    own_key = off_duty.evolve(pubkey=make_key("depositor/0").pubkey)
    signed = build(code=FLOATER)

    codes = [
        refuse(poor, broken, lab.context),
        refuse(lab.beacon, broken, lab.context),
        refuse(lab.beacon, in_slot, lab.context),
        refuse(lab.beacon, off_duty, lab.context),
        refuse(lab.beacon, own_key, lab.context),
        refuse(lab.beacon, signed, lab.context),
        refuse(lab.beacon, signed, big.context),
    ]

    assert codes == [
        "fee_not_covered",
        "wrong_slot",
        "sender_on_duty",
        "wrong_credentials",
        "wrong_signature",
        "code_too_large",
        "script_invalid",
    ]


def test_registration_twice_in_a_slot_pays_twice(lab: Lab) -> None:
    once, _ = register(lab.beacon, build(), lab.context)

    twice, _ = register(once, build(), lab.context)

    assert len(twice.execution_scripts) == 2
    assert twice.balances[DEPOSITOR] == 100 * GWEI_PER_ETH - 2 * FEE
