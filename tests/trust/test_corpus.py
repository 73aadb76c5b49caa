"""The saved input of the fuzzer: none fails any more, and together they come to all outcomes."""

import pytest

from tests.trust.corpus import MOST_BYTES, list_inputs, measure_corpus
from tests.trust.fuzz import shrink
from tests.trust.fuzz_targets import TARGETS, Target
from tests.trust.hostile.bounded import BoundedJudge


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_saved_input_never_fails(target: Target) -> None:
    paths = list(list_inputs(target))
    with BoundedJudge(target.judge) as bounded:
        verdicts = {path.name: bounded.judge(path.read_bytes()) for path in paths}

    assert {name: verdict.failure for name, verdict in verdicts.items() if verdict.failure} == {}
    assert len({verdict.outcome for verdict in verdicts.values()}) >= 2


def test_corpus_is_small() -> None:
    assert 0 < measure_corpus() <= MOST_BYTES


def test_shrink_keeps_what_the_failure_needs() -> None:
    class Picky(BoundedJudge):
        def __init__(self) -> None:
            pass

        def judge(self, data: bytes) -> "object":  # type: ignore[override]  # only one field counts
            return type("Verdict", (), {"failure": "x" if b"bad" in data else ""})

    assert shrink(Picky(), b"good" * 100 + b"bad" + b"good" * 100) == b"bad"
