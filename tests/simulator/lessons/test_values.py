"""Values: where they come from, and how they are written."""

from pathlib import Path
from typing import Any

import pytest

from simulator.lessons.values import Record, format_value
from tests.helpers.lessons import build_lesson

PARTS = {"prose": "Nothing."}


def compute(folder: Path, slot: int = 4, /, **value: Any) -> object:  # noqa: ANN401 - any value
    record = Record(build_lesson(folder, PARTS, asked=value))
    record.main.run_to(slot)
    return record.compute("asked")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"config": "shard_count"}, 4),
        ({"config": "execution.max_fuel"}, 400_000_000),
        ({"scenario": "genesis.validators"}, 8),
        ({"slot": "now"}, 3),
        ({"slot": "end"}, 4),
        ({"metric": "beacon.blocks"}, 3),
        ({"event": {"kind": "slot_closed"}, "pick": "count"}, 3),
        ({"event": {"kind": "slot_closed", "slot": 2}, "pick": "count"}, 1),
        ({"event": {"kind": "slot_closed", "burned": True}, "pick": "count"}, 0),
        ({"event": {"kind": "slot_closed", "burned": False}, "pick": "count"}, 3),
        ({"event": {"kind": "slot_closed"}, "field": "slot"}, 1),
        ({"event": {"kind": "slot_closed"}, "field": "slot", "pick": "last"}, 3),
        ({"event": {"kind": "slot_closed"}, "field": "slot", "pick": "total"}, 6),
        ({"event": {"kind": "slot_closed"}, "field": "slot", "pick": "largest"}, 3),
        ({"event": {"kind": "slot_closed"}, "field": "beacon_state_root", "read": "size"}, 32),
    ],
)
def test_value_comes_from_its_source(
    tmp_path: Path, value: dict[str, Any], expected: object
) -> None:
    assert compute(tmp_path, 3, **value) == expected


@pytest.mark.parametrize(
    ("operation", "expected"), [("sum", 12), ("difference", 4), ("product", 32), ("quotient", 2)]
)
def test_value_is_computed_from_others(tmp_path: Path, operation: str, expected: int) -> None:
    lesson = build_lesson(
        tmp_path,
        PARTS,
        shards={"config": "shard_count"},
        validators={"scenario": "genesis.validators"},
        both={operation: ["validators", "shards"]},
    )
    assert Record(lesson).compute("both") == expected


def test_value_read_as_integer_is_little_endian(tmp_path: Path) -> None:
    asked = {"event": {"kind": "slot_closed"}, "field": "beacon_state_root"}
    root = compute(tmp_path, **asked)
    number = compute(tmp_path, **asked, read="integer")

    assert isinstance(root, str)
    assert number == int.from_bytes(bytes.fromhex(root)[:8], "little")


@pytest.mark.parametrize(
    ("value", "show", "unit", "text"),
    [
        (1_234, "plain", "", "1,234"),
        (0, "plain", "slot", "0 slots"),
        (1, "plain", "slot", "1 slot"),
        (2, "plain", "slot", "2 slots"),
        (2.0, "times", "", "2 times"),
        (0.12345, "plain", "", "0.123"),
        (99477.7, "plain", "", "99,478"),
        (5_000_000_000, "eth", "", "5 ETH"),
        ("aabbccddeeff", "root", "", "aabbccdd"),
        (bytes(8), "root", "", "00000000"),
        (1.2345, "milliseconds", "", "1,234 ms"),
        (0.0005, "seconds", "", "0.0005 s"),
        ("shard 3", "plain", "", "shard 3"),
    ],
)
def test_format_value_writes_it_for_people(value: object, show: str, unit: str, text: str) -> None:
    assert format_value(value, show, unit) == text
