"""``shard-eager``: every shard, in the first slot that knows of a script."""

from dataclasses import replace

from chain.placement import MARKED_INVALID, MARKED_VALID
from chain.shard import get_mark
from chain.types import ScriptIndex
from tests.helpers.chain import CONFIG, FLOATER, PUSHER, Lab
from tests.helpers.placements import count_checks, refuse_shard_block


def build_lab(*codes: bytes) -> Lab:
    lab = Lab(replace(CONFIG, strategy="shard-eager"))
    lab.register(*codes)
    return lab


def test_shard_eager_every_shard_validates_once_whether_it_has_a_block_or_not() -> None:
    lab = build_lab(PUSHER, FLOATER)
    checks = []

    for _ in range(3):
        checks.append(count_checks(lab.effects))
        lab.advance()

    assert checks == [0, 8, 8]
    assert [list(shard.marks) for shard in lab.shards] == [[MARKED_VALID, MARKED_INVALID]] * 4


def test_shard_eager_script_is_not_usable_before_the_shards_slot_has_seen_it() -> None:
    lab = build_lab(PUSHER)

    before, effects = refuse_shard_block(lab)
    lab.advance()
    after = lab.add_shard_block()

    assert (before, effects) == ("script_not_usable", [])
    assert after.result is not None


def test_shard_eager_bad_script_is_refused_by_the_mark_on_every_shard() -> None:
    lab = build_lab(FLOATER)
    lab.advance()

    refusals = [refuse_shard_block(lab, shard=shard) for shard in range(4)]

    assert refusals == [("script_marked_invalid", [])] * 4


def test_shard_eager_marks_change_the_shards_root_and_not_the_beacon_chains() -> None:
    lab, plain = build_lab(PUSHER), Lab(replace(CONFIG, strategy="none"))
    plain.register(PUSHER)

    lab.advance()
    plain.advance()

    assert lab.shards[0].hash_tree_root != plain.shards[0].hash_tree_root
    assert lab.beacon.hash_tree_root == plain.beacon.hash_tree_root


def test_shard_eager_later_scripts_are_marked_behind_the_earlier_ones() -> None:
    lab = build_lab(FLOATER)
    lab.advance(2)
    lab.register(PUSHER)
    lab.advance()

    marks = [get_mark(lab.shards[2], ScriptIndex(index)) for index in (0, 1)]

    assert marks == [MARKED_INVALID, MARKED_VALID]
    assert count_checks(lab.effects) == 8
