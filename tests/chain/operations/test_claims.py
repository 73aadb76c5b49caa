"""NewValidator, rule by rule."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.config import ChainConfig, ValidatorLifecycle
from chain.constants import (
    DEPOSITS_PER_BLOCK_LIMIT,
    DOMAIN_WITHDRAWAL,
    FAR_FUTURE_EPOCH,
    GWEI_PER_ETH,
)
from chain.containers import BeaconState, NewValidator, TimestampedDepositData, Validator
from chain.credentials import UNUSED_VALIDATOR
from chain.effects import DepositClaimed, Effect
from chain.encoding import decode, encode
from chain.errors import InvalidOperation, MalformedEncoding
from chain.operations import claims, process_new_validator
from chain.operations.claims import Registry, compute_claim
from chain.types import Gwei, ScriptIndex, ShardIndex, Slot, ValidatorIndex
from tests.helpers.chain import CONFIG, NAMES, PUSHER, RETIREE, Lab, compile_pusher
from tests.helpers.keys import make_key, sign_container, sign_deposit
from tests.helpers.properties import PROPERTY
from tests.helpers.refusals import apply, get_refusal

AMOUNT = Gwei(32 * GWEI_PER_ETH)
NEW = make_key("new")
KNOWN = make_key("validator/4")
POOR = 501 * GWEI_PER_ETH  # more than the script has
SHARD, PUSHED_SLOT, CROSSLINKED, NEXT = 2, 3, Slot(4), ValidatorIndex(len(NAMES))


def build_lab(config: ChainConfig = CONFIG) -> Lab:
    """Push four deposits, crosslink them, and go on to the epoch after."""
    lab = Lab(config, scripts=[PUSHER, PUSHER])
    lab.advance(PUSHED_SLOT - 1)
    unsigned = sign_deposit(NEW, AMOUNT)
    lab.push(
        sign_deposit(NEW, AMOUNT),
        sign_deposit(KNOWN, AMOUNT),
        sign_deposit(NEW, POOR),
        sign_container(NEW, unsigned, DOMAIN_WITHDRAWAL),
        sign_deposit(make_key("newer"), AMOUNT),
        env=1,
        shard=SHARD,
    )
    assert lab.beacon.slot == CROSSLINKED
    lab.advance_to(11)
    return lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Keep one for all tests: they look at its immutable states, and never go on."""
    return build_lab()


def build(lab: Lab, position: int = 0) -> NewValidator:
    return lab.build_claim(CROSSLINKED, shard=SHARD, position=position)


def refuse(lab: Lab, operation: NewValidator, state: BeaconState | None = None) -> str:
    met = state or lab.beacon
    registry = Registry(met.validators)
    return get_refusal(
        met, lambda draft: process_new_validator(draft, operation, registry, lab.context, [])
    )


def claim(
    lab: Lab, *operations: NewValidator, state: BeaconState | None = None
) -> tuple[BeaconState, list[Effect]]:
    met = state or lab.beacon
    effects: list[Effect] = []
    registry = Registry(met.validators)

    def process(draft: BeaconState) -> None:
        for operation in operations:
            process_new_validator(draft, operation, registry, lab.context, effects)

    return apply(met, process), effects


def test_claim_of_a_new_key_makes_a_validator(lab: Lab) -> None:
    after, effects = claim(lab, build(lab))

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
    after, [effect] = claim(lab, build(lab, 1))

    assert after.balances[4] == 64 * GWEI_PER_ETH
    assert after.validators == lab.beacon.validators
    assert isinstance(effect, DepositClaimed)
    assert (effect.validator, effect.is_new) == (4, False)


