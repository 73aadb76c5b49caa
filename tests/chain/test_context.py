"""What transitions are given besides states and blocks."""

from dataclasses import replace

from chain.context import build_context
from chain.effects import Effect, ScriptChecked
from chain.placement import get_placements
from chain.validation import compute_code_hash
from tests.helpers.chain import CONFIG, FLOATER, PUSHER


def test_build_context_sets_up_what_the_config_names() -> None:
    for name, strategy in get_placements().items():
        context = build_context(replace(CONFIG, strategy=name))

        assert type(context.placement) is strategy
        assert context.config.strategy == name


def test_check_into_records_every_request_whether_or_not_it_is_remembered() -> None:
    context, effects = build_context(CONFIG), list[Effect]()
    check = context.check_into(effects)

    verdicts = [check(code) for code in (PUSHER, FLOATER, PUSHER)]

    assert [verdict.is_valid for verdict in verdicts] == [True, False, True]
    checked = [effect for effect in effects if isinstance(effect, ScriptChecked)]
    assert checked == effects
    assert [(each.code_hash, each.size_bytes, each.rule, each.offset) for each in checked] == [
        (compute_code_hash(code), len(code), verdict.rule, verdict.offset)
        for code, verdict in zip((PUSHER, FLOATER, PUSHER), verdicts, strict=True)
    ]
