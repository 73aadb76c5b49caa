"""``shardlab calibrate``, ``shardlab run --measure``, and the table of costs."""

import json
from pathlib import Path

import pytest

from simulator.store import REPORT_NAME
from tests.helpers.cli import shardlab
from tests.helpers.scenarios import FLOAT, HELLO, build_scenario, call, register, save_scenario


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A good and a bad script that meet careless proposers, so that both are validated."""
    scenario = build_scenario(
        6,
        validation={"strategy": "shard-lazy"},
        proposers={"careless": 1.0},
        costs={"shard_full_nodes": 3, "light_clients": 10},
        events=[
            register("good", HELLO),
            register("bad", FLOAT, sender=1),
            call("good", 3, 0),
            call("bad", 3, 1),
        ],
    )
    return save_scenario(scenario, tmp_path, "mixed")


def find_row(text: str, label: str) -> list[str]:
    [row] = [line for line in text.splitlines() if line.strip().startswith(label)]
    return row.replace(label, "").split()


def test_calibrate_writes_a_file_that_run_can_use(mixed: Path) -> None:
    outcome = shardlab("calibrate", "-o", "mine.json", "--repeats", 1)
    assert outcome.status == 0
    assert "mine.json" in outcome.stdout

    sets = ("--set", "costs.profile=measured", "--set", "costs.path=mine.json")
    document = shardlab("run", mixed, *sets, "--json", "--out", "here").document

    rates = json.loads(Path("mine.json").read_bytes())
    report = json.loads((Path("here") / REPORT_NAME).read_bytes())
    assert report["costs"]["profile"] == "measured"
    validating, compiling = (
        rates["validating_bytes_per_second"],
        rates["compiling_bytes_per_second"],
    )
    assert report["costs"]["validating_bytes_per_second"] == validating
    assert report["costs"]["compiling_bytes_per_second"] == compiling
    size_bytes = document["metrics"]["validation.node_bytes"]
    assert document["metrics"]["costs.total_seconds"] == pytest.approx(
        size_bytes / validating + size_bytes / compiling, abs=1e-6
    )


def test_calibrate_in_a_narrow_terminal_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")

    outcome = shardlab("calibrate", "-o", "mine.json", "--repeats", 1)

    assert max(map(len, outcome.stdout.splitlines())) <= 40
    assert "…" not in outcome.stdout


def test_calibrate_json_is_what_the_file_holds() -> None:
    document = shardlab("calibrate", "-o", "mine.json", "--repeats", 1, "--json").document

    written = json.loads(Path("mine.json").read_bytes())
    assert {"kind": written["kind"], "version": written["version"], **document} == written
    assert {module["name"] for module in document["corpus"]} >= {"helloworld", "generated-large"}


def test_calibrate_unwritable_file_is_told_before_anything_is_measured() -> None:
    outcome = shardlab("calibrate", "-o", "nowhere/mine.json", "--repeats", 1000)

    assert outcome.status == 2
    assert outcome.stderr == (
        "error: nowhere/mine.json: cannot be written: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["costs.profile=v8"], "'linear-pass', 'wasmi', 'fizzy' or 'measured', not 'v8'"),
        (["costs.profile=measured"], "costs: profile measured needs a path"),
        (["costs.path=mine.json"], "costs: path is for profile measured, not for wasmtime"),
        (
            ["costs.profile=measured", "costs.path=none.json"],
            "costs.path: none.json: cannot be read: No such file or directory",
        ),
        (
            ["costs.profile=measured", "costs.path=broken.json"],
            "costs.path: broken.json: version: must be 1, not 3",
        ),
        (["costs.budget_ms=0"], "costs.budget_ms: must be at least 1"),
        (["costs.profil=wasmi"], "costs.profil: unknown key; did you mean profile?"),
    ],
)
def test_run_unusable_costs_are_named(mixed: Path, sets: list[str], message: str) -> None:
    Path("broken.json").write_text(
        '{"kind": "shardlab engine profile", "version": 3}', encoding="utf-8"
    )

    outcome = shardlab("run", mixed, *(word for each in sets for word in ("--set", each)))

    assert outcome.status == 2
    assert message in outcome.stderr
    assert not Path("runs").exists()


def test_run_broken_profile_file_is_named_with_the_scenarios_line(
    mixed: Path, tmp_path: Path
) -> None:
    (tmp_path / "beside.json").write_text("{}", encoding="utf-8")
    text = mixed.read_text(encoding="utf-8").replace(
        "costs:\n", "costs:\n  profile: measured\n  path: beside.json\n"
    )
    mixed.write_text(text, encoding="utf-8")

    outcome = shardlab("run", mixed)

    line = text[: text.index("path: beside")].count("\n") + 1
    place = f"{mixed}:{line}: costs.path: {tmp_path / 'beside.json'}"
    assert outcome.status == 2
    assert outcome.stderr.startswith(f'error: {place}: kind: must be "shardlab engine profile"')


def test_run_prints_modelled_cost_and_work_in_columns_of_their_own(
    mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    outcome = shardlab("run", mixed, "--out", "here")
    metrics = json.loads((Path("here") / REPORT_NAME).read_bytes())["metrics"]

    assert find_row(outcome.stdout, "Validating") == [
        *("modelled", "s"),
        *("bytes", "functions", "instructions"),
    ]
    seconds, size_bytes, functions, instructions = find_row(outcome.stdout, "network")
    assert float(seconds) == metrics["costs.total_seconds"]
    assert int(size_bytes.replace(",", "")) == metrics["work.bytes"]
    assert int(functions) == metrics["work.functions"]
    assert int(instructions) == metrics["work.instructions"]
    assert find_row(outcome.stdout, "shard full nodes")[0] != "0"
    # They read marks, and validate nothing.
    assert "light clients" not in outcome.stdout
    assert metrics["work.light_client.mark_bytes"] == 20
    assert "measured" not in outcome.stdout


def test_run_measure_adds_a_column_and_leaves_the_report_alone(
    mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    plain = shardlab("run", mixed, "--out", "plain", "--json").document
    outcome = shardlab("run", mixed, "--out", "timed", "--measure")
    timed = shardlab("run", mixed, "--out", "again", "--measure", "--json").document

    assert find_row(outcome.stdout, "Validating")[-2:] == ["measured", "s"]
    [validating] = find_row(outcome.stdout, "here, validating")
    assert float(validating) > 0
    assert "measured" not in plain
    assert timed["measured"]["measured.codes"] == 2
    assert timed["metrics"] == plain["metrics"]
    reports = [(Path(name) / REPORT_NAME).read_bytes() for name in ("plain", "timed", "again")]
    assert reports[0] == reports[1] == reports[2]


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_run_measure_in_a_narrow_terminal_has_every_number_whole(
    columns: int, mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    outcome = shardlab("run", mixed, "--out", "here", "--measure")

    metrics = json.loads((Path("here") / REPORT_NAME).read_bytes())["metrics"]
    words = outcome.stdout.split()
    assert max(map(len, outcome.stdout.splitlines())) <= columns
    assert {"bytes", "functions", "instructions", "modelled", "measured"} <= set(words)
    rows = [line.split() for line in outcome.stdout.splitlines()]
    network = [cell for row in rows if row[:1] == ["network"] for cell in row[1:]]
    assert [float(cell.replace(",", "")) for cell in network] == [
        metrics["costs.total_seconds"],
        *(metrics[f"work.{kind}"] for kind in ("bytes", "functions", "instructions")),
    ]
    assert [row[1] for row in rows if row[:1] == ["here,"]] == ["validating", "compiling"]
