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
    good = ScriptChecked(compute_code_hash(PUSHER), len(PUSHER), rule="", offset=0)
    bad = ScriptChecked(
        compute_code_hash(FLOATER), len(FLOATER), verdicts[1].rule, verdicts[1].offset
    )
    assert effects == [good, bad, good]
