"""Adversaries in small runs: what they send, who pays for it, and when they stop.

Eight validators are on duty, four shards have committees of two, and registering 8,192 bytes
costs 10**9 + 10**4 * 8,192 Gwei.
"""

from pathlib import Path
from typing import Any, Final

import pytest

from simulator import events
from simulator.runner import RunResult
from simulator.scenario import AttackKind
from simulator.store import RunReader
from tests.helpers.scenarios import Settings, build_scenario, run_scenario, select

SIZE: Final = 8_192
FEE: Final = 10**9 + 10**4 * SIZE
KINDS: Final = [kind for kind in AttackKind if kind is not AttackKind.BUDGET]
VALID: Final = {
    AttackKind.MANY_LOCALS,
    AttackKind.DEEP_NESTING,
    AttackKind.HUGE_BR_TABLE,
    AttackKind.MANY_FUNCTIONS,
    AttackKind.ALWAYS_TRAPS,
}
TRAPS: Final = {AttackKind.MANY_LOCALS, AttackKind.ALWAYS_TRAPS}


def attack(
    strategy: str,
    folder: Path,
    careless: float = 1.0,
    slots: int = 10,
    changes: Settings | None = None,
    **adversary: Any,  # noqa: ANN401 - YAML values
) -> RunResult:
    """One adversary sends a script in each of slots 1 and 2, and calls it twice on each shard."""
    return run_scenario(
        build_scenario(
            slots,
            validation={"strategy": strategy},
            proposers={"careless": careless},
            adversaries=[{"stop": 3, "calls": 2, **adversary}],
            **(changes or {}),
        ),
        folder,
    )


def pick(result: RunResult, *names: str) -> list[float]:
    return [result.metrics.get(name, 0) for name in names]


@pytest.mark.parametrize("kind", KINDS)
def test_attack_careless_beacon_proposers_pay_with_blocks_where_a_bad_script_costs_one(
    kind: AttackKind, tmp_path: Path
) -> None:
    result = attack("beacon-block", tmp_path, kind=kind.value)

    lost, burned = pick(result, "beacon.blocks_lost", "eth.burned_gwei")
    assert (lost, burned) == ((0, 2 * FEE) if kind in VALID else (2, 0))
    rejected = pick(result, "shards.blocks_rejected")
    # Two scripts, four shards, two calls each.
    assert rejected == [16 if kind in TRAPS else 0]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not AttackKind.OVERSIZED])
def test_attack_senders_pay_and_shards_do_the_work_where_shards_validate_at_first_use(
    kind: AttackKind, tmp_path: Path
) -> None:
    result = attack("shard-lazy", tmp_path, kind=kind.value, slots=24)

    burned, lost, no_ops = pick(
        result, "eth.burned_gwei", "beacon.blocks_lost", "shards.noop_blocks"
    )
    assert (burned, lost) == (2 * FEE, 0)
    assert no_ops == (0 if kind in VALID else 8)
    checks = select(result.events, events.ScriptValidated)
    assert {check.role for check in checks} == {"shard committee"}
    assert {check.script for check in checks} == {f"{kind.value}-1", f"{kind.value}-2"}


def test_attack_oversized_script_is_refused_and_nobody_pays(tmp_path: Path) -> None:
    result = attack("shard-lazy", tmp_path, kind="oversized")

    sent = select(result.events, events.ScriptSubmitted)
    assert [event.size_bytes for event in sent] == [65_537, 65_537]
    refused = select(result.events, events.ScriptRefused)
    assert [event.code for event in refused] == ["code_too_large"] * 2
    assert pick(result, "eth.burned_gwei", "validation.node_validations") == [0, 0]


def test_attack_careful_proposer_refuses_a_bad_script_alone(tmp_path: Path) -> None:
    result = attack("beacon-operation", tmp_path, careless=0.0, kind="malformed")

    refused = select(result.events, events.ScriptRefused)
    assert [(event.script, event.code, event.by) for event in refused] == [
        ("malformed-1", "unexpected_end", "proposer"),
        ("malformed-2", "unexpected_end", "proposer"),
    ]
    assert pick(result, "validation.node_validations", "eth.burned_gwei") == [2, 0]


def test_attack_is_told_apart_from_honest_scripts_by_its_event(tmp_path: Path) -> None:
    result = attack("beacon-operation", tmp_path, kind="float-code", name="bomb", size_bytes=600)

    sent = select(result.events, events.ScriptSubmitted)
    assert [(event.slot, event.script, event.attack) for event in sent] == [
        (1, "bomb-1", "float-code"),
        (2, "bomb-2", "float-code"),
    ]
    assert {event.size_bytes for event in sent} == {600}
    assert len({event.code_hash for event in sent}) == 2


