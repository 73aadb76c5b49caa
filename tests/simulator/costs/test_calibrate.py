"""Calibration with a clock that can be counted on, the file it makes, and the corpus."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chain.config import DEMO
from chain.eei import ScriptRuntime
from chain.validation import get_rules, validate_script
from chain.wasm import decode_module
from simulator.costs.calibrate import Calibration, MeasuredModule, calibrate
from simulator.costs.corpus import GENERATED_FUNCTIONS, build_corpus, build_module
from simulator.costs.profile_file import encode_profile, read_profile
from simulator.errors import UserError
from tests.helpers.scripts import read_script

RATES: dict[str, Any] = {
    "engine": "an engine",
    "validating_bytes_per_second": 17_000_000,
    "compiling_bytes_per_second": 1_500_000,
    "repeats": 3,
    "corpus": [],
}


MOST = 10**15


class Clock:
    """Seconds that pass only when somebody looks: the given steps, over and over."""

    def __init__(self, *steps: float) -> None:
        self._now = 0.0
        self._steps = steps
        self._looks: Iterator[int] = count()

    def __call__(self) -> float:
        look = next(self._looks)
        # Every second look ends a measurement.
        self._now += self._steps[look // 2 % len(self._steps)] if look % 2 else 100
        return self._now


def test_calibrate_takes_the_median_of_each_module() -> None:
    # Three times validating, three times compiling.
    clock = Clock(0.5, 0.25, 9, 4, 2, 1)

    calibration = calibrate(3, clock, {"hello": read_script("helloworld")})

    assert calibration.modules == (
        MeasuredModule("hello", len(read_script("helloworld")), 0.5, 2.0),
    )


def test_calibration_rate_is_of_all_bytes_over_all_seconds() -> None:
    modules = (MeasuredModule("a", 100, 1.0, 4.0), MeasuredModule("b", 300, 1.0, 6.0))

    calibration = Calibration(5, modules)

    assert (calibration.validating_rate, calibration.compiling_rate) == (200, 40)


def test_calibration_round_trip_through_a_file(tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    modules = (MeasuredModule("a", 1_000_000, 0.5, 2.0),)
    path.write_bytes(Calibration(1, modules).encode())

    profile = read_profile(path)

    assert (profile.name, profile.validating, profile.compiling) == ("measured", 2e6, 5e5)


def test_calibrate_tells_its_progress() -> None:
    done: list[int] = []

    calibrate(1, Clock(1), {name: build_module(1) for name in "ab"}, done.append)

    assert done == [1, 2]


def test_build_corpus_is_valid_and_always_the_same() -> None:
    corpus = build_corpus()

    rules = get_rules(replace(DEMO, max_code_bytes=1_048_576))
    for code in corpus.values():
        validate_script(code, rules, ScriptRuntime(DEMO.execution))
    assert corpus == build_corpus()
    assert set(GENERATED_FUNCTIONS) < set(corpus)
    assert "bad_float" not in corpus


def test_build_module_has_as_many_functions_as_asked_for() -> None:
    assert decode_module(build_module(5)).work.functions == 6


def test_read_profile_interpreter_compiles_nothing(tmp_path: Path) -> None:
    path = tmp_path / "interpreter.json"
    path.write_bytes(encode_profile({**RATES, "compiling_bytes_per_second": None}))

    assert read_profile(path).compiling is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "a letter"}, 'kind: must be "shardlab engine profile", not "a letter"'),
        ({"version": 2}, "version: must be 1, not 2"),
        (
            {"validating_bytes_per_second": -3},
            f"validating_bytes_per_second: must be a number from 1 to {MOST}, not -3",
        ),
        (
            {"validating_bytes_per_second": None},
            f"validating_bytes_per_second: must be a number from 1 to {MOST}, not null",
        ),
        (
            {"compiling_bytes_per_second": "fast"},
            f'compiling_bytes_per_second: must be a number from 1 to {MOST}, not "fast"',
        ),
        (
            {"compiling_bytes_per_second": True},
            f"compiling_bytes_per_second: must be a number from 1 to {MOST}, not true",
        ),
        (
            {"compiling_bytes_per_second": float("inf")},
            f"compiling_bytes_per_second: must be a number from 1 to {MOST}, not Infinity",
        ),
        (
            {"validating_bytes_per_second": 10**400},
            f"validating_bytes_per_second: must be a number from 1 to {MOST}, not 1{'0' * 56}...",
        ),
        ({"speed": 1}, "speed: unknown key (its value is 1)"),
    ],
)
def test_read_profile_wrong_value_is_named(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.json"
    document = json.loads(encode_profile(RATES))
    path.write_text(json.dumps({**document, **changes}), encoding="utf-8")

    with pytest.raises(UserError) as caught:
        read_profile(path)

    assert str(caught.value) == f"{path}: {message}"


@pytest.mark.parametrize("key", json.loads(encode_profile(RATES)))
def test_read_profile_missing_key_is_named_if_it_matters(key: str, tmp_path: Path) -> None:
    path = tmp_path / "short.json"
    document = json.loads(encode_profile(RATES))
    del document[key]
    path.write_text(json.dumps(document), encoding="utf-8")

    if key in {"engine", "repeats", "corpus"}:
        assert read_profile(path).validating == 17_000_000
    else:
        with pytest.raises(UserError, match=f"{key}: .*not missing"):
            read_profile(path)


@pytest.mark.parametrize("text", ["", "{", "[" * 10_000, "\x00", "rate: 5"])
def test_read_profile_not_json_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UserError, match="not the JSON that `shardlab calibrate` writes"):
        read_profile(path)


def test_read_profile_not_an_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text("[1]", encoding="utf-8")

    with pytest.raises(UserError, match=r"must be a JSON object, not \[1\]"):
        read_profile(path)


def test_read_profile_no_such_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.json: cannot be read: No such file"):
        read_profile(tmp_path / "none.json")
