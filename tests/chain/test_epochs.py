"""The life of a deposited validator, epoch by epoch."""

from dataclasses import replace

import pytest

from chain.committees import get_active_indices
from chain.config import ETH2_2019, ETH2_2020, BlsBackend, ChainConfig, ValidatorLifecycle
from chain.constants import FAR_FUTURE_EPOCH, GWEI_PER_ETH
from chain.containers import Validator, Withdrawal
from chain.credentials import UNUSED_VALIDATOR
from chain.errors import InvalidBeaconBlock
from chain.types import Epoch, ValidatorIndex
from tests.helpers.chain import CONFIG, NAMES, PUSHER, Lab
from tests.helpers.keys import make_key, sign_deposit, sign_withdrawal

NEW = make_key("new")
NEWCOMERS = [make_key(f"new/{index}") for index in range(12)]
NEXT = ValidatorIndex(len(NAMES))
NEVER = FAR_FUTURE_EPOCH
INSTANT = replace(CONFIG, validator_lifecycle=ValidatorLifecycle.INSTANT)


def get_epochs(validator: Validator) -> tuple[int, int, int, int]:
    return (
        validator.activation_eligibility_epoch,
        validator.activation_epoch,
        validator.exit_epoch,
        validator.withdrawable_epoch,
    )


def claim_in_epoch(config: ChainConfig, epoch: int) -> Lab:
    """Make a validator in the fourth slot of an epoch."""
    lab = Lab(config, scripts=[PUSHER], newcomers=[NEW])
    slot = lab.push(sign_deposit(NEW, 32 * GWEI_PER_ETH))
    lab.advance_to(epoch * config.slots_per_epoch + 3)
    lab.add_beacon_block(new_validators=[lab.build_claim(slot)])
    return lab


@pytest.mark.parametrize(
    ("config", "claimed", "epochs"),
    [
        # Eligible in the epoch after the claim, whose end schedules the rest: an epoch of notice
        # before activation, an epoch of service, then the preset's 2 or 256 epochs.
        (CONFIG, 1, (2, 4, 5, 7)),
        (replace(ETH2_2020, shard_count=2, bls=BlsBackend.INSECURE), 1, (2, 4, 5, 261)),
        (replace(ETH2_2019, shard_count=1, bls=BlsBackend.INSECURE), 4, (5, 7, 8, 264)),
        (replace(CONFIG, activation_delay_epochs=0, service_epochs=0), 1, (2, 3, 3, 5)),
        (replace(CONFIG, activation_delay_epochs=3, service_epochs=5), 1, (2, 6, 11, 13)),
    ],
    ids=["demo", "2020", "2019", "no delay", "long delay"],
)
def test_delayed_validator_is_scheduled_at_the_end_of_its_first_eligible_epoch(
    config: ChainConfig, claimed: int, epochs: tuple[int, int, int, int]
) -> None:
    lab = claim_in_epoch(config, claimed)

    lab.advance_to((claimed + 2) * config.slots_per_epoch - 1)
    before = get_epochs(lab.beacon.validators[NEXT])
    lab.advance()

    assert before == (claimed + 1, NEVER, NEVER, NEVER)
    assert get_epochs(lab.beacon.validators[NEXT]) == epochs


def test_epoch_leaves_everybody_else_alone() -> None:
    lab = claim_in_epoch(CONFIG, 1)
    others = list(lab.beacon.validators)[:NEXT]

    lab.advance_to(4 * 8)

    assert list(lab.beacon.validators)[:NEXT] == others


def test_delayed_validator_is_on_duty_from_activation_until_exit() -> None:
    lab = claim_in_epoch(replace(CONFIG, service_epochs=2), 1)
    duty = []

    for epoch in range(2, 9):
        lab.advance_to(epoch * 8)
        duty.append(NEXT in get_active_indices(lab.beacon.validators, Epoch(epoch)))

    #               2      3      4     5     6      7      8
    assert duty == [False, False, True, True, False, False, False]


def test_delayed_validator_is_withdrawn_from_its_withdrawable_epoch_on() -> None:
    lab = claim_in_epoch(CONFIG, 1)
    withdrawal = sign_withdrawal(NEW, validator=NEXT)

    lab.advance_to(7 * 8 - 1)
    with pytest.raises(InvalidBeaconBlock) as caught:
        lab.add_beacon_block(withdrawals=[withdrawal])
    lab.advance()
    lab.add_beacon_block(withdrawals=[withdrawal])

    assert caught.value.code == "not_withdrawable"
    assert lab.beacon.validators[NEXT] == UNUSED_VALIDATOR
    assert lab.beacon.execution_scripts[0].balance == 500 * GWEI_PER_ETH


def test_instant_validator_is_never_on_duty_and_withdrawable_at_once() -> None:
    lab = claim_in_epoch(INSTANT, 1)
    validator = lab.beacon.validators[NEXT]

    lab.advance()
    lab.add_beacon_block(withdrawals=[sign_withdrawal(NEW, validator=NEXT)])

    assert get_epochs(validator) == (1, 1, 1, 1)
    assert not any(validator.activation_epoch <= e < validator.exit_epoch for e in range(9))
    assert lab.beacon.balances[NEXT] == 0


@pytest.mark.parametrize("config", [INSTANT, CONFIG], ids=["instant", "delayed"])
def test_entry_is_taken_over_after_its_withdrawal(config: ChainConfig) -> None:
    lab, newer = claim_in_epoch(config, 1), make_key("newer")
    lab.advance_to(7 * 8)
    lab.add_beacon_block(withdrawals=[sign_withdrawal(NEW, validator=NEXT)])

    slot = lab.push(sign_deposit(newer, 7), sign_deposit(NEW, 8))
    lab.advance()
    claims = [lab.build_claim(slot, position=position) for position in range(2)]
    lab.add_beacon_block(new_validators=claims)

    # The first claim finds the entry free, the second comes back as somebody new.
    assert [validator.pubkey for validator in lab.beacon.validators][NEXT:] == [
        newer.pubkey,
        NEW.pubkey,
    ]
    assert list(lab.beacon.balances)[NEXT:] == [7, 8]
    assert lab.beacon.validators[NEXT].activation_eligibility_epoch != NEVER


def test_validators_on_duty_never_change_within_an_epoch() -> None:
    """Claims and withdrawals in every slot, and short lives, so that sets do change."""
    config = replace(CONFIG, activation_delay_epochs=0)
    lab = Lab(config, scripts=[PUSHER], newcomers=NEWCOMERS)
    slot = lab.push(*(sign_deposit(key, GWEI_PER_ETH) for key in NEWCOMERS))
    on_duty: dict[int, set[tuple[ValidatorIndex, ...]]] = {}

    for turn in range(48):
        lab.advance()
        epoch = config.compute_epoch(lab.beacon.slot)
        claims = [lab.build_claim(slot, position=turn // 3)] if turn < 36 and turn % 3 == 0 else []
        lab.add_beacon_block(new_validators=claims, withdrawals=build_due_withdrawals(lab, epoch))
        active = get_active_indices(lab.beacon.validators, epoch)
        on_duty.setdefault(epoch, set()).add(active)

    assert [len(sets) for sets in on_duty.values()] == [1] * 7
    assert len(set.union(*on_duty.values())) >= 4


def build_due_withdrawals(lab: Lab, epoch: Epoch) -> list[Withdrawal]:
    keys = {key.pubkey: key for key in NEWCOMERS}
    return [
        sign_withdrawal(keys[validator.pubkey], validator=index)
        for index, validator in enumerate(lab.beacon.validators)
        if validator.pubkey in keys and validator.withdrawable_epoch <= epoch
    ]
