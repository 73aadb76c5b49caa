"""Every rule: broken at the marked byte, and nowhere else."""

import ast
from pathlib import Path

import pytest

import chain.wasm
from chain.errors import InvalidScript
from chain.wasm import RULES, RuleKind, decode_module, validate_rules
from tests.chain.wasm.corpus import ACCEPTED, BROKEN, HOST, MALFORMED, REFUSED, Case
from tests.helpers.wasm_modules import assemble, build_engine, is_valid


def _name(case: Case) -> str:
    return f"{case.code}: {case.name}"


@pytest.mark.parametrize("case", BROKEN, ids=_name)
def test_validate_rules_broken_module_reports_code_and_offset(case: Case) -> None:
    module = assemble(case.text)

    with pytest.raises(InvalidScript) as caught:
        validate_rules(module.code, case.rules, HOST)

    assert (caught.value.code, caught.value.offset) == (case.code, module.mark)
    assert caught.value.detail


def test_corpus_breaks_every_rule() -> None:
    assert {case.code for case in BROKEN} == set(RULES)


def test_corpus_has_many_more_than_sixty_different_modules_with_a_verdict_and_an_offset() -> None:
    modules = {assemble(case.text).code for case in BROKEN}

    assert len(modules) > 250
    assert all(assemble(case.text).mark is not None for case in BROKEN)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_validate_rules_attack_within_the_rules_is_accepted(case: Case) -> None:
    code = assemble(case.text).code

    validate_rules(code, case.rules, HOST)

    assert is_valid(build_engine(), code)


def test_source_names_only_rules_of_the_catalogue() -> None:
    named = {
        argument.value
        for path in Path(chain.wasm.__file__).parent.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in {"InvalidScript", "validate_limit", "read_limited_count"}
        for argument in call.args
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and " " not in argument.value
    }

    assert len(named) > 50
    assert named <= set(RULES)


def test_rules_have_distinct_sentences_that_end() -> None:
    sentences = [rule.sentence for rule in RULES.values()]

    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize("case", MALFORMED, ids=_name)
def test_decode_module_malformed_module_reports_code_and_offset(case: Case) -> None:
    module = assemble(case.text)

    with pytest.raises(InvalidScript) as caught:
        decode_module(module.code)

    assert (caught.value.code, caught.value.offset) == (case.code, module.mark)
    assert RULES[case.code].kind is RuleKind.MALFORMED


@pytest.mark.parametrize(
    "case",
    [case for case in MALFORMED + REFUSED if case.code != "feature_interface_types"],
    ids=_name,
)
def test_wasmtime_malformed_or_refused_module_is_rejected_too(case: Case) -> None:
    assert not is_valid(build_engine(), assemble(case.text).code)
