"""Withdrawal, rule by rule."""

import pytest

from chain.constants import DOMAIN_REGISTRATION, FAR_FUTURE_EPOCH, GWEI_PER_ETH
from chain.containers import BeaconState, WithdrawalReceipt
from chain.containers import Withdrawal as WithdrawalOperation
from chain.context import ChainContext
from chain.credentials import UNUSED_VALIDATOR
from chain.effects import Effect, WithdrawalIssued
from chain.operations import process_withdrawal, withdrawals
from chain.types import Gwei, ScriptIndex, ValidatorIndex
from tests.helpers.chain import PUSHER, RETIREE, TRAPPER, Lab
from tests.helpers.keys import make_key, sign_container, sign_withdrawal
from tests.helpers.refusals import apply, get_refusal

SLOT = 20  # epoch 2
AMOUNT = Gwei(1000 * GWEI_PER_ETH)
TARGET = ScriptIndex(1)
OTHER_RETIREE = ValidatorIndex(RETIREE + 1)


@pytest.fixture
def lab() -> Lab:
    lab = Lab(scripts=[PUSHER, TRAPPER])
    lab.advance_to(SLOT)
    return lab


def build(
    *, validator: int = RETIREE, target: int = TARGET, key: str = "retiree/0"
) -> WithdrawalOperation:
    return sign_withdrawal(make_key(key), validator=validator, target=target, data=b"to whom")


def refuse(state: BeaconState, operation: WithdrawalOperation, context: ChainContext) -> str:
    return get_refusal(state, lambda draft: process_withdrawal(draft, operation, context, []))


def withdraw(
    state: BeaconState, operation: WithdrawalOperation, context: ChainContext
) -> tuple[BeaconState, list[Effect]]:
    effects: list[Effect] = []
    after = apply(state, lambda draft: process_withdrawal(draft, operation, context, effects))
    return after, effects


def test_withdrawal_moves_the_whole_balance_and_issues_a_receipt(lab: Lab) -> None:
    before = lab.beacon.evolve(next_withdrawal_receipt_index=7)

    after, effects = withdraw(before, build(), lab.context)

    receipt = WithdrawalReceipt.create(receipt_index=7, withdrawal=build(), amount=AMOUNT)
    assert list(after.withdrawal_receipts) == [receipt]
    assert after.next_withdrawal_receipt_index == 8
    assert [script.balance for script in after.execution_scripts] == [
        500 * GWEI_PER_ETH,
        1500 * GWEI_PER_ETH,
    ]
    assert after.balances[RETIREE] == 0
    assert after.validators[RETIREE] == UNUSED_VALIDATOR
    assert effects == [WithdrawalIssued(7, 0, RETIREE, TARGET, AMOUNT)]


def test_withdrawal_changes_nothing_else(lab: Lab) -> None:
    before = lab.beacon

    after, _ = withdraw(before, build(), lab.context)

    changed = {
        name
        for name in BeaconState.get_field_names()
        if getattr(after, name) != getattr(before, name)
    }
    assert changed == {
        "validators",
        "balances",
        "execution_scripts",
        "withdrawal_receipts",
        "next_withdrawal_receipt_index",
    }
    others = [index for index in range(len(before.validators)) if index != RETIREE]
    assert [after.validators[index] for index in others] == [
        before.validators[index] for index in others
    ]


def test_withdrawals_of_a_slot_are_numbered_and_lined_up(lab: Lab) -> None:
    once, _ = withdraw(lab.beacon, build(), lab.context)

    twice, effects = withdraw(once, build(validator=OTHER_RETIREE, key="retiree/1"), lab.context)

    assert [receipt.receipt_index for receipt in twice.withdrawal_receipts] == [0, 1]
    assert effects == [WithdrawalIssued(1, 1, OTHER_RETIREE, TARGET, AMOUNT)]


def test_withdrawal_unknown_validator_is_refused(lab: Lab) -> None:
    operation = build(validator=len(lab.beacon.validators))

    assert refuse(lab.beacon, operation, lab.context) == "validator_out_of_range"


@pytest.mark.parametrize(
    ("withdrawable", "passes"), [(2, True), (3, False), (FAR_FUTURE_EPOCH, False)]
)
def test_withdrawal_is_possible_from_the_withdrawable_epoch_on(
    lab: Lab, withdrawable: int, *, passes: bool
) -> None:
    validator = lab.beacon.validators[RETIREE].evolve(withdrawable_epoch=withdrawable)
    state = lab.beacon.evolve(validators=lab.beacon.validators.set(RETIREE, validator))

    if passes:
        assert withdraw(state, build(), lab.context)[0].balances[RETIREE] == 0
    else:
        assert refuse(state, build(), lab.context) == "not_withdrawable"


def test_withdrawal_of_somebody_else_is_refused(lab: Lab) -> None:
    operation = build(key="retiree/1")

    assert refuse(lab.beacon, operation, lab.context) == "wrong_credentials"


def test_withdrawal_other_signatures_are_refused(lab: Lab) -> None:
    signed = build()
    forged = [
        signed.evolve(target=0),
        signed.evolve(data=b"to me"),
        signed.evolve(signature=build(key="retiree/1").signature),
        sign_container(make_key("retiree/0"), signed, DOMAIN_REGISTRATION),
    ]

    refusals = [refuse(lab.beacon, operation, lab.context) for operation in forged]

    assert refusals == ["wrong_signature"] * 4


@pytest.mark.parametrize("target", [2, 2**64 - 1])
def test_withdrawal_unknown_target_is_refused(lab: Lab, target: int) -> None:
    assert refuse(lab.beacon, build(target=target), lab.context) == "target_out_of_range"


def test_withdrawal_without_room_for_a_receipt_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, _ = withdraw(lab.beacon, build(), lab.context)
    monkeypatch.setattr(withdrawals, "WITHDRAWAL_RECEIPTS_LIMIT", 1)
    operation = build(validator=OTHER_RETIREE, key="retiree/1")

    assert refuse(full, operation, lab.context) == "too_many_receipts"


def test_withdrawal_twice_is_refused(lab: Lab) -> None:
    once, _ = withdraw(lab.beacon, build(), lab.context)

    assert refuse(once, build(), lab.context) == "not_withdrawable"


def test_withdrawal_rules_are_checked_in_the_protocols_order(lab: Lab) -> None:
    """Break every rule, then mend them one by one."""
    late = lab.beacon.validators[RETIREE].evolve(withdrawable_epoch=3)
    early = lab.beacon.evolve(validators=lab.beacon.validators.set(RETIREE, late))
    broken = build(target=2, key="retiree/1").evolve(signature=build().signature)
    own_key = broken.evolve(pubkey=make_key("retiree/0").pubkey)
    signed = build(target=2)

    codes = [
        refuse(early, broken, lab.context),
        refuse(lab.beacon, broken, lab.context),
        refuse(lab.beacon, own_key, lab.context),
        refuse(lab.beacon, signed, lab.context),
    ]

    assert codes == [
        "not_withdrawable",
        "wrong_credentials",
        "wrong_signature",
        "target_out_of_range",
    ]