def test_claim_changes_nothing_else(lab: Lab) -> None:
    after, _ = claim(lab, build(lab))

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

    after, _ = claim(lab, build(lab))

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

    after, effects = claim(lab, build(lab, 0), build(lab, 4), state=state)

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

    after, effects = claim(
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
        claim(lab, build(lab), build(lab))

    assert caught.value.code == "already_claimed"


def test_claim_again_is_refused_however_it_is_proven() -> None:
    lab = build_lab()
    recent = build(lab)
    lab.add_beacon_block(new_validators=[recent])
    refused_at_once = refuse(lab, recent)
    lab.advance_to(CROSSLINKED + 70)
    historical = build(lab)

    assert refused_at_once == "already_claimed"
    assert historical.proof != recent.proof
    assert refuse(lab, historical) == "already_claimed"


@pytest.mark.parametrize("age_slots", [1, 64, 65, 128, 200])
def test_claim_is_possible_however_old_its_crosslink_is(age_slots: int) -> None:
    lab = Lab(scripts=[PUSHER])
    slot = lab.push(sign_deposit(NEW, AMOUNT))

    lab.advance(age_slots)

    after, _ = claim(lab, lab.build_claim(slot))
    assert after.balances[NEXT] == AMOUNT


def test_claim_with_the_recent_proof_of_a_historical_crosslink_is_refused() -> None:
    lab = Lab(scripts=[PUSHER])
    slot = lab.push(sign_deposit(NEW, AMOUNT))
    lab.advance(64)
    recent = lab.build_claim(slot)
    lab.advance()

    assert refuse(lab, recent) == "proof_wrong_branch_length"


def test_claim_of_the_same_number_on_another_shard_passes(lab: Lab) -> None:
    number = compute_claim(Slot(PUSHED_SLOT), 0)
    claimed = lab.beacon.claims.set(1, lab.beacon.claims[1].append(number))

    after, _ = claim(lab, build(lab), state=lab.beacon.evolve(claims=claimed))

    assert [list(numbers) for numbers in after.claims] == [[], [number], [number], []]


Change = Callable[[NewValidator], NewValidator]


def change_proof(**changes: object) -> Change:
    return lambda operation: operation.evolve(proof=operation.proof.evolve(**changes))


def change_header(**changes: object) -> Change:
    return lambda operation: operation.evolve(
        proof=operation.proof.evolve(header=operation.proof.header.evolve(**changes))
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda claim: claim.evolve(deposit=sign_deposit(NEW, AMOUNT + 1)), "proof_wrong_root"),
        (change_proof(deposit_index=1), "proof_wrong_root"),
        (change_proof(header_index=1), "proof_wrong_root"),
        (change_proof(beacon_slot=CROSSLINKED + 2), "proof_wrong_root"),
        (change_header(env=0), "proof_wrong_root"),
        (change_header(shard=1), "proof_wrong_root"),
        (change_header(slot=2), "proof_wrong_root"),
        (change_proof(deposit_branch=[]), "proof_wrong_branch_length"),
        (change_proof(crosslink_branch=[bytes(32)] * 9), "proof_wrong_branch_length"),
        (change_proof(deposit_index=1024), "proof_position_out_of_range"),
        (change_proof(header_index=4096), "proof_position_out_of_range"),
        (change_header(shard=4096), "proof_position_out_of_range"),
        (change_proof(beacon_slot=11), "proof_state_not_visible"),
        (change_proof(beacon_slot=2**64 - 1), "proof_state_not_visible"),
        (lambda claim: claim.evolve(executor=0), "executor_not_proven"),
    ],
)
def test_claim_with_one_thing_changed_is_refused(lab: Lab, change: Change, code: str) -> None:
    assert refuse(lab, change(build(lab))) == code


@PROPERTY
@given(position=st.integers(0, 2**16), mask=st.integers(1, 255))
def test_claim_with_any_byte_changed_is_refused(lab: Lab, position: int, mask: int) -> None:
    encoded = bytearray(encode(build(lab)))
    encoded[position % len(encoded)] ^= mask

    try:
        operation = decode(NewValidator, bytes(encoded))
    except MalformedEncoding:
        return

    assert refuse(lab, operation).startswith(("proof_", "executor_not_proven"))


def test_claim_of_a_script_that_is_gone_is_refused(lab: Lab) -> None:
    state = lab.beacon.evolve(execution_scripts=[])

    assert refuse(lab, build(lab), state) == "executor_out_of_range"


def test_claim_must_be_covered_by_the_script_to_the_last_gwei(lab: Lab) -> None:
    scripts = lab.beacon.execution_scripts
    short, enough = (
        lab.beacon.evolve(
            execution_scripts=scripts.set(1, scripts[1].evolve(balance=Gwei(balance)))
        )
        for balance in (AMOUNT - 1, AMOUNT)
    )

    assert refuse(lab, build(lab), short) == "script_balance_too_low"
    assert refuse(lab, build(lab, 2)) == "script_balance_too_low"
    assert claim(lab, build(lab), state=enough)[0].execution_scripts[1].balance == 0


