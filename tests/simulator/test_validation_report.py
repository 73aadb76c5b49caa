"""The validation report: how it is written, and whether each sentence follows from its tables."""

from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path

import pytest

from chain.placement import get_placements
from simulator.errors import UserError
from simulator.validation_report import COSTS, EFFECTS, SERIES, Question, write_report
from simulator.validation_report.words import CONCLUSION, INTRODUCTION
from simulator.validation_report.work import GOOD, SIZE_BYTES, measure_work, render_work

REPORT = Path(__file__).parents[2] / "docs" / "validation-report.md"

Table = dict[tuple[str, ...], dict[str, float]]
"""Cells by the settings of their row, and by heading."""

FREE = float("inf")
BEACON = ("beacon-block", "beacon-operation", "beacon-deferred")
SHARD = ("shard-eager", "shard-lazy", "shard-every-call")
VALIDATING = tuple(name for name in get_placements() if name != "none")
SETTINGS = len(VALIDATING) + 1

STEADY = "Honest steady state"
POPULAR = "One popular script"
SCATTERED = "Many scripts, one shard each"
BIG_ON_ALL = "Big scripts: called on all eight shards"
BIG_ON_ONE = "Big scripts: called on one shard"
FLOOD = "A flood of bad scripts"
BOMBS = "Compile bombs"
ROTATING = "A rotating committee under a 30% adversary"
PLACEMENTS = (STEADY, POPULAR, SCATTERED, BIG_ON_ALL, BIG_ON_ONE, FLOOD, BOMBS, ROTATING)
WITHOUT_BAD_SCRIPTS = (STEADY, POPULAR, SCATTERED, BIG_ON_ALL, BIG_ON_ONE, BOMBS)


@cache
def read_sections() -> dict[str, list[Table]]:
    """The tables of every section, by its title."""
    sections = {}
    for section in REPORT.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        blocks = [block for block in body.split("\n\n") if block.startswith("| strategy |")]
        sections[title] = [read_table(block) for block in blocks]
    return sections


def read_table(block: str) -> Table:
    header, _, *rows = [line.strip("| ").split(" | ") for line in block.splitlines()]
    keys = sum(name == "strategy" or "." in name or "_" in name for name in header)
    return {
        tuple(row[:keys]): dict(zip(header[keys:], map(read_mean, row[keys:]), strict=True))
        for row in rows
    }


def read_mean(cell: str) -> float:
    if cell == "free":
        return FREE
    return float(cell.partition(" ±")[0].partition(" (")[0].replace(",", ""))


def get(title: str, heading: str) -> dict[str, float]:
    """One column of a question about placements alone, without who validates nothing."""
    for table in read_sections()[title]:
        column = {row[0]: cells[heading] for row, cells in table.items() if heading in cells}
        if column:
            return {name: column[name] for name in VALIDATING}
    raise KeyError(heading)


def get_growth(key: str, title: str = "") -> dict[str, list[dict[str, float]]]:
    """The rows of a question about growth by placement, in the order of the key's values."""
    (tables,) = [
        tables
        for name, tables in read_sections().items()
        if name.endswith(f"growth with `{key}`") and name.startswith(title)
    ]
    grown: dict[str, list[dict[str, float]]] = {}
    for row, cells in tables[0].items():
        grown.setdefault(row[0], []).append(cells)
    return grown


def get_totals(key: str) -> dict[str, list[float]]:
    return {
        name: [cells["total"] for cells in rows]
        for name, rows in get_growth(key).items()
        if name != "none"
    }


def is_growing(values: list[float]) -> bool:
    return values == sorted(values) and values[0] < values[-1]


def all_below(column: dict[str, float], ones: Collection[str], others: Collection[str]) -> bool:
    return all(column[one] < column[other] for one in ones for other in others)


def test_report_has_a_section_for_every_question_and_the_words_of_the_code() -> None:
    text = REPORT.read_text(encoding="utf-8")

    assert text.count("\n```sh\n") == len(SERIES)
    assert all(f"shardlab compare {question.scenario}" in text for question in SERIES)
    assert text.startswith(INTRODUCTION)
    assert text.endswith(CONCLUSION)
    assert render_work() in text


@pytest.mark.parametrize("title", PLACEMENTS)
def test_report_has_all_columns_of_all_placements_zeros_included(title: str) -> None:
    costs, effects = read_sections()[title]

    for table, columns in ((costs, COSTS), (effects, EFFECTS)):
        assert {row for (row,) in table} == {*VALIDATING, "none"}
        assert all(list(cells) == [c.heading for c in columns] for cells in table.values())


