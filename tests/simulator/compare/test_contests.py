"""Who wins, by what factor, and whether the spread allows the claim."""

from collections.abc import Mapping, Sequence

import pytest

from simulator.compare.contests import Contest, hold_contest
from simulator.compare.directions import Direction
from simulator.compare.groups import group_runs
from simulator.compare.sentences import tell_contests
from simulator.rng import derive_rng
from tests.helpers.comparisons import PLACE, Numbers, make_contestants, make_runs

COST = "costs.total_seconds"
"""Less is better."""

BLOCKS = "shards.blocks"
"""More is better."""

BURNED = "eth.burned_gwei"
"""Nobody can say."""


def hold(metric: str, values: Mapping[str, Numbers]) -> Contest:
    contest = hold_contest(group_runs(make_contestants(metric, values)), metric, PLACE)
    assert contest is not None
    return contest


def tell(metric: str, values: Mapping[str, Numbers]) -> str:
    return tell_contests([hold(metric, values)])


def test_contest_lowest_cost_wins_by_factors_over_the_others() -> None:
    contest = hold(COST, {"a": [20, 21, 19], "b": [5, 5.1, 4.9], "c": [10, 10.2, 9.8]})

    assert contest.winners == ("b",)
    assert [rival.value for rival in contest.rivals] == ["c", "a"]
    assert [contest.compute_factor(rival) for rival in contest.rivals] == [2, 4]
    assert contest.is_certain is True


def test_tell_contests_certain_winner() -> None:
    said = tell(COST, {"a": [20, 21, 19], "b": [5, 5.1, 4.9], "c": [10, 10.2, 9.8]})

    assert said == (
        "costs.total_seconds: b wins as lowest (5), by a factor 2 over the runner-up c and by a "
        "factor 4 over the worst a; the spread over 3 seeds allows the claim."
    )


def test_tell_contests_higher_is_better() -> None:
    said = tell(BLOCKS, {"a": [20, 21, 22], "b": [40, 42, 44]})

    assert said == (
        "shards.blocks: b wins as highest (42), by a factor 2 over a; the spread over 3 seeds "
        "allows the claim."
    )


def test_tell_contests_unknown_direction_names_the_lowest_and_no_winner() -> None:
    said = tell(BURNED, {"a": [20, 21, 22], "b": [40, 42, 44]})

    assert said == (
        "eth.burned_gwei: lowest with a (21), by a factor 2 over b; the spread over 3 seeds "
        "allows the claim."
    )


def test_contest_overlap_within_pairs_allows_no_claim() -> None:
    values: dict[str, Numbers] = {
        "a": [10, 14, 9, 13],
        "b": [12, 11, 13, 11],
        "c": [90, 91, 92, 93],
    }

    contest = hold(COST, values)

    assert contest.winners == ("a",)
    assert contest.is_certain is False
    assert [(rival.value, rival.is_apart) for rival in contest.rivals] == [
        ("b", False),
        ("c", True),
    ]
    assert tell(COST, values) == (
        "costs.total_seconds: no winner: a has the lowest mean (11.5), by a factor 1.02 over the "
        "runner-up b and by a factor 7.96 over the worst c, but the spread over 4 seeds does not "
        "tell it from b."
    )


def test_contest_pairs_tell_more_than_separate_spreads() -> None:
    """Between seeds the numbers scatter by 40, but under each seed b costs about one more."""
    contest = hold(COST, {"a": [10, 50, 90], "b": [11, 51.1, 90.9]})

    assert contest.is_certain is True


@pytest.mark.parametrize("means", [(0, 0), (0, 0, 0), (0,) * 9, (0, 0, 50, 50, 50)], ids=str)
def test_contest_wrong_claims_stay_below_five_percent(means: Sequence[float]) -> None:
    """No value truly wins, however many there are; chance makes one look best each time."""
    rng = derive_rng(1, "contests")
    held = 400
    claims = sum(
        hold(
            COST,
            {
                f"{place}": [rng.gauss(mean, 1) for _ in range(4)]
                for place, mean in enumerate(means)
            },
        ).is_certain
        is True
        for _ in range(held)
    )

    assert claims / held <= 0.07


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({"a": [1], "b": [3]}, "one seed says nothing about the spread"),
        ({"a": [1, 1], "b": [3, 3]}, "two seeds are too few to judge the spread"),
    ],
)
def test_contest_few_seeds_allow_no_claim(values: Mapping[str, Numbers], note: str) -> None:
    assert hold(COST, values).is_certain is None
    assert tell(COST, values) == (
        f"costs.total_seconds: a leads as lowest (1), by a factor 3 over b; {note}."
    )


def test_tell_contests_tie_names_all_winners() -> None:
    said = tell(COST, {"a": [4, 4, 4], "b": [8, 8, 8], "c": [4, 4, 4]})

    assert said == (
        "costs.total_seconds: a, c tie as lowest and best (4), by a factor 2 over b; the spread "
        "over 3 seeds allows the claim."
    )


def test_tell_contests_tie_of_means_but_not_of_seeds_is_a_tie() -> None:
    contest = hold(COST, {"a": [3, 4, 5], "b": [5, 4, 3], "c": [50, 51, 52]})

    assert contest.winners == ("a", "b")
    assert contest.is_certain is True


def test_tell_contests_zero_has_no_factor() -> None:
    said = tell(COST, {"a": [0, 0, 0], "b": [8, 8, 8], "c": [9, 9, 9]})

    assert said == (
        "costs.total_seconds: a wins as lowest (0), against 8 of the runner-up b and against 9 of "
        "the worst c; the spread over 3 seeds allows the claim."
    )


