"""Is each rule of the chain needed by a test? Take it away and see which one fails.

Source:
    Ours.
"""

import json
import os
import subprocess
import sys
from typing import Final

from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.lying.killing import UNCLEAR
from tests.trust.lying.rules import ROOT, Rule, list_rules

_UNREACHABLE: Final[dict[tuple[str, str], str]] = {}
"""Rules that no test can reach, by file and label, and why they stand nevertheless."""


def examine_rules(cases: Cases, tally: Tally) -> None:
    """Take rules away one by one, in a process that has the tests at hand."""
    rules = list_rules()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.trust.lying.killing"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as server:
        if server.stdin is None or server.stdout is None:
            raise RuntimeError("the process has no pipes")
        for number in cases:
            server.stdin.write(f"{number}\n")
            server.stdin.flush()
            _judge(number, rules[number], json.loads(server.stdout.readline()), tally)
        server.stdin.close()


def _judge(number: int, rule: Rule, killer: str, tally: Tally) -> None:
    """Tell which test needs a rule."""
    reason = _UNREACHABLE.get((rule.file, rule.label))
    if killer.startswith(UNCLEAR):
        tally.fail(number, f"{rule}: {killer}")
    elif killer:
        tally.tell("rule | needed by", str(rule), killer)
        tally.count(f"{rule.file.split('/')[1]}: needed by {killer.partition('::')[0]}")
    elif reason is not None:
        tally.explain(reason)
    else:
        tally.fail(number, f"no test fails without {rule} (line {rule.line})")


EXPERIMENTS: Final = (
    Experiment(
        name="rules_needed",
        section=Section.ATTACKS,
        claim="Every rule of the chain is needed by at least one of its tests.",
        method=(
            "Each place in `chain/` that raises one of the chain's errors, and each call of a "
            "`validate_` function, is taken away, one at a time, and the tests of the chain run "
            "until one of them fails; with the rule that test has to pass."
        ),
        unit="rules",
        full=lambda: len(list_rules()),
        quick=3,
        examine=examine_rules,
        found=(
            "No test noticed when claims did not ask the placement about their script; one does.",
            "Nor when `validate_script` left out the engine's type check; one does.",
        ),
        is_exhaustive=True,
        is_parallel=False,  # one process collects the tests for all rules
    ),
)
