"""Start functions become exports, whatever else is exported."""

import pytest

from chain.wasm import ExternalKind, decode_module
from chain.wasm.start import export_start
from tests.helpers.wasm_modules import build_engine, build_wat, is_valid

MODULE = """(module {taken} (func $begin) (func (export "main"))
  (memory (export "memory") 1) (start $begin))"""


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ("", "start"),
        ('(global (export "start") i32 (i32.const 0))', "start'"),
        (
            """(global (export "start") i32 (i32.const 0))
            (global (export "start'") i32 (i32.const 0))""",
            "start''",
        ),
    ],
    ids=["free", "taken", "taken twice"],
)
def test_export_start_takes_a_name_that_is_free(taken: str, name: str) -> None:
    code = build_wat(MODULE.format(taken=taken))

    rewritten, given = export_start(code, decode_module(code))

    module = decode_module(rewritten)
    export = module.get_export(name)
    assert given == name
    assert module.start is None
    assert export is not None
    assert (export.kind, export.index) == (ExternalKind.FUNCTION, 0)
    assert is_valid(build_engine(), rewritten)


def test_export_start_of_a_module_without_one_leaves_it_alone() -> None:
    code = build_wat('(module (func (export "main")))')

    assert export_start(code, decode_module(code)) == (code, None)
