"""Modules that adversaries send: their verdicts, sizes and outcomes, one kind after another."""

from typing import Final, NamedTuple

import pytest

from chain.eei import RETURNED
from chain.validation import ScriptChecker
from chain.wasm import SCOUT_RULES, STRICT_RULES, ScriptRules, decode_module
from simulator.actors.attackers.modules import build_attack, build_good, compute_least_bytes
from simulator.scenario.adversaries import BOMBS, MIN_ATTACK_BYTES, AttackKind
from tests.helpers.wasm_modules import build_engine, is_valid
from tests.helpers.wat import KEEP, get_runtime, run

SIZE: Final = 8192
KINDS: Final = [kind for kind in AttackKind if kind is not AttackKind.BUDGET]


class Verdicts(NamedTuple):
    """Broken rules under both profiles, empty if none, and what a call of it does."""

    strict: str
    scout: str
    outcome: str


EXPECTED: Final = {
    AttackKind.MALFORMED: Verdicts("unexpected_end", "unexpected_end", "trapped:invalid_module"),
    AttackKind.FLOAT_CODE: Verdicts("float_instruction", "", RETURNED),
    AttackKind.UNKNOWN_IMPORT: Verdicts("unknown_import", "unknown_import", "trapped:link_error"),
    AttackKind.MISSING_EXPORT: Verdicts(
        "missing_export", "missing_export", "trapped:missing_export"
    ),
    AttackKind.START_FUNCTION: Verdicts("start_function", "", RETURNED),
    AttackKind.OVERSIZED: Verdicts("", "", RETURNED),
    # The engine refuses to compile so many locals in so many loops.
    AttackKind.MANY_LOCALS: Verdicts("", "", "trapped:too_complex"),
    AttackKind.DEEP_NESTING: Verdicts("", "", RETURNED),
    AttackKind.HUGE_BR_TABLE: Verdicts("", "", RETURNED),
    AttackKind.MANY_FUNCTIONS: Verdicts("", "", RETURNED),
    AttackKind.ALWAYS_TRAPS: Verdicts("", "", "trapped:unreachable"),
    AttackKind.PROFILE_SPLIT: Verdicts("extra_export", "", RETURNED),
    AttackKind.ENGINE_SPLIT: Verdicts("feature_sign_extension", "", RETURNED),
}


def find_rule(code: bytes, rules: ScriptRules) -> tuple[str, int]:
    verdict = ScriptChecker(rules, get_runtime(KEEP)).check(code)
    return verdict.rule, verdict.offset


@pytest.mark.parametrize("kind", KINDS)
def test_build_attack_every_kind_has_its_verdict_under_both_profiles(kind: AttackKind) -> None:
    code = build_attack(kind, SIZE, 1)

    found = (find_rule(code, STRICT_RULES)[0], find_rule(code, SCOUT_RULES)[0])

    assert found == EXPECTED[kind][:2]


@pytest.mark.parametrize("kind", KINDS)
def test_build_attack_every_kind_called_ends_as_expected(kind: AttackKind) -> None:
    assert run(build_attack(kind, SIZE, 1)).outcome == EXPECTED[kind].outcome


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size_bytes", [MIN_ATTACK_BYTES, 1_000, SIZE, 65_536])
def test_build_attack_is_exactly_as_large_as_asked(kind: AttackKind, size_bytes: int) -> None:
    assert len(build_attack(kind, size_bytes, 1)) == size_bytes


@pytest.mark.parametrize("kind", KINDS)
def test_build_attack_is_the_same_every_time_and_other_code_for_every_number(
    kind: AttackKind,
) -> None:
    codes = {build_attack(kind, SIZE, number) for number in (1, 1, 2, 2**40)}

    assert len(codes) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_compute_least_bytes_is_the_first_size_that_holds_the_module(kind: AttackKind) -> None:
    # Bombs without a count take what room there is.
    count = 50 if kind in BOMBS else None
    least = compute_least_bytes(kind, count)

    assert len(build_attack(kind, least, 1, count)) == least
    with pytest.raises(ValueError, match=f"takes {least} bytes"):
        build_attack(kind, least - 1, 1, count)


@pytest.mark.parametrize(
    "kind", [AttackKind.MALFORMED, AttackKind.FLOAT_CODE, AttackKind.ENGINE_SPLIT]
)
def test_build_attack_breaks_its_rule_behind_all_other_code(kind: AttackKind) -> None:
    code = build_attack(kind, 65_536, 1)

    _, offset = find_rule(code, STRICT_RULES)

    assert offset >= len(code) - 16


def test_build_attack_is_filled_with_code() -> None:
    work = decode_module(build_attack(AttackKind.ALWAYS_TRAPS, 65_536, 1)).work

    assert work.functions > 200
    assert work.instructions > 30_000


@pytest.mark.parametrize(
    ("kind", "limit", "rule"),
    [
        (AttackKind.MANY_LOCALS, 4_096, "too_many_locals"),
        (AttackKind.DEEP_NESTING, 1_024, "nesting_too_deep"),
        (AttackKind.HUGE_BR_TABLE, 4_096, "too_many_branch_targets"),
        (AttackKind.MANY_FUNCTIONS, 10_000, "too_many_functions"),
    ],
)
def test_build_attack_bomb_is_refused_from_one_over_the_limit(
    kind: AttackKind, limit: int, rule: str
) -> None:
    at_the_limit = build_attack(kind, 65_536, 1, limit)
    over_it = build_attack(kind, 65_536, 1, limit + 1)

    assert find_rule(at_the_limit, STRICT_RULES) == ("", 0)
    assert find_rule(over_it, STRICT_RULES)[0] == rule
    assert find_rule(over_it, SCOUT_RULES) == ("", 0)


@pytest.mark.parametrize("kind", sorted(BOMBS))
def test_build_attack_bomb_without_a_count_is_as_large_as_strict_allows(kind: AttackKind) -> None:
    code = build_attack(kind, 65_536, 1)

    assert find_rule(code, STRICT_RULES) == ("", 0)
    module = decode_module(code)
    if kind is AttackKind.MANY_LOCALS:
        assert module.bodies[-1].locals[0].length == 4_096
    elif kind is AttackKind.DEEP_NESTING:
        assert b"\x02\x40" * 1_024 + b"\x0b" * 1_024 in code
    elif kind is AttackKind.HUGE_BR_TABLE:
        assert b"\x0e\x80\x20" + bytes(4_097) in code
    else:
        assert module.work.functions == 9_999


def test_build_attack_engine_split_is_run_by_one_engine_and_refused_by_a_wasm_1_0_one() -> None:
    code = build_attack(AttackKind.ENGINE_SPLIT, SIZE, 1)

    assert is_valid(build_engine(), code)
    assert find_rule(code, STRICT_RULES) == ("feature_sign_extension", SIZE - 3)
    without = code[:-3] + b"\x01" + code[-2:]
    assert find_rule(without, STRICT_RULES) == ("", 0)


def test_build_attack_profile_split_differs_from_a_valid_script_by_one_export() -> None:
    exports = decode_module(build_attack(AttackKind.PROFILE_SPLIT, SIZE, 1)).exports

    assert [export.name for export in exports] == ["memory", "main", "version"]


@pytest.mark.parametrize("size_bytes", [MIN_ATTACK_BYTES, SIZE])
def test_build_good_breaks_no_rule_and_returns(size_bytes: int) -> None:
    code = build_good(size_bytes, 1)

    assert len(code) == size_bytes
    assert find_rule(code, STRICT_RULES)[0] == ""
    assert run(code).outcome == RETURNED
    assert code != build_good(size_bytes, 2)
