"""Random scenarios: whatever happens, no ETH is lost and no deposit leaves the legal path."""

from itertools import pairwise

import pytest
from hypothesis import given, settings

from chain.shard import get_env_state
from chain.types import ScriptIndex
from simulator import events
from simulator.runner import RunResult
from tests.helpers.floating_relay import write_floating_relay
from tests.helpers.late_optimism import NAME, define_late_optimism
from tests.helpers.properties import HEAVY_PROPERTY
from tests.helpers.random_scenarios import RELAYS, random_scenarios
from tests.helpers.scenarios import Settings, get_steps, run_scenario, select

LEGAL = {
    "": {"pushed", "rejected"},
    "pushed": {"committed"},
    "committed": {"crosslinked", "reverted"},
    "crosslinked": {"claimed", "stuck"},
    "claimed": {"active", "exited"},
    "active": {"exited"},
    "exited": {"withdrawn"},
    "withdrawn": {"delivered", "stuck"},
    "delivered": {"settled"},
    "settled": {"reverted"},
    "reverted": {"pushed", "delivered", "rejected", "stuck"},
}
"""Which step may follow which; a claim that fails or a step twice is not among them.

Only what a script has pushed that was then found to be bad is stuck behind its crosslink.
"""


def check(result: RunResult) -> None:
    check_books(result)
    check_pools(result)
    check_lives(result)
    check_counts(result)


def check_books(result: RunResult) -> None:
    for closed in select(result.events, events.SlotClosed):
        assert closed.error == 0
        assert closed.pooled - closed.accounted - closed.backing == 0


def check_pools(result: RunResult) -> None:
    """What relays say they hold is what their 32 bytes on the shards say."""
    registered = select(result.events, events.ScriptRegistered)
    relays = [ScriptIndex(e.index) for e in registered if e.script in RELAYS]
    states = [get_env_state(shard, env) for shard in result.states.shards for env in relays]
    held = sum(int.from_bytes(state[:8], "little") for state in states)
    assert held == result.metrics["eth.accounted_gwei"]


def check_lives(result: RunResult) -> None:
    for created in select(result.events, events.DepositCreated):
        steps = ["", *get_steps(result.events, created.deposit)]
        for before, after in pairwise(steps):
            assert after in LEGAL[before], steps


def check_counts(result: RunResult) -> None:
    metrics = result.metrics
    blocks = metrics["beacon.blocks"] + metrics["beacon.blocks_lost"]
    assert blocks == metrics["slots"] == result.slots
    scripts = metrics["scripts.registered"] + metrics["scripts.refused"]
    assert scripts <= metrics["scripts.submitted"]
    assert len(result.states.beacon.execution_scripts) == metrics["scripts.registered"]


@pytest.mark.slow
@HEAVY_PROPERTY
@given(scenario=random_scenarios())
def test_run_any_scenario_keeps_the_books_and_the_legal_path(
    scenario: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    check(run_any(scenario, tmp_path_factory))


@pytest.mark.slow
@settings(HEAVY_PROPERTY, max_examples=25)
@given(scenario=random_scenarios(strategies=[NAME]))
def test_run_any_scenario_with_blocks_called_back_keeps_them_too(
    scenario: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with define_late_optimism():
        check(run_any(scenario, tmp_path_factory))


def run_any(scenario: Settings, folders: pytest.TempPathFactory) -> RunResult:
    folder = folders.mktemp("any")
    write_floating_relay(folder)
    return run_scenario(scenario, folder)
