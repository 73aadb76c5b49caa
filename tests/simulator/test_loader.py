"""Loading scenarios: every problem at once, with file, line and key."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chain.config import DEMO, BlsBackend, ChainConfig
from simulator.errors import ScenarioError
from simulator.loader import LoadedScenario, find_scenario, load_scenario
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.scenarios import (
    HELLO,
    RELAY,
    Settings,
    build_scenario,
    call,
    deposit,
    load,
    register,
    save_scenario,
)
from tests.helpers.scripts import SCENARIOS, read_script

SCENARIO = f"""\
title: x
slots: 10
chain: {{bls: insecure}}
events:
  - slot: 1
    register:
      name: hello
      script: {HELLO}
"""


def load_text(folder: Path, text: str, *overrides: str) -> LoadedScenario:
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    return load_scenario(path, overrides)


def find_problems(folder: Path, text: str, *overrides: str) -> list[str]:
    """The problems of a scenario, without the folder."""
    with pytest.raises(ScenarioError) as caught:
        load_text(folder, text, *overrides)
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


def find_problems_of(scenario: Settings, folder: Path) -> list[str]:
    """The problems of a scenario without file and line."""
    problems = find_problems(folder, yaml.safe_dump(scenario))
    return [problem.split(": ", 1)[1] for problem in problems]


def test_load_scenario_keeps_models_config_and_code(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, SCENARIO)

    assert loaded.name == "s"
    assert loaded.scenario.title == "x"
    assert loaded.config.bls is BlsBackend.INSECURE
    assert loaded.config.shard_count == DEMO.shard_count
    assert loaded.scripts == {HELLO: read_script("helloworld")}
    assert loaded.overrides == ()


def test_load_scenario_script_is_relative_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "a.wasm").write_bytes(b"any bytes")
    path = save_scenario(build_scenario(events=[register("a", "code/a.wasm")]), tmp_path)
    monkeypatch.chdir("/")

    assert load_scenario(path).scripts == {"code/a.wasm": b"any bytes"}


def test_load_scenario_every_kind_of_problem_is_reported_at_once(tmp_path: Path) -> None:
    text = """\
titel: x
slots: 0
slots: x
chain: {seconds_per_slot: 5, seconds_per_slot: 1.5, bls: wrong, shard_cout: 3}
events:
  - {slot: 1, register: {name: a, script: none.wasm}}
  - {slot: 2}
workload:
  - {deposits: {script: b, from: [9], to: [1], gwei: [2, 1], when: 1}}
"""

    assert sorted(find_problems(tmp_path, text)) == [
        "s.yaml:1: titel: unknown key; did you mean title?",
        "s.yaml:1: title: missing",
        "s.yaml:2: slots: must be at least 1, not 0",
        "s.yaml:3: slots: given twice",
        "s.yaml:4: chain.bls: must be 'real', 'fast' or 'insecure', not 'wrong'",
        "s.yaml:4: chain.seconds_per_slot: given twice",
        "s.yaml:4: chain.shard_cout: unknown key; did you mean shard_count?",
        "s.yaml:6: events[0].register.script: none.wasm: No such file or directory",
        "s.yaml:7: events[1]: needs exactly one of: register, deposit, call",
        "s.yaml:9: workload[0].deposits.when: unknown key",
        "s.yaml:9: workload[0].deposits: gwei: the smallest amount comes first",
    ]


def test_load_scenario_unknown_keys_hide_nothing_impossible(tmp_path: Path) -> None:
    text = """\
title: x
slots: 10
bls: fast
validation: {strategy: optimism}
events:
  - {slot: 99, register: {name: a, script: none.wasm}, zzz: 1}
