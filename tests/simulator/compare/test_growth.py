"""How metrics follow numbers: exponents with their range, and what is said of them."""

from collections.abc import Callable, Sequence

import pytest

from simulator.compare.groups import group_runs
from simulator.compare.growth import Growth, measure_growth, parse_numbers
from simulator.compare.trends import tell_growth
from tests.helpers.comparisons import Numbers, make_runs

KEY = "genesis.validators"
COST = "costs.total_seconds"


def measure(xs: Sequence[float], ys: Sequence[Numbers], metric: str = COST) -> Growth:
    cells = [({KEY: f"{x:g}"}, {metric: y}) for x, y in zip(xs, ys, strict=True)]
    growth = measure_growth(group_runs(make_runs(cells)), metric, KEY)
    assert growth is not None
    return growth


def tell(xs: Sequence[float], ys: Sequence[Numbers]) -> str:
    said = tell_growth([measure(xs, ys)], KEY)
    return said.removeprefix(f"{COST} with {KEY}: ").removesuffix(".")


def apply(curve: Callable[[float], float], xs: Sequence[float]) -> list[Numbers]:
    """A curve under three seeds that differ by half a percent."""
    return [[curve(x) * noise for noise in (0.995, 1, 1.005)] for x in xs]


@pytest.mark.parametrize("exponent", [-1, 0.5, 1, 2])
def test_measure_growth_finds_the_exponent_of_a_power(exponent: float) -> None:
    found = measure([16, 64, 256], apply(lambda x: 3 * x**exponent, [16, 64, 256])).exponent

    assert found is not None
    assert found.fitted == pytest.approx(exponent)
    assert found.low == pytest.approx(exponent)
    assert found.high == pytest.approx(exponent)


@pytest.mark.parametrize(
    ("curve", "said"),
    [
        (lambda x: 5 * x, "grows about linearly (exponent 1.00)"),
        (lambda x: 5 * x**1.04, "grows about linearly (exponent 1.04)"),
        (lambda x: x * x, "grows about quadratically (exponent 2.00)"),
        (lambda x: 900 / x, "falls about in inverse proportion (exponent -1.00)"),
        (lambda x: x**0.5, "grows as a power (exponent 0.50)"),
        (lambda x: x + 500, "grows, but as no single power (exponent 0.06 to 0.42)"),
        (lambda x: 1e6 - x, "hardly changes (exponent 0.00)"),
        (lambda x: 100 + x / 100, "hardly changes (exponent 0.00 to 0.04)"),
    ],
)
def test_tell_growth_names_what_the_exponents_allow(
    curve: Callable[[float], float], said: str
) -> None:
    xs = [16, 64, 256, 512]

    assert tell(xs, [[curve(x)] * 3 for x in xs]) == said


def test_tell_growth_bent_curve_does_not_pass_for_linear() -> None:
    """The fit alone would say 1.0: flat at first, then quadratic."""
    growth = measure([1, 2, 4], [[1] * 3, [1] * 3, [4] * 3])

    assert growth.exponent is not None
    assert growth.exponent.fitted == pytest.approx(1)
    assert (growth.exponent.low, growth.exponent.high) == (0, 2)
    assert tell([1, 2, 4], [[1] * 3, [1] * 3, [4] * 3]) == (
        "shows no clear trend (exponent 0.00 to 2.00)"
    )


def test_tell_growth_noise_does_not_pass_for_a_trend() -> None:
    """The means grow linearly; the exponents per seed are 3, 1 and -1."""
    ys: list[Numbers] = [[0.5, 1, 1.5], [2, 2, 2], [6.5, 4, 1.5]]

    said = tell([1, 2, 4], ys)

    assert said.startswith("shows no clear trend (exponent -")


def test_measure_growth_points_are_in_the_order_of_the_key() -> None:
    growth = measure([256, 16, 64], [[9], [1], [3]])

    assert growth.points == ((16, 1), (64, 3), (256, 9))


def test_tell_growth_same_everywhere_does_not_change() -> None:
    assert tell([1, 2, 4], [[3, 4, 5]] * 3) == "does not change"


def test_tell_growth_two_values_are_no_law() -> None:
    assert tell([16, 64], [[16] * 3, [64] * 3]) == "grows (exponent 1.00, from two values)"


def test_tell_growth_one_seed_says_so() -> None:
    assert tell([1, 2, 4], [[1], [2], [4]]) == (
        "grows about linearly (exponent 1.00) (one seed says nothing about the spread)"
    )


@pytest.mark.parametrize(
    ("ys", "said"),
    [
        ([[0] * 3, [2] * 3, [9] * 3], "rises (from 0 at 1 to 9 at 4)"),
        ([[-2] * 3, [-3] * 3, [-9] * 3], "falls (from -2 at 1 to -9 at 4)"),
        ([[0] * 3, [5] * 3, [1] * 3], "goes up and down (from 0 at 1 to 1 at 4)"),
    ],
)
def test_tell_growth_zeros_and_negative_numbers_have_no_exponent(
    ys: Sequence[Numbers], said: str
) -> None:
    assert measure([1, 2, 4], ys).exponent is None
    assert tell([1, 2, 4], ys) == said


def test_tell_growth_key_that_is_zero_has_no_exponent() -> None:
    assert tell([0, 0.5, 1], [[2] * 3, [3] * 3, [4] * 3]) == "rises (from 2 at 0 to 4 at 1)"


def test_measure_growth_missing_measure_leaves_its_point_out() -> None:
    growth = measure([1, 2, 4], [[None], [2], [4]], "scripts.slots_to_usable.p50")

    assert growth.points == ((2, 2), (4, 4))


def test_measure_growth_fewer_than_two_points_is_none() -> None:
    metric = "scripts.slots_to_usable.p50"
    runs = make_runs([({KEY: "1"}, {metric: [None]}), ({KEY: "2"}, {metric: [3]})])

    assert measure_growth(group_runs(runs), metric, KEY) is None


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["1", "2.5"], [1, 2.5]),
        (["1_000", "2"], [1000, 2]),
        (["1", "many"], None),
        (["1"], None),
        (["1", "1.0"], None),
        (["1", "nan"], None),
        (["1", "inf"], None),
        (["true", "false"], None),
    ],
)
def test_parse_numbers_takes_different_finite_numbers_only(
    values: list[str], numbers: list[float] | None
) -> None:
    assert parse_numbers(values) == numbers
