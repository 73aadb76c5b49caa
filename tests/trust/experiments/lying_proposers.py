"""Proposers that lie: bit by bit, and with values that look right.

Source:
    Ours; PROTOCOL 2-4 and 7 are what they break.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from random import Random
from typing import Final

from chain.encoding import decode, encode
from chain.errors import MalformedEncoding
from tests.helpers import ssz_model
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.lying.acceptance import find_reason, list_refused_alone
from tests.trust.lying.claim_lies import CLAIM_LIES
from tests.trust.lying.crosslink_lies import CROSSLINK_LIES
from tests.trust.lying.fields import Span, locate
from tests.trust.lying.header_lies import HEADER_LIES
from tests.trust.lying.judging import Sentence, Signed, complete, find_damage, judge, sign_again
from tests.trust.lying.lie import Lie
from tests.trust.lying.owner_lies import OWNER_LIES
from tests.trust.lying.report_lies import REPORT_LIES
from tests.trust.lying.worlds import Moment, list_moments

ALL_LIES: Final = {**HEADER_LIES, **CROSSLINK_LIES, **OWNER_LIES, **REPORT_LIES, **CLAIM_LIES}
_LIES: Final = tuple(sorted(ALL_LIES))

_CAUGHT: Final = "field | caught by"
_RECEIVED, _SIGNED, _COMPLETE = "as received", "signed again", "consistent"


@cache
def _count_bits() -> tuple[int, ...]:
    """Return where each moment's bits begin, and how many there are."""
    sizes = [8 * len(encode(moment.honest)) for moment in list_moments()]
    return tuple(accumulate(sizes, initial=0))


@cache
def _get_spans(position: int) -> tuple[list[Span], list[int]]:
    spans = locate(list_moments()[position].honest)
    return spans, [span.start for span in spans]


def examine_bits(cases: Cases, tally: Tally) -> None:
    """Flip bits of honest blocks, one each."""
    starts, moments = _count_bits(), list_moments()
    before = [moment.encode_states() for moment in moments]
    for number in cases:
        position = bisect_right(starts, number) - 1
        _examine_bit(number, position, number - starts[position], tally)
    for moment, encoded in zip(moments, before, strict=True):
        root = ssz_model.compute_naive_root(type(moment.lab.beacon), moment.lab.beacon)
        if moment.encode_states() != encoded or moment.lab.beacon.hash_tree_root != root:
            tally.fail(cases.numbers[0], f"{moment.name}: a state changed on the way")


