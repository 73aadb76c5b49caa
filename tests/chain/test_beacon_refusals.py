"""Beacon blocks that are refused, rule by rule."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.beacon import apply_beacon_block
from chain.constants import DOMAIN_SHARD_BLOCK, GWEI_PER_ETH, ZERO_ROOT, ZERO_SIGNATURE
from chain.containers import (
    BeaconState,
    SignedBeaconBlock,
)
from chain.context import ChainContext
from chain.credentials import UNUSED_VALIDATOR
from chain.effects import (
    Effect,
    RegistrationRefused,
    ScriptChecked,
    ScriptRegistered,
)
from chain.encoding import encode
from chain.errors import InvalidBeaconBlock, InvalidBlock
from tests.helpers import ssz_model
from tests.helpers.chain import (
    CONFIG,
    DEPOSITOR,
    FLOATER,
    NAMES,
    PUSHER,
    RETIREE,
    TRAPPER,
    Lab,
)
from tests.helpers.keys import (
    make_key,
    sign_deposit,
    sign_registration,
    sign_report,
    sign_withdrawal,
)
from tests.helpers.properties import HEAVY_PROPERTY

Operations = dict[str, Sequence[object]]

WITHDRAWAL = sign_withdrawal(make_key("retiree/0"), validator=RETIREE)


@pytest.fixture
def lab() -> Lab:
    """Wait for a block with one operation of every kind that does not need others."""
    lab = Lab(scripts=[PUSHER])
    lab.advance_to(4)
    return lab


def refuse(lab: Lab, signed: SignedBeaconBlock | bytes, context: ChainContext | None = None) -> str:
    """Return the code with which a block is refused, having seen that nothing changed."""
    encoded = signed if isinstance(signed, bytes) else encode(signed)
    state, root = lab.beacon, lab.beacon.hash_tree_root
    with pytest.raises(InvalidBeaconBlock) as caught:
        apply_beacon_block(state, encoded, context or lab.context, [])
    assert state.hash_tree_root == root
    assert root == ssz_model.compute_naive_root(BeaconState, state)
    return caught.value.code


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("slot", 3, "wrong_slot"),
        ("slot", 5, "wrong_slot"),
        ("slot", 2**64 - 1, "wrong_slot"),
        ("parent_root", ZERO_ROOT, "wrong_parent"),
        ("state_root", ZERO_ROOT, "wrong_state_root"),
        ("proposer_index", DEPOSITOR, "wrong_proposer"),
        ("proposer_index", 2**64 - 1, "wrong_proposer"),
    ],
    ids=lambda value: f"{len(value)} bytes" if isinstance(value, bytes) else None,
)
def test_block_with_one_header_field_changed_is_refused(
    lab: Lab, field: str, value: object, code: str
) -> None:
    block = lab.build_beacon_block().message.evolve(**{field: value})

    assert refuse(lab, lab.sign_beacon_block(block)) == code


def test_block_with_another_body_is_refused(lab: Lab) -> None:
    signed = lab.build_beacon_block()
    other = lab.build_beacon_block(withdrawals=[WITHDRAWAL]).message.body
    block = signed.message.evolve(body=other)

    assert refuse(lab, signed.evolve(message=block)) == "wrong_block_signature"
    assert refuse(lab, lab.sign_beacon_block(block)) == "wrong_state_root"


def test_block_with_another_signature_is_refused(lab: Lab) -> None:
    signed = lab.build_beacon_block()
    root, proposer = signed.message.hash_tree_root, signed.message.proposer_index
    stranger = lab.keys[proposer - 1]
    forged = [
        ZERO_SIGNATURE,
        stranger.sign(root, b"\x00" * 4),
        lab.keys[proposer].sign(root, DOMAIN_SHARD_BLOCK),
        lab.keys[proposer].sign(signed.message.body.hash_tree_root, b"\x00" * 4),
    ]

    refusals = [refuse(lab, signed.evolve(signature=signature)) for signature in forged]

    assert refusals == ["wrong_block_signature"] * 4


def test_second_block_of_a_slot_is_refused(lab: Lab) -> None:
    first = lab.build_beacon_block()
    lab.add_beacon_block()

    assert refuse(lab, first) == "slot_taken"
    assert refuse(lab, lab.build_beacon_block()) == "slot_taken"


def test_block_at_genesis_is_refused() -> None:
    lab = Lab()

    assert refuse(lab, lab.build_beacon_block()) == "slot_taken"


@pytest.mark.parametrize("encoded", [b"", b"\x00", bytes(500)])
def test_bytes_that_are_no_block_are_refused(lab: Lab, encoded: bytes) -> None:
    assert refuse(lab, encoded) == "malformed_block"


def test_block_with_a_byte_more_is_refused(lab: Lab) -> None:
    encoded = encode(lab.build_beacon_block())

    assert refuse(lab, encoded + b"\x00") == "malformed_block"
    assert refuse(lab, encoded[:-1]) == "malformed_block"


@HEAVY_PROPERTY
@given(position=st.integers(0, 2**16), mask=st.integers(1, 255))
def test_block_with_any_byte_changed_is_refused(position: int, mask: int) -> None:
    lab = Lab(scripts=[PUSHER])
    lab.advance_to(4)
    encoded = bytearray(encode(lab.build_beacon_block(withdrawals=[WITHDRAWAL])))
    encoded[position % len(encoded)] ^= mask

    assert refuse(lab, bytes(encoded))


@pytest.mark.parametrize(
    ("limits", "operations", "kind"),
    [
        ({"max_registrations_per_block": 1}, "new_execution_scripts", "registrations"),
        ({"max_claims_per_block": 1}, "new_validators", "claims"),
        ({"max_withdrawals_per_block": 1}, "withdrawals", "withdrawals"),
        ({"max_reports_per_block": 1}, "validation_reports", "reports"),
        ({"shard_count": 1}, "crosslinks", "crosslinks"),
    ],
)
def test_block_with_more_operations_than_allowed_is_refused(
    limits: dict[str, int], operations: str, kind: str
) -> None:
    lab = Lab(replace(CONFIG, **limits), scripts=[PUSHER])  # type: ignore[arg-type]  # all are int
    slot = lab.push(sign_deposit(make_key("new"), 5))
    lab.advance_to(4)
    one: dict[str, object] = {
        "new_execution_scripts": sign_registration(
            make_key("depositor/0"), sender=DEPOSITOR, slot=4, code=PUSHER
        ),
        "new_validators": lab.build_claim(slot),
        "withdrawals": WITHDRAWAL,
        "validation_reports": sign_report(make_key("validator/0"), reporter=0, slot=4),
        "crosslinks": lab.sign_crosslink(lab.build_crosslink()),
    }

    signed = lab.build_beacon_block(**{operations: [one[operations]] * 2})

    with pytest.raises(InvalidBeaconBlock) as caught:
        apply_beacon_block(lab.beacon, encode(signed), lab.context, [])
    assert caught.value.code == "too_many_operations"
    assert caught.value.values == {"kind": kind, "count": 2, "limit": 1}


def test_block_with_a_registration_twice_is_refused(lab: Lab) -> None:
    key = make_key("depositor/0")
    first, other = (
        sign_registration(key, sender=DEPOSITOR, slot=4, code=code) for code in (PUSHER, FLOATER)
    )
    # It is the same registration, whatever its signature.
    twin = first.evolve(signature=ZERO_SIGNATURE)

    for repeated in (first, twin):
        signed = lab.build_beacon_block(new_execution_scripts=[first, other, repeated])
        assert refuse(lab, signed) == "registration_repeated"
    accepted = lab.build_beacon_block(new_execution_scripts=[first, other])
    assert apply_beacon_block(lab.beacon, encode(accepted), lab.context, [])


@pytest.mark.parametrize(
    ("operations", "code"),
    [
        ({"withdrawals": [WITHDRAWAL.evolve(target=1)]}, "wrong_signature"),
        ({"withdrawals": [WITHDRAWAL, WITHDRAWAL]}, "not_withdrawable"),
        (
            {"validation_reports": [sign_report(make_key("validator/0"), reporter=0, slot=4)]},
            "report_not_expected",
        ),
    ],
)
def test_block_with_an_operation_that_breaks_a_rule_is_refused(
    lab: Lab, operations: Operations, code: str
) -> None:
    assert refuse(lab, lab.build_beacon_block(**operations)) == code


def test_block_with_a_broken_crosslink_or_claim_is_refused() -> None:
    lab = Lab(scripts=[PUSHER])
    slot = lab.push(sign_deposit(make_key("new"), 5))
    lab.advance_to(4)
    crosslink = lab.sign_crosslink(lab.build_crosslink(), (True, False, False))
    claim = lab.build_claim(slot)

    assert refuse(lab, lab.build_beacon_block(crosslinks=[crosslink])) == "crosslink_quorum"
    assert refuse(lab, lab.build_beacon_block(new_validators=[claim] * 2)) == "already_claimed"


def test_block_without_anybody_on_duty_is_refused(lab: Lab) -> None:
    signed = encode(lab.build_beacon_block())
    nobody = lab.beacon.evolve(validators=[UNUSED_VALIDATOR] * len(NAMES))

    with pytest.raises(InvalidBlock) as caught:
        apply_beacon_block(nobody, signed, lab.context, [])

    assert caught.value.code == "no_active_validators"


# Registrations, whose broken rules cost the block under Proposal 2 only


def build_lab(strategy: str) -> tuple[Lab, Operations]:
    """Return a block's operations of which the second breaks a rule."""
    lab = Lab(replace(CONFIG, strategy=strategy), scripts=[PUSHER])
    lab.advance_to(4)
    key = make_key("depositor/0")
    good = sign_registration(key, sender=DEPOSITOR, slot=4, code=PUSHER)
    late = sign_registration(key, sender=DEPOSITOR, slot=3, code=PUSHER)
    other = sign_registration(key, sender=DEPOSITOR, slot=4, code=TRAPPER)
    return lab, {"new_execution_scripts": [good, late, other]}


