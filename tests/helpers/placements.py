"""What tests of placements ask a lab: who validated, what marks say, and who reports."""

from collections.abc import Callable, Sequence

import pytest

from chain.containers import ValidationReport
from chain.effects import BondSettled, Effect, ScriptChecked
from chain.encoding import encode
from chain.errors import InvalidBeaconBlock, InvalidShardBlock
from chain.placement import ReportDraft
from chain.shard import apply_shard_block
from tests.helpers.chain import Lab
from tests.helpers.keys import sign_report


def count_checks(effects: Sequence[Effect]) -> int:
    """How often nodes were made to validate."""
    return sum(isinstance(effect, ScriptChecked) for effect in effects)


def get_bonds(effects: Sequence[Effect]) -> list[tuple[int, int, int]]:
    """What was returned, rewarded and burned, bond by bond."""
    return [
        (effect.returned, effect.rewarded, effect.burned)
        for effect in effects
        if isinstance(effect, BondSettled)
    ]


def get_objectors(effects: Sequence[Effect]) -> list[int | None]:
    """Return who objected, for every bond that was settled."""
    return [effect.reporter for effect in effects if isinstance(effect, BondSettled)]


def get_mark(lab: Lab, script: int = 0) -> bytes:
    """A script's mark on the beacon chain."""
    return lab.beacon.execution_scripts[script].mark


def refuse_shard_block(lab: Lab, *, env: int = 0, shard: int = 0) -> tuple[str, list[Effect]]:
    """The refusal of a shard block, and what nodes did before they refused it."""
    state, effects = lab.shards[shard], list[Effect]()
    encoded = encode(lab.build_shard_block(env=env, shard=shard))
    with pytest.raises(InvalidShardBlock) as caught:
        apply_shard_block(state, encoded, lab.beacon, lab.context, effects)
    assert lab.shards[shard] == state
    return caught.value.code, effects


def ask_reports(lab: Lab) -> tuple[ReportDraft, ...]:
    """What validators want to say in this slot."""
    check = lab.context.checker.check
    return lab.context.placement.decide_reports(lab.beacon, lambda _, code: check(code), lab.config)


def sign(lab: Lab, draft: ReportDraft) -> ValidationReport:
    """Sign a report in its author's name."""
    return sign_report(
        lab.keys[draft.reporter],
        reporter=draft.reporter,
        script=draft.script,
        slot=lab.beacon.slot,
        data=draft.data,
    )


def report(lab: Lab, *drafts: ReportDraft) -> list[Effect]:
    """Include reports in the block of the current slot."""
    return lab.add_beacon_block(validation_reports=[sign(lab, draft) for draft in drafts])


def refuse_report(lab: Lab, *drafts: ReportDraft) -> str:
    """The code for which a block with these reports is refused; the state is kept."""
    before = lab.beacon
    with pytest.raises(InvalidBeaconBlock) as caught:
        report(lab, *drafts)
    assert lab.beacon == before
    return caught.value.code


def advance_until(lab: Lab, condition: Callable[[], bool], most_slots: int = 200) -> None:
    """Let slots pass until something is true."""
    for _ in range(most_slots):
        if condition():
            return
        lab.advance()
    pytest.fail(f"not within {most_slots} slots")
