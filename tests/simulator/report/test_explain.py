"""Every kind of event is told, or drawn; what is told is a sentence."""

import re

import pytest

from simulator import events
from simulator.events import BEACON, EVENT_KINDS, Event
from simulator.report.explain import tell
from tests.helpers.events import (
    SAMPLES,
    faulted,
    marked,
    orphaned,
    registered,
    shard_block,
    submitted,
    validated,
)

DRAWN = {
    events.BeaconBlockAccepted,
    events.CrosslinkIncluded,
    events.DepositCreated,
    events.DepositStep,
    events.SlotClosed,
    events.WitnessServed,
}
"""Cells, arcs, lines of the panel; witnesses are part of a block's data."""


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.kind)
def test_tell_every_kind_is_a_sentence_or_drawn(event: Event) -> None:
    story = tell(event)

    if story is None:
        assert type(event) in DRAWN | {events.ShardBlockAccepted}
    else:
        assert re.fullmatch(r"\S.*\.", story.text)
        assert "None" not in story.text
        assert story.tone in {"good", "bad", "plain"}


def test_samples_are_of_every_kind() -> None:
    assert {event.kind for event in SAMPLES} == set(EVENT_KINDS)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            events.ShardBlockRejected(
                5, "shard 3", 3, 12, "endless", "script_failed", "", "out_of_fuel", 9
            ),
            (
                "Shard 3 refused the block of validator 12, which called endless: script_failed, "
                "instructions and host calls used up the fuel (out_of_fuel)."
            ),
        ),
        (
            events.ShardBlockRejected(5, "shard 0", 0, 1, "relay", "wrong_parent", ""),
            (
                "Shard 0 refused the block of validator 1, which called relay: wrong_parent, it "
                "does not stand on the last block."
            ),
        ),
        (
            events.ScriptRegistered(1, BEACON, "float", 2, 0, 1_500_000_000, "float_type"),
            (
                "float was registered as script 2 for 1.5 ETH, and can never run: float_type, "
                "against the rule that no value is a float."
            ),
        ),
        (
            shard_block(noop_rule="not_run"),
            "Shard 2 took a block without running relay in it: its placement had not let it run.",
        ),
        (
            orphaned(24, 1),
            (
                "The beacon block of slot 24 turned out to be on the losing fork; shard 1's "
                "crosslink in it is gone."
            ),
        ),
        (
            events.PoolFunded(3, BEACON, "manager", 0, 10**9, "withdrawn"),
            "1 ETH left the beacon chain for manager on shard 0.",
        ),
        (marked(), "The beacon chain remembers about relay: there is no verdict yet."),
        (submitted(), "Account 0 asks for relay to be registered, 1,000 bytes of code."),
        (registered(fee=10**9), "relay was registered as script 0, for a fee of 1 ETH."),
    ],
)
def test_tell_says_what_happened_and_why(event: Event, text: str) -> None:
    story = tell(event)

    assert story is not None
    assert story.text == text


def test_tell_fault_that_failed_says_so() -> None:
    story = tell(faulted("replay", 10**9, succeeded=False))

    assert story is not None
    assert story.text.endswith("1 ETH). The chains did not let it happen.")


def test_tell_validation_of_a_bad_script_gives_code_and_offset() -> None:
    story = tell(validated("beacon nodes", new_nodes=9, rule="float_type"))

    assert story is not None
    assert "found a broken rule at byte 0: float_type" in story.text
