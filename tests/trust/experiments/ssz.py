"""SSZ: every container's encodings and roots, against remerkleable."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any, Final

from chain.encoding import Container, SignedContainer, decode, encode
from chain.errors import MalformedEncoding
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.ssz.declared import CONTAINERS, SIGNED, Declared
from tests.trust.ssz.found import find_containers
from tests.trust.ssz.ours import build_ours
from tests.trust.ssz.values import Draw, Plain, build_theirs, damage, encode_plainly

_VALUES_EACH: Final = 10_000
_TOO_LONG_ONE_IN: Final = 250
_MOST_BYTES_TOLD: Final = 600
_DAMAGES_EACH: Final = 2

TRAILING: Final = "remerkleable ignores bytes behind the end"
GAP: Final = "remerkleable leaves out a gap in front of what the first offset points to"


@dataclass(frozen=True, slots=True)
class Pair:
    """One container, as we declare it and as it is declared for remerkleable."""

    name: str
    ours: type[Container]
    theirs: Declared


@cache
def list_pairs() -> tuple[Pair, ...]:
    """Return every container that exists.

    Raises:
        ValueError: One is declared on one side only.
    """
    found = find_containers()
    if one_sided := found.keys() ^ CONTAINERS.keys():
        raise ValueError(f"declared on one side only: {sorted(one_sided)}")
    signed = {name for name, kind in found.items() if issubclass(kind, SignedContainer)}
    if one_sided := signed ^ SIGNED.keys():
        raise ValueError(f"signed on one side only: {sorted(one_sided)}")
    return tuple(Pair(name, kind, CONTAINERS[name]) for name, kind in found.items())


def compare_values(pair: Pair, plain: Plain) -> str:
    """Return in what a value differs; empty if in nothing."""
    ours, theirs = build_ours(pair.ours, plain), build_theirs(pair.theirs, plain)
    data, root = encode(ours), ours.hash_tree_root
    if data != theirs.encode_bytes():
        return f"{pair.name} is encoded as {_tell(data)}, theirs {_tell(theirs.encode_bytes())}"
    if root != theirs.hash_tree_root():
        return f"{pair.name} has another root: {_tell(data)}"
    read = decode(pair.ours, data)
    if read != ours or read.hash_tree_root != root or encode(read) != data:
        return f"{pair.name} is not read back: {_tell(data)}"
    if pair.theirs.decode_bytes(data).hash_tree_root() != root:
        return f"{pair.name} is read otherwise by remerkleable: {_tell(data)}"
    if pair.name in SIGNED and isinstance(ours, SignedContainer):
        unsigned = {name: plain[name] for name in plain if name != "signature"}
        if ours.signing_root != build_theirs(SIGNED[pair.name], unsigned).hash_tree_root():
            return f"{pair.name} has another signing root: {_tell(data)}"
    return ""


def compare_damaged(pair: Pair, data: bytes, tally: Tally) -> str:
    """Return in what the reading of bytes differs, empty if in nothing, and count what it was."""
    ours, theirs = _read_ours(pair, data), _read_theirs(pair, data)
    if ours is None and theirs is None:
        tally.count("damaged encoding: refused by both")
        return ""
    if ours is None:
        return _explain(pair, data, theirs, tally)
    if theirs is None:
        return f"{pair.name}: only we read {_tell(data)}"
    if ours.hash_tree_root != theirs.hash_tree_root() or encode(ours) != data:
        return f"{pair.name}: read otherwise than by remerkleable: {_tell(data)}"
    tally.count("damaged encoding: another value, read alike by both")
    return ""


def _read_ours(pair: Pair, data: bytes) -> Container | None:
    try:
        return decode(pair.ours, data)
    except MalformedEncoding:
        return None


def _read_theirs(pair: Pair, data: bytes) -> Any:  # noqa: ANN401 - of remerkleable
    try:
        return pair.theirs.deserialize(_WholeReads(data), len(data))
    except Exception:  # noqa: BLE001 - remerkleable raises nothing more special
        return None


class _WholeReads(BytesIO):
    """A stream that refuses to end in the middle of what is read.

    Where a stream ends early, remerkleable reads zeros, and an offset far behind the end makes it
    read gigabytes of them.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if size is not None and len(data) < size:
            raise EOFError(f"{len(data)} bytes instead of {size}")
        return data


def _explain(pair: Pair, data: bytes, theirs: Any, tally: Tally) -> str:  # noqa: ANN401 - as above
    """Tell what only remerkleable reads; all that excuses us is that nobody writes it."""
    canonical = theirs.encode_bytes()
    if canonical == data:
        return f"{pair.name}: only remerkleable reads {_tell(data)}"
    if data.startswith(canonical):
        tally.explain(TRAILING)
    elif len(canonical) < len(data):
        tally.explain(GAP)
    else:
        return f"{pair.name}: remerkleable reads {_tell(data)} as {_tell(canonical)}"
    return ""


def _tell(data: bytes) -> str:
    if len(data) <= _MOST_BYTES_TOLD:
        return data.hex()
    return f"{data[:_MOST_BYTES_TOLD].hex()}... ({len(data)} bytes)"


def _examine(cases: Cases, tally: Tally) -> None:
    pairs = list_pairs()
    for number in cases:
        rng = cases.make_rng(number)
        pair = pairs[number % len(pairs)]
        plain = Draw(rng).draw(pair.theirs)
        problems = [compare_values(pair, plain)]
        data = encode_plainly(pair.theirs, plain)
        damaged = [damage(rng, data) for _ in range(_DAMAGES_EACH)]
        problems += [compare_damaged(pair, each, tally) for each in damaged]
        if rng.randrange(_TOO_LONG_ONE_IN) == 0:
            draw = Draw(rng, too_long=True)
            data = encode_plainly(pair.theirs, draw.draw(pair.theirs))
            if draw.is_too_long:
                problems.append(refuse_too_long(pair, data, tally))
        for problem in filter(None, problems):
            tally.fail(number, problem)
        tally.count(f"{pair.name}: written, read and hashed alike")
        tally.peak("bytes of an encoding", len(data))


def refuse_too_long(pair: Pair, data: bytes, tally: Tally) -> str:
    """Return who reads a list that is longer than its limit; empty if nobody does."""
    readers = {"we": _read_ours(pair, data), "remerkleable": _read_theirs(pair, data)}
    tally.count("list longer than its limit: refused by both")
    read = [name for name, value in readers.items() if value is not None]
    return f"{pair.name}: {read} read a list that is too long: {_tell(data)}" if read else ""


def _count_cases() -> int:
    return _VALUES_EACH * len(list_pairs())


EXPERIMENTS: Final = (
    Experiment(
        name="ssz_containers",
        section=Section.ORACLES,
        claim="Every SSZ container is written, read and hashed as remerkleable does it.",
        method=(
            f"{_VALUES_EACH:,} random values of every container of the protocol and of the shipped "
            "scripts, near the boundaries of lengths and integers; the containers are declared a "
            "second time by hand. Bytes and roots are the same (of what is signed too), each "
            "reads what the other writes; damaged encodings and lists over their limit are "
            "refused by both, or are another value to both."
        ),
        unit="values",
        full=_count_cases,
        quick=1500,
        examine=_examine,
    ),
)
