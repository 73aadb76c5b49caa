"""Rates of PROTOCOL 7, as they stand there, and what follows from them."""

import pytest

from simulator.costs import PROFILES, CostModel, ProfileName
from simulator.costs.roles import Role, find_role

RATES = {
    "wasmtime": (130e6, 0.9e6),
    "winch": (130e6, 5.9e6),
    "linear-pass": (130e6, 20e6),
    "wasmi": (16e6, None),
    "fizzy": (69e6, None),
}


def test_profiles_are_all_but_the_measured_one() -> None:
    assert set(PROFILES) == set(ProfileName) - {ProfileName.MEASURED}


@pytest.mark.parametrize("name", RATES)
def test_profile_has_the_rates_of_the_record(name: str) -> None:
    profile = PROFILES[ProfileName(name)]

    assert (profile.validating, profile.compiling) == RATES[name]


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("wasmtime", 1.118803),  # 1/130 + 1/0.9
        ("winch", 0.177184),  # 1/130 + 1/5.9
        ("linear-pass", 0.057692),  # 1/130 + 1/20
        ("wasmi", 0.0625),  # 1/16, interpreters compile nothing
        ("fizzy", 0.014493),  # 1/69
    ],
)
def test_compute_seconds_of_a_megabyte(name: str, seconds: float) -> None:
    assert CostModel(PROFILES[ProfileName(name)]).compute_seconds(1_000_000) == seconds


def test_compute_seconds_is_validating_and_compiling() -> None:
    model = CostModel()

    assert model.compute_validating_seconds(1_300_000) == 0.01
    assert model.compute_compiling_seconds(900_000) == 1
    assert CostModel(PROFILES[ProfileName.FIZZY]).compute_compiling_seconds(900_000) == 0


def test_is_over_budget_is_strict() -> None:
    model = CostModel(PROFILES[ProfileName.WASMI], budget_seconds=0.5)

    assert not model.is_over_budget(8_000_000)
    assert model.is_over_budget(8_000_001)


@pytest.mark.parametrize(
    ("name", "on_beacon", "role"),
    [
        ("proposer", True, Role.BEACON_NODE),
        ("proposer", False, Role.SHARD_COMMITTEE),
        ("beacon nodes", True, Role.BEACON_NODE),
        ("shard committee", False, Role.SHARD_COMMITTEE),
        ("shard full nodes", False, Role.SHARD_FULL_NODE),
        ("shard committee", True, Role.SHARD_COMMITTEE),
        ("reporter", True, Role.CHALLENGER),
        ("challenger", True, Role.CHALLENGER),
    ],
)
def test_find_role(name: str, on_beacon: bool, role: Role) -> None:  # noqa: FBT001 - a parameter of the test
    assert find_role(name, on_beacon=on_beacon) is role
