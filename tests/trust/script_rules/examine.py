"""One module under both: every disagreement either has an exact reason or is a failure."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Final

from chain.eei import HOST_IMPORTS
from chain.errors import InvalidScript
from chain.wasm import (
    RULES,
    SCOUT_RULES,
    STRICT_RULES,
    HostImports,
    RuleKind,
    ScriptLimits,
    ScriptRules,
    decode_module,
    validate_rules,
)
from tests.helpers.wasm_modules import encode_u32
from tests.trust.experiment import Tally
from tests.trust.random_wasm.spec import list_sections, read_leb
from tests.trust.script_rules import profile
from tests.trust.script_rules.neutral import neutralise
from tests.trust.script_rules.oracle import (
    ALL,
    FEW,
    FeatureSet,
    compile_module,
    describe,
    find_rejection,
    is_about_operand_types,
)

_MOST_BYTES_SHOWN: Final = 200
_UNLIMITED: Final = ScriptLimits(**{limit.name: 2**64 for limit in fields(ScriptLimits)})
_DECODING: Final = {
    allowed: replace(SCOUT_RULES, features=allowed.features, limits=_UNLIMITED)
    for allowed in (ALL, FEW)
}
_LIMITED: Final = {
    allowed: replace(SCOUT_RULES, features=allowed.features) for allowed in (ALL, FEW)
}
_PROFILES: Final = {
    "scout": SCOUT_RULES,
    "strict": replace(STRICT_RULES, features=ALL.features, limits=SCOUT_RULES.limits),
}

_LONG_TYPES: Final = (b"\x63\x70", b"\x63\x6f")

OPERAND_TYPES: Final = (
    "only types of operands, which the rules leave to wasmtime's checker: with `unreachable` in "
    "front of every instruction wasmtime takes it too"
)
LIMIT: Final = (
    "decoding has no limits, and wasmtime refuses what is beyond its own: the limits of both "
    "profiles refuse it too"
)
LONG_TYPE: Final = (
    "`funcref` or `externref` spelled as a typed reference, `63 70` or `63 6f`: a later addition "
    "that wasmtime reads whatever is allowed; ours refuses it by the name of the addition"
)

EXPLICIT_TABLE: Final = (
    "an active segment that names its table or memory, flags 2: part of bulk memory, and in "
    "WebAssembly 1.0 the index of a table or memory that is not there; wasmtime takes it also "
    "without bulk memory"
)
LONG_SIZE: Final = (
    "the size of a table or memory in more than five bytes: later than WebAssembly 2.0 it is a "
    "number of 64 bits, and wasmtime reads it so whatever is allowed; in the fewest bytes that "
    "it takes, both sides agree about the module"
)
_NAMES_PLACE: Final = 2
_SEGMENT_SECTIONS: Final = (9, 11)
_SIZED_SECTIONS: Final = (2, 4, 5)
_LEB_RULES: Final = ("leb_too_long", "leb_unused_bits")
_U32_BYTES: Final = 5
_CONTINUES: Final = 0x80


def examine_module(code: bytes, number: int, tally: Tally) -> bool:
    """Compare both sides' verdicts; return whether both find the module valid."""
    try:
        _compare(code, FEW, number, tally)
        if not _compare(code, ALL, number, tally):
            return False
        compiled = compile_module(code, ALL)
        if isinstance(compiled, str):
            _fail(tally, number, code, f"valid for both, but does not compile: {compiled}")
            return False
        is_reflected = profile.is_reflected(code)
        if not is_reflected:
            tally.count("interface not judged: vectors, which wasmtime does not reflect")
        for name, rules in _PROFILES.items() if is_reflected else ():
            broken = find_broken_rule(code, rules, HOST_IMPORTS)
            judged = profile.judge_interface(code, compiled, is_strict=name == "strict")
            _compare_interface(code, (name, broken, judged), number, tally)
    except Exception as error:  # noqa: BLE001 - whatever it is, no module may cause it
        _fail(tally, number, code, f"{type(error).__name__}: {error}")
        return False
    return True


def find_broken_rule(code: bytes, rules: ScriptRules, host: HostImports) -> str | None:
    """Return which rule of a profile a module breaks.

    Raises:
        ValueError: The rule is not in the catalogue, or is broken outside the module.
    """
    error = _find_error(code, lambda: validate_rules(code, rules, host))
    return error.code if error else None


def find_malformation(code: bytes, rules: ScriptRules) -> InvalidScript | None:
    """Return why decoding refuses a module, whatever its interface is.

    Raises:
        ValueError: The rule is not in the catalogue, or is broken outside the module.
    """
    return _find_error(code, lambda: decode_module(code, rules))


def _find_error(code: bytes, read: Callable[[], object]) -> InvalidScript | None:
    try:
        read()
    except InvalidScript as error:
        if error.code not in RULES or not 0 <= error.offset <= len(code):
            raise ValueError(f"{error.code} at {error.offset}") from error
        return error
    return None


