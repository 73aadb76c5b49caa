"""A new strategy is one new module: nothing else has to know it."""

import gc
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import chain.placement
from chain.effects import Effect, ScriptChecked
from chain.errors import InvalidBeaconBlock, InvalidShardBlock
from chain.placement import MARKED_INVALID, MARKED_VALID, ReportDraft, get_placements
from chain.types import ScriptIndex, ShardIndex, ValidatorIndex
from tests.helpers.chain import CONFIG, FLOATER, PUSHER, STATE, Lab
from tests.helpers.keys import make_key, sign_report

MODULE = "chain.placement.toy_optimistic"
NAME = "toy-optimistic"


@pytest.fixture
def toy() -> Iterator[str]:
    """Put the toy's file where strategies are looked for, and take it away again."""
    with pytest.MonkeyPatch.context() as patch:
        folder = str(Path(__file__).parent / "toy")
        patch.setattr(chain.placement, "__path__", [*chain.placement.__path__, folder])
        yield NAME
    sys.modules.pop(MODULE, None)
    vars(chain.placement).pop("toy_optimistic", None)
    gc.collect()  # a class is found for as long as it lives
    assert NAME not in get_placements()


def build_lab(strategy: str) -> Lab:
    """Register a bad and a good script at slot 1.

    Not a fixture: pytest would keep the lab, and so the toy's class, beyond the test.
    """
    lab = Lab(replace(CONFIG, strategy=strategy))
    lab.register(FLOATER, PUSHER)
    return lab


def object_to(lab: Lab, script: int) -> list[Effect]:
    lab.advance()
    report = sign_report(
        make_key("validator/0"),
        reporter=0,
        slot=lab.beacon.slot,
        script=script,
        data=b"objection",
    )
    return lab.add_beacon_block(validation_reports=[report])


def test_new_strategy_is_found_by_being_there(toy: str) -> None:
    assert toy in get_placements()
    assert toy in Lab(replace(CONFIG, strategy=toy)).context.placement.name


def test_new_strategy_lets_scripts_run_before_anybody_has_validated_them(toy: str) -> None:
    lab = build_lab(toy)
    checked = [effect for effect in lab.effects if isinstance(effect, ScriptChecked)]

    transition = lab.add_shard_block(STATE, env=0)

    assert checked == []
    assert transition.result is not None
    assert transition.result.outcome == "returned"


def test_new_strategy_asks_for_reports_and_judges_them(toy: str) -> None:
    lab = build_lab(toy)
    check = lab.context.checker.check
    drafts = lab.context.placement.decide_reports(
        lab.beacon, lambda _, code: check(code), lab.config
    )

    effects = object_to(lab, 0)

    assert drafts == (ReportDraft(ValidatorIndex(0), ScriptIndex(0), b"objection"),)
    assert [type(effect) for effect in effects] == [ScriptChecked]
    assert lab.beacon.execution_scripts[0].mark == MARKED_INVALID


def test_new_strategy_calls_blocks_back_and_refuses_new_ones(toy: str) -> None:
    lab = build_lab(toy)
    lab.add_shard_block(STATE, env=0)
    before = lab.beacon

    object_to(lab, 0)

    reverted_from = lab.context.placement.get_reverted_from(before, lab.beacon, ShardIndex(0), [])
    assert reverted_from == 1
    with pytest.raises(InvalidShardBlock) as caught:
        lab.add_shard_block(STATE, env=0)
    assert caught.value.code == "script_marked_invalid"


def test_new_strategy_looks_after_its_marks_between_blocks(toy: str) -> None:
    lab = build_lab(toy)
    pending = []

    for _ in range(6):
        pending.append(lab.beacon.execution_scripts[1].mark != MARKED_VALID)
        lab.advance()

    # Registered at slot 1, open for four slots, settled at the start of slot 6.
    assert pending == [True, True, True, True, True, False]


@pytest.mark.parametrize(
    ("script", "wait", "code"), [(1, 0, "objection_unfounded"), (0, 5, "window_closed")]
)
def test_new_strategy_refuses_with_its_own_codes(
    toy: str, script: int, wait: int, code: str
) -> None:
    lab = build_lab(toy)
    lab.advance(wait)

    with pytest.raises(InvalidBeaconBlock) as caught:
        object_to(lab, script)

    assert caught.value.code == code
