"""Marks on shards: one for every script that was called there, and none before it."""

from chain.effects import Effect, MarkWritten
from chain.placement import MARKED_INVALID, MARKED_VALID, UNMARKED
from chain.placement.marks import write_shard_mark
from chain.types import ScriptIndex
from tests.helpers.chain import Lab

SHARD = 3


def test_write_shard_mark_fills_up_to_a_new_script_and_replaces_older_marks() -> None:
    effects: list[Effect] = []
    draft = Lab().shards[SHARD].draft()
    lengths = []

    for env, mark in ((2, MARKED_VALID), (0, MARKED_INVALID), (2, MARKED_INVALID)):
        write_shard_mark(draft, ScriptIndex(env), mark, effects)
        lengths.append(len(draft.marks))

    assert lengths == [3, 3, 3]
    assert list(draft.marks) == [MARKED_INVALID, UNMARKED, MARKED_INVALID]
    assert effects == [
        MarkWritten(ScriptIndex(2), draft.parent_block.shard, MARKED_VALID),
        MarkWritten(ScriptIndex(0), draft.parent_block.shard, MARKED_INVALID),
        MarkWritten(ScriptIndex(2), draft.parent_block.shard, MARKED_INVALID),
    ]
