"""Which points a sweep has, and in which order."""

import math
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.sweep.points import (
    count_points,
    draw_number,
    draw_sample,
    enumerate_choices,
    format_value,
)
from simulator.sweep.settings import Range, Sample, SweepSettings
from simulator.yaml_source import parse_scalar

KEYS = st.sampled_from(["a", "b.c", "d[0].e", "f", "g.h"])
VALUES = st.lists(st.integers(-5, 5) | st.booleans() | st.text("xyz", min_size=1), min_size=1)


def make_settings(**changes: Any) -> SweepSettings:  # noqa: ANN401 - YAML values
    return SweepSettings.model_validate({"title": "t", "scenario": "s", **changes})


def make_range(**changes: Any) -> Range:  # noqa: ANN401 - YAML values
    return Range.model_validate(changes)


def list_values(settings: SweepSettings) -> list[dict[str, Any]]:
    return [
        {key: choice.value for key, choice in choices.items()}
        for choices in enumerate_choices(settings)
    ]


@given(
    grid=st.dictionaries(KEYS, VALUES.map(tuple), min_size=1, max_size=3),
    count=st.integers(1, 4),
    seeds=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_enumerate_is_nested_loops_over_grid_then_draws(
    grid: dict[str, tuple[Any, ...]], count: int, seeds: int, seed: int
) -> None:
    sample = {"count": count, "seed": seed, "keys": {"z": (1, 2, 3), "y": {"from": 0, "to": 1}}}
    settings = make_settings(grid=grid, sample=sample, seeds=seeds)

    listed = list_values(settings)

    draws = listed[:count]
    expected = [
        {**dict(zip(grid, values, strict=True)), "z": draw["z"], "y": draw["y"]}
        for values in product(*grid.values())
        for draw in draws
    ]
    assert listed == expected
    assert count_points(settings) == len(listed) * seeds
    assert all(draw["z"] in {1, 2, 3} and 0 <= draw["y"] <= 1 for draw in draws)
    assert list_values(settings) == listed


def test_enumerate_last_key_of_the_grid_changes_fastest() -> None:
    listed = list_values(make_settings(grid={"a": (1, 2), "b": (3, 4)}))

    assert [tuple(values.values()) for values in listed] == [(1, 3), (1, 4), (2, 3), (2, 4)]


def test_enumerate_without_grid_and_sample_is_one_point() -> None:
    assert list_values(make_settings()) == [{}]


def test_enumerate_choices_know_where_the_file_has_them() -> None:
    sample = {"count": 1, "keys": {"z": (7,), "y": {"from": 0, "to": 1}}}

    (choices,) = enumerate_choices(make_settings(grid={"a": (5,)}, sample=sample))

    assert [choice.where for choice in choices.values()] == [
        ("grid", "a", 0),
        ("sample", "keys", "z", 0),
        ("sample", "keys", "y"),
    ]


@given(count=st.integers(1, 20), more=st.integers(1, 20))
def test_draw_sample_more_draws_or_keys_keep_the_first(count: int, more: int) -> None:
    keys = {"z": (1, 2, 3), "y": {"from": 0.5, "to": 9.0, "scale": "log"}}
    small = Sample.model_validate({"count": count, "keys": keys})
    large = Sample.model_validate({"count": count + more, "keys": {"new": (1, 2), **keys}})

    drawn = draw_sample(small)

    assert [{key: draw[key] for key in keys} for draw in draw_sample(large)[:count]] == drawn


@given(start=st.integers(1, 10**6), width=st.integers(1, 10**6), seed=st.integers(0, 99))
@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("integer", [True, False])
def test_draw_number_stays_in_the_range(
    *, scale: str, integer: bool, start: int, width: int, seed: int
) -> None:
    span = make_range(**{"from": start, "to": start + width}, scale=scale, integer=integer)

    number = draw_number(span, Random(seed))  # noqa: S311 - a simulation must repeat

    assert start <= number <= start + width
    assert isinstance(number, int) == integer or number == int(number)


def test_draw_number_log_scale_gives_every_decade_its_share() -> None:
    span = make_range(**{"from": 1, "to": 1000}, scale="log")
    rng = Random(5)  # noqa: S311 - a simulation must repeat

    drawn = [draw_number(span, rng) for _ in range(3000)]

    shares = [sum(10**n <= x < 10 ** (n + 1) for x in drawn) / 3000 for n in range(3)]
    assert all(math.isclose(share, 1 / 3, abs_tol=0.05) for share in shares)


def test_draw_number_whole_numbers_reach_both_ends() -> None:
    rng = Random(5)  # noqa: S311 - a simulation must repeat
    for scale in ("linear", "log"):
        span = make_range(**{"from": 1, "to": 3}, scale=scale, integer=True)
        assert {draw_number(span, rng) for _ in range(200)} == {1, 2, 3}


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers()
    | st.booleans()
    | st.none()
    | st.lists(st.integers())
)
def test_format_value_is_yaml_for_the_same_value(value: Any) -> None:  # noqa: ANN401 - any of YAML's
    expected = tuple(value) if isinstance(value, list) else value
    assert parse_scalar(format_value(value)) == expected
