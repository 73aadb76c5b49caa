"""The Parquet file: columns, types, rows, bytes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from simulator.errors import RunFolderError
from simulator.sweep import Outcome, Point, PointResult
from simulator.sweep.points import Choice
from simulator.sweep.table import Row, write_results


def make_row(number: int, settings: dict[str, Any], **result: Any) -> Row:  # noqa: ANN401 - any value
    choices = {key: Choice(value, ("grid", key)) for key, value in settings.items()}
    point = Point(f"{number:016x}", "tiny", choices, number, 2, (), 0)
    return point, PointResult(point.id, **{"outcome": Outcome.COMPLETE, **result})


def write(folder: Path, rows: list[Row], wanted: str = "") -> pa.Table:
    keys = list(rows[0][0].choices) if rows else []

    def read_rows() -> Iterator[Row]:
        return iter(rows)

    path = folder / "results.parquet"
    write_results(path, "A title", keys, lambda name: wanted in name, read_rows)
    return parquet.read_table(path)


def test_write_columns_come_in_a_stated_order_with_types(tmp_path: Path) -> None:
    rows = [
        make_row(1, {"slots": 2, "rate": 1}, metrics={"b": 1, "a": 2}, beacon_state_root="00"),
        make_row(2, {"slots": 3, "rate": 0.5}, metrics={"b": 1.5, "a": 3}, unmet=("a",)),
    ]

    table = write(tmp_path, rows)

    assert [(field.name, str(field.type)) for field in table.schema] == [
        ("point", "string"),
        ("scenario", "string"),
        ("seed", "int64"),
        ("slots", "int64"),
        ("rate", "double"),
        ("outcome", "string"),
        ("expectations_met", "bool"),
        ("unmet_expectations", "list<element: string>"),
        ("findings", "list<element: string>"),
        ("error", "string"),
        ("beacon_state_root", "string"),
        ("metrics.a", "int64"),
        ("metrics.b", "double"),
    ]
    assert table.column("rate").to_pylist() == [1.0, 0.5]
    assert table.column("expectations_met").to_pylist() == [True, False]
    assert table.schema.metadata[b"title"] == b"A title"


def test_write_point_without_result_has_no_metrics_and_no_judgement(tmp_path: Path) -> None:
    rows = [
        make_row(1, {"slots": 2}, metrics={"a": 2}),
        make_row(2, {"slots": 3}, outcome=Outcome.CRASHED, error="RuntimeError: x", trace="/home"),
    ]

    table = write(tmp_path, rows)

    assert table.column("outcome").to_pylist() == ["complete", "crashed"]
    assert table.column("metrics.a").to_pylist() == [2, None]
    assert table.column("expectations_met").to_pylist() == [True, None]
    assert table.column("error").to_pylist() == [None, "RuntimeError: x"]
    assert b"/home" not in (tmp_path / "results.parquet").read_bytes()


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        ([True, False], "bool", [True, False]),
        (["a", "b"], "string", ["a", "b"]),
        ([1, None], "int64", [1, None]),
        ([None, None], "string", [None, None]),
        ([1, "a"], "string", ["1", '"a"']),
        ([True, 1], "string", ["true", "1"]),
        ([(1, 2), {"a": "b"}], "string", ["[1, 2]", '{"a": "b"}']),
        ([2**63, 1], "double", [2.0**63, 1.0]),
        ([2**60 + 1, 0.5], "double", [2.0**60, 0.5]),
    ],
)
def test_write_varied_values_get_the_narrowest_type(
    values: list[Any], kind: str, read: list[Any], tmp_path: Path
) -> None:
    rows = [make_row(number, {"key": value}) for number, value in enumerate(values)]

    column = write(tmp_path, rows).column("key")

    assert (str(column.type), column.to_pylist()) == (kind, read)


def test_write_key_and_metric_of_one_name_are_two_columns(tmp_path: Path) -> None:
    table = write(tmp_path, [make_row(1, {"slots": 2}, metrics={"slots": 2})])

    assert {"slots", "metrics.slots"} <= set(table.column_names)


def test_write_only_wanted_metrics_are_columns(tmp_path: Path) -> None:
    rows = [make_row(1, {"slots": 2}, metrics={"costs.a": 1, "costs.b": 2, "slots": 2})]

    table = write(tmp_path, rows, wanted="costs.")

    assert [name for name in table.column_names if name.startswith("metrics.")] == [
        "metrics.costs.a",
        "metrics.costs.b",
    ]


def test_write_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    rows = [
        make_row(n, {"slots": n}, metrics={"b": n / 7, "a": n}, findings=("x",)) for n in range(50)
    ]
    shuffled = [
        (point, PointResult(**{**result.to_json(), "metrics": {"a": n, "b": n / 7}}))
        for n, (point, result) in enumerate(rows)
    ]
    files = []
    for name, each in (("a", rows), ("b", shuffled)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, each)
        files.append((tmp_path / name / "results.parquet").read_bytes())

    assert files[0] == files[1]


def test_write_many_rows_go_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.sweep.table._ROWS_PER_GROUP", 3)
    rows = [make_row(n, {"slots": n}, metrics={"a": n}) for n in range(7)]

    table = write(tmp_path, rows)

    assert table.column("metrics.a").to_pylist() == list(range(7))
    assert parquet.ParquetFile(tmp_path / "results.parquet").num_row_groups == 3


def test_write_full_disk_is_named_and_the_old_file_stays(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that is always full")
    (tmp_path / "results.parquet").write_bytes(b"old")
    (tmp_path / "results.parquet.part").symlink_to("/dev/full")

    with pytest.raises(RunFolderError, match="No space left on device; every result is kept"):
        write(tmp_path, [make_row(1, {"slots": 2}, metrics={"a": 1})])

    assert (tmp_path / "results.parquet").read_bytes() == b"old"
