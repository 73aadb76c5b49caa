"""The chains: stepping, choosing and filtering change what they should, as run.db has it."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Opener
from tests.helpers.report_pages import OpenPage, query, query_one

PANEL = ".chains-panel"


def get_slot(opened: OpenPage) -> int:
    return int(opened.page.locator(".slot-field").input_value())


def press(opened: OpenPage, *keys: str) -> None:
    opened.page.locator(".chains-stage").focus()
    for key in keys:
        opened.page.keyboard.press(key)


def test_chains_buttons_step_through_the_slots(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])
    assert get_slot(opened) == 64

    for label, slot in [("First slot", 1), ("One slot on", 2), ("One slot back", 1)]:
        opened.page.get_by_role("button", name=label, exact=True).click()
        assert get_slot(opened) == slot
        assert opened.text(f"{PANEL} h3").startswith(f"Slot {slot}")


def test_chains_keys_step_through_the_slots_and_lanes(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])

    press(opened, "Home")
    assert get_slot(opened) == 1
    press(opened, "ArrowRight", "ArrowRight", "ArrowRight")
    assert get_slot(opened) == 4
    press(opened, "Shift+ArrowRight")
    assert get_slot(opened) == 14
    press(opened, "End")
    assert get_slot(opened) == 64
    press(opened, "ArrowDown", "ArrowDown")
    assert opened.text("[role=status][aria-live]").startswith("Shard 1, slot 64: no block")


def test_chains_slider_moves_the_slot(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])

    opened.page.locator(".chains-slot input[type=range]").fill("9")

    assert get_slot(opened) == 9
    assert opened.text(f"{PANEL} h3").startswith("Slot 9")


def test_chains_play_advances_and_space_pauses(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])
    opened.page.get_by_label("Slots per second").select_option("30")

    opened.page.get_by_role("button", name="Play", exact=True).click()
    opened.page.wait_for_function("() => Number(document.querySelector('.slot-field').value) > 4")
    press(opened, " ")

    paused = get_slot(opened)
    opened.page.wait_for_timeout(200)
    assert get_slot(opened) == paused < 64
    assert opened.page.get_by_role("button", name="Play", exact=True).is_visible()


def test_chains_help_opens_with_a_question_mark_and_closes(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["deposit_journey"])

    press(opened, "?")
    assert opened.page.get_by_role("dialog", name="Keys").is_visible()
    opened.page.keyboard.press("Escape")

    assert not opened.page.get_by_role("dialog", name="Keys").is_visible()


def test_chains_outcome_of_every_cell_is_the_databases(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    opened = show(pages["crosslink_reorg"])
    folder = runs["crosslink_reorg"]

    drawn = opened.evaluate(
        """() => { const { data } = shardlab.chains; const cells = {};
        for (let lane = 0; lane < data.lanes; lane += 1)
          for (let slot = 1; slot <= data.slots; slot += 1) {
            const name = shardlab.chainsOutcomes[data.outcome(lane, slot, data.slots)].name;
            if (name !== "empty") cells[`${lane}:${slot}`] = name;
          }
        return cells; }"""
    )

    assert drawn == compute_outcomes(folder)
    assert "undone" in drawn.values()


def compute_outcomes(folder: Path) -> dict[str, str]:
    """Work out what became of every block, by another way than the page's."""
    cells: dict[str, str] = {}
    rows = query(folder, "SELECT slot, chain, kind, details FROM events ORDER BY id")
    for slot, chain, kind, text in rows:
        details = json.loads(text)
        lane = 0 if chain == "beacon" else int(chain.split()[1]) + 1
        if kind in {"beacon_block_accepted", "shard_block_accepted"}:
            cells[f"{lane}:{slot}"] = "noop" if details.get("noop_rule") else "accepted"
        elif kind in {"beacon_block_rejected", "shard_block_rejected"}:
            cells[f"{lane}:{slot}"] = "rejected"
        elif kind == "beacon_block_orphaned":
            cells[f"0:{details['block_slot']}"] = "undone"
        elif kind == "shard_reverted":
            for cell, outcome in cells.items():
                where, when = map(int, cell.split(":"))
                if where == lane and when >= details["from_slot"] and outcome != "rejected":
                    cells[cell] = "undone"
    return cells


