"""``--set``: any key of a scenario can be replaced, and what cannot be is quoted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chain.config import ETH2_2019, BlsBackend, ChainConfig
from simulator.errors import ScenarioError, UserError
from simulator.loader import LoadedScenario, load_scenario
from tests.helpers.scenarios import HELLO, build_journey, build_scenario, load, save_scenario

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


def load_with(folder: Path, *overrides: str) -> LoadedScenario:
    """Load a scenario of ten slots in which one script is registered."""
    path = folder / "s.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    return load_scenario(path, overrides)


@pytest.mark.parametrize(
    ("override", "get", "expected"),
    [
        ("chain.shard_count=64", lambda config: config.shard_count, 64),
        ("chain.bls=real", lambda config: config.bls, BlsBackend.REAL),
        ("chain.execution.max_fuel=123", lambda config: config.execution.max_fuel, 123),
        ("validation.strategy=shard-lazy", lambda config: config.strategy, "shard-lazy"),
        ("validation.features=[simd]", lambda config: config.features, ("simd",)),
        ("preset=2019", lambda config: config.shard_count, ETH2_2019.shard_count),
    ],
)
def test_load_scenario_override_reaches_the_config(
    override: str, get: Callable[[ChainConfig], object], expected: object, tmp_path: Path
) -> None:
    loaded = load_with(tmp_path, override)

    assert get(loaded.config) == expected
    assert loaded.overrides == (override,)


def test_load_scenario_override_replaces_an_element_of_a_list(tmp_path: Path) -> None:
    loaded = load_with(tmp_path, "events[0].slot=7", "events[0].register.name=other", "slots=8")

    (event,) = loaded.scenario.events
    assert event.slot == 7
    assert event.register_script is not None
    assert event.register_script.name == "other"


def test_load_scenario_later_override_wins(tmp_path: Path) -> None:
    assert load_with(tmp_path, "slots=5", "slots=6").scenario.slots == 6


def test_load_scenario_override_makes_missing_mappings(tmp_path: Path) -> None:
    assert load_with(tmp_path, "proposers.careless=0.5").scenario.proposers.careless == 0.5


def test_load_scenario_seed_argument_wins(tmp_path: Path) -> None:
    path = save_scenario(build_scenario(seed=3), tmp_path)

    loaded = load_scenario(path, ["seed=4"], 5)

    assert loaded.scenario.seed == 5
    assert loaded.overrides == ("seed=4", "seed=5")


def test_load_scenario_override_does_not_touch_the_file(tmp_path: Path) -> None:
    load_with(tmp_path, "slots=5")

    assert (tmp_path / "s.yaml").read_text(encoding="utf-8") == SCENARIO


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("slots=x", "--set 'slots=x': slots: must be a whole number, not 'x'"),
        ("chain.shard_cout=3", "--set 'chain.shard_cout=3': chain.shard_cout: unknown key; "),
        ("slots=", "--set 'slots=': slots: must be a whole number, not null"),
        ("events[0].slot=11", "--set 'events[0].slot=11': events[0].slot: the run has slots"),
        ("events=[{slot: 1}]", "--set 'events=[{slot: 1}]': events[0]: needs exactly one of"),
    ],
)
def test_load_scenario_override_to_blame_is_named_instead_of_a_line(
    override: str, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_with(tmp_path, override)

    assert caught.value.problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("slots", "write it as dotted.key=value"),
        ("=5", "write it as dotted.key=value"),
        ("chain..bls=real", "write it as dotted.key=value"),
        ("chain.=real", "write it as dotted.key=value"),
        ("events[1].slot=2", "there is no element 1"),
        ("events[-1].slot=2", "'-1' is not inside a mapping"),
        ("title.x=2", "'x' is not inside a mapping"),
        ("slots=[", "the value is not YAML"),
        ("slots=&a [*a]", "the value is not YAML"),
    ],
)
def test_load_scenario_override_that_cannot_be_applied_is_quoted(
    override: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as caught:
        load_with(tmp_path, override)

    assert str(caught.value) == f"--set {override}: {message}"


def test_override_that_breaks_a_mapping_as_a_whole_is_named(tmp_path: Path) -> None:
    given = ["chain.execution.backend=host", "chain.execution.libraries=wasm"]

    with pytest.raises(ScenarioError) as caught:
        load(build_scenario(3), tmp_path, given)

    first, second = (f"--set '{text}'" for text in given)
    assert str(caught.value).startswith(f"{first}, {second}: chain.execution: libraries wasm are")


def test_override_that_makes_another_line_impossible_is_named_with_it(tmp_path: Path) -> None:
    scenario = build_journey(24, expect=[])

    with pytest.raises(ScenarioError) as caught:
        load(scenario, tmp_path, ["chain.shard_count=1", "slots=30"])

    [problem] = caught.value.problems
    assert problem.startswith(f"{tmp_path}/tiny.yaml:")
    assert problem.endswith(" (with --set chain.shard_count=1, --set slots=30)")


def test_override_is_not_blamed_for_what_the_file_has_wrong(tmp_path: Path) -> None:
    scenario = build_journey(24, chain={"shard_count": 1})

    with pytest.raises(ScenarioError) as caught:
        load(scenario, tmp_path, ["slots=30"])

    assert "(with" not in str(caught.value)
