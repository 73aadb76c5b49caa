"""The models of scenario files: every key of the config can be set, and only within reason."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from chain.config import DEMO, PRESETS, ChainConfig, ExecutionLimits, Metering, Profile, TickCosts
from simulator.errors import ScenarioError
from simulator.loader import load_scenario
from simulator.scenario import (
    ChainSettings,
    ExecutionSettings,
    Expectation,
    Scenario,
    build_chain_config,
)
from simulator.scenario.settings import TickCostSettings, ValidationSettings
from simulator.shipped import list_shipped
from tests.helpers.scenarios import build_scenario, load

MINIMAL: dict[str, Any] = {"title": "x", "slots": 1}
ELSEWHERE = {"preset", "shuffling_seed"} | set(ValidationSettings.model_fields)


def build(**keys: Any) -> Scenario:  # noqa: ANN401 - YAML values
    return Scenario.model_validate({**MINIMAL, **keys})


def test_chain_settings_override_every_setting_of_the_config() -> None:
    settings = {field.name for field in fields(ChainConfig)} - ELSEWHERE

    assert set(ChainSettings.model_fields) == settings


def test_execution_settings_override_every_limit_but_the_signature_backend() -> None:
    limits = {field.name for field in fields(ExecutionLimits)} - {"bls"}

    assert set(ExecutionSettings.model_fields) == limits


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_build_chain_config_without_overrides_is_the_preset(preset: str) -> None:
    config = build_chain_config(build(preset=preset))

    settings = {field.name for field in fields(ChainConfig)} - {"shuffling_seed"}
    assert {name: getattr(config, name) for name in settings} == {
        name: getattr(PRESETS[preset], name) for name in settings
    }


def test_validation_settings_are_all_settings_of_the_config() -> None:
    assert set(ValidationSettings.model_fields) <= {field.name for field in fields(ChainConfig)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("deferral_slots", 3),
        ("deferred_bytes_per_slot", 1000),
        ("committee_size", 7),
        ("committee_quorum", (3, 4)),
        ("honest_share", 0.7),
        ("verdict_epochs", 5),
        ("challengers", 0),
        ("challenge_window_slots", 9),
        ("challenge_bond_gwei", 0),
    ],
)
def test_build_chain_config_placement_settings_arrive(key: str, value: object) -> None:
    assert getattr(build_chain_config(build(validation={key: value})), key) == value


@pytest.mark.parametrize("quorum", [[1, 2], [4, 3], [1, 3]])
def test_load_quorum_that_decides_nothing_is_refused(quorum: list[int], tmp_path: Path) -> None:
    scenario = build_scenario(validation={"committee_quorum": quorum})

    with pytest.raises(ScenarioError, match="a quorum is more than a half of the seats"):
        load(scenario, tmp_path)


def test_build_chain_config_validation_settings_arrive() -> None:
    config = build_chain_config(
        build(validation={"strategy": "shard-lazy", "profile": "scout", "features": ("simd",)})
    )

    assert (config.strategy, config.profile, config.features) == (
        "shard-lazy",
        Profile.SCOUT,
        ("simd",),
    )


def test_build_chain_config_scripts_verify_signatures_like_the_chain() -> None:
    config = build_chain_config(build(chain={"bls": "insecure"}))

    assert config.execution.bls is config.bls
    assert config.execution.max_ticks == DEMO.execution.max_ticks


def test_build_chain_config_zero_is_a_value_and_not_a_default() -> None:
    config = build_chain_config(build(chain={"new_code_fee": 0, "max_claims_per_block": 0}))

    assert (config.new_code_fee, config.max_claims_per_block) == (0, 0)


@pytest.mark.parametrize(
    "keys",
    [
        {"slots": True},
        {"slots": "4"},
        {"slots": 1.0},
        {"seed": -1},
        {"seed": 2**63},
        {"title": ""},
        {"preset": "2021"},
        {"chain": {"shard_count": 0}},
        {"chain": {"shard_count": 4097}},
        {"chain": {"crosslink_lag_slots": 0}},
        {"chain": []},
        {"proposers": {"careless": 1.01}},
        {"proposers": {"careless": float("nan")}},
        {"genesis": {"validators": 0}},
        {"genesis": {"validator_gwei": 0}},
        {"validation": {"profile": "lenient"}},
        {"events": ({"slot": 1, "call": {"script": "9lives", "shard": 0}},)},
        {"events": ({"slot": 1, "call": {"script": "a", "shard": 0, "data": "0"}},)},
        {"events": ({"slot": 1, "call": {"script": "a", "shard": 0, "data": "0x00"}},)},
        {"events": ({"slot": 1, "call": {"script": "a", "shard": -1}},)},
        {"workload": ({"calls": {"script": "a", "per_slot": -0.5}},)},
        {"workload": ({"calls": {"script": "a", "per_slot": float("inf")}},)},
        {"workload": ({"calls": {"script": "a", "start": 5, "stop": 4}},)},
        {"workload": ({"deposits": {"script": "a", "gwei": (1, 2)}},)},
        {"workload": ({"deposits": {"script": "a", "from": (0,), "gwei": (1, 2)}},)},
        {"workload": ({"deposits": {"script": "a", "topology": {}, "gwei": (0, 2)}},)},
        {"workload": ({"deposits": {"script": "a", "topology": {}, "gwei": (1, 2, 3)}},)},
        {
            "workload": (
                {"deposits": {"script": "a", "topology": {"kind": "edges"}, "gwei": (1, 2)}},
            )
        },
        {"expect": ({"metric": "slots"},)},
    ],
)
def test_scenario_impossible_value_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        build(**keys)


@pytest.mark.parametrize(
    ("bounds", "value", "met"),
    [
        ({"equals": 3}, 3, True),
        ({"equals": 3}, 3.5, False),
        ({"at_least": 3}, 3, True),
        ({"at_least": 3}, 2, False),
        ({"at_most": 3}, 3, True),
        ({"at_most": 3}, 4, False),
        ({"at_least": 3, "at_most": 5}, 4, True),
        ({"at_least": 3, "at_most": 5}, 6, False),
    ],
)
def test_is_met_every_bound_counts(bounds: dict[str, Any], value: float, *, met: bool) -> None:
    expectation = Expectation.model_validate({"metric": "slots", **bounds})

    assert expectation.is_met(value) is met


def test_scenario_cannot_be_changed_once_validated() -> None:
    scenario = build()

    with pytest.raises(ValidationError):
        scenario.slots = 5


def test_schema_describes_every_key_and_allows_no_other() -> None:
    schema = Scenario.model_json_schema()
    objects = [schema, *(kind for kind in schema["$defs"].values() if kind["type"] == "object")]

    assert len(objects) > 10
    for kind in objects:
        assert kind["additionalProperties"] is False
        for name, key in kind["properties"].items():
            # A key described as its own section is, the section describes.
            section = schema["$defs"].get(key.get("$ref", "").rpartition("/")[2], {})
            described = key.get("description") or section.get("description")
            assert described, f"{kind['title']}.{name}"


@pytest.mark.parametrize("preset", ["2019", "2020"])
def test_preset_may_be_written_as_a_number(
    preset: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("preset") / "s.yaml"
    path.write_text(f"title: x\nslots: 1\npreset: {preset}\n", encoding="utf-8")

    assert load_scenario(path).config.preset == preset


@pytest.mark.parametrize("name", [shipped.name for shipped in list_shipped()])
def test_shipped_scenario_loads_and_asks_a_question(name: str) -> None:
    (shipped,) = (each for each in list_shipped() if each.name == name)

    loaded = load_scenario(shipped.path)

    assert shipped.question.endswith("?")
    assert "Question" not in shipped.question
    assert loaded.scenario.expect, "a shipped scenario says what must hold"


def test_build_chain_config_metering_arrives_with_its_prices() -> None:
    execution = {"metering": "injected", "watchdog_fuel": 9, "tick_costs": {"division": 7}}

    limits = build_chain_config(build(chain={"execution": execution})).execution

    assert (limits.metering, limits.watchdog_fuel) == (Metering.INJECTED, 9)
    assert limits.tick_costs == TickCosts(division=7)


@pytest.mark.parametrize(
    ("execution", "ticks"),
    [
        ({"metering": "injected"}, 400_000_000),
        ({"metering": "injected", "max_fuel": 5}, 5),
        ({"metering": "injected", "max_ticks": 6}, 6),
        ({"metering": "ticks"}, 10_000_000),
    ],
)
def test_build_chain_config_injected_ticks_have_the_budget_of_fuel(
    execution: dict[str, object], ticks: int
) -> None:
    assert build_chain_config(build(chain={"execution": execution})).execution.max_ticks == ticks


def test_tick_cost_settings_override_every_price() -> None:
    assert set(TickCostSettings.model_fields) == {field.name for field in fields(TickCosts)}
