"""Do the tests notice small changes to the chain's code? Mutation testing with mutmut.

Source:
    Ours: all changes there are would take days, so that a sample drawn by the seed speaks for
    them.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.lying.rules import ROOT
from tests.trust.lying.selection import list_near
from tests.trust.mutants.survivors import explain
from tests.trust.mutants.workshop import Workshop

_FOLDER: Final = ROOT / "build" / "mutants"
_CHEAP: Final = "chain.merkle.x_concatenate__mutmut_1"
"""Something to try while everything is prepared."""

_SAMPLE: Final = 400
_TOLD: Final = tuple(
    f"tests/test_docs.py::test_reference_page_is_current[docs/{page}.md]"
    for page in ("eei", "validation-rules")
)
"""Tests that compare pages with what they are rendered from."""

_LEAST_NOTICED: Final = 0.9
_MISSED: Final = "no test failed"
_NOTICED: Final = {
    "killed": "a test failed",
    "timeout": "tests ran far longer than without the change, and were ended",
    "segfault": "the process died",
}


def _examine(cases: Cases, tally: Tally) -> None:
    """Try the mutants with some numbers, of all in an order that the seed draws."""
    workshop = Workshop.open(ROOT, _FOLDER)
    workshop.prepare(_CHEAP)
    names = workshop.list_mutants()
    tally.peak("changes there are", len(names))
    Random(cases.seed).shuffle(names)  # noqa: S311 - must repeat
    numbers = {names[number]: number for number in cases}
    for name, result in workshop.try_mutants(numbers).items():
        if result in _NOTICED:
            tally.count(_NOTICED[result])
            continue
        change = workshop.show(name)
        reason = explain(change)
        groups = () if reason else _list_tests(change.file)
        if any(workshop.is_noticed_from_the_start(name, tests) for tests in groups):
            tally.count("a test failed that loads the changed code anew")
            continue
        tally.count(_MISSED)
        if reason:
            tally.explain(reason)
            tally.tell("change that no test notices | why it may stay so", str(change), reason)
        else:
            tally.fail(numbers[name], f"{change} ({result})")
    if tally.outcomes[_MISSED] > (1 - _LEAST_NOTICED) * len(cases):
        tally.fail(0, f"{tally.outcomes[_MISSED]} of {len(cases)} are not noticed")


def _list_tests(file: str) -> Iterator[tuple[str, ...]]:
    """Yield tests, group by group: those most likely to notice first, all of the chain last."""
    yield (*list_near(file), *_TOLD)
    yield ("tests/chain",)


EXPERIMENTS: Final = (
    Experiment(
        name="mutants",
        section=Section.KEEPING,
        claim="More than nine of ten small changes to the chain's code fail one of its tests.",
        method=(
            "mutmut changes every function of `chain/` in every small way it knows: an operator, "
            "a number, a name, an argument, a text. Of all these changes a random sample, whose "
            "share of noticed ones is that of all within three in a hundred, is tried with the "
            "quick tests in `tests/chain` that run the function, and, if none of "
            "them fails, with all of them and those of the pages rendered from the chain, in a "
            "fresh process. Explained are changes that no test notices and that need none, each "
            "with its reason; they count as not noticed."
        ),
        unit="changes",
        full=_SAMPLE,
        quick=0,  # preparing takes ten minutes: its parts have tests of their own
        examine=_examine,
        is_parallel=False,  # mutmut has processes of its own
    ),
)
