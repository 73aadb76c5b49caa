"""Several memories: read where linked code is read, and nowhere else."""

from dataclasses import replace

import pytest

from chain.errors import InvalidScript
from chain.wasm import (
    DECODABLE_FEATURES,
    LINKED_FEATURES,
    LINKED_RULES,
    SCOUT_RULES,
    STRICT_RULES,
    Feature,
    ScriptRules,
    decode_module,
    validate_rules,
)
from chain.wasm.instructions import read_instruction
from chain.wasm.model import SegmentMode
from tests.helpers.wasm_modules import PREAMBLE, assemble, build_engine, build_script, is_valid

TWO_MEMORIES = "05 ( 02 00 01 00 01 ) "

_BODIES = {
    "load of memory 1": "41 00 28 42 01 08 1a",
    "load of memory 1, index and alignment padded": "41 00 28 c2 00 81 80 00 08 1a",
    "load that names memory 0": "41 00 28 42 00 08 1a",
    "store to memory 1": "41 00 41 00 3a 40 01 00",
    "size of memory 1": "3f 01 1a",
    "size of memory 0, padded": "3f 80 00 1a",
    "growth of memory 1": "41 00 40 01 1a",
    "copy from 1 to 0": "41 00 41 00 41 00 fc 0a 00 01",
    "fill of memory 1": "41 00 41 00 41 00 fc 0b 01",
    "lane from memory 1": f"41 00 fd 0c {'00 ' * 16} fd 54 40 01 05 0f 1a",
}


@pytest.mark.parametrize("name", _BODIES)
def test_decode_module_body_with_two_memories_is_read_to_its_end(name: str) -> None:
    code = assemble(build_script(_BODIES[name], memory=TWO_MEMORIES)).code
    assert is_valid(build_engine(multi_memory=True), code)

    module = validate_rules(code, LINKED_RULES, {})

    [body] = module.bodies
    position, count = body.code, 0
    while position < body.end:
        position = read_instruction(code, position, body.end).end
        count += 1
    assert (position, count) == (body.end, body.instructions)
    assert len(module.memories) == 2


@pytest.mark.parametrize("rules", [SCOUT_RULES, STRICT_RULES], ids=lambda rules: rules.profile)
@pytest.mark.parametrize("name", _BODIES)
def test_validate_rules_script_with_two_memories_is_refused(name: str, rules: ScriptRules) -> None:
    code = assemble(build_script(_BODIES[name], memory="05 ( 02 00 01 ^00 01 ) "))

    with pytest.raises(InvalidScript) as caught:
        validate_rules(code.code, rules, {})

    assert (caught.value.code, caught.value.offset) == ("feature_multi_memory", code.mark)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("unknown_memory", build_script("41 00 28 42 ^02 08 1a", memory=TWO_MEMORIES)),
        ("unknown_memory", build_script("41 00 28 ^02 08 1a", memory="", exports="")),
        ("unknown_memory", build_script("3f ^02 1a", memory=TWO_MEMORIES)),
        ("unknown_memory", build_script("41 00 40 ^02 1a", memory=TWO_MEMORIES)),
        (
            "unknown_memory",
            build_script("41 00 41 00 41 00 fc 0a 01 ^02", memory=TWO_MEMORIES),
        ),
        ("unknown_memory", build_script(memory=TWO_MEMORIES, data="0b ( 01 02 ^02 41 00 0b 00 )")),
        ("alignment", build_script("41 00 28 ^43 01 08 1a", memory=TWO_MEMORIES)),
        ("alignment", build_script("41 00 28 ^c2 01 01 08 1a", memory=TWO_MEMORIES)),
        ("memory_size", PREAMBLE + "05 ( 02 00 01 ^00 {65537} )"),
    ],
)
def test_decode_module_broken_use_of_memories_reports_code_and_offset(code: str, text: str) -> None:
    module = assemble(text)
    assert not is_valid(build_engine(multi_memory=True), module.code)

    with pytest.raises(InvalidScript) as caught:
        decode_module(module.code, LINKED_RULES)

    assert (caught.value.code, caught.value.offset) == (code, module.mark)


def test_decode_module_data_tells_its_memory() -> None:
    text = build_script(
        memory=TWO_MEMORIES, data='0b ( 03 00 41 00 0b "a" 02 01 41 05 0b "b" 01 "c" )'
    )

    module = decode_module(assemble(text).code, LINKED_RULES)

    assert [(segment.mode, segment.memory) for segment in module.data] == [
        (SegmentMode.ACTIVE, 0),
        (SegmentMode.ACTIVE, 1),
        (SegmentMode.PASSIVE, 0),
    ]


@pytest.mark.parametrize("rules", [SCOUT_RULES, STRICT_RULES], ids=lambda rules: rules.profile)
def test_rules_of_scripts_cannot_allow_several_memories(rules: ScriptRules) -> None:
    with pytest.raises(ValueError, match="cannot be allowed: multi_memory"):
        replace(rules, features=frozenset({Feature.MULTI_MEMORY}))


def test_linked_code_may_use_what_scripts_may_and_several_memories() -> None:
    assert {Feature.MULTI_MEMORY} == LINKED_FEATURES - DECODABLE_FEATURES
    assert LINKED_RULES.features == LINKED_FEATURES
