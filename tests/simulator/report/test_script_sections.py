"""Costs without rates, failures alike, and verdicts that change."""

import pytest

from simulator import events
from simulator.events import BEACON, name_shard
from simulator.report.sections.script_costs import CostCollector
from simulator.report.sections.script_lives import LifeCollector

RATES = {
    "profile": "wasmtime",
    "validating_bytes_per_second": 1000,
    "compiling_bytes_per_second": None,
    "budget_seconds": 0.1,
    "light_clients": 3,
}
SUBMITTED = events.ScriptSubmitted(1, BEACON, "s", 4, 100, "aa")


def validate(rule: str = "", offset: int = 0) -> events.ScriptValidated:
    return events.ScriptValidated(
        2, BEACON, "s", "aa", "proposer", 5, 2, 100, rule, offset, decoded_bytes=80
    )


def test_cost_collector_charges_only_nodes_that_pay() -> None:
    costs = CostCollector(RATES)
    costs.validate(0, validate())

    rows = costs.build_validations().to_columns()
    assert (rows["nodes"], rows["new_nodes"], rows["paid"]) == ([5], [2], [200])
    assert rows["seconds"] == [0.2]
    assert rows["decoded"] == [160]


def test_cost_collector_left_out_script_still_counts_for_its_role() -> None:
    costs = CostCollector(RATES)
    costs.validate(None, validate())

    roles = costs.build_roles().to_columns()
    assert len(costs.build_validations()) == 0
    assert roles["seconds"][list(roles["role"]).index("beacon_node")] == 0.2


def test_cost_collector_light_clients_read_marks_only() -> None:
    costs = CostCollector(RATES)
    costs.mark(events.MarkWritten(1, BEACON, "s", "00ff"))

    roles = costs.build_roles().to_columns()
    light = list(roles["role"]).index("light_client")
    assert (roles["decoded"][light], roles["seconds"][light]) == (6, 0.0)


def test_cost_collector_without_rates_has_no_seconds() -> None:
    costs = CostCollector({})
    costs.validate(0, validate())

    assert costs.build_validations().to_columns()["seconds"] == [None]
    assert set(costs.build_roles().to_columns()["seconds"]) == {None}


def test_failures_alike_are_counted_together_with_their_byte_offset() -> None:
    lives = LifeCollector()
    for event in (SUBMITTED, validate("float_type", 9), validate("float_type", 9)):
        lives.add(event)

    failures = lives.failures.failures.to_columns()
    assert (failures["code"], failures["offset"], failures["count"]) == (["float_type"], [9], [2])
    assert failures["what"] == ["validated by proposer"]
    assert failures["meaning"][0].startswith("against the rule that")


def test_failures_of_execution_name_the_outcome() -> None:
    lives = LifeCollector()
    refused = events.ShardBlockRejected(
        3, name_shard(0), 0, 1, "s", "script_failed", "", outcome="out_of_fuel"
    )
    for event in (SUBMITTED, refused):
        lives.add(event)

    failures = lives.failures.failures.to_columns()
    assert failures["code"] == ["script_failed:out_of_fuel"]
    assert failures["offset"] == [-1]
    assert lives.scripts.to_columns()["failed"] == [1]


@pytest.mark.parametrize(
    ("verdicts", "condemned"),
    [([None], None), ([False], 2), ([False, False], 2), ([False, True], None), ([True, False], 3)],
)
def test_lives_know_since_when_a_mark_says_not_valid(
    verdicts: list[bool | None], condemned: int | None
) -> None:
    lives = LifeCollector()
    lives.add(SUBMITTED)
    for slot, verdict in enumerate(verdicts, 2):
        lives.add(events.MarkWritten(slot, BEACON, "s", "00", verdict))

    assert lives.scripts.to_columns()["condemned"] == [condemned]