def test_chains_click_on_a_block_shows_it_as_the_database_has_it(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    slot, text = query(
        runs["three_routes"],
        "SELECT slot, details FROM events WHERE kind = 'shard_block_accepted' "
        "AND chain = 'shard 2' AND json_extract(details, '$.deposits') >= 0 LIMIT 1 OFFSET 3",
    )[0]
    block = json.loads(text)
    opened = show(pages["three_routes"])

    opened.click_cell(3, slot)
    for root in opened.page.locator(f"{PANEL} .root").all():
        root.click()

    shown = read_pairs(opened)
    assert opened.text(f"{PANEL} h3") == f"Shard 2, slot {slot}"
    assert shown["Script"] == block["script"]
    assert shown["Proposer"] == f"validator {block['proposer']}"
    assert shown["Block root"] == f"0x{block['block_root']}"
    assert shown["Script's state after"] == f"0x{block['env_state']}"
    assert shown["Built on beacon state"] == f"0x{block['beacon_root']}"
    assert shown["Size"] == f"{block['size_bytes']:,} B"
    assert shown["Data"] == f"{block['data_bytes']:,} B"
    assert shown["Fuel"] == f"{block['fuel']:,}"
    assert shown["Host calls"] == f"{block['host_calls']:,}"
    assert shown["Deposits pushed"] == f"{block['deposits']:,}"


def read_pairs(opened: OpenPage) -> dict[str, str]:
    """Return the first list of names and values in the panel."""
    pairs: dict[str, str] = opened.evaluate(
        """() => { const list = document.querySelector('.chains-panel .pairs');
        return Object.fromEntries([...list.querySelectorAll('dt')].map(name =>
          [name.textContent, name.nextElementSibling.textContent])); }"""
    )
    return pairs


def test_chains_escape_closes_the_block(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])
    press(opened, "Home", "Enter")
    assert opened.text(f"{PANEL} h3") == "Beacon chain, slot 1"

    press(opened, "Escape")

    assert opened.text(f"{PANEL} h3").startswith("Slot 1")


