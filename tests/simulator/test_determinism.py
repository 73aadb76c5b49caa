"""Same scenario, same seed, same bytes: in one process, in two, and whatever Python hashes.

The other processes also start elsewhere, and with another clock and another locale.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.loader import load_scenario
from simulator.report import encode_report
from simulator.runner import run
from simulator.store import RunReader
from tests.helpers.floating_relay import write_floating_relay
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.random_scenarios import random_scenarios
from tests.helpers.scenarios import (
    FLOAT,
    HELLO,
    RELAY,
    STORE,
    Settings,
    build_scenario,
    register,
    save_scenario,
)

PROGRAM = """
import sys
from pathlib import Path
from simulator import load_scenario, run
run(load_scenario(sys.argv[1]), Path(sys.argv[2]))
"""

EVERYTHING: Settings = build_scenario(
    24,
    proposers={"careless": 0.5},
    chain={"validator_lifecycle": "delayed", "slots_per_epoch": 2, "shard_count": 5},
    events=[
        register("relay", RELAY),
        register("store", STORE, sender=1),
        register("hello", HELLO, slot=2),
        register("bad", FLOAT, slot=3, sender=1),
    ],
    workload=[
        {
            "deposits": {
                "script": "relay",
                "topology": {"kind": "small-world", "neighbors": 2, "rewire": 0.5},
                "per_slot": 1.5,
                "stop": 12,
                "gwei": [1, 10**9],
            }
        },
        {"storage": {"script": "store", "per_slot": 0.4, "keys": 5}},
        {"calls": {"script": "hello", "per_slot": 0.3}},
        {"calls": {"script": "bad", "per_slot": 0.2}},
    ],
)
"""A little of everything that draws, sorts or collects."""


def run_elsewhere(path: Path, run_dir: Path, **environment: str) -> None:
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, str(path), str(run_dir)],
        cwd=run_dir.parent,
        env={**os.environ, **environment},
        check=True,
    )


def read_all(folder: Path) -> tuple[object, ...]:
    """Everything that a run's database says."""
    reader = RunReader(folder)
    said = reader.meta, reader.read_metrics(), tuple(reader.read_events())
    reader.close()
    return said


@pytest.mark.parametrize("strategy", ["beacon-block", "beacon-operation", "shard-lazy"])
def test_run_repeats_to_the_byte_whatever_python_hashes(strategy: str, tmp_path: Path) -> None:
    path = save_scenario({**EVERYTHING, "validation": {"strategy": strategy}}, tmp_path)
    first, second = tmp_path / "first", tmp_path / "second"

    run_elsewhere(path, first, PYTHONHASHSEED="1", TZ="Asia/Tokyo", LC_ALL="C")
    run_elsewhere(path, second, PYTHONHASHSEED="4242", TZ="America/Lima", LC_ALL="C.UTF-8")

    report = (first / "report.json").read_bytes()
    assert (second / "report.json").read_bytes() == report
    assert read_all(second) == read_all(first)
    assert encode_report(run(load_scenario(path)).report) == report


def test_run_report_holds_no_path_of_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("title: x\nslots: 2\n", encoding="utf-8")

    run(load_scenario(path), tmp_path / "run")

    report = (tmp_path / "run" / "report.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in report
    assert "/" not in report


def test_run_other_seed_gives_other_roots(tmp_path: Path) -> None:
    path = save_scenario(EVERYTHING, tmp_path)

    roots = {run(load_scenario(path, seed=seed)).report["beacon_state_root"] for seed in (1, 2, 3)}

    assert len(roots) == 3


def test_run_signature_backend_changes_keys_but_not_what_happens(tmp_path: Path) -> None:
    scenario = build_scenario(12, events=[register("hello", HELLO)])
    path = save_scenario({**scenario, "workload": [{"calls": {"script": "hello"}}]}, tmp_path)

    insecure, fast = (
        run(load_scenario(path, [f"chain.bls={bls}"])) for bls in ("insecure", "fast")
    )

    assert insecure.metrics == fast.metrics
    assert insecure.report["beacon_state_root"] != fast.report["beacon_state_root"]


@HEAVY_PROPERTY
@given(scenario=random_scenarios(max_slots=10), seed=st.integers(0, 2**63 - 1))
def test_run_any_scenario_repeats_to_the_byte(
    scenario: Settings, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    write_floating_relay(folder)
    path = save_scenario({**scenario, "seed": seed}, folder)

    first, second = (run(load_scenario(path)) for _ in range(2))

    assert encode_report(first.report) == encode_report(second.report)
    assert first.events == second.events
