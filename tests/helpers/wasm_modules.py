"""Wasm modules for tests: a notation for raw bytes, usual parts, and an engine to agree with.

The notation keeps one module, with the place of its mistake, on one screen::

    7f        one byte in hex
    {300}     an unsigned LEB128 integer, in decimal
    "main"    a name: its size, then its UTF-8 bytes
    ( ... )   the size of the contents, then the contents
    ^         the marked offset: where a rule is broken

The mark is found by laying out bytes, so it owes nothing to the decoder under test.
"""

import re
from dataclasses import dataclass
from typing import Final

import wasmtime

_TOKEN: Final = re.compile(r'\s+|\(|\)|\^|"[^"]*"|\{\d+\}|[0-9a-f]{2}')


@dataclass(frozen=True, slots=True)
class Assembled:
    """Bytes of a module; ``mark`` is the marked offset, None without a mark."""

    code: bytes
    mark: int | None


def encode_u32(value: int) -> bytes:
    """Encode an unsigned LEB128 integer in as few bytes as possible."""
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def assemble(text: str) -> Assembled:
    """Turn the notation into bytes."""
    frames: list[tuple[bytearray, list[int]]] = [(bytearray(), [])]
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"no token at {text[position : position + 20]!r}")
        position = match.end()
        _apply_token(frames, match.group())
    [(code, marks)] = frames
    if len(marks) > 1:
        raise ValueError("more than one mark")
    return Assembled(bytes(code), marks[0] if marks else None)


def _apply_token(frames: list[tuple[bytearray, list[int]]], word: str) -> None:
    code, marks = frames[-1]
    if word.isspace():
        return
    if word == "(":
        frames.append((bytearray(), []))
    elif word == ")":
        frames.pop()
        outer, outer_marks = frames[-1]
        outer += encode_u32(len(code))
        outer_marks += [len(outer) + mark for mark in marks]
        outer += code
    elif word == "^":
        marks.append(len(code))
    elif word[0] == '"':
        name = word[1:-1].encode()
        code += encode_u32(len(name)) + name
    elif word[0] == "{":
        code += encode_u32(int(word[1:-1]))
    else:
        code.append(int(word, 16))


PREAMBLE: Final = "00 61 73 6d 01 00 00 00 "
TYPE: Final = "01 ( 01 60 00 00 ) "
FUNCTION: Final = "03 ( 01 00 ) "
MEMORY: Final = "05 ( 01 00 01 ) "
EXPORTS: Final = '07 ( 02 "main" 00 00 "memory" 02 00 ) '
CODE: Final = "0a ( 01 ( 00 0b ) ) "


_SECTIONS: Final = {
    "types": TYPE,
    "imports": "",
    "functions": FUNCTION,
    "tables": "",
    "memory": MEMORY,
    "globals": "",
    "exports": EXPORTS,
    "start": "",
    "elements": "",
    "data_count": "",
    "code": CODE,
    "data": "",
}


def build_script(instructions: str = "", **sections: str) -> str:
    """Write a script, valid by default, with these instructions or sections instead."""
    if unknown := sections.keys() - _SECTIONS.keys():
        raise ValueError(f"no such section: {unknown}")
    code = f"0a ( 01 ( 00 {instructions} 0b ) ) "
    return PREAMBLE + "".join((_SECTIONS | {"code": code} | sections).values())


def build_wat(source: str) -> bytes:
    """Assemble WebAssembly text."""
    return bytes(wasmtime.wat2wasm(source))


def build_engine(*, multi_memory: bool = False) -> wasmtime.Engine:
    """Make an engine with the features that the scout profile allows, as far as it can tell.

    Linked code has more than one memory.
    """
    config = wasmtime.Config()
    config.wasm_component_model = False
    config.wasm_custom_page_sizes = False
    config.wasm_exceptions = False
    config.wasm_function_references = False
    config.wasm_gc = False
    config.wasm_memory64 = False
    config.wasm_multi_memory = multi_memory
    config.wasm_relaxed_simd = False
    config.wasm_stack_switching = False
    config.wasm_tail_call = False
    config.wasm_threads = False
    config.wasm_wide_arithmetic = False
    return wasmtime.Engine(config)


def is_valid(engine: wasmtime.Engine, code: bytes) -> bool:
    """Tell whether wasmtime accepts a module, operand types included."""
    try:
        wasmtime.Module.validate(engine, code)
    except wasmtime.WasmtimeError:
        return False
    return True
