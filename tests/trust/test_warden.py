"""What happens to a process is an answer: its death, its silence, what escapes from it."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.trust.experiment import Cases, Tally
from tests.trust.hostile import documented, warden
from tests.trust.hostile.warden import Answer, try_guarded

DIES, RAISES, HANGS, LAST = 2, 3, 4, 6


def misbehave(_cases: Cases, number: int, _folder: Path) -> Answer:
    if number == DIES:
        os.kill(os.getpid(), signal.SIGSEGV)
    if number == RAISES:
        raise ValueError("escaped")
    if number == HANGS:
        time.sleep(1_000)
    return Answer(["well"], peaks={"number": number})


@pytest.mark.slow
def test_try_guarded_tells_of_crashes_and_hangs_and_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(warden, "MOST_SECONDS", 20.0)
    tally = Tally()

    try_guarded(misbehave, Cases("any", 1, range(LAST + 1)), tally)

    assert tally.outcomes == {"well": 4}
    assert tally.peaks["number"] == LAST
    assert tally.peaks["MiB resident"] > 1
    died, raised, hung = tally.failures
    assert died == f"case {DIES}: crash: the process ended with {-signal.SIGSEGV}"
    assert raised.startswith(f"case {RAISES}: crash: Traceback")
    assert raised.strip().endswith("ValueError: escaped")
    assert hung == f"case {HANGS}: hangs: no answer within 20 s"


def test_documented_names_are_read_from_the_page() -> None:
    outcomes, rules, refusals = (
        documented.read_outcomes(),
        documented.read_rules(),
        documented.read_refusals(),
    )

    assert {"returned", "out_of_fuel", "overran", "trapped:unreachable"} <= outcomes
    assert {"magic", "type_check", "too_many_types"} <= rules
    assert {"script_failed", "wrong_shard"} <= refusals
    assert "codes" not in outcomes | rules | refusals
