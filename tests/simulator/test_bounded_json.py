import json
import sys

import pytest

from simulator.bounded_json import MAX_JSON_DEPTH, parse_json


@pytest.mark.parametrize("value", [{}, [1, "a", None], {"a": [[]] * 500}, "[" * 500, ['"[' * 500]])
def test_parse_json_returns_what_it_holds(value: object) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "text",
    ["{", "NaN", "[Infinity]", "9" * 5000, b"\xff", 5, None, '"\\', "[" * 200 + '"' + "]" * 9],
)
def test_parse_json_that_is_none_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


def test_parse_json_is_as_deep_as_the_bound_and_no_deeper() -> None:
    assert parse_json("[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH)

    with pytest.raises(ValueError, match="bounded depth"):
        parse_json("[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1))


@pytest.mark.parametrize("opener", ["[", '{"a":'])
def test_parse_json_bounds_the_depth_where_python_does_not(opener: str) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        with pytest.raises(ValueError, match="bounded depth"):
            parse_json(opener * 1_000_000)
    finally:
        sys.setrecursionlimit(before)
