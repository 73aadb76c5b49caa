"""The results of a sweep as one Parquet file.

One row per point, in the order of the sweep. The same results make the same bytes: rows and columns
are in a stated order, the writer's settings are fixed, and nothing is in the file that differs
between machines, engines or days.

The only importer of pyarrow.

Source:
    Ours.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import parquet

from simulator.errors import RunFolderError
from simulator.sweep.plan import Point
from simulator.sweep.results import Outcome, PointResult

RESULTS_NAME: Final = "results.parquet"
METRIC_PREFIX: Final = "metrics."
"""Before the names of metrics: the key `slots` and the metric `slots` are two columns."""

_ROWS_PER_GROUP: Final = 10_000
_INT64: Final = range(-(2**63), 2**63)

Row = tuple[Point, PointResult]
ReadRows = Callable[[], Iterator[Row]]
"""Gives all rows, again each time: they may be too many to keep."""

_FIXED_FIRST: Final = (
    ("point", pa.string()),
    ("scenario", pa.string()),
    ("seed", pa.int64()),
)
_FIXED_LAST: Final = (
    ("outcome", pa.string()),
    ("expectations_met", pa.bool_()),
    ("unmet_expectations", pa.list_(pa.string())),
    ("findings", pa.list_(pa.string())),
    ("error", pa.string()),
    ("beacon_state_root", pa.string()),
)


@dataclass(slots=True)
class _Kinds:
    """Which kinds of values a column has."""

    kinds: set[type] = field(default_factory=set)

    def add(self, value: object) -> None:
        # A number too large for 64 bits makes the whole column one of floats.
        self.kinds.add(type(value))
        if type(value) is int and value not in _INT64:
            self.kinds.add(float)

    def choose_type(self) -> Any:  # noqa: ANN401 - pyarrow has no types for mypy
        """Return the narrowest type for all of them; whatever is no plain value is JSON."""
        kinds = self.kinds - {type(None)}
        if kinds == {bool}:
            return pa.bool_()
        if kinds == {int}:
            return pa.int64()
        if kinds and kinds <= {int, float}:
            return pa.float64()
        return pa.string()

    def encode(self, value: object) -> object:
        """Return a value as the column has it."""
        kinds = self.kinds - {type(None)}
        if value is None or kinds == {str}:
            return value
        if kinds == {int, float} and isinstance(value, int | float):
            # Arrow refuses whole numbers that no float is equal to; here they are rounded.
            return float(value)
        return json.dumps(value, default=str) if self.choose_type() == pa.string() else value


def write_results(
    path: Path,
    title: str,
    keys: Sequence[str],
    is_wanted: Callable[[str], bool],
    read_rows: ReadRows,
) -> None:
    """Write the file as a whole: readers see the old one or the new one.

    Args:
        path: The file.
        title: What the sweep asks.
        keys: The varied keys, in the order wanted.
        is_wanted: Tells which metrics are columns.
        read_rows: Gives the rows.

    Raises:
        RunFolderError: It cannot be written.
    """
    varied, metrics = _survey(keys, is_wanted, read_rows())
    schema = _build_schema(title, varied, metrics)
    temporary = path.with_name(f"{path.name}.part")
    try:
        with temporary.open("wb") as file:
            with _open_writer(file, schema) as writer:
                for rows in _group(read_rows()):
                    columns = _build_columns(rows, varied, metrics)
                    writer.write_table(pa.table(columns, schema=schema))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RunFolderError(
            f"{path}: cannot be written: {reason}; every result is kept in the journal beside it"
        ) from error


def _open_writer(file: Any, schema: Any) -> Any:  # noqa: ANN401 - pyarrow has no types for mypy
    return parquet.ParquetWriter(
        file,
        schema,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        use_dictionary=True,
        write_statistics=True,
    )


def _survey(
    keys: Sequence[str], is_wanted: Callable[[str], bool], rows: Iterable[Row]
) -> tuple[dict[str, _Kinds], dict[str, _Kinds]]:
    """Look at all values: a column's type is that of every row."""
    varied = {key: _Kinds() for key in keys}
    metrics: dict[str, _Kinds] = {}
    for point, result in rows:
        for key, value in point.settings.items():
            varied[key].add(value)
        for name, value in result.metrics.items():
            if is_wanted(name):
                metrics.setdefault(name, _Kinds()).add(value)
    return varied, dict(sorted(metrics.items()))


def _build_schema(title: str, varied: Mapping[str, _Kinds], metrics: Mapping[str, _Kinds]) -> Any:  # noqa: ANN401 - pyarrow has no types for mypy
    return pa.schema(
        [
            *_FIXED_FIRST,
            *((key, kinds.choose_type()) for key, kinds in varied.items()),
            *_FIXED_LAST,
            *((METRIC_PREFIX + name, kinds.choose_type()) for name, kinds in metrics.items()),
        ],
        metadata={"title": title},
    )


def _group(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield the rows in groups; one empty group of nothing."""
    group = list(islice(rows, _ROWS_PER_GROUP))
    yield group
    while group := list(islice(rows, _ROWS_PER_GROUP)):
        yield group


def _build_columns(
    rows: Sequence[Row], varied: Mapping[str, _Kinds], metrics: Mapping[str, _Kinds]
) -> dict[str, list[Any]]:
    points = [point for point, _ in rows]
    results = [result for _, result in rows]
    return {
        "point": [point.id for point in points],
        "scenario": [point.scenario for point in points],
        "seed": [point.seed for point in points],
        **{
            key: [kinds.encode(point.settings[key]) for point in points]
            for key, kinds in varied.items()
        },
        "outcome": [result.outcome.value for result in results],
        "expectations_met": [are_expectations_met(result) for result in results],
        "unmet_expectations": [list(result.unmet) for result in results],
        "findings": [list(result.findings) for result in results],
        "error": [result.error for result in results],
        "beacon_state_root": [result.beacon_state_root for result in results],
        **{
            METRIC_PREFIX + name: [kinds.encode(result.metrics.get(name)) for result in results]
            for name, kinds in metrics.items()
        },
    }


def are_expectations_met(result: PointResult) -> bool | None:
    """Tell whether every expectation holds; of a point that did not reach its end, nothing."""
    return not result.unmet if result.outcome is Outcome.COMPLETE else None
