"""Statistics, against tables from textbooks and calculations by hand."""

import math

import pytest

from simulator.compare.spreads import (
    compute_p_value,
    compute_t_quantile,
    compute_t_share,
    summarize,
)


def test_summarize_gives_the_sample_standard_deviation() -> None:
    spread = summarize([2, 4, 4, 4, 5, 5, 7, 9])

    assert (spread.count, spread.mean, spread.minimum, spread.maximum) == (8, 5, 2, 9)
    assert spread.deviation == pytest.approx(math.sqrt(32 / 7))


def test_summarize_one_value_has_no_spread() -> None:
    assert summarize([3]).deviation is None


def test_summarize_equal_values_have_exactly_their_mean() -> None:
    spread = summarize([0.1, 0.1, 0.1])

    assert (spread.mean, spread.deviation) == (0.1, 0)


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (30, 2.042), (120, 1.980)],
)
def test_compute_t_quantile_agrees_with_the_table(freedom: int, quantile: float) -> None:
    assert compute_t_quantile(0.95, freedom) == pytest.approx(quantile, abs=0.0006)
    assert compute_t_share(quantile, freedom) == pytest.approx(0.95, abs=0.0001)


def test_compute_t_share_of_nothing_is_zero() -> None:
    assert compute_t_share(0, 4) == 0


def test_compute_p_value_of_a_worked_example() -> None:
    """Mean 2, deviation 1, four pairs: t is 4 with 3 degrees of freedom."""
    differences = [2 - math.sqrt(1.5), 2, 2, 2 + math.sqrt(1.5)]

    # P(|T| > 4) for 3 degrees of freedom: 1 - 2/pi (atan(4/sqrt 3) + (4/sqrt 3) / (1 + 16/3)).
    expected = 1 - 2 / math.pi * (math.atan(4 / math.sqrt(3)) + 4 / math.sqrt(3) / (1 + 16 / 3))
    assert compute_p_value(differences) == pytest.approx(expected)
    assert compute_p_value([-each for each in differences]) == pytest.approx(expected)
    assert expected == pytest.approx(0.028, abs=0.0005)


@pytest.mark.parametrize(("differences", "p"), [([3, 3, 3], 0), ([0, 0, 0], 1)])
def test_compute_p_value_seeds_that_agree_leave_no_doubt(
    differences: list[float], p: float
) -> None:
    assert compute_p_value(differences) == p
