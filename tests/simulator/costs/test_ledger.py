"""A node pays once per code hash, however many validators and roles it has."""

from chain.types import Root, Slot, ValidatorIndex
from simulator.costs import Charge, PaidCode, ValidationLedger
from simulator.costs.ledger import open_ledger

CODE = Root(b"\x01" * 32)
OTHER = Root(b"\x02" * 32)
BYTES = 100


def charge(
    ledger: ValidationLedger, code: Root, *validators: int, slot: int = 1, size: int = BYTES
) -> Charge:
    return ledger.charge(PaidCode(code, size, Slot(slot)), map(ValidatorIndex, validators))


def count(ledger: ValidationLedger, code: Root, *validators: int, slot: int = 1) -> tuple[int, int]:
    charged = charge(ledger, code, *validators, slot=slot)
    return charged.nodes, charged.new_nodes


def test_charge_first_time_every_node_is_new() -> None:
    assert count(ValidationLedger(1), CODE, 4, 5, 6) == (3, 3)


def test_charge_second_time_only_newcomers_are_new() -> None:
    ledger = ValidationLedger(1)
    count(ledger, CODE, 4, 5, 6)

    assert count(ledger, CODE, 6, 7) == (2, 1)
    assert count(ledger, CODE, 4, 5, 6, 7, slot=9) == (4, 0)


def test_charge_other_code_costs_again() -> None:
    ledger = ValidationLedger(1)
    count(ledger, CODE, 4)

    assert count(ledger, OTHER, 4) == (1, 1)


def test_charge_validators_of_one_node_count_once() -> None:
    ledger = ValidationLedger(4)

    # Validators 0-3 are node 0, 4-7 node 1, 8-11 node 2.
    assert count(ledger, CODE, 0, 1, 2, 3, 4, 8) == (3, 3)
    assert count(ledger, CODE, 7, 12) == (2, 1)


def test_charge_nobody_costs_nothing() -> None:
    assert charge(ValidationLedger(1), CODE) == Charge(0, 0, 0)


def test_charge_busiest_node_adds_up_what_it_paid_for_in_the_slot() -> None:
    ledger = ValidationLedger(1)

    assert charge(ledger, CODE, 4, 5).busiest_bytes == 100
    assert charge(ledger, OTHER, 5, 6, size=30).busiest_bytes == 130
    # Node 6 has 30 bytes so far; nobody pays twice, so repeating costs nothing.
    assert charge(ledger, CODE, 6).busiest_bytes == 130
    assert charge(ledger, CODE, 4, 5, 6).busiest_bytes == 0


def test_charge_next_slot_begins_at_zero() -> None:
    ledger = ValidationLedger(1)
    charge(ledger, CODE, 4)

    assert charge(ledger, OTHER, 4, slot=2, size=30).busiest_bytes == 30


def test_charge_full_nodes_pay_once_per_shard_all_together() -> None:
    ledger = ValidationLedger(1, shard_full_nodes=7)
    charge(ledger, CODE, 0, 1)

    code = PaidCode(CODE, BYTES, Slot(1))
    assert ledger.charge_full_nodes(code, "shard 0") == Charge(7, 7, 100)
    assert ledger.charge_full_nodes(code._replace(slot=Slot(2)), "shard 0") == Charge(7, 0, 0)
    assert ledger.charge_full_nodes(code._replace(slot=Slot(2)), "shard 1") == Charge(7, 7, 100)


def test_charge_spread_work_loads_every_slot_with_its_share() -> None:
    ledger = ValidationLedger(1)
    charge(ledger, CODE, 4, slot=7, size=10)

    # 101 bytes in slots 6 to 9 are 26 in each; slot 7 has 10 more.
    spread = ledger.charge(PaidCode(OTHER, 101, Slot(9), spread_slots=4), [ValidatorIndex(4)])

    assert spread.busiest_bytes == 36
    later = ledger.charge(PaidCode(CODE, 5, Slot(9)), [ValidatorIndex(5)])
    assert later.busiest_bytes == 5
    assert charge(ledger, Root(b"\x03" * 32), 4, slot=9, size=5).busiest_bytes == 31


def test_open_ledger_without_memory_everybody_pays_in_every_slot_but_once_in_it() -> None:
    ledger = open_ledger(1, nodes_remember=False)

    # The proposer checks, then the whole committee imports.
    assert count(ledger, CODE, 4) == (1, 1)
    assert count(ledger, CODE, 4, 5, 6) == (3, 2)
    assert count(ledger, CODE, 4, 5, 6, slot=2) == (3, 3)


def test_open_ledger_with_memory_nobody_pays_twice() -> None:
    ledger = open_ledger(1)
    count(ledger, CODE, 4)

    assert count(ledger, CODE, 4, slot=2) == (1, 0)
