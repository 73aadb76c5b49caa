"""``committee``: votes, verdicts, renewals, and committees that lie."""

from dataclasses import replace

import pytest

from chain.config import ChainConfig
from chain.placement import (
    MARKED_INVALID,
    MARKED_VALID,
    MarkedVerdict,
    ReportDraft,
)
from chain.placement.committee import VOTE_INVALID, VOTE_VALID
from chain.placement.seats import get_adversary
from chain.types import ScriptIndex, Slot, ValidatorIndex
from tests.helpers.chain import ACTIVE, CONFIG, FLOATER, PUSHER, PUSHERS, Lab
from tests.helpers.placements import (
    advance_until,
    ask_reports,
    get_mark,
    refuse_report,
    refuse_shard_block,
    report,
)

SCRIPT = ScriptIndex(0)
SETTINGS = replace(CONFIG, strategy="committee", committee_size=6, verdict_epochs=4)
"""Six of the twelve on duty vote, four make a verdict, and it holds for 32 slots."""


def build_lab(*codes: bytes, config: ChainConfig = SETTINGS) -> Lab:
    """Register scripts in slot 1, and come to slot 2, in which the committee may vote."""
    lab = Lab(config)
    lab.register(*codes)
    lab.advance()
    return lab


def is_pending(lab: Lab, script: int = 0) -> bool:
    return get_mark(lab, script)[:1] == b"\x02"


def vote_all(lab: Lab) -> None:
    """Include as many of the votes as make the verdict."""
    report(lab, *ask_reports(lab)[:4])


def test_committee_members_are_drawn_by_seed_and_script() -> None:
    lab = build_lab(PUSHER, *PUSHERS[:1])
    other = build_lab(PUSHER, config=replace(SETTINGS, shuffling_seed=b"\x01" * 32))  # type: ignore[arg-type]  # a Root

    drafts = ask_reports(lab)
    first, second = ([d.reporter for d in drafts if d.script == script] for script in (0, 1))

    assert len(set(first)) == len(set(second)) == 6
    assert max(first + second) < ACTIVE
    assert first != second
    assert first != [draft.reporter for draft in ask_reports(other)]
    assert [d.reporter for d in ask_reports(build_lab(PUSHER))] == first


def test_committee_verdict_needs_two_thirds_of_the_seats() -> None:
    lab = build_lab(PUSHER)
    drafts = ask_reports(lab)

    report(lab, *drafts[:3])
    after_three = is_pending(lab)
    lab.advance()
    report(lab, drafts[3])

    assert {draft.data for draft in drafts} == {VOTE_VALID}
    assert after_three
    assert not is_pending(lab)


@pytest.mark.parametrize(("quorum", "needed"), [((1, 1), 6), ((5, 6), 5), ((4, 7), 4)])
def test_committee_quorum_is_configurable(quorum: tuple[int, int], needed: int) -> None:
    lab = build_lab(PUSHER, config=replace(SETTINGS, committee_quorum=quorum))
    drafts = ask_reports(lab)

    report(lab, *drafts[: needed - 1])
    before = is_pending(lab)
    lab.advance()
    report(lab, drafts[needed - 1])

    assert (before, is_pending(lab)) == (True, False)


def test_committee_verdict_holds_from_the_crosslink_that_carries_it() -> None:
    lab = build_lab(PUSHER)
    lab.advance()
    vote_all(lab)

    # Voted in slot 3: a crosslink of slot 4 reaches up to slot 3.
    refused, _ = refuse_shard_block(lab)
    lab.advance()
    accepted = lab.add_shard_block()

    assert refused == "script_not_usable"
    assert accepted.result is not None
    placement = lab.context.placement
    verdict = MarkedVerdict(is_valid=True, until=Slot(4 + 32))
    assert placement.get_verdict(get_mark(lab)) == verdict


def test_committee_rejects_a_bad_script_for_good_and_drops_its_code() -> None:
    lab = build_lab(FLOATER)

    vote_all(lab)
    lab.advance(2)

    assert (get_mark(lab), lab.beacon.execution_scripts[0].code) == (MARKED_INVALID, b"")
    assert refuse_shard_block(lab) == ("script_marked_invalid", [])
    assert ask_reports(lab) == ()
    assert lab.context.placement.get_verdict(MARKED_INVALID) == MarkedVerdict(is_valid=False)


