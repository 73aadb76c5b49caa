"""The attacks of scenarios are in the corpus of modules made by hand, with the same verdicts."""

from typing import Final

import pytest

from chain.validation import ScriptChecker
from chain.wasm import SCOUT_RULES, STRICT_RULES, ScriptRules
from simulator.actors.attackers.modules import build_attack
from simulator.scenario.adversaries import AttackKind
from tests.chain.wasm.corpus import ACCEPTED, ATTACKS
from tests.chain.wasm.corpus.case import Case
from tests.helpers.wat import KEEP, get_runtime

PROFILES: Final = (STRICT_RULES, SCOUT_RULES)


def find_cases(kind: AttackKind) -> list[Case]:
    return [case for case in (*ATTACKS, *ACCEPTED) if case.name.startswith(kind.value)]


@pytest.mark.parametrize("kind", [kind for kind in AttackKind if kind is not AttackKind.BUDGET])
def test_corpus_has_every_kind_of_attack(kind: AttackKind) -> None:
    assert find_cases(kind)


@pytest.mark.parametrize("rules", PROFILES, ids=lambda rules: rules.profile)
@pytest.mark.parametrize(
    "kind",
    [
        AttackKind.MALFORMED,
        AttackKind.FLOAT_CODE,
        AttackKind.UNKNOWN_IMPORT,
        AttackKind.MISSING_EXPORT,
        AttackKind.START_FUNCTION,
        AttackKind.PROFILE_SPLIT,
        AttackKind.ENGINE_SPLIT,
    ],
)
def test_corpus_agrees_with_the_generated_module_about_the_broken_rule(
    kind: AttackKind, rules: ScriptRules
) -> None:
    verdict = ScriptChecker(rules, get_runtime(KEEP)).check(build_attack(kind, 4_096, 1))

    expected = {case.code for case in find_cases(kind) if case.rules == rules}
    assert expected == {verdict.rule}
