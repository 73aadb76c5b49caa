"""A node pays once per code hash, however many validators and roles it has."""

from chain.types import Root, ValidatorIndex
from simulator.costs import ValidationLedger

CODE = Root(b"\x01" * 32)
OTHER = Root(b"\x02" * 32)


def charge(ledger: ValidationLedger, code: Root, *validators: int) -> tuple[int, int]:
    return ledger.charge(code, map(ValidatorIndex, validators))


def test_charge_first_time_every_node_is_new() -> None:
    assert charge(ValidationLedger(1), CODE, 4, 5, 6) == (3, 3)


def test_charge_second_time_only_newcomers_are_new() -> None:
    ledger = ValidationLedger(1)
    charge(ledger, CODE, 4, 5, 6)

    assert charge(ledger, CODE, 6, 7) == (2, 1)
    assert charge(ledger, CODE, 4, 5, 6, 7) == (4, 0)


def test_charge_other_code_costs_again() -> None:
    ledger = ValidationLedger(1)
    charge(ledger, CODE, 4)

    assert charge(ledger, OTHER, 4) == (1, 1)


def test_charge_validators_of_one_node_count_once() -> None:
    ledger = ValidationLedger(4)

    # Validators 0-3 are node 0, 4-7 node 1, 8-11 node 2.
    assert charge(ledger, CODE, 0, 1, 2, 3, 4, 8) == (3, 3)
    assert charge(ledger, CODE, 7, 12) == (2, 1)


def test_charge_nobody_costs_nothing() -> None:
    assert charge(ValidationLedger(1), CODE) == (0, 0)
