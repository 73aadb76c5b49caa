"""Which rule is named when a script breaks several: the order that chain.wasm.rules states."""

from dataclasses import replace

import pytest

from chain.errors import InvalidScript
from chain.wasm import CONTRACT_LIMITS, SCOUT_RULES, STRICT_RULES, ScriptRules, validate_rules
from tests.chain.wasm.corpus import HOST
from tests.helpers.wasm_modules import assemble, build_script

_TINY = replace(STRICT_RULES, limits=replace(CONTRACT_LIMITS, max_code_bytes=8))
_FLAT = replace(STRICT_RULES, limits=replace(CONTRACT_LIMITS, max_nesting_depth=0))


@pytest.mark.parametrize(
    ("text", "rules", "code"),
    [
        pytest.param("00 00 00 00 00 00 00 00 ^00", _TINY, "code_too_large", id="size first"),
        pytest.param(
            build_script("^43 00 00 00 00 1a 27"),
            STRICT_RULES,
            "float_instruction",
            id="profile before a later malformed byte",
        ),
        pytest.param(
            build_script("^27 43 00 00 00 00 1a"),
            STRICT_RULES,
            "unknown_opcode",
            id="malformed before a later profile byte",
        ),
        pytest.param(
            build_script("43 00 00 00 00 1a", start="^08 ( 00 ) "),
            STRICT_RULES,
            "start_function",
            id="earlier section first",
        ),
        pytest.param(
            build_script(
                imports='02 ( 02 "eth2" "no" 00 00 "eth2" "touch" ^07 00 ) ',
            ),
            SCOUT_RULES,
            "external_kind",
            id="format of a section before its interface",
        ),
        pytest.param(
            build_script(imports='02 ( 01 ^"eth2" "no" 00 00 ) ', functions="03 ( 01 09 ) "),
            SCOUT_RULES,
            "unknown_import",
            id="interface of a section before the next section",
        ),
        pytest.param(
            build_script(imports='02 ( 01 ^"eth2" "m" 02 00 00 ) ', memory=""),
            SCOUT_RULES,
            "import_kind",
            id="kind of an import before whether it is known",
        ),
        pytest.param(
            build_script(exports='07 ( 01 "memory" 02 00 ) ', code="0a ( 01 ( 00 0b ^0b ) )"),
            SCOUT_RULES,
            "code_after_end",
            id="missing exports last",
        ),
        pytest.param(
            build_script(exports="^07 ( 00 ) "),
            SCOUT_RULES,
            "missing_export",
            id="main before memory",
        ),
        pytest.param(
            build_script("^fc 00 1a"),
            STRICT_RULES,
            "float_instruction",
            id="float before feature",
        ),
        pytest.param(
            build_script("02 ^00 0b"),
            replace(_FLAT, limits=CONTRACT_LIMITS),
            "feature_multi_value",
            id="feature before the index it introduces",
        ),
        pytest.param(
            build_script("^02 7d 0b"), _FLAT, "nesting_too_deep", id="instruction before operand"
        ),
    ],
)
def test_validate_rules_several_broken_names_the_first(
    text: str, rules: ScriptRules, code: str
) -> None:
    module = assemble(text)

    with pytest.raises(InvalidScript) as caught:
        validate_rules(module.code, rules, HOST)

    assert (caught.value.code, caught.value.offset) == (code, module.mark)


def test_validate_rules_missing_exports_names_main_first() -> None:
    module = assemble(build_script(exports=""))

    with pytest.raises(InvalidScript) as caught:
        validate_rules(module.code, SCOUT_RULES, HOST)

    assert caught.value.detail.startswith("main ")
