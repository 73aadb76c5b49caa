"""Which runs get workers, and how the command line asks for them."""

from pathlib import Path

import pytest

from simulator.loader import load_scenario
from simulator.parallel.choice import pays_off
from simulator.store import DATABASE_NAME
from tests.helpers.cli import shardlab
from tests.helpers.scenarios import HELLO, build_scenario, register, save_scenario


@pytest.mark.parametrize(
    ("name", "overrides", "expected"),
    [
        ("small_world", (), True),
        ("small_world", ("slots=624",), False),
        ("small_world", ("slots=625",), True),
        ("helloworld", ("slots=100_000",), False),  # too few shards to share
    ],
)
def test_pays_off_for_many_shards_over_many_slots(
    name: str, overrides: tuple[str, ...], *, expected: bool
) -> None:
    assert pays_off(load_scenario(name, overrides)) is expected


def test_run_command_with_workers_writes_the_same_database(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(4, events=[register("hello", HELLO)]), tmp_path)

    for workers in ("1", "2"):
        outcome = shardlab("run", path, "--workers", workers, "--out", str(tmp_path / workers))
        assert outcome.status == 0

    alone, together = (tmp_path / workers / DATABASE_NAME for workers in ("1", "2"))
    assert alone.read_bytes() == together.read_bytes()


def test_run_command_without_workers_is_refused(tmp_path: Path) -> None:
    outcome = shardlab("run", "helloworld", "--workers", "0", "--out", str(tmp_path / "run"))

    assert outcome.status == 2
    assert "--workers" in outcome.stderr
