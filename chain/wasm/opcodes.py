"""One table of all instructions: immediates, floats, and the feature each belongs to.

An instruction is a float instruction when its name says so: every one that takes, makes or
moves an f32, an f64 or lanes of them is named after the type (``i32.trunc_f32_s``).

Source:
    PROTOCOL 6 (floats, wasm 1.0); the WebAssembly binary format.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum, auto
from typing import Final, NamedTuple

from chain.wasm.features import Feature
from chain.wasm.simd import SIMD_ROWS


class Immediate(IntEnum):
    """What follows an opcode; ``Opcode.bound`` refines some of them."""

    NONE = 0
    REFUSED = auto()
    """Not decoded: unknown, or of a proposal that is only recognized."""
    LOCAL = auto()
    CONSTANT = auto()
    """A signed LEB128 integer of ``bound`` bits."""
    MEMORY = auto()
    """Alignment of at most ``bound``, and offset."""
    FIXED = auto()
    """``bound`` raw bytes."""
    BLOCK = auto()
    ELSE = auto()
    END = auto()
    LABEL = auto()
    LABELS = auto()
    CALL = auto()
    CALL_INDIRECT = auto()
    TYPES = auto()
    GLOBAL_GET = auto()
    GLOBAL_SET = auto()
    TABLE = auto()
    MEMORY_BYTE = auto()
    """A memory index; a zero byte where there is only one memory."""
    REFERENCE_TYPE = auto()
    FUNCTION = auto()
    DATA = auto()
    DATA_MEMORY = auto()
    MEMORIES = auto()
    """``bound`` memory indices."""
    ELEMENT = auto()
    ELEMENT_TABLE = auto()
    TABLES = auto()
    LANE = auto()
    """A lane number below ``bound``."""
    MEMORY_LANE = auto()
    """As MEMORY, then a lane number below ``16 >> bound``."""
    LANES = auto()
    """Sixteen lane numbers below ``bound``."""
    PREFIX = auto()
    """A second opcode in LEB128."""


class Opcode(NamedTuple):
    """One instruction; ``feature`` is None in WebAssembly 1.0."""

    name: str
    immediate: Immediate
    bound: int
    feature: Feature | None
    is_float: bool


UNKNOWN: Final = Opcode("unknown", Immediate.REFUSED, 0, None, is_float=False)

_Row = tuple[int, Immediate, Feature | None, str]

_NONE = Immediate.NONE
_REFUSED = Immediate.REFUSED

# First opcode, immediate, feature, and the names of consecutive opcodes; "/n" is the bound,
# "-" an opcode that does not exist.
_CORE_ROWS: Final[tuple[_Row, ...]] = (
    (0x00, _NONE, None, "unreachable nop"),
    (0x02, Immediate.BLOCK, None, "block loop if"),
    (0x05, Immediate.ELSE, None, "else"),
    (0x06, _REFUSED, Feature.EXCEPTIONS, "try catch throw rethrow throw_ref"),
    (0x0B, Immediate.END, None, "end"),
    (0x0C, Immediate.LABEL, None, "br br_if"),
    (0x0E, Immediate.LABELS, None, "br_table"),
    (0x0F, _NONE, None, "return"),
    (0x10, Immediate.CALL, None, "call"),
    (0x11, Immediate.CALL_INDIRECT, None, "call_indirect"),
    (0x12, _REFUSED, Feature.TAIL_CALLS, "return_call return_call_indirect"),
    (0x14, _REFUSED, Feature.FUNCTION_REFERENCES, "call_ref return_call_ref"),
    (0x18, _REFUSED, Feature.EXCEPTIONS, "delegate catch_all"),
    (0x1A, _NONE, None, "drop select"),
    (0x1C, Immediate.TYPES, Feature.REFERENCE_TYPES, "select_typed"),
    (0x1F, _REFUSED, Feature.EXCEPTIONS, "try_table"),
    (0x20, Immediate.LOCAL, None, "local.get local.set local.tee"),
    (0x23, Immediate.GLOBAL_GET, None, "global.get"),
    (0x24, Immediate.GLOBAL_SET, None, "global.set"),
    (0x25, Immediate.TABLE, Feature.REFERENCE_TYPES, "table.get table.set"),
    (0x28, Immediate.MEMORY, None, "i32.load/2 i64.load/3 f32.load/2 f64.load/3"),
    (0x2C, Immediate.MEMORY, None, "i32.load8_s/0 i32.load8_u/0 i32.load16_s/1 i32.load16_u/1"),
    (0x30, Immediate.MEMORY, None, "i64.load8_s/0 i64.load8_u/0 i64.load16_s/1 i64.load16_u/1"),
    (0x34, Immediate.MEMORY, None, "i64.load32_s/2 i64.load32_u/2"),
    (0x36, Immediate.MEMORY, None, "i32.store/2 i64.store/3 f32.store/2 f64.store/3"),
    (0x3A, Immediate.MEMORY, None, "i32.store8/0 i32.store16/1"),
    (0x3C, Immediate.MEMORY, None, "i64.store8/0 i64.store16/1 i64.store32/2"),
    (0x3F, Immediate.MEMORY_BYTE, None, "memory.size memory.grow"),
    (0x41, Immediate.CONSTANT, None, "i32.const/32 i64.const/64"),
    (0x43, Immediate.FIXED, None, "f32.const/4 f64.const/8"),
    (0x45, _NONE, None, "i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s"),
    (0x4D, _NONE, None, "i32.le_u i32.ge_s i32.ge_u"),
    (0x50, _NONE, None, "i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s"),
    (0x58, _NONE, None, "i64.le_u i64.ge_s i64.ge_u"),
    (0x5B, _NONE, None, "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge"),
    (0x61, _NONE, None, "f64.eq f64.ne f64.lt f64.gt f64.le f64.ge"),
    (0x67, _NONE, None, "i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s"),
    (0x6E, _NONE, None, "i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor i32.shl"),
    (0x75, _NONE, None, "i32.shr_s i32.shr_u i32.rotl i32.rotr"),
    (0x79, _NONE, None, "i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s"),
    (0x80, _NONE, None, "i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor i64.shl"),
    (0x87, _NONE, None, "i64.shr_s i64.shr_u i64.rotl i64.rotr"),
    (0x8B, _NONE, None, "f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt"),
    (0x92, _NONE, None, "f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign"),
    (0x99, _NONE, None, "f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt"),
    (0xA0, _NONE, None, "f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign"),
    (0xA7, _NONE, None, "i32.wrap_i64"),
    (0xA8, _NONE, None, "i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u"),
    (0xAC, _NONE, None, "i64.extend_i32_s i64.extend_i32_u"),
    (0xAE, _NONE, None, "i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u"),
    (0xB2, _NONE, None, "f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s"),
    (0xB5, _NONE, None, "f32.convert_i64_u f32.demote_f64"),
    (0xB7, _NONE, None, "f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s"),
    (0xBA, _NONE, None, "f64.convert_i64_u f64.promote_f32"),
    (0xBC, _NONE, None, "i32.reinterpret_f32 i64.reinterpret_f64"),
    (0xBE, _NONE, None, "f32.reinterpret_i32 f64.reinterpret_i64"),
    (0xC0, _NONE, Feature.SIGN_EXTENSION, "i32.extend8_s i32.extend16_s"),
    (0xC2, _NONE, Feature.SIGN_EXTENSION, "i64.extend8_s i64.extend16_s i64.extend32_s"),
    (0xD0, Immediate.REFERENCE_TYPE, Feature.REFERENCE_TYPES, "ref.null"),
    (0xD1, _NONE, Feature.REFERENCE_TYPES, "ref.is_null"),
    (0xD2, Immediate.FUNCTION, Feature.REFERENCE_TYPES, "ref.func"),
    (0xD3, _REFUSED, Feature.GARBAGE_COLLECTION, "ref.eq"),
    (0xD4, _REFUSED, Feature.FUNCTION_REFERENCES, "ref.as_non_null br_on_null br_on_non_null"),
    (0xE0, _REFUSED, Feature.STACK_SWITCHING, "cont.new cont.bind suspend resume"),
    (0xE4, _REFUSED, Feature.STACK_SWITCHING, "resume_throw resume_throw_ref switch"),
    (0xFB, _REFUSED, Feature.GARBAGE_COLLECTION, "gc_prefix"),
    (0xFC, Immediate.PREFIX, None, "fc_prefix"),
    (0xFD, Immediate.PREFIX, None, "fd_prefix"),
    (0xFE, _REFUSED, Feature.THREADS, "atomic_prefix"),
)

_FC_ROWS: Final[tuple[_Row, ...]] = (
    (0, _NONE, Feature.SATURATING_FLOAT, "i32.trunc_sat_f32_s i32.trunc_sat_f32_u"),
    (2, _NONE, Feature.SATURATING_FLOAT, "i32.trunc_sat_f64_s i32.trunc_sat_f64_u"),
    (4, _NONE, Feature.SATURATING_FLOAT, "i64.trunc_sat_f32_s i64.trunc_sat_f32_u"),
    (6, _NONE, Feature.SATURATING_FLOAT, "i64.trunc_sat_f64_s i64.trunc_sat_f64_u"),
    (8, Immediate.DATA_MEMORY, Feature.BULK_MEMORY, "memory.init"),
    (9, Immediate.DATA, Feature.BULK_MEMORY, "data.drop"),
    (10, Immediate.MEMORIES, Feature.BULK_MEMORY, "memory.copy/2 memory.fill/1"),
    (12, Immediate.ELEMENT_TABLE, Feature.BULK_MEMORY, "table.init"),
    (13, Immediate.ELEMENT, Feature.BULK_MEMORY, "elem.drop"),
    (14, Immediate.TABLES, Feature.BULK_MEMORY, "table.copy"),
    (15, Immediate.TABLE, Feature.REFERENCE_TYPES, "table.grow table.size table.fill"),
    (19, _REFUSED, Feature.WIDE_ARITHMETIC, "i64.add128 i64.sub128"),
    (21, _REFUSED, Feature.WIDE_ARITHMETIC, "i64.mul_wide_s i64.mul_wide_u"),
)

_RELAXED_SIMD_FIRST: Final = 0x100
_RELAXED_SIMD_COUNT: Final = 20


def _expand(rows: tuple[_Row, ...]) -> Iterator[tuple[int, Opcode]]:
    for first, immediate, feature, names in rows:
        for number, text in enumerate(names.split(), first):
            name, _, bound = text.partition("/")
            if name != "-":
                is_float = "f32" in name or "f64" in name
                yield number, Opcode(name, immediate, int(bound or 0), feature, is_float)


def _build_simd() -> Iterator[tuple[int, Opcode]]:
    yield from _expand(
        tuple(
            (first, Immediate[immediate], Feature.SIMD, names)
            for first, immediate, names in SIMD_ROWS
        )
    )
    relaxed = Opcode("relaxed_simd", _REFUSED, 0, Feature.RELAXED_SIMD, is_float=False)
    for number in range(_RELAXED_SIMD_FIRST, _RELAXED_SIMD_FIRST + _RELAXED_SIMD_COUNT):
        yield number, relaxed


_core = dict(_expand(_CORE_ROWS))

OPCODES: Final = tuple(_core.get(byte, UNKNOWN) for byte in range(256))
"""The instruction behind each first byte."""

PREFIXED: Final[Mapping[int, Mapping[int, Opcode]]] = {
    0xFC: dict(_expand(_FC_ROWS)),
    0xFD: dict(_build_simd()),
}
"""The instructions behind a prefix byte and a second opcode."""