def test_committee_in_the_hands_of_the_adversary_is_wrong_about_everything() -> None:
    lab = build_lab(FLOATER, PUSHER, config=replace(SETTINGS, honest_share=0.0))
    drafts = ask_reports(lab)

    for script in (0, 1):
        report_of = [draft for draft in drafts if draft.script == script]
        report(lab, *report_of[:4])
        lab.advance()
    lab.advance_to(6)

    assert get_mark(lab, 0)[:1] == MARKED_VALID
    assert get_mark(lab, 1) == MARKED_INVALID
    assert lab.add_shard_block(env=0).result is not None


@pytest.mark.parametrize(("share", "liars"), [(1.0, 0), (0.75, 3), (0.5, 6), (0.0, 12)])
def test_committee_adversary_is_the_configured_share_of_those_on_duty(
    share: float, liars: int
) -> None:
    lab = build_lab(PUSHER, config=replace(SETTINGS, honest_share=share, committee_size=12))
    adversary = get_adversary(lab.beacon, lab.beacon.slot, lab.config)

    opposed = {draft.reporter for draft in ask_reports(lab) if draft.data == VOTE_INVALID}

    assert len(adversary) == liars
    assert opposed == adversary


def test_committee_that_cannot_agree_is_replaced_after_an_epoch() -> None:
    lab = build_lab(PUSHER, config=replace(SETTINGS, honest_share=0.5, committee_size=12))
    first = ask_reports(lab)
    report(lab, *first)
    waiting = []

    for _ in range(7):
        lab.advance()
        waiting.append(len(ask_reports(lab)))

    # All have voted, six against six; the next committee begins in slot 1 + 8.
    assert waiting == [0, 0, 0, 0, 0, 0, 12]
    assert [d.reporter for d in ask_reports(lab)] != [d.reporter for d in first]


def test_committee_renews_its_verdict_without_a_gap() -> None:
    lab = build_lab(PUSHER)
    vote_all(lab)
    old_until = 4 + 32
    advance_until(lab, lambda: ask_reports(lab) != ())
    renewal_slot = lab.beacon.slot

    vote_all(lab)
    lab.advance_to(old_until)

    # An epoch for the vote, and what its crosslink takes after that.
    assert old_until - 8 - 2 <= renewal_slot < old_until - 8
    assert lab.add_shard_block().result is not None


def test_committee_verdict_that_nobody_renews_ends() -> None:
    lab = build_lab(PUSHER)
    vote_all(lab)
    lab.advance_to(35)
    assert lab.add_shard_block().result is not None

    lab.advance()

    assert is_pending(lab)
    assert lab.context.placement.get_verdict(get_mark(lab)) is None
    assert refuse_shard_block(lab)[0] == "script_not_usable"


def test_committee_renewal_can_reject_what_the_last_one_accepted() -> None:
    lab = build_lab(FLOATER)
    members = [draft.reporter for draft in ask_reports(lab)]
    report(lab, *[ReportDraft(member, SCRIPT, VOTE_VALID) for member in members[:4]])
    accepted = get_mark(lab)[:1]

    advance_until(lab, lambda: ask_reports(lab) != ())
    vote_all(lab)

    assert accepted == MARKED_VALID
    assert get_mark(lab) == MARKED_INVALID


def test_committee_refuses_votes_with_its_own_codes() -> None:
    lab = build_lab(PUSHER)
    drafts = ask_reports(lab)
    outsider = min(set(map(ValidatorIndex, range(ACTIVE))) - {d.reporter for d in drafts})

    assert refuse_report(lab, replace(drafts[0], data=b"maybe")) == "malformed_vote"
    assert refuse_report(lab, replace(drafts[0], reporter=outsider)) == "not_on_committee"
    twice = (drafts[0], replace(drafts[0], data=VOTE_INVALID))
    assert refuse_report(lab, *twice) == "voted_already"
    assert refuse_report(lab, *drafts[:5]) == "vote_not_open"


def test_committee_smaller_registry_than_committee_lets_everybody_vote() -> None:
    lab = build_lab(PUSHER, config=replace(SETTINGS, committee_size=100))

    assert sorted(draft.reporter for draft in ask_reports(lab)) == list(range(ACTIVE))
