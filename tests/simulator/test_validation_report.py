"""The validation report: how it is written, and whether its conclusion follows from it."""

from pathlib import Path

import pytest

from simulator.validation_report import SERIES, Question, write_report

REPORT = Path(__file__).parents[2] / "docs" / "validation-report.md"

Table = dict[str, dict[str, float]]


def read_tables() -> dict[str, Table]:
    """Return the tables of placements alone by the title above them, then by placement."""
    tables: dict[str, Table] = {}
    for section in REPORT.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        lines = [line.strip("| ").split(" | ") for line in body.splitlines() if line[:1] == "|"]
        if lines and lines[0][1].startswith("costs."):
            header, _, *rows = lines
            tables[title] = {row[0]: read_row(header[1:], row[1:]) for row in rows}
    return tables


def read_row(header: list[str], cells: list[str]) -> dict[str, float]:
    means = (cell.partition(" ±")[0].replace(",", "") for cell in cells)
    return dict(zip(header, map(float, means), strict=True))


def compute_factor(title: str, one: str, other: str) -> float:
    """Return how much dearer one placement is than another, in all."""
    table = read_tables()[title]
    return table[one]["costs.total_seconds"] / table[other]["costs.total_seconds"]


def test_report_has_a_section_for_every_question() -> None:
    text = REPORT.read_text(encoding="utf-8")

    assert text.count("\n```sh\n") == len(SERIES)
    assert all(f"shardlab compare {question.scenario}" in text for question in SERIES)


def test_popular_scripts_are_cheaper_to_validate_on_the_beacon_chain() -> None:
    title = "One popular script"

    assert compute_factor(title, "shard-lazy", "beacon-operation") > 1
    assert compute_factor(title, "shard-every-call", "beacon-operation") > 20


def test_scattered_and_big_scripts_are_cheaper_to_validate_at_first_use() -> None:
    assert compute_factor("Many scripts, one shard each", "beacon-operation", "shard-lazy") > 2
    assert compute_factor("Big scripts", "beacon-operation", "shard-lazy") > 10


def test_floods_cost_blocks_under_beacon_block_and_fees_under_beacon_operation() -> None:
    flood = read_tables()["A flood of bad scripts"]

    assert flood["beacon-block"]["beacon.blocks_lost"] > 0
    assert flood["beacon-operation"]["beacon.blocks_lost"] == 0
    attack = "costs.attack_seconds_per_eth"
    assert flood["beacon-block"][attack] > 1e6 * flood["beacon-operation"][attack]
    assert flood["shard-lazy"]["state.dead_code_bytes"] > 0
    assert flood["beacon-operation"]["state.dead_code_bytes"] == 0


def test_optimism_is_cheapest_in_peace_and_dear_in_a_flood() -> None:
    assert compute_factor("Honest steady state", "beacon-operation", "optimistic") > 10
    assert compute_factor("A flood of bad scripts", "optimistic", "beacon-operation") > 1


def test_committees_cost_a_fraction_everywhere() -> None:
    for title in read_tables():
        assert compute_factor(title, "beacon-operation", "committee") > 2


@pytest.mark.slow
def test_write_report_question_with_a_numeric_key_tells_how_cost_grows() -> None:
    question = Question(
        "validation/popular",
        seeds=1,
        vary="genesis.validators=32,64,128",
        metrics=("costs.total_seconds",),
        placements=("beacon-operation", "committee"),
    )

    text = "".join(write_report([question], workers=2))

    assert "## One popular script: growth with `genesis.validators`" in text
    assert "| beacon-operation | 128 |" in text
    assert "about linearly" in text