def test_attack_pays_from_a_depositor_of_its_own(tmp_path: Path) -> None:
    result = attack("beacon-operation", tmp_path, kind="deep-nesting", calls=0)

    # Two depositors, eight validators, then the adversary with exactly what it needs.
    assert {event.sender for event in select(result.events, events.ScriptSubmitted)} == {10}
    assert result.states.beacon.balances[10] == 0
    assert result.states.beacon.balances[0] == 32 * 10**9


def test_attack_is_called_only_on_the_shards_it_names(tmp_path: Path) -> None:
    result = attack("none", tmp_path, kind="always-traps", shards=[1, 3], calls=1)

    rejected = select(result.events, events.ShardBlockRejected)
    assert {event.shard for event in rejected} == {1, 3}
    assert len(rejected) == 4


def test_attack_same_seed_sends_in_the_same_slots_and_another_adversary_disturbs_nobody(
    tmp_path: Path,
) -> None:
    first = {"kind": "float-code", "per_slot": 0.4, "calls": 0}
    second = {"kind": "malformed", "per_slot": 0.7, "calls": 0}

    def list_slots(*adversaries: Settings) -> list[int]:
        scenario = build_scenario(20, adversaries=list(adversaries))
        sent = select(run_scenario(scenario, tmp_path).events, events.ScriptSubmitted)
        return [event.slot for event in sent if event.attack == "float-code"]

    alone = list_slots(first)

    assert 2 < len(alone) < 20
    assert list_slots(first) == alone
    assert list_slots(first, second) == alone


def test_attack_budget_stops_when_what_is_left_does_not_pay_for_another(tmp_path: Path) -> None:
    eth = 3.5 * FEE / 10**9
    result = attack("shard-lazy", tmp_path, kind="budget", eth=eth, stop=9, calls=1)

    (burned,) = pick(result, "eth.burned_gwei")
    assert burned == 3 * FEE
    assert len(select(result.events, events.ScriptSubmitted)) == 3


def test_attack_budget_does_not_end_what_costs_nothing(tmp_path: Path) -> None:
    eth = 1.5 * FEE / 10**9
    result = attack("beacon-block", tmp_path, kind="budget", eth=eth, stop=7, slots=8)

    # Every careless proposer loses its slot, and the fee is never paid.
    assert pick(result, "beacon.blocks_lost", "eth.burned_gwei") == [6, 0]
    assert result.states.beacon.balances[10] == round(eth * 10**9)


@pytest.mark.parametrize(
    ("strategy", "goal", "kinds"),
    [
        # Careful proposers look at bad scripts and leave them out: harm that costs no fee.
        ("beacon-operation", "cpu", set(KINDS) - VALID),
        ("shard-lazy", "cpu", VALID),
        # Only scripts that return are called again and again.
        ("shard-every-call", "cpu", VALID - TRAPS),
        # Believed at once, caught later: whatever was built on it goes too.
        ("optimistic", "blocks", set(KINDS) - VALID),
    ],
)
def test_attack_budget_picks_by_what_the_placement_does(
    strategy: str, goal: str, kinds: set[AttackKind], tmp_path: Path
) -> None:
    result = attack(
        strategy, tmp_path, careless=0.0, kind="budget", eth=20, stop=4, goal=goal, slots=6
    )

    (kind,) = {event.attack for event in select(result.events, events.ScriptSubmitted)}
    assert AttackKind(kind) in kinds


def test_attack_leaves_its_code_in_the_run_folder(tmp_path: Path) -> None:
    scenario = build_scenario(4, adversaries=[{"kind": "float-code", "stop": 3}])
    result = run_scenario(scenario, tmp_path, tmp_path / "run")

    reader = RunReader(tmp_path / "run")
    hashes = [event.code_hash for event in select(result.events, events.ScriptSubmitted)]
    assert len(hashes) == 2
    assert [len(reader.read_script(code_hash)) for code_hash in hashes] == [SIZE, SIZE]
    reader.close()


def test_attack_conserves_eth_through_an_orphaned_block(tmp_path: Path) -> None:
    changes = {"faults": [{"orphan": {"slot": 3, "shard": 0}}]}
    result = attack("shard-lazy", tmp_path, kind="float-code", stop=6, changes=changes, slots=16)

    assert pick(result, "conservation_error", "eth.burned_gwei") == [0, 5 * FEE]


@pytest.mark.parametrize(("share", "bad"), [(0.0, 0), (0.1, 1), (0.3, 3), (0.5, 5), (1.0, 10)])
def test_attack_sends_its_share_of_bad_scripts_and_good_ones_of_the_same_size(
    share: float, bad: int, tmp_path: Path
) -> None:
    result = attack("none", tmp_path, kind="float-code", bad_share=share, stop=11, slots=12)

    sent = select(result.events, events.ScriptSubmitted)
    assert len(sent) == 10
    assert sum(event.rule == "float_instruction" for event in sent) == bad
    assert sum(event.attack == "float-code" for event in sent) == bad
    assert {event.size_bytes for event in sent} == {SIZE}
    # A good one is nobody's attack.
    assert [event.attack for event in sent if not event.rule] == [""] * (10 - bad)
