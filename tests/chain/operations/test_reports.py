"""ValidationReport, rule by rule, up to where the placement takes over."""

import pytest

from chain.config import ChainConfig
from chain.constants import DOMAIN_WITHDRAWAL
from chain.containers import BeaconState, ValidationReport
from chain.context import ChainContext
from chain.effects import Effect
from chain.operations import process_validation_report
from chain.placement import CheckScript
from tests.helpers.chain import PUSHER, Lab
from tests.helpers.keys import make_key, sign_container, sign_report
from tests.helpers.refusals import apply, get_refusal

SLOT = 5


def remember(
    state: BeaconState,
    report: ValidationReport,
    check: CheckScript,
    effects: list[Effect],
    config: ChainConfig,
) -> None:
    """Do what a placement that wants reports may do: write a mark."""
    del check, effects, config
    script = state.execution_scripts[report.script].evolve(mark=report.data)
    state.execution_scripts = state.execution_scripts.set(report.script, script)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    lab = Lab(scripts=[PUSHER])
    monkeypatch.setattr(lab.context.placement, "process_report", remember)
    lab.advance_to(SLOT)
    return lab


def build(
    *, reporter: int = 3, script: int = 0, slot: int = SLOT, key: str = "validator/3"
) -> ValidationReport:
    return sign_report(make_key(key), reporter=reporter, script=script, slot=slot, data=b"\x01")


def refuse(state: BeaconState, report: ValidationReport, context: ChainContext) -> str:
    return get_refusal(state, lambda draft: process_validation_report(draft, report, context, []))


def test_report_is_handed_to_the_placement(lab: Lab) -> None:
    after = apply(
        lab.beacon, lambda draft: process_validation_report(draft, build(), lab.context, [])
    )

    assert after.execution_scripts[0].mark == b"\x01"


def test_report_of_nobody_is_refused(lab: Lab) -> None:
    report = build(reporter=len(lab.beacon.validators))

    assert refuse(lab.beacon, report, lab.context) == "reporter_out_of_range"


def test_report_about_no_script_is_refused(lab: Lab) -> None:
    assert refuse(lab.beacon, build(script=1), lab.context) == "unknown_script"


@pytest.mark.parametrize("slot", [SLOT - 1, SLOT + 1])
def test_report_signed_for_another_slot_is_refused(lab: Lab, slot: int) -> None:
    assert refuse(lab.beacon, build(slot=slot), lab.context) == "wrong_slot"


def test_report_other_signatures_are_refused(lab: Lab) -> None:
    signed = build()
    forged = [
        signed.evolve(data=b"\x00"),
        build(key="validator/4"),
        sign_container(make_key("validator/3"), signed, DOMAIN_WITHDRAWAL),
    ]

    refusals = [refuse(lab.beacon, report, lab.context) for report in forged]

    assert refusals == ["wrong_signature"] * 3


def test_report_nobody_asked_for_is_refused() -> None:
    lab = Lab(scripts=[PUSHER])
    lab.advance_to(SLOT)

    assert refuse(lab.beacon, build(), lab.context) == "report_not_expected"