def _compare(code: bytes, allowed: FeatureSet, number: int, tally: Tally) -> bool:
    """Return whether both find the module well-formed and its operand types right."""
    ours = find_malformation(code, _DECODING[allowed])
    theirs = find_rejection(code, allowed)
    if ours is None:
        if theirs is None:
            tally.count(f"valid for both, {allowed.name}")
            return True
        _explain_theirs(code, allowed, theirs, number, tally)
    elif theirs is None:
        _explain_ours(code, allowed, ours, number, tally)
    elif allowed is ALL:
        tally.count(f"refused by both, by ours as `{ours.code}`")
    else:
        tally.count(f"refused by both, {allowed.name}")
    return False


def _explain_theirs(
    code: bytes, allowed: FeatureSet, theirs: str, number: int, tally: Tally
) -> None:
    """Wasmtime refuses what ours takes."""
    if is_about_operand_types(theirs):
        rest = find_rejection(neutralise(code), allowed)
        if rest is None:
            tally.explain(f"{OPERAND_TYPES} ({allowed.name})")
            return
        theirs += f"; and whatever the types: {rest}"
    elif _breaks_limit(code, allowed):
        tally.explain(f"{LIMIT} ({allowed.name})")
        return
    _fail(tally, number, code, f"taken {allowed.name}, but wasmtime: {describe(theirs)}")


def _breaks_limit(code: bytes, allowed: FeatureSet) -> bool:
    broken = find_malformation(code, _LIMITED[allowed])
    return broken is not None and RULES[broken.code].kind is RuleKind.LIMIT


def _explain_ours(
    code: bytes, allowed: FeatureSet, ours: InvalidScript, number: int, tally: Tally
) -> None:
    """Ours refuses what wasmtime takes."""
    if ours.code == "feature_interface_types":
        refused = compile_module(code, allowed)
        if isinstance(refused, str) and "interface types" in refused:
            # Not validating, compiling refuses it: both agree.
            tally.count("refused by both, by wasmtime only when it compiles")
            return
    if ours.code == "feature_bulk_memory" and allowed is FEW:
        flags, _ = read_leb(code, ours.offset)
        if flags == _NAMES_PLACE and _is_in_segments(code, ours.offset):
            tally.explain(EXPLICIT_TABLE)
            return
    if ours.code in _LEB_RULES and (shorter := _shorten_size(code, ours.offset)):
        # Whatever they say of that is counted and explained for itself.
        tally.explain(f"{LONG_SIZE} ({allowed.name})")
        _compare(shorter, allowed, number, tally)
        return
    spelled = code[ours.offset : ours.offset + 2]
    if ours.code == "feature_function_references" and spelled in _LONG_TYPES:
        tally.explain(f"{LONG_TYPE} ({allowed.name})")
        return
    _fail(tally, number, code, f"refused {allowed.name} as {ours.code}, and wasmtime takes it")


def _is_in_segments(code: bytes, offset: int) -> bool:
    """Tell whether an offset lies in the section of elements or that of data."""
    return any(
        section in _SEGMENT_SECTIONS and start <= offset < end
        for section, start, end in list_sections(code)
    )


def _shorten_size(code: bytes, offset: int) -> bytes | None:
    """Return a module with the size at an offset in its fewest bytes.

    None if there is no size of a table or memory of more than five bytes.
    """
    for section, start, end in list_sections(code):
        if section in _SIZED_SECTIONS and start <= offset < end:
            value, after = read_leb(code, offset)
            if after - offset <= _U32_BYTES or value >= 2**32:
                return None
            payload = code[start:offset] + encode_u32(value) + code[after:end]
            head = code[: start - _count_size_bytes(code, start)]
            return head + encode_u32(len(payload)) + payload + code[end:]
    return None


def _count_size_bytes(code: bytes, start: int) -> int:
    """Return how many bytes the size in front of a section's contents takes."""
    first = start - 1
    while code[first - 1] >= _CONTINUES:
        first -= 1
    return start - first


def _compare_interface(
    code: bytes,
    verdicts: tuple[str, str | None, frozenset[str]],
    number: int,
    tally: Tally,
) -> None:
    """Ours names one rule, the other side all that it can judge."""
    name, broken, judged = verdicts
    if broken is None:
        tally.count(f"valid under {name}")
        agrees = not judged
    else:
        tally.count(f"well-formed, not valid under {name}: `{broken}`")
        is_policy = RULES[broken].kind in (RuleKind.PROFILE, RuleKind.LIMIT)
        agrees = is_policy and (broken not in profile.JUDGED or broken in judged)
    if not agrees:
        told = f"{broken} under {name}, but by what wasmtime reflects {sorted(judged)}"
        _fail(tally, number, code, told)


def _fail(tally: Tally, number: int, code: bytes, what: str) -> None:
    shown = code.hex() if len(code) <= _MOST_BYTES_SHOWN else f"{len(code)} bytes"
    tally.fail(number, f"{what}: {shown}")
