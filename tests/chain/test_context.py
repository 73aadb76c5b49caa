"""What transitions are given besides states and blocks."""

from dataclasses import replace
from typing import Any

import pytest

from chain.beacon import process_beacon_block
from chain.constants import ZERO_PUBKEY, ZERO_ROOT, ZERO_SIGNATURE
from chain.containers import Withdrawal
from chain.context import build_context
from chain.eei import ScriptCall
from chain.effects import Effect, ScriptChecked
from chain.errors import InvalidBeaconBlock
from chain.placement import get_placements
from chain.validation import compute_code_hash
from tests.helpers.chain import CONFIG, DEPOSITOR, FLOATER, PUSHER, Lab
from tests.helpers.keys import sign_registration

BAD_WITHDRAWAL = Withdrawal.create(
    validator_index=10**6,
    target=0,
    data=b"",
    pubkey=ZERO_PUBKEY,
    signature=ZERO_SIGNATURE,
)


def test_build_context_sets_up_what_the_config_names() -> None:
    for name, strategy in get_placements().items():
        context = build_context(replace(CONFIG, strategy=name))

        assert type(context.placement) is strategy
        assert context.config.strategy == name


def test_check_into_records_every_request_whether_or_not_it_is_remembered() -> None:
    context, effects = build_context(CONFIG), list[Effect]()
    check = context.check_into(effects)

    verdicts = [check(code) for code in (PUSHER, FLOATER, PUSHER)]

    assert [verdict.is_valid for verdict in verdicts] == [True, False, True]
    checked = [effect for effect in effects if isinstance(effect, ScriptChecked)]
    assert checked == effects
    assert [(each.code_hash, each.size_bytes, each.rule, each.offset) for each in checked] == [
        (compute_code_hash(code), len(code), verdict.rule, verdict.offset)
        for code, verdict in zip((PUSHER, FLOATER, PUSHER), verdicts, strict=True)
    ]


class CountingRuntime:
    """A runtime that says how often it was asked."""

    def __init__(self) -> None:
        self.calls: list[ScriptCall] = []

    def execute(self, call: ScriptCall) -> object:
        self.calls.append(call)
        return object()


def test_execute_runs_a_call_once_in_a_row() -> None:
    runtime: Any = CountingRuntime()
    context = replace(build_context(CONFIG), runtime=runtime)
    call = ScriptCall(code=PUSHER, pre_state_root=ZERO_ROOT, data=b"one")
    same = replace(call, data=bytes([*b"one"]))

    first, again = context.execute(call), context.execute(same)

    assert first is again
    assert runtime.calls == [call]


@pytest.mark.parametrize(
    "change",
    [
        {"code": FLOATER},
        {"pre_state_root": b"\x01" * 32},
        {"data": b"other"},
        {"env": 1},
        {"shard": 1},
        {"slot": 1},
        {"beacon_state_root": b"\x01" * 32},
        {"shard_state_roots": {0: b"\x01" * 32}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_execute_runs_a_call_that_differs_in_anything(change: dict[str, Any]) -> None:
    """A forged block is run, however much it looks like the one before."""
    runtime: Any = CountingRuntime()
    context = replace(build_context(CONFIG), runtime=runtime)
    call = ScriptCall(code=PUSHER, pre_state_root=ZERO_ROOT, data=b"one")
    context.execute(call)

    context.execute(replace(call, **change))
    context.execute(call)

    assert len(runtime.calls) == 3


def test_process_beacon_block_again_tells_the_same_effects_and_state() -> None:
    lab = Lab(CONFIG)
    lab.advance()
    operation = sign_registration(
        lab.keys[DEPOSITOR], sender=DEPOSITOR, slot=lab.beacon.slot, code=PUSHER
    )
    block = lab.build_beacon_block(new_execution_scripts=[operation]).message
    state, first, again = lab.beacon, list[Effect](), list[Effect]()

    trial = process_beacon_block(state, block.evolve(state_root=ZERO_ROOT), lab.context, first)

    assert process_beacon_block(state, block, lab.context, again) is trial
    assert first == again
    assert first


def test_process_beacon_block_of_another_body_is_processed() -> None:
    lab = Lab(CONFIG)
    lab.advance()
    block = lab.build_beacon_block().message
    process_beacon_block(lab.beacon, block, lab.context, [])
    bad = block.evolve(body=block.body.evolve(withdrawals=[BAD_WITHDRAWAL]))

    with pytest.raises(InvalidBeaconBlock):
        process_beacon_block(lab.beacon, bad, lab.context, [])
