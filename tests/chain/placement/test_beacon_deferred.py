"""``beacon-deferred``: a queue with a budget per slot."""

from dataclasses import replace

from chain.effects import MarkWritten
from chain.placement import MARKED_INVALID, MarkedVerdict
from tests.helpers.chain import CONFIG, FLOATER, PUSHER, PUSHERS, Lab
from tests.helpers.placements import count_checks, get_mark, refuse_shard_block

SIZE = len(PUSHERS[0])


def build_lab(*codes: bytes, slots: int = 4, budget: int = 10**6) -> Lab:
    """Register scripts in slot 1."""
    config = replace(
        CONFIG, strategy="beacon-deferred", deferral_slots=slots, deferred_bytes_per_slot=budget
    )
    lab = Lab(config)
    lab.register(*codes)
    return lab


def count_by_slot(lab: Lab, slots: int) -> list[int]:
    """How many scripts are validated in each of the next slots."""
    counts = []
    for _ in range(slots):
        before = count_checks(lab.effects)
        lab.advance()
        counts.append(count_checks(lab.effects) - before)
    return counts


def test_deferred_good_script_is_usable_at_the_deadline_and_not_before() -> None:
    lab = build_lab(PUSHER)
    lab.advance_to(4)
    early, effects = refuse_shard_block(lab)

    lab.advance_to(5)
    transition = lab.add_shard_block()

    assert (early, effects) == ("script_not_usable", [])
    assert transition.result is not None
    assert count_checks(lab.effects) == 1


def test_deferred_registration_validates_nothing_and_says_what_is_left_to_do() -> None:
    lab = build_lab(PUSHERS[0])

    assert count_checks(lab.effects) == 0
    assert get_mark(lab) == b"\x02" + (5).to_bytes(8, "little") + SIZE.to_bytes(8, "little")


def test_deferred_mark_becomes_valid_with_the_slot_from_which_it_counts() -> None:
    lab = build_lab(PUSHER)
    before = lab.beacon.hash_tree_root

    lab.advance()

    assert get_mark(lab) == b"\x01" + (5).to_bytes(8, "little")
    assert MarkWritten(0, None, get_mark(lab)) in lab.effects  # type: ignore[arg-type]  # a bare index
    assert lab.beacon.hash_tree_root != before


def test_deferred_bad_script_is_invalid_loses_its_code_and_cannot_be_called() -> None:
    lab = build_lab(FLOATER)
    paid = lab.beacon.balances

    lab.advance_to(5)

    assert (get_mark(lab), lab.beacon.execution_scripts[0].code) == (MARKED_INVALID, b"")
    assert refuse_shard_block(lab) == ("script_marked_invalid", [])
    assert lab.beacon.balances == paid


def test_deferred_verdict_is_what_the_nodes_found_once_they_have_looked() -> None:
    lab = build_lab(PUSHER, FLOATER)
    placement = lab.context.placement
    pending = [placement.get_verdict(get_mark(lab, script)) for script in range(2)]

    lab.advance()

    found = [placement.get_verdict(get_mark(lab, script)) for script in range(2)]
    assert pending == [None, None]
    assert found == [MarkedVerdict(is_valid=True), MarkedVerdict(is_valid=False)]


def test_deferred_queue_is_served_in_order_as_far_as_the_budget_goes() -> None:
    lab = build_lab(*PUSHERS, budget=2 * SIZE)

    assert count_by_slot(lab, 4) == [2, 2, 1, 0]


def test_deferred_long_code_takes_several_slots_and_holds_up_the_rest() -> None:
    lab = build_lab(*PUSHERS[:2], budget=SIZE // 2 + 1)

    # Half of the first, its rest and a byte or two of the second, the rest of that.
    assert count_by_slot(lab, 4) == [0, 1, 0, 1]
    placement = lab.context.placement
    assert placement.compute_spread_slots(SIZE, lab.config) == 2
    assert placement.compute_spread_slots(1, lab.config) == 1


def test_deferred_budget_that_is_too_small_misses_the_deadline() -> None:
    lab = build_lab(*PUSHERS[:2], slots=2, budget=-(-SIZE // 4))

    lab.advance_to(5)
    first = lab.add_shard_block(env=0)
    code, _ = refuse_shard_block(lab, env=1, shard=1)
    lab.advance_to(9)
    second = lab.add_shard_block(env=1, shard=1)

    # Four slots each, one after the other: the second waits until slot 9 instead of 3.
    assert first.result is not None
    assert code == "script_not_usable"
    assert second.result is not None
