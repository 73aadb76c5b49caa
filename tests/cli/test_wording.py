"""What the commands say to people, where it matters that they say it."""

from pathlib import Path

import pytest

from chain.encoding import encode
from tests.helpers.chain import PUSHER, STATE
from tests.helpers.cli import shardlab
from tests.helpers.keys import make_key, sign_deposit
from tests.helpers.scenarios import (
    FLOAT,
    HELLO,
    RELAY,
    build_journey,
    build_scenario,
    register,
    save_scenario,
)
from tests.helpers.scripts import SCENARIOS


def test_run_findings_are_printed(tmp_path: Path) -> None:
    load = {"script": "relay", "from": [0], "to": [1], "gwei": [5, 5], "per_slot": 4}
    scenario = build_scenario(
        12,
        chain={"max_claims_per_block": 1},
        events=[register("relay", RELAY)],
        workload=[{"deposits": load}],
    )

    said = " ".join(shardlab("run", save_scenario(scenario, tmp_path)).stdout.split())

    assert "* The claim queue was saturated: " in said
    assert "with 1 claims" in said
    assert "anybody can forge (bls: insecure)." in said


def test_run_sections_without_anything_to_say_are_left_out(tmp_path: Path) -> None:
    said = shardlab("run", save_scenario(build_scenario(3), tmp_path)).stdout

    assert "beacon blocks" in said
    assert "Deposits" not in said
    assert "shardlab follow" not in said


def test_compare_names_the_runs_that_miss_an_expectation(tmp_path: Path) -> None:
    scenario = build_scenario(3, expect=[{"metric": "slots", "at_most": 3}])

    outcome = shardlab("compare", save_scenario(scenario, tmp_path), "--vary", "slots=3,4")

    assert "4: an expectation is not met" in outcome.stdout
    assert "3: an expectation is not met" not in outcome.stdout


def test_follow_open_deposit_says_how_far_it_came(tmp_path: Path) -> None:
    shardlab("run", save_scenario(build_journey(7), tmp_path), "--out", "a")

    assert "Its last state is: exited." in shardlab("follow", "a", 1).stdout
    assert shardlab("follow", "a", 1, "--json").document["deposits"][0]["latency_slots"] is None


def test_follow_settled_deposit_says_how_long_it_took(run_folder: Path) -> None:
    said = shardlab("follow", run_folder, 1).stdout

    assert "Deposit 1: 0.000001 ETH from shard 0 to shard 1 through relay" in said
    assert "Settled 5 slots (30 seconds) after it was pushed." in said


def test_exec_shows_pushed_deposits(tmp_path: Path) -> None:
    (tmp_path / "pusher.wasm").write_bytes(PUSHER)
    pushed = encode(sign_deposit(make_key("somebody"), 7))

    outcome = shardlab("exec", "pusher.wasm", "--data", (STATE + pushed).hex())

    assert outcome.status == 0
    assert f"deposit:    {pushed.hex()}\n" in outcome.stdout
    assert f"post state: {STATE.hex()}\n" in outcome.stdout


def test_validate_says_which_rule_is_broken_and_where() -> None:
    outcome = shardlab("validate", FLOAT)

    assert outcome.status == 1
    said = " ".join(outcome.stdout.split())
    assert said.startswith(f"{FLOAT}: breaks float_type at byte ")
    assert "(0x" in said


def test_validate_says_that_a_script_is_valid() -> None:
    outcome = shardlab("validate", HELLO)

    assert (outcome.status, outcome.stdout) == (0, f"{HELLO}: valid under strict\n")


def test_no_arguments_shows_the_commands() -> None:
    outcome = shardlab()

    assert "Commands:" in outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["flows", "run"],
        ["flows", "run", "--format", "dot"],
        ["exec", HELLO, "--trace"],
        ["validate", FLOAT],
        ["scout", SCENARIOS / "scout" / "helloworld.yaml"],
        ["schema"],
        ["init", "new"],
        ["--help"],
        ["run", "--help"],
    ],
    ids=lambda command: command[0],
)
def test_narrow_terminal_does_not_stop_a_command(
    command: list[object], run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del run_folder
    monkeypatch.setenv("COLUMNS", "60")

    outcome = shardlab(*command)

    assert outcome.status == (1 if command[0] == "validate" else 0)
    assert outcome.stdout
    assert outcome.stderr == ""
