"""``shardlab export-scout``, and ``shardlab scout`` on what it writes."""

import sqlite3
from pathlib import Path

import pytest

from tests.helpers.cli import shardlab


def test_export_scout_writes_what_scout_passes(run_folder: Path) -> None:
    outcome = shardlab("export-scout", run_folder, "--shard", 1)

    assert (outcome.status, outcome.stderr) == (0, "")
    assert outcome.stdout.startswith("shard_1.yaml: ")
    assert outcome.stdout.endswith("run it with: shardlab scout shard_1.yaml\n")
    ran = shardlab("scout", "--strict", "shard_1.yaml")
    assert (ran.status, ran.stdout, ran.stderr) == (0, "pass  shard_1.yaml\n", "")


def test_export_scout_of_every_shard_passes_at_once(run_folder: Path) -> None:
    files = [f"{shard}.yaml" for shard in range(4)]
    for shard, file in enumerate(files):
        assert shardlab("export-scout", run_folder, "--shard", shard, "-o", file).status == 0

    assert shardlab("scout", *files).status == 0


def test_export_scout_can_be_moved_with_its_scripts(run_folder: Path, tmp_path: Path) -> None:
    shardlab("export-scout", run_folder, "--shard", 0, "--out", "a b's \u00e9.yaml")
    (tmp_path / "elsewhere").mkdir()
    for name in ("a b's \u00e9.yaml", "a b's \u00e9_scripts"):
        (tmp_path / name).rename(tmp_path / "elsewhere" / name)

    assert shardlab("scout", "elsewhere/a b's \u00e9.yaml").status == 0


def test_export_scout_with_a_changed_block_makes_scout_exit_with_1(run_folder: Path) -> None:
    shardlab("export-scout", run_folder, "--shard", 0)
    path = Path("shard_0.yaml")
    head, post, tail = path.read_text(encoding="utf-8").partition("shard_post_state")
    kept, env, _ = head.rpartition("  - env: ")
    assert env
    path.write_text(kept + post + tail, encoding="utf-8")

    outcome = shardlab("scout", path)

    assert outcome.status == 1
    assert "exec_env_states[0]: expected " in outcome.stdout


def test_export_scout_twice_needs_force(run_folder: Path) -> None:
    shardlab("export-scout", run_folder, "--shard", 0)
    Path("shard_0.yaml").write_text("mine", encoding="utf-8")

    refused = shardlab("export-scout", run_folder, "--shard", 0)
    assert refused.status == 2
    assert refused.stderr == "error: shard_0.yaml: exists already; use --force to replace it\n"
    assert Path("shard_0.yaml").read_text(encoding="utf-8") == "mine"

    assert shardlab("export-scout", run_folder, "--shard", 0, "--force").status == 0
    assert shardlab("scout", "shard_0.yaml").status == 0


@pytest.mark.parametrize("shard", ["4", "-1"])
def test_export_scout_of_an_unknown_shard_exits_with_2(shard: str, run_folder: Path) -> None:
    outcome = shardlab("export-scout", run_folder, "--shard", shard)

    assert outcome.status == 2
    assert outcome.stderr == f"error: --shard {shard}: the run has shards 0 to 3\n"
    assert not Path(f"shard_{shard}.yaml").exists()


def test_export_scout_of_no_run_exits_with_2() -> None:
    outcome = shardlab("export-scout", "nowhere", "--shard", 0)

    assert outcome.status == 2
    assert "holds no run" in outcome.stderr


def test_export_scout_of_an_incomplete_run_says_how_far_it_came(run_folder: Path) -> None:
    with sqlite3.connect(run_folder / "run.db") as database:
        database.execute("DELETE FROM events WHERE slot > 9")
        database.execute("UPDATE meta SET value = '9' WHERE key = 'slot'")
        database.execute("UPDATE meta SET value = '\"interrupted\"' WHERE key = 'status'")
    database.close()

    outcome = shardlab("export-scout", run_folder, "--shard", 0)

    assert outcome.status == 0
    assert outcome.stderr == "note: the run did not reach its end (interrupted): up to slot 9\n"
    assert shardlab("scout", "shard_0.yaml").status == 0


def test_export_scout_of_some_slots_passes(run_folder: Path) -> None:
    options = ("--shard", 0, "--first-slot", 5, "--last-slot", 12)

    assert shardlab("export-scout", run_folder, *options).status == 0
    assert shardlab("scout", "shard_0.yaml").status == 0
