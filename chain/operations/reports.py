"""ValidationReport: what a validator says about a script, for the placement to judge.

Source:
    Ours: the carrier of PROTOCOL 7's votes and challenges.
"""

from chain.bls import compute_signing_root, verify_signature
from chain.config import ChainConfig
from chain.constants import DOMAIN_REPORT
from chain.containers import BeaconState, ValidationReport
from chain.context import ChainContext
from chain.effects import Effect
from chain.errors import InvalidOperation


def process_validation_report(
    state: BeaconState, report: ValidationReport, context: ChainContext, effects: list[Effect]
) -> None:
    """Check who is speaking, and about what; the placement does the rest.

    Raises:
        InvalidOperation: ``reporter_out_of_range``, ``unknown_script``, ``wrong_slot``,
            ``wrong_signature``, and what the placement raises.
    """
    config = context.config
    validate_reporter(state, report)
    validate_reported_script(state, report)
    validate_report_slot(state, report)
    validate_report_signature(state, report, config)
    check = context.check_into(effects)
    context.placement.process_report(state, report, check, effects, config)


def validate_reporter(state: BeaconState, report: ValidationReport) -> None:
    """Refuse a reporter that is not in the registry."""
    if report.reporter >= len(state.validators):
        raise InvalidOperation(
            "reporter_out_of_range", reporter=report.reporter, validators=len(state.validators)
        )


def validate_reported_script(state: BeaconState, report: ValidationReport) -> None:
    """Refuse a report about a script that is not registered."""
    if report.script >= len(state.execution_scripts):
        raise InvalidOperation(
            "unknown_script", script=report.script, scripts=len(state.execution_scripts)
        )


def validate_report_slot(state: BeaconState, report: ValidationReport) -> None:
    """Refuse a report that was signed for another slot, so that none can be replayed."""
    if report.slot != state.slot:
        raise InvalidOperation("wrong_slot", report=report.slot, state=state.slot)


def validate_report_signature(
    state: BeaconState, report: ValidationReport, config: ChainConfig
) -> None:
    """Refuse a report that its reporter did not sign."""
    pubkey = state.validators[report.reporter].pubkey
    message = compute_signing_root(report.signing_root, DOMAIN_REPORT)
    if not verify_signature(config.bls, pubkey, message, report.signature):
        raise InvalidOperation("wrong_signature", reporter=report.reporter)
