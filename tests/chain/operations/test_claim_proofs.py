"""NewValidator: proofs of every age, with every byte changed, and with timestamps."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.containers import NewValidator, TimestampedDepositData
from chain.encoding import decode, encode
from chain.errors import MalformedEncoding
from tests.helpers.chain import CONFIG, PUSHER, Lab, compile_pusher
from tests.helpers.claims import (
    AMOUNT,
    CROSSLINKED,
    NEW,
    NEXT,
    build_claim,
    build_lab,
    process_claims,
    refuse_claim,
)
from tests.helpers.keys import make_key, sign_deposit
from tests.helpers.properties import PROPERTY

Change = Callable[[NewValidator], NewValidator]


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Keep one for all tests: they look at its immutable states, and never go on."""
    return build_lab()


def test_claim_again_is_refused_however_it_is_proven() -> None:
    lab = build_lab()
    recent = build_claim(lab)
    lab.add_beacon_block(new_validators=[recent])
    refused_at_once = refuse_claim(lab, recent)
    lab.advance_to(CROSSLINKED + 70)
    historical = build_claim(lab)

    assert refused_at_once == "already_claimed"
    assert historical.proof != recent.proof
    assert refuse_claim(lab, historical) == "already_claimed"


@pytest.mark.parametrize("age_slots", [1, 64, 65, 128, 200])
def test_claim_is_possible_however_old_its_crosslink_is(age_slots: int) -> None:
    lab = Lab(scripts=[PUSHER])
    slot = lab.push(sign_deposit(NEW, AMOUNT))

    lab.advance(age_slots)

    after, _ = process_claims(lab, lab.build_claim(slot))
    assert after.balances[NEXT] == AMOUNT


def test_claim_with_the_recent_proof_of_a_historical_crosslink_is_refused() -> None:
    lab = Lab(scripts=[PUSHER])
    slot = lab.push(sign_deposit(NEW, AMOUNT))
    lab.advance(64)
    recent = lab.build_claim(slot)
    lab.advance()

    assert refuse_claim(lab, recent) == "proof_wrong_branch_length"


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
    assert refuse_claim(lab, change(build_claim(lab))) == code


@PROPERTY
@given(position=st.integers(0, 2**16), mask=st.integers(1, 255))
def test_claim_with_any_byte_changed_is_refused(lab: Lab, position: int, mask: int) -> None:
    encoded = bytearray(encode(build_claim(lab)))
    encoded[position % len(encoded)] ^= mask

    try:
        operation = decode(NewValidator, bytes(encoded))
    except MalformedEncoding:
        return

    assert refuse_claim(lab, operation).startswith(("proof_", "executor_not_proven"))


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

    after, _ = process_claims(lab, operation)

    assert after.balances[NEXT] == AMOUNT


@pytest.mark.parametrize("min_timestamp", [19, 2**64 - 1])
def test_claim_before_its_timestamp_is_refused(min_timestamp: int) -> None:
    lab, operation = build_timestamped(min_timestamp)

    assert refuse_claim(lab, operation) == "deposit_too_early"


def test_claim_with_another_timestamp_in_its_proof_is_refused() -> None:
    lab, operation = build_timestamped(19)
    _, *others = operation.proof.deposit_branch

    forged = change_proof(deposit_branch=[bytes(32), *others])(operation)

    assert refuse_claim(lab, forged) == "proof_wrong_root"


def test_claim_of_the_other_kind_of_deposit_is_refused(lab: Lab) -> None:
    timestamped_lab, timestamped = build_timestamped(0)

    assert refuse_claim(lab, timestamped) == "proof_wrong_branch_length"
    assert refuse_claim(timestamped_lab, build_claim(lab)) == "proof_wrong_branch_length"
