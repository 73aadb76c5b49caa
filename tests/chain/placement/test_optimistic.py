"""``optimistic``: bonds, windows, objections, and what is called back."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chain.beacon import get_total_eth
from chain.constants import GWEI_PER_ETH
from chain.errors import InvalidOperation
from chain.operations.registrations import compute_registration_fee
from chain.placement import MARKED_INVALID, MARKED_VALID, Call, ReportDraft
from chain.placement.optimistic import compute_look_slot, get_challengers
from chain.types import Gwei, ScriptIndex, ShardIndex, Slot, ValidatorIndex
from tests.helpers.chain import CONFIG, DEPOSITOR, FLOATER, PUSHER, Lab
from tests.helpers.keys import sign_registration
from tests.helpers.placements import (
    ask_reports,
    count_checks,
    get_bonds,
    get_mark,
    get_objectors,
    refuse_report,
    refuse_shard_block,
    report,
)

BOND = Gwei(10 * GWEI_PER_ETH)
WINDOW = 6
SETTINGS = replace(
    CONFIG,
    strategy="optimistic",
    challengers=3,
    challenge_window_slots=WINDOW,
    challenge_bond_gwei=BOND,
)
SCRIPT = ScriptIndex(0)
SENDER_ETH = Gwei(100 * GWEI_PER_ETH)
VALIDATOR_ETH = 32 * GWEI_PER_ETH


def build_lab(*codes: bytes, **changes: float) -> Lab:
    """Register scripts in slot 1."""
    lab = Lab(replace(SETTINGS, **changes))  # type: ignore[arg-type]  # fields of several types
    lab.register(*codes)
    return lab


def object_by(validator: int = 5, script: int = 0) -> ReportDraft:
    return ReportDraft(ValidatorIndex(validator), ScriptIndex(script), b"")


def get_fee(lab: Lab, code: bytes) -> int:
    return compute_registration_fee(len(code), lab.config)


def count_eth(lab: Lab) -> int:
    """All ETH, bonds included."""
    return get_total_eth(lab.beacon) + lab.context.placement.get_bonded_eth(lab.beacon)


def test_optimistic_bond_leaves_the_sender_and_is_held_by_the_mark() -> None:
    lab = build_lab(PUSHER)

    placement = lab.context.placement
    assert lab.beacon.balances[DEPOSITOR] == SENDER_ETH - get_fee(lab, PUSHER) - BOND
    assert placement.get_bonded_eth(lab.beacon) == BOND
    assert not placement.is_settled(get_mark(lab))
    assert count_checks(lab.effects) == 0


def test_optimistic_sender_without_the_bond_is_refused() -> None:
    lab = Lab(replace(SETTINGS, challenge_bond_gwei=SENDER_ETH))
    lab.advance()
    operation = sign_registration(lab.keys[DEPOSITOR], sender=DEPOSITOR, slot=1, code=PUSHER)

    lab.add_beacon_block(new_execution_scripts=[operation])

    assert len(lab.beacon.execution_scripts) == 0
    assert lab.beacon.balances[DEPOSITOR] == SENDER_ETH


def test_optimistic_window_closes_returns_the_bond_and_settles() -> None:
    lab = build_lab(PUSHER)
    eth = count_eth(lab)
    lab.advance(WINDOW)
    pending = get_mark(lab)

    lab.advance()

    placement = lab.context.placement
    assert not placement.is_settled(pending)
    assert get_mark(lab) == MARKED_VALID
    assert lab.beacon.balances[DEPOSITOR] == SENDER_ETH - get_fee(lab, PUSHER)
    assert get_bonds(lab.effects) == [(BOND, 0, 0)]
    assert count_eth(lab) == eth
    assert count_checks(lab.effects) == 0


def test_optimistic_bond_of_a_sender_that_is_gone_is_burned() -> None:
    lab = build_lab(PUSHER)
    stranger = lab.beacon.validators[DEPOSITOR].evolve(withdrawal_credentials=b"\x01" * 32)
    lab.beacon = lab.beacon.evolve(validators=lab.beacon.validators.set(DEPOSITOR, stranger))
    before = lab.beacon.balances[DEPOSITOR]

    lab.advance(WINDOW + 1)

    assert get_bonds(lab.effects) == [(0, 0, BOND)]
    assert get_objectors(lab.effects) == [None]
    assert lab.beacon.balances[DEPOSITOR] == before


def test_optimistic_objection_makes_all_validate_and_pays_half_the_bond() -> None:
    lab = build_lab(FLOATER)
    eth = count_eth(lab)
    lab.advance()

    effects = report(lab, object_by(5))

    assert count_checks(effects) == 1
    assert (get_mark(lab), lab.beacon.execution_scripts[0].code) == (MARKED_INVALID, b"")
    assert get_bonds(effects) == [(0, BOND // 2, BOND // 2)]
    assert get_objectors(effects) == [5]
    assert lab.beacon.balances[5] == VALIDATOR_ETH + BOND // 2
    assert lab.beacon.balances[DEPOSITOR] == SENDER_ETH - get_fee(lab, FLOATER) - BOND
    assert count_eth(lab) == eth - BOND // 2
    assert refuse_shard_block(lab) == ("script_marked_invalid", [])


def test_optimistic_unfounded_objection_costs_the_objector_and_settles_at_once() -> None:
    lab = build_lab(PUSHER)
    eth = count_eth(lab)
    lab.advance()

    effects = report(lab, object_by(5))

    assert get_mark(lab) == MARKED_VALID
    assert get_bonds(effects) == [(BOND, BOND // 2, BOND // 2)]
    assert get_objectors(effects) == [5]
    assert lab.beacon.balances[5] == VALIDATOR_ETH - BOND
    assert lab.beacon.balances[DEPOSITOR] == SENDER_ETH - get_fee(lab, PUSHER) + BOND // 2
    assert count_eth(lab) == eth - BOND // 2


def test_optimistic_refuses_objections_with_its_own_codes() -> None:
    lab = build_lab(FLOATER)
    lab.advance()

    assert refuse_report(lab, object_by(DEPOSITOR)) == "challenger_off_duty"
    assert refuse_report(lab, object_by(4), object_by(5)) == "window_closed"
    poor = lab.beacon.balances.set(3, BOND - 1)  # type: ignore[arg-type]  # Gwei
    lab.beacon = lab.beacon.evolve(balances=poor)
    assert refuse_report(lab, object_by(3)) == "bond_not_covered"


def test_optimistic_objection_after_the_window_is_too_late() -> None:
    lab = build_lab(FLOATER)

    lab.advance(WINDOW + 1)

    assert get_mark(lab) == MARKED_VALID
    assert refuse_report(lab, object_by()) == "window_closed"
    assert lab.add_shard_block().result is not None


def test_optimistic_challengers_look_within_the_window_and_one_objects() -> None:
    lab = build_lab(FLOATER, PUSHER)
    challengers = get_challengers(lab.beacon, SCRIPT, Slot(1), lab.config)
    looks = sorted(compute_look_slot(each, SCRIPT, Slot(1), lab.config) for each in challengers)
    drafts = {}

    for slot in range(2, 2 + WINDOW):
        lab.advance_to(slot)
        drafts[slot] = [draft.script for draft in ask_reports(lab)]

    assert len(set(challengers)) == 3
    assert looks[0] >= 2
    assert looks[-1] <= 1 + WINDOW
    # It goes on objecting until the chain hears it; the good script is left in peace.
    assert drafts == {slot: [0] if slot >= looks[0] else [] for slot in range(2, 2 + WINDOW)}


@pytest.mark.parametrize(
    "changes", [{"challengers": 0}, {"honest_share": 0.0}], ids=["nobody looks", "all are bought"]
)
def test_optimistic_without_honest_challengers_a_bad_script_stays(
    changes: dict[str, float],
) -> None:
    lab = build_lab(FLOATER, **changes)
    drafts: list[ReportDraft] = []

    for _ in range(WINDOW + 1):
        lab.advance()
        drafts += ask_reports(lab)

    assert drafts == []
    assert get_mark(lab) == MARKED_VALID


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([(2, 1), (3, 0), (4, 1), (5, 0)], 3),
        ([(2, 1), (4, 1)], None),
        ([], None),
    ],
)
def test_optimistic_calls_back_from_the_first_call_of_the_script_on(
    calls: Sequence[tuple[int, int]], expected: int | None
) -> None:
    lab = build_lab(FLOATER, PUSHER)
    before = lab.beacon
    lab.advance()
    report(lab, object_by())

    history: list[Call] = [(Slot(slot), ScriptIndex(script)) for slot, script in calls]
    placement = lab.context.placement
    reverted = placement.get_reverted_from(before, lab.beacon, ShardIndex(0), history)

    assert reverted == expected


def test_optimistic_settled_script_calls_nothing_back() -> None:
    lab = build_lab(PUSHER)
    before = lab.beacon
    lab.advance(WINDOW + 1)

    placement = lab.context.placement
    history = [(Slot(2), SCRIPT)]
    assert placement.get_reverted_from(before, lab.beacon, ShardIndex(0), history) is None


def refuse_claim(lab: Lab) -> str:
    with pytest.raises(InvalidOperation) as caught:
        lab.context.placement.validate_claim(SCRIPT, lab.beacon.execution_scripts[0])
    return caught.value.code


def test_optimistic_claims_wait_until_the_window_has_closed() -> None:
    lab = build_lab(PUSHER)

    early = refuse_claim(lab)
    lab.advance(WINDOW + 1)

    assert early == "script_pending"
    lab.context.placement.validate_claim(SCRIPT, lab.beacon.execution_scripts[0])


def test_optimistic_claims_of_a_script_that_was_caught_never_pay() -> None:
    lab = build_lab(FLOATER)
    lab.advance()

    report(lab, object_by())
    lab.advance(WINDOW + 1)

    assert refuse_claim(lab) == "script_called_back"
