"""The shipped strategies, at registration, import and execution."""

import sys
from dataclasses import replace

import pytest

from chain.beacon import apply_beacon_block
from chain.constants import GWEI_PER_ETH, ZERO_ROOT
from chain.context import build_context
from chain.effects import Effect, MarkWritten, ScriptChecked, ScriptRegistered
from chain.encoding import Container, encode
from chain.errors import InvalidBeaconBlock, InvalidShardBlock
from chain.placement import MARKED_INVALID, MARKED_VALID, UNMARKED, get_placements
from chain.shard import apply_shard_block, get_mark
from chain.types import Gwei, ScriptIndex, ShardIndex, Slot
from chain.validation import compute_code_hash
from tests.helpers.chain import CONFIG, DEPOSITOR, FLOATER, PUSHER, STATE, TRAPPER, Lab
from tests.helpers.keys import sign_registration

SHIPPED = [
    "beacon-block",
    "beacon-deferred",
    "beacon-operation",
    "committee",
    "none",
    "optimistic",
    "shard-eager",
    "shard-every-call",
    "shard-lazy",
]
QUIET = [
    "beacon-block",
    "beacon-operation",
    "none",
    "shard-eager",
    "shard-every-call",
    "shard-lazy",
]
"""Those in which the beacon chain does nothing between blocks, and nobody reports."""
AT_ONCE = [*QUIET, "optimistic"]


def build_lab(strategy: str) -> Lab:
    return Lab(replace(CONFIG, strategy=strategy))


def count_checks(effects: list[Effect]) -> int:
    return sum(isinstance(effect, ScriptChecked) for effect in effects)


def compute_fee(code: bytes) -> Gwei:
    return Gwei(CONFIG.new_code_fee + CONFIG.new_code_byte_fee * len(code))


def refuse_shard_block(lab: Lab, *, env: int, shard: int = 0) -> tuple[str, list[Effect]]:
    """Return the refusal of a shard block, and what nodes did before they refused it."""
    state, effects = lab.shards[shard], list[Effect]()
    encoded = encode(lab.build_shard_block(env=env, shard=shard))
    with pytest.raises(InvalidShardBlock) as caught:
        apply_shard_block(state, encoded, lab.beacon, lab.context, effects)
    assert lab.shards[shard] == state
    return caught.value.code, effects


@pytest.mark.parametrize("name", SHIPPED)
def test_get_placements_finds_the_shipped_strategies_by_name(name: str) -> None:
    strategy = get_placements()[name]

    assert strategy.name == name
    assert (strategy.__doc__ or "").startswith(f"``{name}``")
    assert sys.modules[strategy.__module__].__name__ == f"chain.placement.{name.replace('-', '_')}"


def test_get_placements_are_the_nine_sorted_by_name() -> None:
    assert list(get_placements()) == SHIPPED


def test_build_context_unknown_strategy_is_a_bug_of_the_caller() -> None:
    with pytest.raises(KeyError, match="by-dice"):
        build_context(replace(CONFIG, strategy="by-dice"))


@pytest.mark.parametrize("name", QUIET)
def test_strategy_without_reports_asks_for_none_and_calls_nothing_back(name: str) -> None:
    lab = build_lab(name)
    lab.register(PUSHER)
    placement, draft = lab.context.placement, lab.beacon.draft()

    placement.process_slot(draft, lab.context.checker.check, [], lab.config)

    assert Container.finish(draft) == lab.beacon
    assert (
        placement.decide_reports(lab.beacon, lambda _, c: lab.context.checker.check(c), lab.config)
        == ()
    )
    assert placement.get_reverted_from(lab.past[0], lab.beacon, ShardIndex(0), []) is None


@pytest.mark.parametrize("name", AT_ONCE)
def test_good_script_runs_in_the_slot_after_its_registration(name: str) -> None:
    lab = build_lab(name)
    lab.register(PUSHER)
    lab.advance()

    transition = lab.add_shard_block()

    assert transition.result is not None
    assert list(transition.state.exec_env_states) == [STATE]


# beacon-block


def test_beacon_block_bad_script_costs_the_block_and_not_the_fee() -> None:
    lab = build_lab("beacon-block")
    lab.advance()
    key, root = lab.keys[DEPOSITOR], lab.beacon.hash_tree_root
    operations = [
        sign_registration(key, sender=DEPOSITOR, slot=1, code=code) for code in (PUSHER, FLOATER)
    ]
    signed = lab.build_beacon_block(new_execution_scripts=operations)

    with pytest.raises(InvalidBeaconBlock) as caught:
        apply_beacon_block(lab.beacon, encode(signed), lab.context, [])

    assert caught.value.code == "script_invalid"
    assert str(caught.value.values["rule"]).startswith("float")
    assert lab.beacon.hash_tree_root == root


def test_beacon_block_good_script_is_validated_once_and_not_marked() -> None:
    lab = build_lab("beacon-block")

    effects = lab.register(PUSHER)
    lab.advance()
    lab.add_shard_block()

    assert count_checks(effects) == count_checks(lab.effects) == 1
    assert lab.beacon.execution_scripts[0].mark == UNMARKED
    assert len(lab.shards[0].marks) == 0


