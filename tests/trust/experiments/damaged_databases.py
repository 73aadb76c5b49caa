"""Run databases that are damaged, or made by a stranger."""

import io
import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

from simulator.commands.deposits import export_flows, follow_deposits
from simulator.commands.scripts import export_scout
from simulator.errors import UserError
from simulator.report.page import write_page
from simulator.terminal import describe_deposits, print_deposit, print_deposits, print_json
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.hostile.base_run import make_base_database, write_database
from tests.trust.hostile.bounded import BoundedJudge, lift_limit
from tests.trust.hostile.damaged_database import damage_database


def _follow_all(run: Path, _folder: Path) -> None:
    meta, deposits = follow_deposits(run, None)
    print_deposits(meta, deposits)
    print_json(describe_deposits(meta, deposits))


def _follow_one(run: Path, _folder: Path) -> None:
    meta, (deposit,) = follow_deposits(run, 1)
    print_deposit(meta, deposit)


def _export_flows(run: Path, _folder: Path) -> None:
    for form in ("graphml", "dot", "json"):
        export_flows(run, form)


def _export_scout(run: Path, folder: Path) -> None:
    export_scout(run, 1, folder / "out.yaml", 0, None, force=True)


def _report(run: Path, folder: Path) -> None:
    write_page([run], folder / "report.html")


_READERS: Final[Mapping[str, Callable[[Path, Path], None]]] = {
    "follow": _follow_all,
    "follow 1": _follow_one,
    "flows": _export_flows,
    "export-scout": _export_scout,
    "report": _report,
}


def judge_database(folder: Path, data: bytes) -> str:
    """Let everything that reads run databases read one."""
    run = write_database(folder, data)
    ended: Counter[str] = Counter()
    for name, read in _READERS.items():
        output = io.StringIO()
        try:
            with redirect_stdout(output):
                read(run, folder)
        except UserError as error:
            _judge_refusal(name, error)
            ended["refused"] += 1
        else:
            ended["read"] += 1
        if re.search(r"[^\n\x20-\x7e]", output.getvalue()) and "\x1b" in output.getvalue():
            raise AssertionError(f"{name} lets a database steer the terminal")
    lift_limit()
    return " by some, ".join(sorted(ended)) + (" by all" if len(ended) == 1 else " by others")


def _judge_refusal(reader: str, error: UserError) -> None:
    if "run" not in str(error):
        raise AssertionError(f"{reader}: an error that names no database: {error}")


def make_database(cases: Cases, number: int) -> tuple[str, bytes]:
    """Return the kind and the bytes of a damaged database."""
    return damage_database(make_base_database(), cases.make_rng(number))


def examine(cases: Cases, tally: Tally) -> None:
    """Read damaged databases."""
    with BoundedJudge(judge_database) as bounded:
        for number in cases:
            kind, data = make_database(cases, number)
            verdict = bounded.judge(data)
            tally.count(verdict.outcome)
            tally.peak("seconds of a case", round(verdict.seconds, 1))
            tally.peak("megabytes resident", round(verdict.megabytes))
            if verdict.failure:
                tally.fail(number, f"{kind}: {verdict.failure}")


EXPERIMENTS: Final = (
    Experiment(
        name="damaged_databases",
        section=Section.ATTACKS,
        claim="A run database brings nothing but an error of ours, or what it says.",
        method="The database of a run with bits, pages and headers damaged; with tables dropped, "
        "renamed, or replaced by views that never end; with other types, numbers and texts in "
        "events, settings, blocks and metrics; with packed data of 200 MB. follow, flows, "
        "export-scout and report read each, within 20 seconds and 1 GB.",
        unit="databases",
        full=2_000,
        quick=80,
        examine=examine,
        found=(
            (
                "Half of a surrogate pair, escaped in JSON, ended the report with a traceback: a "
                "page shows its escape."
            ),
            (
                "Packed data of a shard block could unpack to any size, and a block could claim a "
                "billion deposits: both are bounded before memory is taken."
            ),
            (
                "A view that never ends, in the place of a table, was read for ever: a run "
                "database must have exactly the tables that a run makes."
            ),
            (
                "Events of unknown kinds, of other types, or about deposits that nobody asked for "
                "ended follow, flows and export-scout with a traceback."
            ),
            ("Deposits of no bytes, pushed by a shard block, ended export-scout with a traceback."),
            (
                "The name of a script in a crafted database could lead export-scout to write a "
                "file outside the folder asked for."
            ),
            "Code in a database was not compared with the hash that it is kept under.",
            "A reader that was closed early left a message of Python about an ignored exception.",
        ),
    ),
)
