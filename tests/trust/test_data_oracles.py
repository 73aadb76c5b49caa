"""Every oracle can fail: something wrong is put in, and is caught."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest
from py_arkworks_bls12381 import G1Point, G2Point
from remerkleable.basic import uint64
from remerkleable.byte_arrays import ByteVector
from remerkleable.complex import Container, List

from chain.config import BlsBackend
from chain.encoding import encode
from chain.trie import EMPTY_VALUE
from chain.types import Gwei
from simulator import events
from tests.helpers.random_transfers import draw_transfers
from tests.helpers.scenarios import Settings, build_journey, load
from tests.trust.bls.claims import Claim, draw_claim
from tests.trust.bls.curve import PUBKEYS, SIGNATURES, SUBGROUP_ORDER, Curve, multiply
from tests.trust.experiment import Cases, Experiment, Tally
from tests.trust.experiments import bls, ledger, proofs, ssz, tries
from tests.trust.ssz.declared import CONTAINERS
from tests.trust.ssz.ours import build_ours
from tests.trust.ssz.values import Draw, encode_plainly
from tests.trust.trees import receipts
from tests.trust.trees.receipts import draw_deposit_claim, draw_withdrawal_claim

SEED = 5


def make_rng() -> Random:
    return Random(SEED)  # noqa: S311 - must repeat


def examine(experiment: Experiment, numbers: range) -> Tally:
    tally = Tally()
    experiment.examine(Cases(experiment.name, SEED, numbers), tally)
    return tally


def find_pair(name: str) -> ssz.Pair:
    return next(pair for pair in ssz.list_pairs() if pair.name == name)


def declare(**fields: Any) -> Any:  # noqa: ANN401 - of remerkleable
    return type("Declared", (Container,), {"__annotations__": fields})


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"locked": uint64, "drawn": uint64}, ""),
        ({"drawn": uint64, "locked": uint64}, "is encoded as"),
        ({"locked": uint64, "drawn": uint64, "more": uint64}, "is encoded as"),
    ],
)
def test_compare_values_other_declaration_is_told(fields: dict[str, Any], problem: str) -> None:
    pair = replace(find_pair("Reserve"), theirs=declare(**fields))

    told = ssz.compare_values(pair, {"locked": 1, "drawn": 2, "more": 3})

    assert problem in told
    assert bool(told) == bool(problem)


def test_compare_values_other_limit_is_told_by_the_root() -> None:
    pair = find_pair("WithdrawalReceiptProof")
    fields = {"slot": uint64, "position": uint64, "branch": List[ByteVector[32], 64]}

    told = ssz.compare_values(
        replace(pair, theirs=declare(**fields)), {"slot": 1, "position": 2, "branch": []}
    )

    assert "another root" in told


@pytest.mark.parametrize(("limit", "who"), [(2, "only we read"), (256, "only remerkleable reads")])
def test_compare_damaged_reader_that_is_more_lenient_is_told(limit: int, who: str) -> None:
    pair = find_pair("WithdrawalReceiptProof")
    fields = {"slot": uint64, "position": uint64, "branch": List[ByteVector[32], limit]}
    length = 3 if limit == 2 else 129
    plain = {"slot": 1, "position": 2, "branch": [bytes(32)] * length}
    other = replace(pair, theirs=declare(**fields))

    assert who in ssz.compare_damaged(other, encode_plainly(pair.theirs, plain), Tally())


def test_refuse_too_long_list_that_is_read_is_told() -> None:
    pair = find_pair("Reserve")

    assert "read a list" in ssz.refuse_too_long(pair, bytes(16), Tally())


def test_list_pairs_container_without_a_second_declaration_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ssz.list_pairs.cache_clear()
    monkeypatch.delitem(CONTAINERS, "Validator")

    with pytest.raises(ValueError, match="Validator"):
        ssz.list_pairs()


def test_explain_trailing_bytes_are_remerkleables_leniency() -> None:
    tally = Tally()

    assert ssz.compare_damaged(find_pair("Reserve"), bytes(17), tally) == ""
    assert tally.explained == {ssz.TRAILING: 1}


def test_compare_judge_that_accepts_anything_is_told_for_every_kind() -> None:
    rng = make_rng()
    claims = {claim.kind: claim for claim in (draw_claim(rng) for _ in range(300))}
    judges = {"fast": bls.FAST_JUDGES["fast"], "careless": lambda _: True}

    told = {kind for kind, claim in claims.items() if bls.compare(claim, judges)}

    assert told == {kind for kind, claim in claims.items() if not claim.is_valid}
    assert len(told) > 15


def test_compare_signing_other_bytes_are_told() -> None:
    rng = make_rng()
    claim = next(claim for claim in (draw_claim(rng) for _ in range(99)) if claim.is_valid)

    def sign_something_else(claim: Claim) -> tuple[object, ...]:
        return bls.sign_with(BlsBackend.FAST, replace(claim, message=bytes(32)))

    assert bls.compare_signing(claim, bls.FAST_SIGNERS) == ""
    assert bls.compare_signing(claim, {**bls.FAST_SIGNERS, "other": sign_something_else})


@pytest.mark.parametrize(("curve", "kind"), [(PUBKEYS, G1Point), (SIGNATURES, G2Point)])
def test_curve_agrees_with_a_library_on_what_is_in_the_subgroup(
    curve: Curve, kind: type[G1Point] | type[G2Point]
) -> None:
    rng = make_rng()
    generator = kind().to_compressed_bytes()
    torsion = curve.compress(curve.draw_torsion(rng))
    unchecked = kind.from_compressed_bytes_unchecked

    assert multiply(curve.decompress(generator), SUBGROUP_ORDER) is None
    assert curve.compress(curve.decompress(generator)) == generator
    assert not unchecked(torsion).is_in_subgroup()
    with pytest.raises(ValueError, match=r"[Ii]nvalid|not on"):
        unchecked(curve.draw_stray(rng))


@pytest.fixture
def trio() -> tries.Trio:
    history = tries.History(make_rng())
    for _ in range(8):
        history.step()
    history.trio.write(7, b"\x07" * 32)
    return history.trio


def test_compare_trees_other_leaf_is_told(trio: tries.Trio) -> None:
    before = tries.compare_trees(trio)
    trio.leaves[7] = b"\x08" * 32

    assert before == ""
    assert "roots differ" in tries.compare_trees(trio)


def test_compare_trees_earlier_leaf_that_is_lost_is_told(trio: tries.Trio) -> None:
    trio.past[trio.ours.root] = trio.leaves | {9: b"\x09" * 32}

    assert "has other leaves" in tries.compare_trees(trio)


def test_compare_witness_and_multiproof_of_another_leaf_are_told(trio: tries.Trio) -> None:
    fine = tries.compare_witness(trio, 7), tries.compare_multiproof(trio, [7, 9], {9: b"\x01"})
    trio.leaves[7] = EMPTY_VALUE[:31] + b"\x01"

    assert fine == ("", "")
    assert "another witness" in tries.compare_witness(trio, 7)
    assert "another multiproof" in tries.compare_multiproof(trio, [7, 9], {})


@pytest.mark.parametrize("rule", ["validate_witness", "validate_multiproof"])
def test_trie_reference_without_a_rule_fails(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    monkeypatch.setattr(tries, rule, lambda *_: None)

    assert examine(tries.EXPERIMENTS[0], range(3)).failed > 0


@pytest.mark.parametrize(
    ("module", "rule"),
    [
        (proofs, "validate_branch"),
        (receipts, "validate_deposit_receipt_proof"),
        (receipts, "validate_withdrawal_receipt_proof"),
    ],
)
def test_proof_reference_without_a_rule_fails(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, rule: str
) -> None:
    monkeypatch.setattr(module, rule, lambda *_, **__: None)

    assert examine(proofs.EXPERIMENTS[0], range(8)).failed > 0


def test_compare_branches_other_sibling_is_told() -> None:
    deposit, withdrawal = draw_deposit_claim(make_rng()), draw_withdrawal_claim(make_rng())
    branch = tuple(withdrawal.proof.branch)

    assert proofs.compare_branches("deposit", deposit.built, deposit.due) == ""
    assert "from 2 on" in proofs.compare_branches("x", branch, (*branch[:2], bytes(32)))


def test_compare_proof_other_index_is_told() -> None:
    pair = find_pair("Crosslink")
    plain = Draw(make_rng()).draw(pair.theirs)
    ours = build_ours(pair.ours, plain)
    proof = proofs.build_field_proof(pair.ours, ours, "end_slot")

    assert len(encode(ours)) > 0
    assert proofs.compare_proof("x", proof, proof) == ""
    assert proofs.compare_proof("x", proof, replace(proof, index=proof.index ^ 1))


Change = Callable[[Any], Any]

JOURNEY = build_journey(24)
FAULTY = draw_transfers(7, per_slot=3.0)
FORKED = draw_transfers(1, per_slot=3.0)
"""The block that is lost claims deposits."""


def falsify(kind: type[events.Event], change: Change) -> Change:
    """Change every event of a kind."""
    return lambda event: change(event) if isinstance(event, kind) else event


def audit(scenario: Settings, change: Change, folder: Path) -> Iterator[str]:
    """Return what a ledger that reads falsified events says."""
    loaded = load(scenario, folder)
    audited = ledger.open_audit(loaded, folder / "run")
    for slot in range(1, loaded.scenario.slots + 1):
        audited.writer.write_slot(slot, list(map(change, audited.engine.run_slot())))
        try:
            audited.ledger.advance(slot)
        except ValueError as error:
            yield str(error)
            return
        yield from audited.compare()


def test_audit_true_events_agree(tmp_path: Path) -> None:
    assert list(audit(JOURNEY, lambda event: event, tmp_path)) == []


FALSIFIED: Mapping[str, tuple[Settings, Change]] = {
    "fee": (JOURNEY, falsify(events.ScriptRegistered, lambda e: replace(e, fee=e.fee + 1))),
    "sender": (JOURNEY, falsify(events.ScriptRegistered, lambda e: replace(e, sender=1))),
    "grant": (JOURNEY, falsify(events.PoolFunded, lambda e: replace(e, gwei=e.gwei + 1))),
    "granted by": (JOURNEY, falsify(events.PoolFunded, lambda e: replace(e, validator=2))),
    "deposit": (JOURNEY, falsify(events.DepositCreated, lambda e: replace(e, gwei=e.gwei - 1))),
    "holder": (
        JOURNEY,
        falsify(
            events.DepositStep,
            lambda e: replace(e, note="validator 0") if e.event == "claimed" else e,
        ),
    ),
    "burned": (JOURNEY, falsify(events.SlotClosed, lambda e: replace(e, burned=e.burned + 1))),
    "block": (
        JOURNEY,
        falsify(
            events.ShardBlockAccepted,
            lambda e: (
                replace(e, data=e.data[:-104] + bytes([e.data[-104] ^ 1]) + e.data[-103:])
                if e.pushed
                else e
            ),
        ),
    ),
    "revert": (FAULTY, falsify(events.ShardReverted, lambda e: replace(e, from_slot=99))),
    "orphan": (
        FORKED,
        falsify(events.BeaconBlockOrphaned, lambda e: replace(e, block_slot=e.block_slot + 1)),
    ),
    "theft": (FAULTY, falsify(events.PoolRobbed, lambda e: replace(e, gwei=Gwei(e.gwei + 1)))),
    "in flight": (FAULTY, falsify(events.SlotClosed, lambda e: replace(e, in_flight=-1))),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FALSIFIED)
def test_audit_falsified_event_is_caught(name: str, tmp_path: Path) -> None:
    scenario, change = FALSIFIED[name]

    assert next(audit(scenario, change, tmp_path), None) is not None


@pytest.mark.parametrize("number", [12, 84, 99])
def test_ledger_agrees_where_slots_in_a_row_are_lost(number: int) -> None:
    """Runs in which the ledger went back to what the slot before had undone."""
    experiment = ledger.EXPERIMENTS[0]
    tally = Tally()

    experiment.examine(Cases(experiment.name, 1, range(number, number + 1)), tally)

    assert tally.failures == []
