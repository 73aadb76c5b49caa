"""How comparisons look: tables that fit, means with their spread, sentences below."""

import pytest

from simulator.compare import Comparison, build_comparison
from simulator.compare.spreads import summarize
from simulator.terminal import print_comparison
from simulator.terminal.compare import format_spread, wrap_name
from tests.helpers.comparisons import PLACE, make_contestants, make_runs

COST = "costs.total_seconds"
NODES = "genesis.validators"
PLACEMENTS = (
    "beacon-block",
    "beacon-operation",
    "beacon-deferred",
    "shard-eager",
    "shard-lazy",
    "shard-every-call",
    "committee",
    "optimistic",
    "none",
)


def show(
    comparison: Comparison,
    columns: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    print_comparison(comparison)
    return capsys.readouterr().out.splitlines()


def build_nine() -> Comparison:
    names = [
        f"costs.{role}.{number}"
        for role in ("beacon_node", "shard_full_node", "light_client")
        for number in ("modelled_seconds", "peak_seconds_per_slot")
    ]
    settings = [
        ({PLACE: place}, {name: [1e6 * rank + seed for seed in range(3)] for name in names})
        for rank, place in enumerate(PLACEMENTS)
    ]
    return build_comparison(make_runs(settings))


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_print_comparison_nine_placements_fit_and_lose_no_word(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = show(build_nine(), columns, monkeypatch, capsys)

    assert max(map(len, lines)) <= columns
    assert not any("…" in line for line in lines)
    for name in PLACEMENTS:
        assert any(line.strip().startswith(f"{name} ") for line in lines)


def test_print_comparison_one_key_that_fits_has_a_column_per_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = build_comparison(make_contestants(COST, {"a": [1, 2, 3], "b": [5, 6, 7]}))

    lines = show(comparison, 80, monkeypatch, capsys)

    words = [line.split() for line in lines]
    assert lines[1] == "3 seeds (7 to 9): mean ± sample standard deviation over them."
    assert [PLACE, "a", "b"] in words
    assert [COST, "2.0", "±", "1.0", "6.0", "±", "1.0"] in words
    assert lines[-2].startswith(f"* {COST}: a wins as lowest (2), by a factor 3 over b; ")


def test_print_comparison_two_keys_have_a_row_per_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = make_runs(
        [
            ({PLACE: place, NODES: str(nodes)}, {COST: [cost * nodes]})
            for nodes in (64, 128)
            for place, cost in (("a", 1), ("b", 2))
        ]
    )

    lines = show(build_comparison(runs), 80, monkeypatch, capsys)

    words = [line.split() for line in lines]
    assert lines[1].startswith("Seed 7 alone: one seed says nothing about the spread; ")
    assert [line for line in words if len(line) == 3 and line[2].isdecimal()] == [
        ["64", "a", "64"],
        ["64", "b", "128"],
        ["128", "a", "128"],
        ["128", "b", "256"],
    ]


@pytest.mark.parametrize("columns", [60, 66, 72, 80])
def test_print_comparison_long_names_break_between_words_only(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    metric = "routes.beacon.latency_seconds.mean"
    comparison = build_comparison(make_contestants(metric, {"a" * 12: [1e6], "b" * 13: [2e6]}))

    lines = show(comparison, columns, monkeypatch, capsys)

    pieces = {line.split()[0] for line in lines[3:8] if line.split()}
    assert max(map(len, lines)) <= columns
    assert pieces & {metric, "routes.beacon.latency_seconds.", "routes.beacon.latency_"}


def test_print_comparison_of_placements_shows_what_validation_is_about_and_counts_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(key: str, *wanted: str) -> Comparison:
        names = (COST, "costs.challenger.seconds", "eth.burned_gwei", "work.light_client.bytes")
        cells = [
            ({key: place}, {name: [rank] for name in names}) for rank, place in enumerate("ab")
        ]
        return build_comparison(make_runs(cells), wanted)

    strategies = "\n".join(show(build("validation.strategy"), 80, monkeypatch, capsys))
    everything = "\n".join(show(build("validation.strategy", "*"), 80, monkeypatch, capsys))
    others = "\n".join(show(build("slots"), 80, monkeypatch, capsys))

    assert COST in strategies
    assert "costs.challenger.seconds" in strategies
    assert "eth.burned_gwei" not in strategies
    assert strategies.endswith("2 more metrics differ; --metric '*' shows all there are.")
    for said in (everything, others):
        assert "work.light_client.bytes" in said
        assert "more metrics differ" not in said


def test_print_comparison_missing_measure_is_a_dash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    metric = "scripts.slots_to_usable.p50"
    comparison = build_comparison(make_contestants(metric, {"a": [4], "b": [None]}))

    lines = show(comparison, 80, monkeypatch, capsys)

    assert [metric, "4", "-"] in [line.split() for line in lines]


def test_print_comparison_markup_in_values_is_shown_as_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = build_comparison(make_contestants(COST, {"[bold]": [1], "[/]": [2]}))

    lines = show(comparison, 80, monkeypatch, capsys)

    assert [PLACE, "[bold]", "[/]"] in [line.split() for line in lines]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([4], "4"),
        ([4, 4, 4], "4"),
        ([0.25], "0.250"),
        ([0.000123], "0.000123"),
        ([1, 2, 3], "2.0 ± 1.0"),
        ([1000, 2000, 3000], "2,000 ± 1,000"),
        ([0.001, 0.002, 0.003], "0.0020 ± 0.0010"),
        ([10, 10, 10.3], "10.10 ± 0.17"),
    ],
)
def test_format_spread_has_two_digits_of_the_deviation(values: list[float], shown: str) -> None:
    assert format_spread(summarize(values)) == shown


@pytest.mark.parametrize(
    ("name", "wrapped"),
    [
        ("slots", "slots"),
        ("beacon_nodes.node_validations", "beacon_nodes.\nnode_\nvalidations"),
        ("averyveryverylongpiece.b", "averyveryverylongpiece.\nb"),
    ],
)
def test_wrap_name_breaks_after_dots_and_underscores_only(name: str, wrapped: str) -> None:
    assert wrap_name(name, 14) == wrapped
