"""What identifies a run, and the command that makes it again."""

import shlex

import pytest

from simulator.report.facts import build_command


@pytest.mark.parametrize(
    ("scenario", "seed", "overrides", "command"),
    [
        ("deposit_journey", 7, [], "shardlab run deposit_journey --seed 7"),
        ("flood", 1, [], "shardlab run validation/flood --seed 1"),
        ("mine", 3, [], "shardlab run mine.yaml --seed 3"),
        (
            "deposit_journey",
            9,
            ["slots=16", "seed=9"],
            "shardlab run deposit_journey --seed 9 --set slots=16",
        ),
        (
            "deposit_journey",
            9,
            ["seed=4", "seed=9"],
            "shardlab run deposit_journey --seed 9 --set seed=4",
        ),
    ],
)
def test_build_command_is_what_to_type(
    scenario: str, seed: int, overrides: list[str], command: str
) -> None:
    assert build_command(scenario, seed, overrides) == command


def test_build_command_is_quoted_for_a_shell() -> None:
    command = build_command("deposit_journey", 1, ["chain={a: $(rm x)}"])

    assert shlex.split(command)[-1] == "chain={a: $(rm x)}"