def test_claim_of_a_deposit_that_its_key_did_not_sign_is_refused(lab: Lab) -> None:
    assert refuse(lab, build(lab, 3)) == "wrong_deposit_signature"


def test_claim_of_a_new_key_in_a_full_registry_is_refused(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "VALIDATOR_LIMIT", len(NAMES))

    assert refuse(lab, build(lab)) == "registry_full"
    assert claim(lab, build(lab, 1))[0].balances[4] == 64 * GWEI_PER_ETH


def test_claim_of_a_new_key_in_a_full_registry_takes_over_an_unused_entry(
    lab: Lab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was refused before: fullness was judged by the registry's length alone."""
    monkeypatch.setattr(claims, "VALIDATOR_LIMIT", len(NAMES))
    validators = lab.beacon.validators.set(RETIREE, UNUSED_VALIDATOR)

    after, _ = claim(lab, build(lab), state=lab.beacon.evolve(validators=validators))

    assert after.validators[RETIREE].pubkey == NEW.pubkey


def build_timestamped(min_timestamp: int) -> tuple[Lab, NewValidator]:
    """Push two timestamped deposits; return the claim of the second at slot 3, 18 s in."""
    execution = replace(CONFIG.execution, deposit_min_timestamp=True)
    lab = Lab(replace(CONFIG, execution=execution), scripts=[compile_pusher(192)])
    pushed = [
        TimestampedDepositData.create(
            deposit=sign_deposit(make_key(name), AMOUNT), min_timestamp=timestamp
        )
        for name, timestamp in (("first", 5), ("new", min_timestamp))
    ]
    slot = lab.push(*pushed)
    lab.advance()
    return lab, lab.build_claim(slot, position=1)


@pytest.mark.parametrize("min_timestamp", [0, 18])
def test_claim_from_its_timestamp_on_passes(min_timestamp: int) -> None:
    lab, operation = build_timestamped(min_timestamp)

    after, _ = claim(lab, operation)

    assert after.balances[NEXT] == AMOUNT


@pytest.mark.parametrize("min_timestamp", [19, 2**64 - 1])
def test_claim_before_its_timestamp_is_refused(min_timestamp: int) -> None:
    lab, operation = build_timestamped(min_timestamp)

    assert refuse(lab, operation) == "deposit_too_early"


def test_claim_with_another_timestamp_in_its_proof_is_refused() -> None:
    lab, operation = build_timestamped(19)
    _, *others = operation.proof.deposit_branch

    forged = change_proof(deposit_branch=[bytes(32), *others])(operation)

    assert refuse(lab, forged) == "proof_wrong_root"


def test_claim_of_the_other_kind_of_deposit_is_refused(lab: Lab) -> None:
    timestamped_lab, timestamped = build_timestamped(0)

    assert refuse(lab, timestamped) == "proof_wrong_branch_length"
    assert refuse(timestamped_lab, build(lab)) == "proof_wrong_branch_length"


def test_claim_rules_are_checked_in_the_protocols_order(lab: Lab) -> None:
    """Break every rule, then mend them one by one."""
    position = 3  # not signed by its key
    good = build(lab, position)
    scripts = lab.beacon.execution_scripts
    number = compute_claim(Slot(PUSHED_SLOT), position)
    claimed = lab.beacon.claims.set(SHARD, lab.beacon.claims[SHARD].append(number))
    worst = lab.beacon.evolve(claims=claimed, execution_scripts=[])
    poor = lab.beacon.evolve(
        execution_scripts=scripts.set(1, scripts[1].evolve(balance=Gwei(AMOUNT - 1)))
    )

    codes = [
        refuse(lab, good.evolve(executor=9, proof=good.proof.evolve(deposit_index=1)), worst),
        refuse(lab, good.evolve(executor=9), worst),
        refuse(lab, good, worst),
        refuse(lab, good, lab.beacon.evolve(execution_scripts=[])),
        refuse(lab, good, poor),
        refuse(lab, good, lab.beacon),
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
