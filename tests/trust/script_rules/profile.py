"""The interface that a profile asks for, judged from what wasmtime reflects of a module.

What the host offers is read from ``docs/eei.md``, which is what people who write scripts go by.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from wasmtime import ExportType, FuncType, ImportType, MemoryType, Module

from tests.trust.random_wasm.spec import list_sections

JUDGED: Final = frozenset(
    {
        *("unknown_import", "import_kind", "import_signature", "missing_export", "export_kind"),
        *("main_signature", "extra_export", "start_function"),
    }
)
"""The rules that this module judges; floats and what a start function calls are not among them."""

_PAGE: Final = Path(__file__).parents[3] / "docs" / "eei.md"
_ROW: Final = re.compile(
    r"^\| `(\w+)` \| `(\w+)\((.*)\)(?: -> (\w+))?` \|(?: `(\w+)\.(\w+)`| ) \|", re.MULTILINE
)
_ANYTHING: Final = "..."
_NUMBERS: Final = frozenset({"i32", "i64", "f32", "f64"})
_REQUIRED: Final = {"main": FuncType, "memory": MemoryType}
_START_SECTION: Final = 8
_TYPED_SECTIONS: Final = (1, 2, 6)
"""Types, imports and globals: where the types of what is imported and exported are."""
_VECTOR_TYPE: Final = 0x7B

_Signature = tuple[tuple[str, ...], tuple[str, ...]]


@cache
def read_page() -> Mapping[tuple[str, str], _Signature | None]:
    """Return the functions that the page names, None for those of any signature."""
    functions: dict[tuple[str, str], _Signature | None] = {}
    for module, name, parameters, result, other_module, other_name in _ROW.findall(
        _PAGE.read_text(encoding="utf-8")
    ):
        signature = None
        if parameters != _ANYTHING:
            signature = (_read_parameters(parameters), (result,) if result else ())
        functions[module, name] = signature
        if other_name:
            functions[other_module, other_name] = signature
    return functions


def _read_parameters(text: str) -> tuple[str, ...]:
    """A parameter is an i32 unless its type is written behind its name."""
    parts = text.split(", ") if text else []
    return tuple("i64" if part.endswith(": i64") else "i32" for part in parts)


def judge_interface(code: bytes, module: Module, *, is_strict: bool) -> frozenset[str]:
    """Return all rules about its interface that a module breaks."""
    broken = {rule for entry in module.imports for rule in _judge_import(entry)}
    if _has_two_signatures(module):
        broken.add("import_signature")
    exports = {entry.name: entry for entry in module.exports}
    broken |= set(_judge_required(exports))
    if is_strict:
        if exports.keys() - _REQUIRED.keys():
            broken.add("extra_export")
        if _has_start(code):
            broken.add("start_function")
    return frozenset(broken)


def _judge_import(entry: ImportType) -> Iterator[str]:
    if not isinstance(entry.type, FuncType):
        yield "import_kind"
        return
    functions = read_page()
    name = (entry.module, entry.name or "")
    if name not in functions:
        yield "unknown_import"
        return
    wanted = functions[name]
    params = tuple(str(kind) for kind in entry.type.params)
    results = tuple(str(kind) for kind in entry.type.results)
    fits = {*params, *results} <= _NUMBERS if wanted is None else (params, results) == wanted
    if not fits:
        yield "import_signature"


def _has_two_signatures(module: Module) -> bool:
    """Tell whether one name of a module is imported as functions of different types."""
    functions = [
        (entry.module, entry.name, tuple(map(str, kind.params)), tuple(map(str, kind.results)))
        for entry in module.imports
        if isinstance(kind := entry.type, FuncType)
    ]
    return len(set(functions)) > len({function[:2] for function in functions})


def _judge_required(exports: Mapping[str, ExportType]) -> Iterator[str]:
    for name, kind in _REQUIRED.items():
        if name not in exports:
            yield "missing_export"
        elif not isinstance(exports[name].type, kind):
            yield "export_kind"
    main = exports.get("main")
    if main is not None and isinstance(main.type, FuncType) and main.type.params:
        yield "main_signature"


def is_reflected(code: bytes) -> bool:
    """Tell whether wasmtime can reflect a module: its C interface aborts at vector types.

    A byte that could be such a type is enough to say no.
    """
    return not any(
        _VECTOR_TYPE in code[start:end]
        for section, start, end in list_sections(code)
        if section in _TYPED_SECTIONS
    )


def _has_start(code: bytes) -> bool:
    return any(section == _START_SECTION for section, _, _ in list_sections(code))