def test_tell_contests_negative_numbers_have_no_factor() -> None:
    values: dict[str, Numbers] = {"a": [-8, -8, -8], "b": [-2, -2, -2], "c": [4, 4, 4]}
    said = tell("eth.solvency_gwei", values)

    assert said == (
        "eth.solvency_gwei: c wins as highest (4), against -2 of the runner-up b and against -8 "
        "of the worst a; the spread over 3 seeds allows the claim."
    )


def test_tell_contests_many_of_nine_are_named_by_who_they_are_not() -> None:
    values: dict[str, Numbers] = {name: [1, 1, 1] for name in "abcdefgh"}

    assert tell(COST, {**values, "i": [3, 3, 3]}) == (
        "costs.total_seconds: all but i tie as lowest and best (1), by a factor 3 over i; the "
        "spread over 3 seeds allows the claim."
    )
    assert tell(COST, {**values, "i": [0.5, 0.5, 0.5]}).startswith(
        "costs.total_seconds: i wins as lowest (0.5), by a factor 2 over all but i; "
    )


def test_tell_contests_large_factors_are_whole_numbers() -> None:
    assert "by a factor 123,457 over b" in tell(COST, {"a": [0.01], "b": [1234.5678]})


def test_contest_count_that_is_missing_is_zero() -> None:
    contest = hold("beacon.rejected.script_invalid", {"a": [3, 2, 3], "b": [None, None, None]})

    assert (contest.winners, contest.best, contest.absent) == (("b",), 0, ())


def test_contest_measure_that_is_missing_does_not_compete() -> None:
    values: dict[str, Numbers] = {"a": [9, 9, 9], "b": [None, 1, 1], "c": [10, 10, 10]}

    contest = hold("scripts.slots_to_usable.p50", values)

    assert (contest.winners, contest.absent) == (("a",), ("b",))
    assert tell("scripts.slots_to_usable.p50", values).endswith("(no value: b).")


def test_contest_measure_that_all_lack_is_none() -> None:
    runs = make_contestants("deposits.latency_slots.p50", {"a": [None], "b": [None]})

    assert hold_contest(group_runs(runs), "deposits.latency_slots.p50", PLACE) is None


def test_tell_contests_only_one_value_has_the_metric() -> None:
    said = tell("scripts.slots_to_usable.p50", {"a": [9], "b": [None]})

    assert said == "scripts.slots_to_usable.p50: only a has it (no value: b)."


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        (COST, Direction.LOWER),
        (BLOCKS, Direction.HIGHER),
        (BURNED, None),
        ("beacon.blocks", Direction.HIGHER),
        ("beacon.blocks_lost", Direction.LOWER),
        ("routes.beacon.latency_slots.p50", Direction.LOWER),
        ("deposits.settled", Direction.HIGHER),
        ("beacon.bytes", None),
    ],
)
def test_contest_knows_which_way_is_better(metric: str, direction: Direction | None) -> None:
    assert hold(metric, {"a": [1], "b": [2]}).direction is direction


STRATEGY = "validation.strategy"


def hold_placements(metric: str, values: Mapping[str, Numbers]) -> Contest:
    cells = [({STRATEGY: name}, {metric: ys}) for name, ys in values.items()]
    contest = hold_contest(group_runs(make_runs(cells)), metric, STRATEGY)
    assert contest is not None
    return contest


def test_contest_placement_that_validates_nothing_stands_aside() -> None:
    values: dict[str, Numbers] = {
        "committee": [4, 4, 4],
        "none": [0, 0, 0],
        "optimistic": [2, 2, 2],
    }

    contest = hold_placements(COST, values)

    assert (contest.winners, contest.bystander) == (("optimistic",), ("none", 0))
    assert tell_contests([contest]) == (
        "costs.total_seconds: optimistic wins as lowest (2), by a factor 2 over committee; the "
        "spread over 3 seeds allows the claim (none, which validates nothing: 0)."
    )


def test_contest_placement_that_validates_nothing_competes_with_a_single_other() -> None:
    contest = hold_placements(COST, {"committee": [4, 4, 4], "none": [0, 0, 0]})

    assert (contest.winners, contest.bystander) == (("none",), None)


def test_tell_contests_free_attack_is_called_so() -> None:
    ratio = "costs.attack_seconds_per_eth"
    values: dict[str, Numbers] = {"a": [1, 1, 1], "b": [3, 3, 3], "c": [None, None, None]}

    assert hold_placements(ratio, values).absent == ("c",)
    assert tell_contests([hold_placements(ratio, values)]).endswith(
        "(free to the attacker, which is worst: c)."
    )


def test_tell_contests_tie_of_six_names_all_of_them() -> None:
    values: dict[str, Numbers] = {name: [1, 1, 1] for name in "abcdef"}

    said = tell(COST, {**values, "g": [3, 3, 3], "h": [4, 4, 4], "i": [5, 5, 5]})

    assert said.startswith("costs.total_seconds: a, b, c, d, e, f tie as lowest and best (1), ")


def test_tell_contests_factor_that_rounds_to_one_does_not_look_exact() -> None:
    assert "by a factor 1.00 over b" in tell(COST, {"a": [1.0], "b": [1.001]})
    assert "by a factor 2 over b" in tell(COST, {"a": [1.0], "b": [2.0]})