def _examine_bit(number: int, position: int, bit: int, tally: Tally) -> None:
    moment = list_moments()[position]
    spans, starts = _get_spans(position)
    path = spans[bisect_right(starts, bit // 8) - 1].path
    encoded = bytearray(encode(moment.honest))
    encoded[bit // 8] ^= 1 << bit % 8
    chain = "shard" if moment.shard is not None else "beacon"
    for variant, lie in _list_variants(moment, bytes(encoded)):
        what = f"{moment.name}, bit {bit} of {path}, {variant}"
        row = f"{chain}: {path.removeprefix('message.')}"
        _examine_lie(number, what, row, moment, lie, tally)
    damage = find_damage(moment)
    if damage:
        tally.fail(number, f"{moment.name}, bit {bit} of {path}: {damage}")


def _list_variants(moment: Moment, encoded: bytes) -> Iterator[tuple[str, bytes | Signed]]:
    """Yield a flipped block as it is, and as its proposer makes it look better."""
    yield _RECEIVED, encoded
    try:
        flipped = decode(type(moment.honest), encoded)
    except MalformedEncoding:
        return
    if flipped.message == moment.honest.message:
        return
    yield _SIGNED, sign_again(moment, flipped.message)
    completed = complete(moment, flipped.message)
    if completed not in (flipped.message, moment.honest.message):
        yield _COMPLETE, sign_again(moment, completed)


def _examine_lie(
    number: int, what: str, row: str, moment: Moment, lie: bytes | Signed, tally: Tally
) -> None:
    """Tell which rule caught a lie, or why it is none."""
    sentence = judge(moment, lie if isinstance(lie, bytes) else encode(lie))
    if sentence.trouble:
        tally.fail(number, f"{what}: {sentence.trouble}")
    elif sentence.code:
        tally.count(sentence.code)
        tally.tell(_CAUGHT, row, sentence.code)
    else:
        message = None if isinstance(lie, bytes) else lie.message
        reason = "" if message is None else find_reason(moment, message, sentence.effects)
        if not reason:
            tally.fail(number, f"{what}: accepted")
            return
        tally.explain(reason)
        for code in list_refused_alone(sentence.effects) or ["no rule: the proposer's choice"]:
            tally.tell(_CAUGHT, row, code)


def examine_values(cases: Cases, tally: Tally) -> None:
    """Tell lies, one each."""
    for number in cases:
        name, lie = make_lie(cases.make_rng(number))
        sentence = judge(lie.moment, lie.encoded)
        caught = [sentence.code] if sentence.code else list_refused_alone(sentence.effects)
        what = f"{name}, {lie.moment.name}: "
        trouble = sentence.trouble or find_damage(lie.moment)
        if trouble:
            tally.fail(number, what + trouble)
        elif caught and not lie.codes.issuperset(caught):
            tally.fail(number, f"{what}caught by {caught} instead of {sorted(lie.codes)}")
        elif not sentence.code:
            _excuse(number, what, lie, sentence, tally)
        for code in caught or ["no rule: the proposer's choice"]:
            tally.count(code)
            tally.tell("lie | caught by", name, code)


def make_lie(rng: Random) -> tuple[str, Lie]:
    """Return a lie that can be told, and what it is about."""
    while True:
        name = rng.choice(_LIES)
        lie = ALL_LIES[name](rng, rng.choice(list_moments()))
        if lie is not None:
            return name, lie


def _excuse(number: int, what: str, lie: Lie, sentence: Sentence, tally: Tally) -> None:
    """Accept what a proposer may say, if that is what it led to."""
    block = lie.block
    reason = ""
    if not isinstance(block, bytes):
        reason = find_reason(lie.moment, block.message, sentence.effects)
    if reason:
        tally.explain(reason)
    else:
        tally.fail(number, f"{what}accepted")


EXPERIMENTS: Final = (
    Experiment(
        name="lying_bits",
        section=Section.ATTACKS,
        claim=(
            "A block with any one bit flipped is refused by a named rule, and leaves neither the "
            "state nor what a node remembers changed."
        ),
        method=(
            "Nine honest blocks of both chains, under five placements, which together hold every "
            "field of every operation; each bit of each is flipped, and the block judged as it "
            "is, with its proposer's signature made anew, and with the roots it claims made "
            "anew as well. The honest block is judged after each."
        ),
        unit="bits",
        full=lambda: _count_bits()[-1],
        quick=1000,
        examine=examine_bits,
        is_exhaustive=True,
    ),
    Experiment(
        name="lying_values",
        section=Section.ATTACKS,
        claim=(
            "A block that is well-formed, signed by its proposer and wrong is refused by the "
            "rule that is meant for it, and changes nothing."
        ),
        method=(
            f"{len(_LIES)} kinds of lies about the same blocks: wrong values at edges and taken "
            "from elsewhere, replays, equivocation, blocks from the future and out of order, "
            "duplicates within a block and across blocks, proofs of other receipts, too few and "
            "wrong votes. Everybody who has to sign a lie does, unless the signature is the lie; "
            "each kind names the rules that may catch it."
        ),
        unit="lies",
        full=20_000,
        quick=1000,
        examine=examine_values,
        found=(
            "A registration in a block twice made its sender pay twice; a block may hold it once.",
        ),
    ),
)
