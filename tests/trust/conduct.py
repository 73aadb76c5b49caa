"""Conducting an experiment, in this process or in several."""

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from tests.trust.experiment import Cases, Experiment, Tally
from tests.trust.register import get_experiment

_CHUNKS_PER_WORKER = 8


def conduct(experiment: Experiment, seed: int, *, is_full: bool, workers: int = 1) -> Tally:
    """Try an experiment's cases and return what came of them."""
    cases = experiment.select_cases(seed, is_full=is_full)
    if workers == 1 or not experiment.is_parallel:
        return _examine(experiment, cases)
    return _gather(experiment, list(_split(cases, workers * _CHUNKS_PER_WORKER)), workers)


def _examine(experiment: Experiment, cases: Cases) -> Tally:
    tally = Tally(tried=len(cases))
    experiment.examine(cases, tally)
    return tally


def _examine_by_name(name: str, cases: Cases) -> Tally:
    return _examine(get_experiment(name), cases)


def _split(cases: Cases, parts: int) -> Iterator[Cases]:
    size = max(1, -(-len(cases) // parts))
    for start in range(0, len(cases), size):
        yield Cases(cases.experiment, cases.seed, cases.numbers[start : start + size])


def _gather(experiment: Experiment, chunks: list[Cases], workers: int) -> Tally:
    total = Tally()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = [pool.submit(_examine_by_name, experiment.name, chunk) for chunk in chunks]
        for tally in _collect(chunks, futures):
            total.add(tally)
    return total


def _collect(chunks: Iterable[Cases], futures: Iterable[Future[Tally]]) -> Iterator[Tally]:
    """Return what chunks came to; a process that died is a failure, not an error of ours."""
    for chunk, future in zip(chunks, futures, strict=True):
        try:
            yield future.result()
        except BrokenProcessPool:
            lost = Tally(tried=len(chunk))
            lost.fail(chunk.numbers[0], f"a process died within {len(chunk)} cases from here")
            yield lost
