"""What is fuzzed: how input is made, and who judges it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from ssz.sedes import Bitlist, ByteVector, UInt, Vector

from chain.containers import SignedBeaconBlock, SignedShardBlock
from chain.encoding import Bytes, Container, decode, encode
from chain.errors import InvalidScript, MalformedEncoding
from chain.wasm import RULES, RuleKind, decode_module
from tests.helpers.scripts import SCRIPTS
from tests.helpers.ssz_model import encode_naively, get_fields
from tests.helpers.wasm_modules import build_engine
from tests.trust.experiment import Cases
from tests.trust.experiments.damaged_databases import judge_database, make_database
from tests.trust.experiments.malformed_files import make_scenario, make_scout
from tests.trust.hostile.bounded import Judge, lift_limit
from tests.trust.hostile.judges import judge_scenario, judge_scout

_LENIENT: Final = frozenset({"feature_function_references", "feature_interface_types"})
_LEFT_TO_THE_ENGINE: Final = ("type mismatch", "too many locals")
_BLOCKS: Final = (SignedBeaconBlock, SignedShardBlock)
_MOST_ELEMENTS: Final = 3
_MARKS: Final = (b"\0", b"\xff", b"\x80\x80\x80\x80\x00", b"\x7f", b"\xff\xff\xff\xff\x0f", b"\x01")


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of input.

    Attributes:
        name: Its folder in the corpus.
        suffix: Of its files.
        make: Makes the input of a case.
        judge: Names the outcome; raises if it must not be. Runs in a process of its own.
    """

    name: str
    suffix: str
    make: Callable[[Cases, int], tuple[str, bytes]]
    judge: Judge


def make_script(cases: Cases, number: int) -> tuple[str, bytes]:
    """Return a shipped script with bytes changed, cut out, doubled or put in."""
    rng = cases.make_rng(number)
    code = rng.choice(_read_scripts())
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        code = _mutate(code, rng)
    return "mutated script", code


def judge_script(_folder: Path, data: bytes) -> str:
    """Compare the rule that we name with what wasmtime says."""
    lift_limit()
    theirs = _find_rejection(data)
    try:
        decode_module(data)
    except InvalidScript as error:
        if not 0 <= error.offset <= len(data):
            raise AssertionError(f"offset {error.offset} of {len(data)} bytes") from error
        if theirs is None and error.code not in _LENIENT:
            raise AssertionError(f"{error.code}, but wasmtime accepts it") from error
        if RULES[error.code].kind not in (RuleKind.MALFORMED, RuleKind.FEATURE):
            raise AssertionError(f"{error.code} is no rule of decoding") from error
        return error.code
    if theirs is None:
        return "valid"
    if not theirs.startswith(_LEFT_TO_THE_ENGINE):
        raise AssertionError(f"valid, but wasmtime says {theirs}")
    return "left to the engine"


def make_block(cases: Cases, number: int) -> tuple[str, bytes]:
    """Return the encoding of a random block, damaged or whole; the first byte says which kind."""
    rng = cases.make_rng(number)
    which = rng.randrange(len(_BLOCKS))
    data = encode_naively(_BLOCKS[which], _draw(_BLOCKS[which], rng))
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        data = _mutate(data, rng) or b"\0"
    return _BLOCKS[which].__name__, bytes([which]) + data


def judge_block(_folder: Path, data: bytes) -> str:
    """Decode a block: an error of ours, or what encodes back to the same bytes."""
    kind: type[Container] = _BLOCKS[data[0] % len(_BLOCKS)]
    try:
        block = decode(kind, data[1:])
    except MalformedEncoding as error:
        return f"{kind.__name__}: {error.code}"
    if encode(block) != data[1:] or encode_naively(kind, block) != data[1:]:
        raise AssertionError(f"{kind.__name__}: another encoding")
    return f"{kind.__name__}: decoded"


TARGETS: Final[Sequence[Target]] = (
    Target("scripts", "wasm", make_script, judge_script),
    Target("blocks", "ssz", make_block, judge_block),
    Target("scenarios", "yaml", make_scenario, judge_scenario),
    Target("scouts", "yaml", make_scout, judge_scout),
    Target("databases", "db", make_database, judge_database),
)


@cache
def _read_scripts() -> Sequence[bytes]:
    return [path.read_bytes() for path in sorted(SCRIPTS.glob("*.wasm"))]


def _find_rejection(code: bytes) -> str | None:
    from wasmtime import Module, WasmtimeError  # noqa: PLC0415 - where the limit is lifted

    try:
        Module.validate(_get_engine(), code)
    except WasmtimeError as error:
        return str(error)
    return None


@cache
def _get_engine() -> Any:  # noqa: ANN401 - wasmtime's engine
    return build_engine()


def _mutate(data: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(data) + 1)
    length = rng.choice((1, 1, 2, 4, 32))
    way = rng.choice(("flip", "flip", "set", "cut", "double", "put", "end"))
    if way == "flip" and place < len(data):
        return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]
    if way == "set":
        return data[:place] + rng.choice(_MARKS) + data[place + 1 :]
    if way == "cut":
        return data[:place] + data[place + length :]
    if way == "double":
        return data[: place + length] + data[place:]
    if way == "put":
        return data[:place] + rng.randbytes(length) + data[place:]
    return data[:place]


def _draw(kind: Any, rng: Random) -> Any:  # noqa: ANN401 - an SSZ kind and its value
    if isinstance(kind, type):
        return _Fields({name: _draw(part, rng) for name, part in get_fields(kind)})
    if isinstance(kind, UInt):
        return rng.choice((0, 1, 256 ** int(kind.size) - 1, rng.randrange(256 ** int(kind.size))))
    if isinstance(kind, ByteVector):
        return rng.randbytes(kind.max_length)
    if isinstance(kind, Bytes):
        return rng.randbytes(rng.randrange(_MOST_ELEMENTS * 10))
    if isinstance(kind, Bitlist):
        return [rng.random() < 0.5 for _ in range(rng.randrange(20))]
    size = kind.max_length if isinstance(kind, Vector) else rng.randrange(_MOST_ELEMENTS)
    return [_draw(kind.element_sedes, rng) for _ in range(size)]


class _Fields:
    """Values by attribute, as the naive encoder asks for them."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)
