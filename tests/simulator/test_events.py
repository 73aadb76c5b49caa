"""Records of what happened: frozen, complete by kind, and plain enough to be written down."""

import dataclasses
import json

import pytest

from simulator import events
from simulator.events import EVENT_KINDS, Event, name_shard
from tests.helpers.events import SAMPLES


def test_event_kinds_lists_every_record_by_its_name() -> None:
    records = {kind.kind: kind for kind in Event.__subclasses__()}

    assert records == EVENT_KINDS
    assert all(records)


def test_samples_have_one_of_every_kind() -> None:
    assert sorted(type(sample).kind for sample in SAMPLES) == sorted(EVENT_KINDS)


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.kind)
def test_get_details_with_slot_and_chain_make_the_record_again(event: Event) -> None:
    details = json.loads(json.dumps(event.get_details()))

    assert not {"slot", "chain"} & set(details)
    assert type(event)(event.slot, event.chain, **details) == event


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.kind)
def test_event_cannot_be_changed(event: Event) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.slot = 99  # type: ignore[misc]  # the point of the test


def test_name_shard_is_what_events_call_a_shard() -> None:
    assert name_shard(12) == "shard 12"
    assert events.BEACON == "beacon"