# beacon-operation


def test_beacon_operation_bad_script_pays_and_keeps_its_index_but_not_its_bytes() -> None:
    lab = build_lab("beacon-operation")

    effects = lab.register(FLOATER, PUSHER)

    bad, good = lab.beacon.execution_scripts
    assert (bad.code, bad.mark) == (b"", MARKED_INVALID)
    assert (good.code, good.mark) == (PUSHER, MARKED_VALID)
    paid = 100 * GWEI_PER_ETH - lab.beacon.balances[DEPOSITOR]
    assert paid == compute_fee(FLOATER) + compute_fee(PUSHER)
    registered = [effect for effect in effects if isinstance(effect, ScriptRegistered)]
    assert [effect.script for effect in registered] == [0, 1]
    assert [effect.rule != "" for effect in registered] == [True, False]
    assert MarkWritten(ScriptIndex(0), None, MARKED_INVALID) in effects


def test_beacon_operation_bad_script_is_refused_by_its_mark_alone() -> None:
    lab = build_lab("beacon-operation")
    lab.register(FLOATER)
    lab.advance()

    code, effects = refuse_shard_block(lab, env=0)

    assert code == "script_marked_invalid"
    assert effects == []


# shard-lazy


def test_shard_lazy_registration_validates_nothing() -> None:
    lab = build_lab("shard-lazy")

    effects = lab.register(FLOATER, b"no module at all")

    assert count_checks(effects) == 0
    assert [script.code for script in lab.beacon.execution_scripts] == [
        FLOATER,
        b"no module at all",
    ]
    assert {script.mark for script in lab.beacon.execution_scripts} == {UNMARKED}


def test_shard_lazy_first_block_of_a_bad_script_is_a_no_op_that_writes_the_mark() -> None:
    lab = build_lab("shard-lazy")
    lab.register(PUSHER, FLOATER)
    lab.advance()
    before = len(lab.effects)

    transition = lab.add_shard_block(env=1, shard=2)

    assert transition.result is None
    assert transition.deposits == ()
    assert list(transition.state.exec_env_states) == [ZERO_ROOT, ZERO_ROOT]
    assert list(transition.state.marks) == [UNMARKED, MARKED_INVALID]
    checked, written = lab.effects[before:]
    assert isinstance(checked, ScriptChecked)
    assert checked.code_hash == compute_code_hash(FLOATER)
    assert checked.rule.startswith("float")
    assert written == MarkWritten(ScriptIndex(1), ShardIndex(2), MARKED_INVALID)


def test_shard_lazy_later_blocks_of_a_bad_script_are_refused_by_the_mark_alone() -> None:
    lab = build_lab("shard-lazy")
    lab.register(FLOATER)
    lab.advance()
    lab.add_shard_block()
    lab.advance()

    code, effects = refuse_shard_block(lab, env=0)

    assert code == "script_marked_invalid"
    assert effects == []


def test_shard_lazy_every_shard_finds_out_for_itself() -> None:
    lab = build_lab("shard-lazy")
    lab.register(FLOATER)
    lab.advance()
    lab.add_shard_block(shard=0)
    lab.add_shard_block(shard=3)

    marks = [get_mark(state, ScriptIndex(0)) for state in lab.shards]

    assert marks == [MARKED_INVALID, UNMARKED, UNMARKED, MARKED_INVALID]
    assert count_checks(lab.effects) == 2


def test_shard_lazy_good_script_is_validated_at_first_use_only() -> None:
    lab = build_lab("shard-lazy")
    lab.register(PUSHER)
    checks = []

    for _ in range(3):
        lab.advance()
        lab.add_shard_block()
        checks.append(count_checks(lab.effects))

    assert checks == [1, 1, 1]
    assert list(lab.shards[0].marks) == [MARKED_VALID]
    assert lab.shards[0].slot == Slot(4)


def test_shard_lazy_first_block_that_traps_leaves_no_mark() -> None:
    lab = build_lab("shard-lazy")
    lab.register(TRAPPER)
    lab.advance()

    code, effects = refuse_shard_block(lab, env=0)

    assert code == "script_failed"
    assert count_checks(effects) == 1
    assert get_mark(lab.shards[0], ScriptIndex(0)) == UNMARKED


@pytest.mark.parametrize(
    ("name", "costs_block", "at_registration", "at_execution"),
    [
        ("beacon-block", True, True, False),
        ("beacon-operation", False, True, False),
        ("beacon-deferred", False, True, False),
        ("shard-eager", False, False, False),
        ("shard-lazy", False, False, True),
        ("shard-every-call", False, False, True),
        ("committee", False, False, False),
        ("optimistic", False, False, False),
        ("none", False, False, False),
    ],
)
def test_strategy_says_who_validates_when(
    name: str, *, costs_block: bool, at_registration: bool, at_execution: bool
) -> None:
    strategy = get_placements()[name]

    assert strategy.costs_block is costs_block
    assert strategy.validates_at_registration is at_registration
    assert strategy.validates_at_execution is at_execution
    assert strategy.keeps_history is (name == "optimistic")
    assert strategy.nodes_remember is (name != "shard-every-call")
