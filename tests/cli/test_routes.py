"""``shardlab routes``."""

from pathlib import Path

import pytest

from tests.helpers.cli import shardlab
from tests.helpers.routes import save_transfers


def test_routes_json_has_every_route_with_its_loads(tmp_path: Path) -> None:
    path = save_transfers(tmp_path, slots=24, per_slot=1)

    outcome = shardlab("routes", path, "--loads", "1", "--json", "--seed", 5)

    assert outcome.status == 0
    document = outcome.document
    assert (document["scenario"], document["seed"]) == ("transfers", 5)
    assert [each["route"] for each in document["routes"]] == ["beacon", "receipt", "netting"]
    for each in document["routes"]:
        assert [load["multiple"] for load in each["loads"]] == [1]
        assert each["metrics"]["slots"] == 24
        assert each["metrics"]["conservation_error"] == 0
        assert each["limit"].startswith(each["route"])


def test_routes_prints_a_column_per_route(tmp_path: Path) -> None:
    path = save_transfers(tmp_path, slots=24, per_slot=1)

    outcome = shardlab("routes", path, "--loads", "1", "--set", "slots=8")

    assert outcome.status == 0
    lines = [line.split() for line in outcome.stdout.splitlines()]
    assert ["route", "beacon", "receipt", "netting"] in lines
    assert "8 slots, seed 1" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["journey.yaml"], "no workload has transfers that cross shards"),
        (["journey.yaml", "--loads", "1,none"], "--loads 1,none: write positive numbers"),
        (["none.yaml"], "none.yaml"),
        (["transfers.yaml", "--set", "workload[0].transfers.per_slott=3"], "per_slott"),
    ],
)
def test_routes_unusable_input_exits_with_2_and_says_why(
    arguments: list[str], said: str, journey: Path, tmp_path: Path
) -> None:
    del journey
    save_transfers(tmp_path)

    outcome = shardlab("routes", *arguments)

    assert (outcome.status, outcome.stdout) == (2, "")
    assert said in outcome.stderr
