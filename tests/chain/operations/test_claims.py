"""NewValidator, rule by rule."""

from dataclasses import replace

import pytest

from chain.config import ValidatorLifecycle
from chain.constants import (
    DEPOSITS_PER_BLOCK_LIMIT,
    FAR_FUTURE_EPOCH,
    GWEI_PER_ETH,
)
from chain.containers import BeaconState, Validator
from chain.credentials import UNUSED_VALIDATOR
from chain.effects import DepositClaimed
from chain.errors import InvalidOperation
from chain.operations import claims
from chain.operations.claims import Registry, compute_claim
from chain.placement import MARKED_INVALID
from chain.placement.marks import MARKED_PENDING
from chain.types import Gwei, ScriptIndex, ShardIndex, Slot, ValidatorIndex
from tests.helpers.chain import CONFIG, NAMES, PUSHER, RETIREE, Lab
from tests.helpers.claims import (
    AMOUNT,
    KNOWN,
    NEW,
    NEXT,
    PUSHED_SLOT,
    SHARD,
    build_claim,
    build_lab,
    process_claims,
    refuse_claim,
)
from tests.helpers.keys import make_key, sign_deposit


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Keep one for all tests: they look at its immutable states, and never go on."""
    return build_lab()


def test_claim_of_a_new_key_makes_a_validator(lab: Lab) -> None:
    after, effects = process_claims(lab, build_claim(lab))

    assert after.validators[NEXT] == Validator.create(
        pubkey=NEW.pubkey,
        withdrawal_credentials=NEW.credentials,
        activation_eligibility_epoch=2,
        activation_epoch=FAR_FUTURE_EPOCH,
        exit_epoch=FAR_FUTURE_EPOCH,
        withdrawable_epoch=FAR_FUTURE_EPOCH,
    )
    assert len(after.validators) == len(after.balances) == NEXT + 1
    assert after.balances[NEXT] == AMOUNT
    assert [script.balance for script in after.execution_scripts] == [
        500 * GWEI_PER_ETH,
        468 * GWEI_PER_ETH,
    ]
    assert list(after.claims[SHARD]) == [PUSHED_SLOT * DEPOSITS_PER_BLOCK_LIMIT]
    assert effects == [
        DepositClaimed(
            ShardIndex(SHARD),
            Slot(PUSHED_SLOT),
            deposit_index=0,
            script=ScriptIndex(1),
            validator=NEXT,
            amount=AMOUNT,
            is_new=True,
        )
    ]


def test_claim_of_a_known_key_tops_it_up(lab: Lab) -> None:
    after, [effect] = process_claims(lab, build_claim(lab, 1))

    assert after.balances[4] == 64 * GWEI_PER_ETH
    assert after.validators == lab.beacon.validators
    assert isinstance(effect, DepositClaimed)
    assert (effect.validator, effect.is_new) == (4, False)


def test_claim_changes_nothing_else(lab: Lab) -> None:
    after, _ = process_claims(lab, build_claim(lab))

    names = BeaconState.get_field_names()
    changed = {name for name in names if getattr(after, name) != getattr(lab.beacon, name)}
    assert changed == {"validators", "balances", "execution_scripts", "claims"}


def test_compute_claim_tells_all_receipts_of_a_shard_apart() -> None:
    last = DEPOSITS_PER_BLOCK_LIMIT - 1
    numbers = [compute_claim(Slot(slot), index) for slot in range(3) for index in (0, 1, last)]

    assert numbers == sorted(set(numbers))


def test_claim_instant_lifecycle_makes_it_withdrawable_at_once() -> None:
    config = replace(CONFIG, validator_lifecycle=ValidatorLifecycle.INSTANT)
    lab = build_lab(config)

    after, _ = process_claims(lab, build_claim(lab))

    validator = after.validators[NEXT]
    assert [
        validator.activation_eligibility_epoch,
        validator.activation_epoch,
        validator.exit_epoch,
        validator.withdrawable_epoch,
    ] == [1, 1, 1, 1]


def test_claims_take_over_unused_entries_lowest_first(lab: Lab) -> None:
    state = lab.beacon
    for index in (RETIREE + 1, RETIREE):
        state = state.evolve(
            validators=state.validators.set(index, UNUSED_VALIDATOR),
            balances=state.balances.set(index, Gwei(0)),
        )

    after, effects = process_claims(lab, build_claim(lab, 0), build_claim(lab, 4), state=state)

    taken = [effect.validator for effect in effects if isinstance(effect, DepositClaimed)]
    assert taken == [RETIREE, RETIREE + 1]
    assert [after.validators[index].pubkey for index in taken] == [
        NEW.pubkey,
        make_key("newer").pubkey,
    ]
    assert [after.balances[index] for index in taken] == [AMOUNT, AMOUNT]
    assert len(after.validators) == len(NAMES)


def test_claims_of_one_new_key_in_one_block_make_one_validator() -> None:
    lab = Lab(scripts=[PUSHER])
    slot = lab.push(sign_deposit(NEW, AMOUNT), sign_deposit(NEW, 5))
    lab.advance()

    after, effects = process_claims(
        lab, *(lab.build_claim(slot, position=position) for position in range(2))
    )

    assert len(after.validators) == NEXT + 1
    assert after.balances[NEXT] == AMOUNT + 5
    assert [isinstance(effect, DepositClaimed) and effect.is_new for effect in effects] == [
        True,
        False,
    ]


def test_claim_twice_in_a_block_is_refused(lab: Lab) -> None:
    with pytest.raises(InvalidOperation) as caught:
        process_claims(lab, build_claim(lab), build_claim(lab))

    assert caught.value.code == "already_claimed"


def test_claim_of_the_same_number_on_another_shard_passes(lab: Lab) -> None:
    number = compute_claim(Slot(PUSHED_SLOT), 0)
    claimed = lab.beacon.claims.set(1, lab.beacon.claims[1].append(number))

    after, _ = process_claims(lab, build_claim(lab), state=lab.beacon.evolve(claims=claimed))

    assert [list(numbers) for numbers in after.claims] == [[], [number], [number], []]


def test_claim_of_a_script_that_is_gone_is_refused(lab: Lab) -> None:
    state = lab.beacon.evolve(execution_scripts=[])

    assert refuse_claim(lab, build_claim(lab), state) == "executor_out_of_range"


def test_claim_must_be_covered_by_the_script_to_the_last_gwei(lab: Lab) -> None:
    scripts = lab.beacon.execution_scripts
    short, enough = (
        lab.beacon.evolve(
            execution_scripts=scripts.set(1, scripts[1].evolve(balance=Gwei(balance)))
        )
        for balance in (AMOUNT - 1, AMOUNT)
    )

    assert refuse_claim(lab, build_claim(lab), short) == "script_balance_too_low"
    assert refuse_claim(lab, build_claim(lab, 2)) == "script_balance_too_low"
    assert process_claims(lab, build_claim(lab), state=enough)[0].execution_scripts[1].balance == 0


@pytest.mark.parametrize(
    ("mark", "code"),
    [(MARKED_PENDING, "script_pending"), (MARKED_INVALID, "script_called_back")],
)
def test_claim_of_a_script_that_the_placement_holds_back_is_refused(mark: bytes, code: str) -> None:
    lab = build_lab(replace(CONFIG, strategy="optimistic"))
    scripts = lab.beacon.execution_scripts
    held = lab.beacon.evolve(execution_scripts=scripts.set(1, scripts[1].evolve(mark=mark)))

    assert refuse_claim(lab, build_claim(lab), held) == code


def test_claim_of_a_deposit_that_its_key_did_not_sign_is_refused(lab: Lab) -> None:
    assert refuse_claim(lab, build_claim(lab, 3)) == "wrong_deposit_signature"


def test_claim_of_a_new_key_in_a_full_registry_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "VALIDATOR_LIMIT", len(NAMES))

    assert refuse_claim(lab, build_claim(lab)) == "registry_full"
    assert process_claims(lab, build_claim(lab, 1))[0].balances[4] == 64 * GWEI_PER_ETH


def test_claim_of_a_new_key_in_a_full_registry_takes_over_an_unused_entry(
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was refused before: fullness was judged by the registry's length alone."""
    monkeypatch.setattr(claims, "VALIDATOR_LIMIT", len(NAMES))
    validators = lab.beacon.validators.set(RETIREE, UNUSED_VALIDATOR)

    after, _ = process_claims(lab, build_claim(lab), state=lab.beacon.evolve(validators=validators))

    assert after.validators[RETIREE].pubkey == NEW.pubkey


