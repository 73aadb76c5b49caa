"""A deposit that waits for its claim, and what becomes of claims."""

from chain.config import ChainConfig
from chain.constants import (
    DOMAIN_WITHDRAWAL,
    GWEI_PER_ETH,
)
from chain.containers import BeaconState, NewValidator
from chain.effects import Effect
from chain.operations import process_new_validator
from chain.operations.claims import Registry
from chain.types import Gwei, Slot, ValidatorIndex
from tests.helpers.chain import CONFIG, NAMES, PUSHER, Lab
from tests.helpers.keys import make_key, sign_container, sign_deposit
from tests.helpers.refusals import apply, get_refusal

AMOUNT = Gwei(32 * GWEI_PER_ETH)
NEW = make_key("new")
KNOWN = make_key("validator/4")
POOR = 501 * GWEI_PER_ETH  # more than the script has
SHARD, PUSHED_SLOT, CROSSLINKED, NEXT = 2, 3, Slot(4), ValidatorIndex(len(NAMES))


def build_lab(config: ChainConfig = CONFIG) -> Lab:
    """Push five deposits, crosslink them, and go on to the epoch after."""
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


def build_claim(lab: Lab, position: int = 0) -> NewValidator:
    return lab.build_claim(CROSSLINKED, shard=SHARD, position=position)


def refuse_claim(lab: Lab, operation: NewValidator, state: BeaconState | None = None) -> str:
    met = state or lab.beacon
    registry = Registry(met.validators)
    return get_refusal(
        met, lambda draft: process_new_validator(draft, operation, registry, lab.context, [])
    )


def process_claims(
    lab: Lab, *operations: NewValidator, state: BeaconState | None = None
) -> tuple[BeaconState, list[Effect]]:
    met = state or lab.beacon
    effects: list[Effect] = []
    registry = Registry(met.validators)

    def process(draft: BeaconState) -> None:
        for operation in operations:
            process_new_validator(draft, operation, registry, lab.context, effects)

    return apply(met, process), effects
