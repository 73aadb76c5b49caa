"""The measurements for which a plain call of the benchmark fixture is not enough."""

from collections.abc import Callable
from typing import TypeVar

from pytest_benchmark.fixture import BenchmarkFixture

T = TypeVar("T")


def measure_once(benchmark: BenchmarkFixture, function: Callable[[], T]) -> T:
    """Measure one call: for what takes seconds."""
    return measure_rounds(benchmark, function, lambda: None, rounds=1)


def measure_rounds(
    benchmark: BenchmarkFixture, function: Callable[[], T], prepare: Callable[[], None], rounds: int
) -> T:
    """Measure calls, each after preparations of its own, which do not count."""
    last: T = benchmark.pedantic(  # type: ignore[no-untyped-call]  # it has no annotations
        function, setup=prepare, rounds=rounds
    )
    return last