@pytest.mark.parametrize("title", PLACEMENTS)
def test_report_question_has_blocks_under_every_placement(title: str) -> None:
    assert min(get(title, "shard blocks").values()) >= 1


# It holds for scripts that every shard uses.


@pytest.mark.parametrize("title", [POPULAR, BIG_ON_ALL])
def test_scripts_on_all_shards_are_cheaper_under_each_beacon_placement(title: str) -> None:
    total = get(title, "total")

    assert all_below(total, BEACON, SHARD)
    for name in BEACON:
        assert total["shard-lazy"] / total[name] == pytest.approx(1.25, abs=0.01)


def test_looking_at_every_call_costs_over_forty_times_and_alone_still_grows_with_calls() -> None:
    total = get(POPULAR, "total")
    grown = get_totals("workload[0].calls.per_slot")

    assert all(total["shard-every-call"] > 40 * total[name] for name in BEACON)
    assert [name for name in grown if grown[name][-1] > grown[name][-2]] == ["shard-every-call"]


def test_more_shards_cost_more_under_the_shard_placements_alone() -> None:
    grown = get_totals("chain.shard_count")

    assert {name for name in grown if is_growing(grown[name])} == set(SHARD)
    assert all(len(set(grown[name])) == 1 for name in set(VALIDATING) - set(SHARD))
    assert all(grown["shard-lazy"][-1] > 3 * grown[name][-1] for name in BEACON)


# It does not hold for scripts that few shards use.


@pytest.mark.parametrize("title", [BIG_ON_ONE, SCATTERED])
def test_scripts_on_one_shard_are_six_times_cheaper_at_first_use(title: str) -> None:
    total = get(title, "total")

    assert all(total[name] > 6 * total["shard-lazy"] for name in BEACON)


def test_number_of_shards_that_call_decides() -> None:
    grown = get_totals("workload[0].calls.first_shards")

    pairs = zip(grown["shard-lazy"], grown["beacon-operation"], strict=True)

    assert [lazy < beacon for lazy, beacon in pairs] == [True, True, True, False]


@pytest.mark.parametrize("title", PLACEMENTS)
def test_eager_shards_are_dearer_than_the_beacon_chain_under_every_question(title: str) -> None:
    assert all_below(get(title, "total"), BEACON, ["shard-eager"])


# Against a flood it holds for what is left behind, not for what is spent.


def test_flood_beacon_operation_alone_loses_no_block_and_keeps_no_dead_code() -> None:
    losses = ("dead code", "beacon lost", "refused", "no-op", "reverted")
    columns = [get(FLOOD, heading) for heading in losses]

    clean = [name for name in VALIDATING if not any(column[name] for column in columns)]

    assert clean == ["beacon-operation"]


@pytest.mark.parametrize("heading", ["total", "wasted", "per ETH"])
def test_flood_costs_less_at_first_use_and_least_with_a_committee(heading: str) -> None:
    column = get(FLOOD, heading)

    assert column["shard-lazy"] < column["beacon-operation"]
    assert all_below(column, ["committee"], set(VALIDATING) - {"committee"})


def test_flood_is_free_and_loses_beacon_blocks_under_beacon_block_alone() -> None:
    ratio, lost = get(FLOOD, "per ETH"), get(FLOOD, "beacon lost")

    assert [name for name in VALIDATING if ratio[name] == FREE] == ["beacon-block"]
    assert [name for name in VALIDATING if lost[name]] == ["beacon-block"]


def test_flood_leaves_dead_code_where_shards_validate() -> None:
    dead = get(FLOOD, "dead code")

    assert {name for name in VALIDATING if dead[name]} == set(SHARD)


# It overlooks the third way.


@pytest.mark.parametrize("title", PLACEMENTS)
def test_committee_is_beaten_by_optimism_alone_and_three_times_cheaper(title: str) -> None:
    total = get(title, "total")

    assert all_below(total, ["committee"], set(VALIDATING) - {"committee", "optimistic"})
    assert total["beacon-operation"] > 3 * total["committee"]


@pytest.mark.parametrize(
    "key", ["genesis.validators", "chain.shard_count", "workload[0].calls.per_slot"]
)
def test_committee_costs_the_same_whoever_else_is_there(key: str) -> None:
    assert len(set(get_totals(key)["committee"])) == 1