@pytest.mark.parametrize("strategy", ["beacon-operation", "shard-lazy"])
def test_registration_that_breaks_a_rule_fails_alone(strategy: str) -> None:
    lab, operations = build_lab(strategy)

    effects = lab.add_beacon_block(**operations)

    assert RegistrationRefused(1, "wrong_slot") in effects
    assert len(lab.beacon.execution_scripts) == 3
    fees = sum(effect.fee for effect in effects if isinstance(effect, ScriptRegistered))
    assert lab.beacon.balances[DEPOSITOR] == 100 * GWEI_PER_ETH - fees


def test_registration_that_breaks_a_rule_costs_the_block_under_proposal_2() -> None:
    lab, operations = build_lab("beacon-block")

    assert refuse(lab, lab.build_beacon_block(**operations)) == "wrong_slot"


def test_refused_block_tells_what_was_validated_for_it() -> None:
    lab = Lab(replace(CONFIG, strategy="beacon-block"))
    lab.advance_to(4)
    key, effects = make_key("depositor/0"), list[Effect]()
    codes = [PUSHER, FLOATER]
    operations = [sign_registration(key, sender=DEPOSITOR, slot=4, code=code) for code in codes]
    signed = lab.build_beacon_block(new_execution_scripts=operations)

    with pytest.raises(InvalidBeaconBlock) as caught:
        apply_beacon_block(lab.beacon, encode(signed), lab.context, effects)

    assert caught.value.code == "script_invalid"
    checked = [effect for effect in effects if isinstance(effect, ScriptChecked)]
    assert [check.size_bytes for check in checked] == [len(code) for code in codes]
    assert [bool(check.rule) for check in checked] == [False, True]
