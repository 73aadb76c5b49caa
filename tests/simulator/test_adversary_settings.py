"""The key ``adversaries``: what it refuses, and where it says so."""

from pathlib import Path
from typing import Any

import pytest

from simulator.errors import ScenarioError
from tests.helpers.scenarios import HELLO, Settings, build_scenario, load, register


def find_problems(folder: Path, *adversaries: Settings, **changes: Any) -> list[str]:  # noqa: ANN401 - YAML values
    scenario = build_scenario(adversaries=list(adversaries), **changes)
    with pytest.raises(ScenarioError) as caught:
        load(scenario, folder)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("adversary", "key", "message"),
    [
        ({"kind": "rude"}, "adversaries[0].kind", "must be '"),
        ({"kind": "budget"}, "adversaries[0]", "kind budget needs eth"),
        ({"kind": "malformed", "count": 3}, "adversaries[0]", "count is for deep-nesting"),
        ({"kind": "malformed", "goal": "blocks"}, "adversaries[0]", "goal is for kind budget"),
        ({"kind": "malformed", "start": 5, "stop": 4}, "adversaries[0]", "stop lies before start"),
        ({"kind": "malformed", "size_bytes": 511}, "adversaries[0].size_bytes", "512"),
        ({"kind": "malformed", "size_byte": 600}, "adversaries[0].size_byte", "unknown key"),
        (
            {"kind": "malformed", "size_bytes": 65_537},
            "adversaries[0].size_bytes",
            "65537 bytes are over max_code_bytes, 65536",
        ),
        (
            {"kind": "oversized", "size_bytes": 65_536},
            "adversaries[0].size_bytes",
            "65536 bytes are not over max_code_bytes, 65536",
        ),
        (
            {"kind": "many-functions", "count": 5_000},
            "adversaries[0].size_bytes",
            "8192 bytes do not hold it, it takes 20140",
        ),
        ({"kind": "malformed", "shards": [0, 4]}, "adversaries[0].shards[1]", "not 4"),
    ],
)
def test_load_scenario_impossible_adversary_is_refused_with_its_key(
    adversary: dict[str, Any], key: str, message: str, tmp_path: Path
) -> None:
    (problem,) = find_problems(tmp_path, adversary)

    assert f"{key}: " in problem
    assert message in problem


def test_load_scenario_adversaries_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = find_problems(tmp_path, {"kind": "malformed"}, {"kind": "malformed", "per_slot": 2})

    assert len(twice) == 2
    assert "several adversaries are named malformed: give each a name" in twice[0]
    different = [{"kind": "malformed"}, {"kind": "malformed", "name": "other"}]
    load(build_scenario(adversaries=different), tmp_path)


def test_load_scenario_adversary_with_the_name_of_an_honest_script_is_refused(
    tmp_path: Path,
) -> None:
    (problem,) = find_problems(
        tmp_path, {"kind": "malformed", "name": "hello"}, events=[register("hello-7", HELLO)]
    )

    assert "adversaries[0].name: hello-7 is also the name of a script" in problem
    load(
        build_scenario(
            adversaries=[{"kind": "malformed", "name": "hello"}], events=[register("hello", HELLO)]
        ),
        tmp_path,
    )


def test_load_scenario_adversaries_with_more_eth_than_64_bits_hold_are_refused(
    tmp_path: Path,
) -> None:
    rich = [{"kind": "budget", "eth": 10**9, "name": f"rich{number}"} for number in range(20)]

    (problem,) = find_problems(tmp_path, *rich)

    # 2**64 Gwei are 18.4 times 10**9 ETH.
    assert "adversaries[18].eth: " in problem
    assert "more than 64 bits hold" in problem


def test_load_scenario_adversary_that_pays_for_all_it_sends_may_need_too_much(
    tmp_path: Path,
) -> None:
    chain = {"new_code_fee": 10**15}
    adversary = {"kind": "malformed", "per_slot": 10_000}

    (problem,) = find_problems(tmp_path, adversary, chain=chain)

    assert "adversaries[0].per_slot: " in problem
    load(build_scenario(adversaries=[{**adversary, "eth": 5}], chain=chain), tmp_path)
