"""``shardlab compare``: several keys, several seeds, several processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.commands.runs import compare_runs
from simulator.compare import ComparedRun
from tests.helpers.cli import shardlab
from tests.helpers.comparisons import make_run

STRATEGIES = "validation.strategy=beacon-operation,shard-lazy"


def test_compare_grid_over_seeds_gives_all_runs_and_their_aggregates(journey: Path) -> None:
    options = ["--vary", STRATEGIES, "--vary", "genesis.validators=8,16", "--seeds", "2"]

    document = shardlab("compare", journey, *options, "--workers", 1, "--json").document

    assert [run["seed"] for run in document["runs"]] == [1, 2] * 4
    assert document["seeds"] == [1, 2]
    assert [group["settings"]["genesis.validators"] for group in document["groups"]] == [
        "8",
        "8",
        "16",
        "16",
    ]
    aggregate = document["groups"][0]["metrics"]["slots"]
    assert (aggregate["count"], aggregate["mean"], aggregate["deviation"]) == (2, 24, 0)


def test_compare_number_of_workers_changes_no_byte(journey: Path) -> None:
    options = ["--vary", STRATEGIES, "--seeds", "2", "--json"]

    one, two = (shardlab("compare", journey, *options, "--workers", n) for n in (1, 2))

    assert (one.status, two.status) == (0, 0)
    assert one.stdout == two.stdout


def test_compare_wanted_metrics_are_one_table_with_sentences(journey: Path) -> None:
    options = ["--vary", STRATEGIES, "--metric", "validation.marks", "--metric", "slots"]

    outcome = shardlab("compare", journey, *options, "--workers", 1)

    said = " ".join(outcome.stdout.split())
    assert outcome.status == 0
    assert "* validation.marks: " in said
    assert "slots 24 24" in said
    assert "beacon.bytes" not in said


def test_compare_metric_that_no_run_has_exits_with_2_after_the_others(journey: Path) -> None:
    options = ["--vary", STRATEGIES, "--metric", "validation.mark", "--metric", "slots"]

    outcome = shardlab("compare", journey, *options, "--workers", 1)

    assert outcome.status == 2
    assert "slots" in outcome.stdout
    assert outcome.stderr == (
        "warning: --metric validation.mark: the first run has no such metric; did you mean "
        "validation.marks?\n"
        "error: --metric validation.mark: no run has such a metric; did you mean "
        "validation.marks?\n"
    )


def test_compare_misspelt_metric_is_told_after_the_first_run(
    journey: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[str] = []

    def run_two(*_: object) -> Iterator[ComparedRun]:
        for seed in range(2):
            made.append(capsys.readouterr().err)
            yield make_run({"slots": str(seed)}, seed, {"slots": seed})
        made.append(capsys.readouterr().err)

    monkeypatch.setattr("simulator.compare.compare", run_two)

    compare_runs(
        str(journey), ["slots=12,24"], (), None, seeds=None, metrics=["slot", "slots"], workers=1
    )

    warning = "warning: --metric slot: the first run has no such metric; did you mean slots?\n"
    assert made == ["", warning, ""]


@pytest.mark.parametrize(
    "options",
    [
        ["--vary", STRATEGIES, "--seeds", "none"],
        ["--vary", STRATEGIES, "--seeds", "1,2", "--seed", "3"],
        ["--vary", STRATEGIES, "--vary", STRATEGIES],
        ["--vary", STRATEGIES, "--seeds", "501"],
        ["--vary", STRATEGIES, "--workers", "0"],
        [],
    ],
    ids=" ".join,
)
def test_compare_unusable_options_exit_with_2_and_run_nothing(
    options: list[str], journey: Path
) -> None:
    outcome = shardlab("compare", journey, *options)

    assert (outcome.status, outcome.stdout) == (2, "")
    assert outcome.stderr
