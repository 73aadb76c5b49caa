"""Lies about reports: by whom, about what, and whether anybody asked."""

from collections.abc import Mapping
from random import Random
from typing import Any, Final

from chain.constants import DOMAIN_REPORT
from chain.containers import ValidationReport
from tests.helpers.chain import ACTIVE, NAMES, RETIREE
from tests.helpers.keys import sign_container, sign_report
from tests.trust.lying.lie import Lie, Tell, change_operation, forge, pick, pick_number
from tests.trust.lying.telling import (
    count_scripts,
    get_operations,
    lie_again,
    lie_too_often,
    lie_twice,
    name_lies,
    sign_with,
)
from tests.trust.lying.worlds import Moment


def _reporter(rng: Random, _: Moment, made: ValidationReport) -> tuple[Any, set[str]]:
    reporter = pick_number(rng, made.reporter, *range(len(NAMES) + 1))
    return made.evolve(reporter=reporter), {"reporter_out_of_range", "wrong_signature"}


def _seat(rng: Random, moment: Moment, made: ValidationReport) -> tuple[Any, set[str]] | None:
    """Report without a seat on the committee, or from off duty."""
    if moment.name == "committee beacon":
        reporter = pick(rng, sorted(set(range(RETIREE)) - moment.lab.seated))
        codes = {"not_on_committee"}
    else:
        reporter, codes = rng.randrange(ACTIVE, ACTIVE + 2), {"challenger_off_duty"}
    lie = made.evolve(reporter=reporter)
    return sign_container(moment.lab.keys[reporter], lie, DOMAIN_REPORT), codes


def _reported(rng: Random, moment: Moment, made: ValidationReport) -> tuple[Any, set[str]]:
    """Report about a script that nobody asked about, or that does not exist."""
    known = count_scripts(moment)
    script = rng.choice([0, 1, known, known + 1, 2**64 - 1])
    lie = sign_container(moment.lab.keys[made.reporter], made.evolve(script=script), DOMAIN_REPORT)
    return lie, {"unknown_script"} if script >= known else {"vote_not_open", "window_closed"}


def _report_slot(rng: Random, moment: Moment, made: ValidationReport) -> tuple[Any, set[str]]:
    slot = pick_number(rng, made.slot)
    lie = sign_container(moment.lab.keys[made.reporter], made.evolve(slot=slot), DOMAIN_REPORT)
    return lie, {"wrong_slot"}


def _report_data(rng: Random, moment: Moment, made: ValidationReport) -> tuple[Any, set[str]]:
    """Say something that is no vote, or other than what was signed."""
    data = rng.choice([b"", b"\x02", b"\x01\x00", rng.randbytes(rng.randrange(2, 4097))])
    lie = made.evolve(data=data)
    if moment.name != "committee beacon" or rng.randrange(2):
        return lie, {"wrong_signature"}
    signed = sign_container(moment.lab.keys[made.reporter], lie, DOMAIN_REPORT)
    return signed, {"malformed_vote"}


def _unasked(rng: Random, moment: Moment) -> Lie | None:
    """Report where the placement asks for no reports."""
    if moment.shard is not None or get_operations(moment, "validation_reports"):
        return None
    reporter = rng.randrange(ACTIVE)
    lie = sign_report(
        moment.lab.keys[reporter],
        reporter=reporter,
        slot=moment.lab.beacon.slot,
        data=rng.randbytes(rng.randrange(9)),
    )
    message = change_operation(moment, "validation_reports", 0, [lie])
    return None if message is None else forge(moment, message, "report_not_expected")


REPORT_LIES: Final[Mapping[str, Tell]] = {
    **name_lies(
        "report",
        {
            "another reporter": _reporter,
            "no seat": _seat,
            "another script": _reported,
            "another slot": _report_slot,
            "other data": _report_data,
            "another signature": sign_with("signature", DOMAIN_REPORT, "wrong_signature"),
        },
        "validation_reports",
    ),
    "report: twice": lie_twice("validation_reports", "voted_already", "window_closed"),
    "report: again": lie_again("validation_reports", "wrong_slot"),
    "report: too many": lie_too_often("validation_reports"),
    "report: not asked for": _unasked,
}
"""What is told about reports, by name."""