"""

    problems = find_problems(tmp_path, text)

    assert len(problems) == 5
    assert "s.yaml:3: bls: unknown key" in problems
    assert "s.yaml:6: events[0].zzz: unknown key" in problems
    assert "s.yaml:6: events[0].slot: the run has slots 1 to 10, not 99" in problems
    assert "s.yaml:6: events[0].register.script: none.wasm: No such file or directory" in problems
    (strategy,) = (problem for problem in problems if "strategy" in problem)
    assert strategy.startswith("s.yaml:4: validation.strategy: no such strategy; there are ")


def test_load_scenario_script_cannot_be_a_folder_or_endless(tmp_path: Path) -> None:
    events = [register("a", str(tmp_path)), register("b", "/dev/zero"), register("c", "a\0b")]

    problems = find_problems_of(build_scenario(events=events), tmp_path)

    assert problems[0].startswith("events[0].register.script:")
    assert problems[0].endswith("Is a directory")
    assert problems[1].endswith("/dev/zero: longer than 4194304 bytes")
    assert problems[2].startswith("events[2].register.script:")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"events": [register("a", HELLO, slot=17)]},
            "events[0].slot: the run has slots 1 to 16, not 17",
        ),
        (
            {"events": [register("a", HELLO), register("a", HELLO)]},
            "events[1].register.name: a is registered twice",
        ),
        (
            {"events": [register("a", HELLO, sender=10)]},
            "events[0].register.sender: genesis has validators 0 to 9",
        ),
        ({"events": [call("a", 2)]}, "events[0].call.script: no event registers a script named a"),
        (
            {"events": [register("a", HELLO), call("a", 2, shard=4)]},
            "events[1].call.shard: there are shards 0 to 3, not 4",
        ),
        (
            {"events": [register("relay", RELAY), deposit(2, receiver=7)]},
            "events[1].deposit.to: there are shards 0 to 3, not 7",
        ),
        (
            {
                "events": [register("a", HELLO)],
                "workload": [{"calls": {"script": "a", "shards": [0, 4]}}],
            },
            "workload[0].calls.shards[1]: there are shards 0 to 3, not 4",
        ),
        (
            {
                "events": [register("a", RELAY)],
                "workload": [
                    {
                        "deposits": {
                            "script": "a",
                            "topology": {"kind": "edges", "edges": [[0, 8]]},
                            "gwei": [1, 1],
                        }
                    }
                ],
            },
            "workload[0].deposits.topology[1]: there are shards 0 to 3, not 8",
        ),
        (
            {
                "chain": {"shard_count": 1},
                "events": [register("a", RELAY)],
                "workload": [{"deposits": {"script": "a", "topology": {}, "gwei": [1, 1]}}],
            },
            "workload[0].deposits.topology: one shard alone has nobody to send to",
        ),
        (
            {"validation": {"features": ["simd", "flying"]}},
            "validation.features[1]: no such feature; there are ",
        ),
        (
            {"expect": [{"metric": "slots", "equals": float("nan")}]},
            "expect[0].equals: must be a number, not .nan",
        ),
    ],
)
def test_load_scenario_impossible_value_names_its_key(
    changes: Settings, problem: str, tmp_path: Path
) -> None:
    problems = find_problems_of(build_scenario(**changes), tmp_path)

    assert problems[-1].startswith(problem)


def test_load_scenario_more_eth_than_64_bits_hold_is_refused(tmp_path: Path) -> None:
    whale = deposit(2, 10**18)
    enough = build_scenario(events=[register("relay", RELAY), *[whale] * 18])
    too_much = build_scenario(events=[register("relay", RELAY), *[whale] * 19])

    load(enough, tmp_path)

    (problem,) = find_problems_of(too_much, tmp_path)
    assert problem.startswith("events[19].deposit.gwei: up to here the scenario needs")


def test_load_scenario_workload_of_too_much_eth_is_refused(tmp_path: Path) -> None:
    load = {"script": "relay", "from": [0], "to": [1], "per_slot": 1.5, "gwei": [1, 10**18]}
    scenario = build_scenario(
        20, events=[register("relay", RELAY)], workload=[{"deposits": {**load, "start": 11}}]
    )

    (problem,) = find_problems_of(scenario, tmp_path)

    # 10 slots with up to 2 deposits of 10**18 Gwei, and 320 ETH of genesis validators.
    assert problem.startswith("workload[0].deposits.gwei: up to here the scenario needs")
    assert "20000000320000000000 Gwei" in problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "s.yaml: a scenario is a mapping of keys, this file is not"),
        ("- title: x\n", "s.yaml: a scenario is a mapping of keys, this file is not"),
        ("12\n", "s.yaml: a scenario is a mapping of keys, this file is not"),
        ("title: [x\n", "s.yaml:2: not YAML: did not find expected ',' or ']'"),
    ],
)
def test_load_scenario_no_scenario_at_all_is_one_problem(
    text: str, problem: str, tmp_path: Path
) -> None:
    assert find_problems(tmp_path, text) == [problem]


def test_load_scenario_long_value_is_shown_shortened(tmp_path: Path) -> None:
    problems = find_problems(tmp_path, SCENARIO + f"seed: {'x' * 1000}\n")

    assert len(problems[0]) < 150
    assert problems[0].endswith("xxx...")


def test_load_scenario_yaml_keyword_as_a_name_is_a_wrong_type(tmp_path: Path) -> None:
    (problem,) = find_problems(tmp_path, SCENARIO.replace("title: x", "title: no"))

    assert problem == "s.yaml:1: title: must be text, not false"


def test_find_scenario_plain_name_is_a_shipped_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert find_scenario("deposit_journey") == SCENARIOS / "deposit_journey.yaml"


def test_find_scenario_file_of_that_name_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deposit_journey").write_text(SCENARIO, encoding="utf-8")

    assert load_scenario("deposit_journey").scenario.title == "x"


def test_find_scenario_unknown_name_says_where_the_known_ones_are() -> None:
    with pytest.raises(ScenarioError, match=r"no_such_thing: no such file.*`shardlab scenarios`"):
        load_scenario("no_such_thing")


def test_load_scenario_shuffles_by_the_seed(tmp_path: Path) -> None:
    seeds = {load(build_scenario(), tmp_path, seed=seed).config.shuffling_seed for seed in (1, 2)}

    assert len(seeds) == 2


def test_load_scenario_unset_keys_keep_the_preset(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, "title: x\nslots: 1\npreset: '2020'\n")

    config, seed = loaded.config, loaded.config.shuffling_seed
    assert config == ChainConfig(
        preset="2020",
        shard_count=64,
        seconds_per_slot=12,
        slots_per_epoch=32,
        max_block_data_bytes=1_048_576,
        crosslink_interval_slots=1,
        crosslink_lag_slots=1,
        withdrawability_delay_epochs=256,
        shuffling_seed=seed,
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "title",
        "seed",
        "slots",
        "chain",
        "validation",
        "proposers",
        "genesis",
        "preset",
        "events",
        "workload",
        "faults",
        "expect",
        "x",
    ]
)


@HEAVY_PROPERTY
@given(changes=st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_load_scenario_any_values_load_or_are_problems_of_named_keys(
    changes: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = save_scenario({**build_scenario(), **changes}, folder)

    assert all(problem.startswith(str(path)) for problem in get_problems(path))


def get_problems(path: Path) -> tuple[str, ...]:
    try:
        load_scenario(path)
    except ScenarioError as error:
        return error.problems
    return ()
