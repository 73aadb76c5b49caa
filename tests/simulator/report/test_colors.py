"""The page's colours can be told apart by everybody, and stand out from what is behind them."""

from itertools import combinations

import pytest

from tests.helpers.report_colors import (
    BLINDNESS,
    compute_contrast,
    compute_difference,
    read_tokens,
)

SERIES = tuple(f"series-{number}" for number in range(1, 9))
OUTCOMES = ("cell-accepted", "cell-rejected", "cell-undone")
ARCS = ("arc-crosslink", "arc-deposit")


def test_compute_contrast_of_black_and_white_is_the_most() -> None:
    assert compute_contrast("#000000", "#ffffff") == pytest.approx(21)


def test_compute_difference_red_and_green_of_one_lightness_need_both_cones() -> None:
    pair = ("#a08000", "#5f9000")

    assert compute_difference(*pair, "none") > 2 * compute_difference(*pair, "deuteranopia")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [*SERIES, *OUTCOMES, *ARCS])
def test_colours_of_marks_have_the_contrast_that_wcag_asks_for(theme: str, name: str) -> None:
    tokens = read_tokens()[theme]

    assert compute_contrast(tokens[name], tokens["surface"]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_of_shapes_on_cells_have_the_contrast_that_wcag_asks_for(theme: str) -> None:
    tokens = read_tokens()[theme]
    pairs = [*(("cell-mark", outcome) for outcome in OUTCOMES), ("text", "cell-noop")]

    assert all(compute_contrast(tokens[shape], tokens[cell]) >= 3 for shape, cell in pairs)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "back"), [("bad", "bad-soft"), ("accent", "accent-soft"), ("on-accent", "accent")]
)
def test_colours_of_text_on_colour_have_the_contrast_that_wcag_asks_for(
    theme: str, text: str, back: str
) -> None:
    tokens = read_tokens()[theme]

    assert compute_contrast(tokens[text], tokens[back]) >= 4.5


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("group", [SERIES, OUTCOMES, ARCS], ids=["series", "outcomes", "arcs"])
def test_colours_of_one_chart_differ_for_everybody(
    theme: str, group: tuple[str, ...], blindness: str
) -> None:
    tokens = read_tokens()[theme]

    close = {
        pair: difference
        for pair in combinations(group, 2)
        if (difference := compute_difference(tokens[pair[0]], tokens[pair[1]], blindness)) < 10
    }
    assert close == {}
