"""``shard-every-call`` and ``none``: nothing is ever remembered."""

from dataclasses import replace

import pytest

from chain.placement import UNMARKED
from tests.helpers.chain import CONFIG, FLOATER, PUSHER, STATE, TRAPPER, Lab
from tests.helpers.placements import count_checks, get_mark, refuse_shard_block


def build_lab(strategy: str, *codes: bytes) -> Lab:
    lab = Lab(replace(CONFIG, strategy=strategy))
    lab.register(*codes)
    lab.advance()
    return lab


@pytest.mark.parametrize("strategy", ["shard-every-call", "none"])
def test_unmarked_strategies_leave_no_mark_anywhere(strategy: str) -> None:
    lab = build_lab(strategy, PUSHER)

    lab.add_shard_block()
    lab.advance(2)

    assert get_mark(lab) == UNMARKED
    assert [len(shard.marks) for shard in lab.shards] == [0] * 4


def test_every_call_validates_at_every_call() -> None:
    lab = build_lab("shard-every-call", PUSHER)

    for _ in range(3):
        lab.add_shard_block()
        lab.advance()

    assert count_checks(lab.effects) == 3


def test_every_call_of_a_bad_script_fails_afresh_and_costs_the_block() -> None:
    lab = build_lab("shard-every-call", FLOATER)
    refusals = []

    for _ in range(2):
        code, effects = refuse_shard_block(lab)
        refusals.append((code, count_checks(effects)))
        lab.advance()

    assert refusals == [("script_invalid", 1)] * 2


def test_none_runs_whatever_runs_and_validates_nothing() -> None:
    lab = build_lab("none", FLOATER)

    transition = lab.add_shard_block(STATE)

    assert transition.result is not None
    assert transition.result.outcome == "returned"
    assert count_checks(lab.effects) == 0


@pytest.mark.parametrize("code", [TRAPPER, b"no module at all", b""])
def test_none_script_that_cannot_run_costs_whoever_calls_it_the_block(code: bytes) -> None:
    lab = build_lab("none", code)

    assert [refuse_shard_block(lab) for _ in range(2)] == [("script_failed", [])] * 2
