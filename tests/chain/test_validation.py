"""Script validation as the chain uses it."""

import hashlib
from dataclasses import replace

import pytest

from chain import validation
from chain.config import Profile
from chain.eei import ScriptRuntime
from chain.errors import InvalidScript
from chain.placement import Verdict
from chain.validation import ScriptChecker, compute_code_hash, get_rules, validate_script
from chain.wasm import SCOUT_RULES, STRICT_RULES, Feature, Work
from tests.helpers.chain import CONFIG, FLOATER, PUSHER, compile_script

RUNTIME = ScriptRuntime(CONFIG.execution)
UNTYPED = compile_script(
    '(module (memory (export "memory") 1) (func (export "main") unreachable))'
).replace(b"\x00\x0b", b"\x1a\x0b")
"""``unreachable`` became ``drop``, of an empty stack: only the type check sees that."""


def test_get_rules_of_the_scout_profile_are_scouts_own() -> None:
    assert get_rules(replace(CONFIG, profile=Profile.SCOUT)) == SCOUT_RULES


def test_get_rules_of_the_strict_profile_follow_the_config() -> None:
    execution = replace(CONFIG.execution, max_memory_pages=3)
    config = replace(CONFIG, max_code_bytes=77, execution=execution, features=("simd",))

    rules = get_rules(config)

    assert (rules.limits.max_code_bytes, rules.limits.max_memory_pages) == (77, 3)
    assert rules.features == STRICT_RULES.features | {Feature("simd")}
    assert get_rules(CONFIG).features == STRICT_RULES.features


@pytest.mark.parametrize(
    ("profile", "code", "rule"),
    [
        (Profile.STRICT, PUSHER, ""),
        (Profile.SCOUT, PUSHER, ""),
        (Profile.SCOUT, FLOATER, ""),
        (Profile.STRICT, UNTYPED, "type_check"),
        (Profile.SCOUT, UNTYPED, "type_check"),
    ],
    ids=["strict", "scout", "scout with floats", "strict untyped", "scout untyped"],
)
def test_check_gives_the_profiles_verdict(profile: Profile, code: bytes, rule: str) -> None:
    checker = ScriptChecker(get_rules(replace(CONFIG, profile=profile)), RUNTIME)

    verdict = checker.check(code)

    assert verdict.rule == rule
    assert verdict.is_valid is (rule == "")


def test_check_of_a_float_tells_the_rule_and_where() -> None:
    verdict = ScriptChecker(get_rules(CONFIG), RUNTIME).check(FLOATER)

    assert verdict.rule.startswith("float")
    assert FLOATER[verdict.offset] == 0x43  # f32.const


@pytest.mark.parametrize("code", [FLOATER, UNTYPED], ids=["with floats", "untyped"])
def test_validate_script_raises_what_check_remembers(code: bytes) -> None:
    with pytest.raises(InvalidScript) as caught:
        validate_script(code, get_rules(CONFIG), RUNTIME)

    verdict = ScriptChecker(get_rules(CONFIG), RUNTIME).check(code)
    assert (caught.value.code, caught.value.offset) == (verdict.rule, verdict.offset)


def test_check_validates_a_script_once(monkeypatch: pytest.MonkeyPatch) -> None:
    validated = count_validations(monkeypatch)
    checker = ScriptChecker(get_rules(CONFIG), RUNTIME)

    verdicts = [checker.check(code) for code in (b"a", b"b", b"a", b"a")]

    assert validated == [b"a", b"b"]
    assert verdicts == [Verdict("magic", 0)] * 4


def test_check_forgets_the_oldest_verdict_first(monkeypatch: pytest.MonkeyPatch) -> None:
    validated = count_validations(monkeypatch)
    monkeypatch.setattr(validation, "_REMEMBERED_VERDICTS", 2)
    checker = ScriptChecker(get_rules(CONFIG), RUNTIME)

    for code in (b"a", b"b", b"c", b"c", b"b", b"a"):
        checker.check(code)

    assert validated == [b"a", b"b", b"c", b"a"]


def count_validations(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    validated: list[bytes] = []

    def refuse(code: bytes, *_: object) -> None:
        validated.append(code)
        raise InvalidScript("magic", 0, "no module at all")

    monkeypatch.setattr(validation, "validate_rules", refuse)
    return validated


def examine(code: bytes) -> Work:
    return ScriptChecker(get_rules(CONFIG), RUNTIME).examine(code).work


def test_examine_good_script_takes_all_its_bytes_functions_and_instructions() -> None:
    code = compile_script("""(module
      (memory (export "memory") 1)
      (func (export "main") (call 1) (drop (i32.const 1)))
      (func (nop)))""")

    # call, const, drop, end; nop, end.
    assert examine(code) == Work(len(code), functions=2, instructions=6)


def test_examine_type_mistake_is_found_after_everything_is_decoded() -> None:
    # drop, end.
    assert examine(UNTYPED) == Work(len(UNTYPED), functions=1, instructions=2)


def test_examine_broken_rule_ends_the_work_at_its_offset() -> None:
    code = compile_script("""(module
      (memory (export "memory") 1)
      (func (export "main") (nop) (nop))
      (func (drop (f32.const 1)))
      (func (nop)))""")

    # nop, nop, end were decoded; the second function breaks a rule at its f32.const.
    assert examine(code) == Work(code.index(0x43), functions=1, instructions=3)


def test_examine_oversized_code_is_not_even_read() -> None:
    rules = get_rules(replace(CONFIG, max_code_bytes=len(PUSHER) - 1))

    checked = ScriptChecker(rules, RUNTIME).examine(PUSHER)

    assert (checked.rule, checked.work) == ("code_too_large", Work(0, 0, 0))


def test_compute_code_hash_is_sha256() -> None:
    assert compute_code_hash(PUSHER) == hashlib.sha256(PUSHER).digest()