def test_claim_rules_are_checked_in_the_protocols_order(lab: Lab) -> None:
    """Break every rule, then mend them one by one."""
    position = 3  # not signed by its key
    good = build_claim(lab, position)
    scripts = lab.beacon.execution_scripts
    number = compute_claim(Slot(PUSHED_SLOT), position)
    claimed = lab.beacon.claims.set(SHARD, lab.beacon.claims[SHARD].append(number))
    worst = lab.beacon.evolve(claims=claimed, execution_scripts=[])
    poor = lab.beacon.evolve(
        execution_scripts=scripts.set(1, scripts[1].evolve(balance=Gwei(AMOUNT - 1)))
    )

    codes = [
        refuse_claim(lab, good.evolve(executor=9, proof=good.proof.evolve(deposit_index=1)), worst),
        refuse_claim(lab, good.evolve(executor=9), worst),
        refuse_claim(lab, good, worst),
        refuse_claim(lab, good, lab.beacon.evolve(execution_scripts=[])),
        refuse_claim(lab, good, poor),
        refuse_claim(lab, good, lab.beacon),
    ]

    assert codes == [
        "proof_wrong_root",
        "executor_not_proven",
        "already_claimed",
        "executor_out_of_range",
        "script_balance_too_low",
        "wrong_deposit_signature",
    ]


def test_registry_finds_keys_and_hands_out_unused_entries(lab: Lab) -> None:
    validators = lab.beacon.validators.set(3, UNUSED_VALIDATOR).set(9, UNUSED_VALIDATOR)
    registry = Registry(validators)

    assert registry.find(KNOWN.pubkey) == 4
    assert registry.find(NEW.pubkey) is None
    assert [registry.take_unused() for _ in range(3)] == [3, 9, None]
    registry.add(NEW.pubkey, ValidatorIndex(3))
    assert registry.find(NEW.pubkey) == 3
