"""Tables of results: gathered from several processes, shown in full."""

from tests.trust.experiment import Experiment, Section, Tally
from tests.trust.page import build_part

HEADING = "field | caught by"


def build_tally() -> Tally:
    tally = Tally(tried=2)
    tally.tell(HEADING, "slot", "wrong_slot")
    tally.tell(HEADING, "slot", "slot_taken", times=3)
    return tally


def test_tally_add_sums_cells_of_the_same_row() -> None:
    total, other = build_tally(), build_tally()
    other.tell(HEADING, "parent_root", "wrong_parent")

    total.add(other)

    assert total.tables == {
        HEADING: {
            "slot": {"wrong_slot": 2, "slot_taken": 6},
            "parent_root": {"wrong_parent": 1},
        }
    }


def test_build_part_table_shows_every_row_and_the_most_frequent_cell_first() -> None:
    item = Experiment("lies", Section.ATTACKS, "So.", "Thus.", "lies", 2, 2, lambda *_: None)
    told = {
        "tried": 2,
        "seed": 1,
        "failed": 0,
        "failures": [],
        "outcomes": {},
        "explained": {},
        "peaks": {},
        "tables": build_tally().tables,
    }

    shown = build_part(item, told)

    assert "<details><summary>field, caught by: 1 rows</summary>" in shown
    assert "| slot | slot_taken (3), wrong_slot |" in shown
