"""What shards see of the beacon chain: changes, applied, are the state itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.constants import SCRIPT_LIMIT, VALIDATOR_LIMIT, ZERO_ROOT
from chain.containers import BeaconState, Crosslink, ExecutionScript, Validator
from chain.encoding import make_list
from chain.types import Gwei, Root
from simulator.parallel.beacon_updates import SeenBeacon, compute_update
from tests.helpers import ssz_model
from tests.helpers.chain import CONFIG, Lab
from tests.helpers.properties import PROPERTY

SCRIPT = ExecutionScript.create(code=b"\x00asm", balance=0, mark=b"")


@pytest.fixture(scope="module")
def genesis() -> BeaconState:
    return Lab(replace(CONFIG), scripts=[]).beacon


def see(*states: BeaconState) -> SeenBeacon:
    """Follow some states, one after the other."""
    seen, before = SeenBeacon(), None
    for state in states:
        seen.apply(compute_update(before, state))
        before = state
    return seen


def assert_sees(seen: SeenBeacon, state: BeaconState) -> None:
    assert seen.hash_tree_root == state.hash_tree_root
    assert seen.validators == state.validators
    looked_at = [(script.code, script.mark) for script in seen.execution_scripts]
    assert looked_at == [(script.code, script.mark) for script in state.execution_scripts]
    roots = [crosslink.shard_state_root for crosslink in seen.crosslinks]
    assert roots == [crosslink.shard_state_root for crosslink in state.crosslinks]


@PROPERTY
@given(data=st.data())
def test_updates_of_changing_lists_lead_to_the_last_state(
    data: st.DataObject, genesis: BeaconState
) -> None:
    """They grow, change and, as after a lost fork, shrink."""
    states = [genesis]
    for _ in range(data.draw(st.integers(1, 4))):
        validators = list(states[-1].validators)
        validators[data.draw(st.integers(0, len(validators))) :] = data.draw(
            st.lists(ssz_model.values_of(Validator), min_size=1, max_size=2)
        )
        scripts = data.draw(st.lists(ssz_model.values_of(ExecutionScript), max_size=3))
        states.append(
            states[-1].evolve(
                validators=make_list(Validator, VALIDATOR_LIMIT, validators),
                execution_scripts=make_list(ExecutionScript, SCRIPT_LIMIT, scripts),
            )
        )

    assert_sees(see(*states), states[-1])


def test_update_of_a_crosslink_names_its_shard_alone(genesis: BeaconState) -> None:
    crosslink = Crosslink.create(
        shard=1, start_slot=1, end_slot=2, headers_root=ZERO_ROOT, shard_state_root=b"\x01" * 32
    )
    after = genesis.evolve(crosslinks=genesis.crosslinks.set(1, crosslink))

    update = compute_update(genesis, after)

    assert update.shard_roots == [(1, Root(b"\x01" * 32))]
    assert (update.validators, update.scripts) == (None, None)
    assert_sees(see(genesis, after), after)


def test_update_of_a_balance_does_not_send_the_code_again(genesis: BeaconState) -> None:
    before = genesis.evolve(execution_scripts=genesis.execution_scripts.append(SCRIPT))
    paid = before.execution_scripts[0].evolve(balance=Gwei(7))
    marked = before.execution_scripts[0].evolve(mark=b"\x01")
    scripts = before.execution_scripts

    assert (
        compute_update(before, before.evolve(execution_scripts=scripts.set(0, paid))).scripts
        is None
    )
    update = compute_update(before, before.evolve(execution_scripts=scripts.set(0, marked)))
    assert update.scripts is not None
    assert update.scripts.length == 1
