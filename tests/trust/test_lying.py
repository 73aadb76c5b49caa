"""What the experiments about lying proposers rest on."""

import ast
from random import Random

import pytest

from chain.containers import SignedBeaconBlock, SignedShardBlock
from chain.encoding import encode
from tests.helpers import ssz_model
from tests.trust.experiments.lying_proposers import ALL_LIES
from tests.trust.lying.fields import OFFSET, list_leaves, locate
from tests.trust.lying.judging import judge
from tests.trust.lying.rules import ROOT, Rule, list_rules, remove_rule
from tests.trust.lying.selection import select_tests
from tests.trust.lying.worlds import list_moments

RULES = list_rules()


def find_rule(label: str, function: str) -> Rule:
    [rule] = [each for each in RULES if (each.label, each.function) == (label, function)]
    return rule


def test_locate_spans_cover_an_encoding_without_gaps() -> None:
    for moment in list_moments():
        spans = locate(moment.honest)
        bounds = [0, *(span.stop for span in spans)]

        assert [span.start for span in spans] == bounds[:-1]
        assert bounds[-1] == len(encode(moment.honest))


def test_locate_span_of_a_field_holds_its_encoding() -> None:
    moment = list_moments()[0]
    encoded, spans = encode(moment.honest), locate(moment.honest)

    [slot] = [span for span in spans if span.path == "message.slot"]
    votes = [span for span in spans if span.path.endswith("crosslinks[].aggregation_bits")]

    assert encoded[slot.start : slot.stop] == moment.honest.message.slot.to_bytes(8, "little")
    assert [encoded[span.start : span.stop] for span in votes] == [
        bytes([0b1111]),
        bytes([0b1011]),
        bytes([0b1111]),
        bytes([0b1110]),
    ]


def test_honest_blocks_hold_every_field_and_none_is_zero_everywhere() -> None:
    filled = {
        (type(moment.honest), span.path)
        for moment in list_moments()
        for span in locate(moment.honest)
        if OFFSET not in span.path
        if any(encode(moment.honest)[span.start : span.stop])
    }

    assert filled == {
        (kind, path) for kind in (SignedBeaconBlock, SignedShardBlock) for path in list_leaves(kind)
    }


@pytest.mark.parametrize("moment", list_moments(), ids=lambda moment: moment.name)
def test_honest_blocks_are_accepted_and_change_nothing_before(moment: object) -> None:
    [met] = [each for each in list_moments() if each is moment]
    before = met.encode_states()

    sentence = judge(met, encode(met.honest))

    assert (sentence.code, sentence.trouble) == ("", "")
    assert met.encode_states() == before
    assert met.lab.beacon.hash_tree_root == ssz_model.compute_naive_root(
        type(met.lab.beacon), met.lab.beacon
    )


@pytest.mark.parametrize("name", ALL_LIES)
def test_lies_of_every_kind_can_be_told(name: str) -> None:
    rng = Random(7)  # noqa: S311 - must repeat

    told = [ALL_LIES[name](rng, moment) for moment in list_moments() for _ in range(8)]

    assert any(told)


def test_rules_are_where_they_are_looked_for() -> None:
    assert len(RULES) > 200
    assert len({(rule.file, rule.line) for rule in RULES}) == len(RULES)
    find_rule("already_claimed", "validate_unclaimed")
    find_rule(
        "validate_branch(receipt.hash_tree_root, tuple(proof.branch), index, root)",
        "validate_withdrawal_receipt_proof",
    )


@pytest.mark.parametrize("rule", RULES[::10], ids=str)
def test_remove_rule_changes_one_statement(rule: Rule) -> None:
    source = (ROOT / rule.file).read_text(encoding="utf-8")
    before, after = ast.parse(source), remove_rule(source, rule)

    changed = [
        (old, new)
        for old, new in zip(
            ast.unparse(before).split("\n"), ast.unparse(after).split("\n"), strict=False
        )
        if old != new
    ]

    assert changed
    old, new = (line.strip() for line in changed[0])
    assert new in {"pass", "raise"} or old.startswith(f"{new}(")
    compile(after, rule.file, "exec")


def test_select_tests_begins_with_those_near_that_name_the_code() -> None:
    rule = find_rule("already_claimed", "validate_unclaimed")
    claims = "tests/chain/operations/test_claims.py::"

    first, *_, last = select_tests(rule)

    assert first(f"{claims}test_claim_twice_in_a_block_is_refused")
    assert not first(f"{claims}test_claim_changes_nothing_else")
    assert not last(f"{claims}test_claim_twice_in_a_block_is_refused")


def test_select_tests_leaves_none_out() -> None:
    names = [f"tests/chain/{file}::test_it[1]" for file in ("test_a.py", "eei/b.py", "wasm/c.py")]

    for rule in RULES:
        groups = list(select_tests(rule))
        assert all(any(is_selected(name) for is_selected in groups) for name in names)