@pytest.mark.parametrize("title", PLACEMENTS)
def test_committee_makes_wait_longer_than_all_but_deferral(title: str) -> None:
    waits = get(title, "usable p50")

    others = set(VALIDATING) - {"committee", "beacon-deferred"}
    assert all_below(waits, others, ["committee"])
    assert waits["committee"] < waits["beacon-deferred"]


def test_committee_of_four_is_wrong_now_and_then_and_larger_ones_were_not() -> None:
    (rows,) = get_growth("validation.committee_size").values()

    wrong = [cells["wrong verdicts"] for cells in rows]

    assert wrong[0] >= 1
    assert wrong[2:] == [0, 0]


# Optimism is cheapest where no script is bad.


@pytest.mark.parametrize("title", WITHOUT_BAD_SCRIPTS)
def test_optimism_is_cheapest_without_bad_scripts(title: str) -> None:
    assert not any(get(title, "wasted").values())
    assert all_below(get(title, "total"), ["optimistic"], set(VALIDATING) - {"optimistic"})


def test_optimism_is_dear_in_a_flood_and_cheap_in_a_trickle() -> None:
    flood, trickle = get(FLOOD, "total"), get(ROTATING, "total")

    assert flood["optimistic"] / flood["beacon-operation"] == pytest.approx(2, abs=0.25)
    assert all_below(flood, set(VALIDATING) - {"optimistic", "shard-eager"}, ["optimistic"])
    assert flood["optimistic"] < flood["shard-eager"]
    assert all_below(trickle, ["optimistic"], set(VALIDATING) - {"optimistic", "committee"})
    assert trickle["committee"] < trickle["optimistic"]


def test_optimism_costs_more_than_fourfold_with_nine_tenths_bad() -> None:
    total = get_totals("adversaries[0].bad_share")["optimistic"]

    assert is_growing(total)
    assert total[-1] > 4 * total[0]


# Deferral spreads the work of all but whoever looks first.


def read_deferral(case: str) -> dict[str, list[dict[str, float]]]:
    return get_growth("validation.deferred_bytes_per_slot", f"Deferral: {case}")


def test_deferral_raises_the_peak_where_proposers_look_first() -> None:
    rows = read_deferral("proposers look first")

    pairs = zip(rows["beacon-deferred"], rows["beacon-operation"], strict=True)

    assert all(deferred["peak"] > at_once["peak"] for deferred, at_once in pairs)


def test_deferral_lowers_the_peak_to_the_budget_where_nobody_looks_first() -> None:
    rows = read_deferral("nobody looks first")
    deferred, at_once = rows["beacon-deferred"][0], rows["beacon-operation"][0]

    # 8,192 bytes at 130 MB/s and 0.9 MB/s.
    assert deferred["peak"] == pytest.approx(8192 / 130e6 + 8192 / 0.9e6, rel=0.01)
    assert deferred["peak"] < at_once["peak"] / 5
    assert deferred["max"] > 40


@pytest.mark.parametrize("title", PLACEMENTS)
def test_only_deferral_and_optimism_go_over_the_budget_of_a_slot(title: str) -> None:
    over = {name for name, slots in get(title, "over budget").items() if slots}

    assert over <= {"beacon-deferred", "optimistic"}


# What is in the attacks' modules.


def test_measure_work_says_what_the_text_below_the_table_says() -> None:
    works = {work.kind: work for work in measure_work()}
    valid = [work for work in works.values() if not work.rule]

    assert len({work.seconds for work in works.values()}) == 1
    assert min(work.instructions for work in valid) == works["huge-br-table"].instructions == 18
    assert max(work.instructions for work in valid) == works["deep-nesting"].instructions == 10_248
    shares = {work.kind: work.compile_share or 0 for work in valid}
    assert shares.pop("many-locals") > 30
    assert max(shares.values()) < 1
    assert works["unknown-import"].decoded_bytes < SIZE_BYTES / 40
    assert works[GOOD].decoded_bytes == SIZE_BYTES


# How the report is written.


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


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda: Question("validation/popular", overrides=("slots=4",)), "shards.blocks is "),
        (
            lambda: Question("validation/popular", metrics=("costs.none",), overrides=("slots=4",)),
            "no metric costs.none",
        ),
    ],
)
def test_write_report_run_that_misses_an_expectation_is_refused(
    change: Callable[[], Question], told: str
) -> None:
    with pytest.raises(UserError, match=told):
        list(write_report([change()], workers=1))
