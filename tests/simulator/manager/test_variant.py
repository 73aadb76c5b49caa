"""Telling the variants of the deposit manager apart."""

import pytest

from simulator.manager.rules import ReplayProtection
from simulator.manager.variant import find_replay_protection
from tests.helpers.manager import PROTECTIONS, read_manager
from tests.helpers.scripts import read_script


@pytest.mark.parametrize("protection", PROTECTIONS)
def test_find_replay_protection_reads_it_from_the_module(protection: ReplayProtection) -> None:
    assert find_replay_protection(read_manager(protection)) is protection


@pytest.mark.parametrize("name", ["helloworld", "deposit_relay", "key_value"])
def test_find_replay_protection_other_script_has_none(name: str) -> None:
    assert find_replay_protection(read_script(name)) is None


def test_find_replay_protection_unknown_name_is_none() -> None:
    code = read_manager(ReplayProtection.BITFIELD)
    assert b"bitfield" in code

    assert find_replay_protection(code.replace(b"bitfield", b"bitfielx")) is None
