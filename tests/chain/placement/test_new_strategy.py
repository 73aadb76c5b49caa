"""A new strategy is one new module: nothing else has to know it."""

import gc
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import chain.placement
from chain.effects import ScriptChecked
from chain.errors import InvalidShardBlock
from chain.placement import get_placements
from tests.helpers.chain import CONFIG, FLOATER, PUSHER, STATE, Lab

MODULE = "toy_even_size"
NAME = "toy-even-size"


@pytest.fixture
def toy() -> Iterator[str]:
    """Put the toy's file where strategies are looked for, and take it away again."""
    with pytest.MonkeyPatch.context() as patch:
        folder = str(Path(__file__).parent / "toy")
        patch.setattr(chain.placement, "__path__", [*chain.placement.__path__, folder])
        yield NAME
    sys.modules.pop(f"chain.placement.{MODULE}", None)
    vars(chain.placement).pop(MODULE, None)
    gc.collect()  # a class is found for as long as it lives
    assert NAME not in get_placements()


def test_new_strategy_is_found_by_being_there(toy: str) -> None:
    assert toy in get_placements()
    assert toy in Lab(replace(CONFIG, strategy=toy)).context.placement.name


def test_new_strategy_decides_which_scripts_run(toy: str) -> None:
    lab = Lab(replace(CONFIG, strategy=toy))

    # Every strategy of ours would have it the other way round.
    lab.register(FLOATER, PUSHER)
    transition = lab.add_shard_block(STATE, env=0)
    with pytest.raises(InvalidShardBlock) as caught:
        lab.add_shard_block(STATE, env=1, shard=1)

    assert (len(FLOATER) % 2, len(PUSHER) % 2) == (0, 1)
    assert [effect for effect in lab.effects if isinstance(effect, ScriptChecked)] == []
    assert transition.result is not None
    assert transition.result.outcome == "returned"
    assert caught.value.code == "script_marked_invalid"