def test_chains_refusal_is_told_in_words(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    [(slot, chain, text), *_] = query(
        runs["placements"],
        "SELECT slot, chain, details FROM events WHERE kind = 'shard_block_rejected'",
    )
    proposer = json.loads(text)["proposer"]
    opened = show(pages["placements"])

    opened.evaluate("slot => shardlab.chains.goTo(slot)", slot)

    assert (
        f"{chain.capitalize()} refused the block of validator {proposer}, which called trap: "
        "script_failed, the script executed unreachable (trapped:unreachable)."
    ) in opened.text(PANEL)


def test_chains_undone_blocks_stand_until_the_slot_that_undid_them(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    [(slot, text), *_] = query(
        runs["crosslink_reorg"],
        "SELECT slot, details FROM events WHERE kind = 'beacon_block_orphaned'",
    )
    block_slot = json.loads(text)["block_slot"]
    opened = show(pages["crosslink_reorg"])

    told = [
        opened.evaluate(
            "([slot, now]) => shardlab.chainsWords.tellCell(shardlab.chains.data, 0, slot, now)",
            [block_slot, now],
        )
        for now in (slot - 1, slot)
    ]

    assert "accepted" in told[0]
    assert "orphaned" in told[1]


def test_chains_click_on_a_deposit_tells_its_whole_life(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    steps = query(
        runs["deposit_journey"],
        "SELECT slot, json_extract(details, '$.event'), json_extract(details, '$.proof_bytes') "
        "FROM events WHERE kind = 'deposit_step' AND deposit = 1 ORDER BY id",
    )
    opened = show(pages["deposit_journey"])

    opened.page.get_by_role("region", name="Deposits").get_by_role("row").nth(1).click()

    told = opened.evaluate(
        "() => [...document.querySelectorAll('.life > li')].map(item => "
        "[item.querySelector('button').textContent, item.querySelector('strong').textContent, "
        "item.textContent])"
    )
    assert [(slot, event) for slot, event, _ in told] == [
        (f"Slot {slot}", event) for slot, event, _ in steps
    ]
    for (_, _, text), (_, _, proof) in zip(told, steps, strict=True):
        assert (f"proof {proof:,} B" in text) == bool(proof)
    pushed = max(slot for slot, event, _ in steps if event == "pushed")
    assert read_pairs(opened)["Latency"].startswith(f"{steps[-1][0] - pushed} slots")
    assert get_slot(opened) == steps[-1][0]
    assert opened.evaluate("() => shardlab.chains.state.deposit.number") == 1


def test_chains_click_on_an_arc_chooses_its_deposit(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])
    opened.page.locator(".chains-stage").scroll_into_view_if_needed()
    first = opened.evaluate(
        "() => { const deposit = shardlab.chains.data.deposits[0];"
        " return [shardlab.chains.view.place(1, deposit.pushed),"
        " shardlab.chains.view.place(4, deposit.end)]; }"
    )
    middle = [(first[0][axis] + first[1][axis]) / 2 for axis in (0, 1)]

    opened.page.mouse.click(*middle)

    assert opened.text(f"{PANEL} h3") == "Deposit 1"


def test_chains_d_follows_the_deposits_of_a_cell(show: Opener, pages: dict[str, Path]) -> None:
    opened = show(pages["deposit_journey"])
    slot = opened.evaluate("() => shardlab.chains.data.deposits[0].pushed")
    opened.evaluate("slot => shardlab.chains.goTo(slot)", slot)

    press(opened, "ArrowDown", "d")

    assert opened.text(f"{PANEL} h3") == "Deposit 1"


def test_chains_filters_leave_what_they_name(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path]
) -> None:
    opened = show(pages["placements"])
    opened.page.get_by_text("All blocks as a table").click()
    beacon = query_one(
        runs["placements"], "SELECT count(*) FROM events WHERE kind = 'beacon_block_accepted'"
    )
    hello = query_one(
        runs["placements"],
        "SELECT count(*) FROM events WHERE kind LIKE 'shard_block_%' "
        "AND json_extract(details, '$.script') = 'hello'",
    )

    opened.page.get_by_label("Filter by script").select_option("hello")
    assert count_rows(opened) == beacon + hello
    opened.page.get_by_label("Filter by script").select_option("")
    opened.page.get_by_label("accepted", exact=True).uncheck()

    refused = query_one(
        runs["placements"], "SELECT count(*) FROM events WHERE kind = 'shard_block_rejected'"
    )
    assert count_rows(opened) == refused
    opened.page.get_by_label("Filter by shard").fill("0, 2-3")
    assert count_rows(opened) == query_one(
        runs["placements"],
        "SELECT count(*) FROM events WHERE kind = 'shard_block_rejected' AND chain != 'shard 1'",
    )
    assert opened.evaluate("() => shardlab.chains.view.view.rows") == [0, 1, 3, 4]


def count_rows(opened: OpenPage) -> int:
    return int(opened.text("details [role=status]").split()[0].replace(",", ""))


def test_chains_wrong_shards_are_marked_and_change_nothing(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["placements"])

    opened.page.get_by_label("Filter by shard").fill("x")

    assert opened.page.get_by_label("Filter by shard").get_attribute("aria-invalid") == "true"
    assert opened.evaluate("() => shardlab.chains.view.view.rows.length") == 5


def test_chains_deposits_as_csv_are_the_databases(
    show: Opener, pages: dict[str, Path], runs: dict[str, Path], tmp_path: Path
) -> None:
    opened = show(pages["three_routes"])
    card = opened.page.locator("article", has=opened.page.get_by_role("heading", name="Deposits"))

    with opened.page.expect_download() as downloading:
        card.get_by_role("button", name="CSV").click()

    downloading.value.save_as(tmp_path / "deposits.csv")
    with (tmp_path / "deposits.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected: list[dict[str, Any]] = [
        json.loads(text)
        for (text,) in query(
            runs["three_routes"],
            "SELECT details FROM events WHERE kind = 'deposit_created' ORDER BY id",
        )
    ]
    assert [(row["deposit"], row["from shard"], row["to shard"], row["gwei"]) for row in rows] == [
        tuple(str(each[name]) for name in ("deposit", "from_shard", "to_shard", "gwei"))
        for each in expected
    ]


@pytest.mark.parametrize("key", ["+", "-", "0"])
def test_chains_zoom_keeps_the_slot(show: Opener, pages: dict[str, Path], key: str) -> None:
    opened = show(pages["three_routes"])
    before = opened.evaluate("() => shardlab.chains.view.view.cell")

    press(opened, "+", "+", "+", key)

    after = opened.evaluate("() => shardlab.chains.view.view.cell")
    assert get_slot(opened) == 120
    assert (after > before) == (key != "0")


def test_chains_alike_events_of_a_slot_are_told_once_with_their_number(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["placements"])

    opened.evaluate("() => shardlab.chains.goTo(48)")

    told = opened.text(".chains-panel")
    assert told.count("A call of float-4 was dropped") == 1
    assert "This happened 4 times." in told


def test_chains_block_counts_deposits_pushed_by_any_route(
    show: Opener, pages: dict[str, Path]
) -> None:
    opened = show(pages["crosslink_reorg"])

    opened.click_cell(2, 8)

    panel = opened.text(".chains-panel")
    assert "Deposits pushed\n1" in panel
    assert "Deposit 2 pushed" in " ".join(panel.split())
