"""64 shards and 2,000 slots stay smooth and small."""

import re
from itertools import count
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.benchmarks.measure import measure_rounds
from tests.browser.conftest import Opener
from tests.helpers.busy_network import SHARDS, SLOTS, make_busy_run
from tests.helpers.report_pages import make_page

MOST_BYTES = 6_000_000

INTERACTIONS = {
    "step": "at => chains.goTo(100 + at * 61)",
    "zoom": "at => chains.view.zoom(at < 7 ? 1.5 : 1 / 1.5)",
    "pan": "at => chains.view.pan(25, 1)",
    "choose a block": "at => click(1 + at * 4, 50 + at * 90)",
    "follow a deposit": "at => document.querySelectorAll("
    "'[aria-label=Deposits] tbody tr')[at % 8].click()",
    "filter by script": "at => choose('Filter by script', ['hello', ''][at % 2])",
    "filter by shard": "at => choose('Filter by shard', ['0-15', ''][at % 2])",
}

ACT = """([source, at]) => {
  const chains = shardlab.chains;
  const stage = document.querySelector('.chains-canvas');
  const click = (lane, slot) => {
    const [clientX, clientY] = chains.view.place(lane, slot);
    for (const kind of ['pointerdown', 'pointerup'])
      stage.dispatchEvent(new PointerEvent(kind, { clientX, clientY, pointerId: 1 }));
  };
  const choose = (label, value) => {
    const field = document.querySelector(`[aria-label="${label}"]`);
    field.value = value;
    for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind));
  };
  // A pointer that no hardware made cannot be captured.
  stage.setPointerCapture = () => {};
  eval(source)(at);
  chains.view.paint();
  document.body.getBoundingClientRect(); // layout is part of the answer
}"""
"""One interaction, drawn: what the page is asked, and for the how many-th time."""

ROUNDS = 15


@pytest.fixture(scope="module")
def busy_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("busy")
    return make_page([make_busy_run(folder / "busy")], folder / "busy.html")


@pytest.mark.slow
def test_busy_network_page_stays_small(busy_page: Path) -> None:
    assert busy_page.stat().st_size < MOST_BYTES


@pytest.mark.slow
@pytest.mark.benchmark(group="a page of 64 shards x 2,000 slots answers")
def test_floor_is_a_question_to_the_browser(
    show: Opener, busy_page: Path, benchmark: BenchmarkFixture
) -> None:
    opened = show(busy_page, bypass_csp=True)

    assert measure_rounds(benchmark, lambda: opened.evaluate("() => 1"), lambda: None, ROUNDS) == 1


@pytest.mark.slow
@pytest.mark.benchmark(group="a page of 64 shards x 2,000 slots answers")
@pytest.mark.parametrize("name", INTERACTIONS)
def test_busy_network_interaction(
    show: Opener, busy_page: Path, name: str, benchmark: BenchmarkFixture
) -> None:
    opened = show(busy_page, bypass_csp=True)  # to evaluate the measured functions
    assert opened.evaluate("() => shardlab.chains.data.model.blocks.slot.length") == SHARDS * SLOTS
    turns = count()

    measure_rounds(
        benchmark,
        lambda: opened.evaluate(ACT, [INTERACTIONS[name], next(turns)]),
        lambda: None,
        ROUNDS,
    )


@pytest.mark.slow
def test_busy_network_deposits_left_out_are_said(show: Opener, busy_page: Path) -> None:
    opened = show(busy_page)

    told = opened.text("article:has([aria-label=Deposits])")
    assert re.search(r"The first 12,000 of 1\d,\d{3};", told)
