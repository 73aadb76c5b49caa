"""BLS signatures: the backends that exist twice, against each other and against a third."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from chain.bls import compute_pubkey, sign, sign_together, verify_aggregate
from chain.config import BlsBackend
from chain.types import Root
from tests.trust.bls import blst
from tests.trust.bls.claims import Claim, draw_claim
from tests.trust.experiment import Cases, Experiment, Section, Tally

Judge = Callable[[Claim], bool]
"""Tells whether a claim is true."""

Sign = Callable[[Claim], tuple[object, ...]]
"""Makes a claim's keys, each signature, and their aggregate."""


def judge_with(backend: BlsBackend, claim: Claim) -> bool:
    """Ask one of ours."""
    return verify_aggregate(backend, claim.pubkeys, claim.message, claim.signature)


def judge_with_blst(claim: Claim) -> bool:
    """Ask the third library."""
    return blst.verify_aggregate(claim.pubkeys, claim.message, claim.signature)


def sign_with(backend: BlsBackend, claim: Claim) -> tuple[object, ...]:
    """Make keys and signatures with one of ours."""
    message = Root(claim.message)
    return (
        tuple(compute_pubkey(backend, secret) for secret in claim.secrets),
        tuple(sign(backend, secret, message) for secret in claim.secrets),
        sign_together(backend, claim.secrets, message),
    )


def sign_with_blst(claim: Claim) -> tuple[object, ...]:
    """Make them with the third, which really adds signatures up."""
    signatures = tuple(blst.sign(secret, claim.message) for secret in claim.secrets)
    pubkeys = tuple(blst.compute_pubkey(secret) for secret in claim.secrets)
    return pubkeys, signatures, blst.aggregate(signatures)


FAST_JUDGES: Final[Mapping[str, Judge]] = {
    "fast": partial(judge_with, BlsBackend.FAST),
    "blst": judge_with_blst,
}
FAST_SIGNERS: Final[Mapping[str, Sign]] = {
    "fast": partial(sign_with, BlsBackend.FAST),
    "blst": sign_with_blst,
}
JUDGES: Final[Mapping[str, Judge]] = {"real": partial(judge_with, BlsBackend.REAL), **FAST_JUDGES}
SIGNERS: Final[Mapping[str, Sign]] = {"real": partial(sign_with, BlsBackend.REAL), **FAST_SIGNERS}


def compare(claim: Claim, judges: Mapping[str, Judge]) -> str:
    """Return what libraries say that is not so; empty if all are right."""
    said = {name: judge(claim) for name, judge in judges.items()}
    if set(said.values()) == {claim.is_valid}:
        return ""
    keys = " ".join(key.hex() for key in claim.pubkeys)
    return (
        f"{claim.kind}: {said}, expected {claim.is_valid}; keys {keys}, "
        f"message {claim.message.hex()}, signature {claim.signature.hex()}"
    )


def compare_signing(claim: Claim, signers: Mapping[str, Sign]) -> str:
    """Return whose keys and signatures differ; empty if none do."""
    made = {name: make(claim) for name, make in signers.items()}
    if len(set(made.values())) == 1:
        return ""
    return f"keys or signatures differ: secrets {claim.secrets}, message {claim.message.hex()}"


def _examine(
    judges: Mapping[str, Judge], signers: Mapping[str, Sign], cases: Cases, tally: Tally
) -> None:
    for number in cases:
        claim = draw_claim(cases.make_rng(number))
        problem = compare(claim, judges)
        if claim.is_valid:
            problem = problem or compare_signing(claim, signers)
        if problem:
            tally.fail(number, problem)
        tally.count(f"{claim.kind}: {'valid' if claim.is_valid else 'invalid'}")


EXPERIMENTS: Final = (
    Experiment(
        name="bls_agreement",
        section=Section.ORACLES,
        claim="All three BLS libraries say the same about a signature, and what is true.",
        method=(
            "Keys, signatures and aggregates of the real backend (py-ecc), the fast one "
            "(arkworks) and blst are the same bytes; honest claims are valid, and those "
            "with anything wrong about them are not: points off the curve, outside the subgroup, "
            "at infinity or above the prime, made in textbook arithmetic of its own."
        ),
        unit="claims",
        full=400,
        quick=24,
        examine=partial(_examine, JUDGES, SIGNERS),
    ),
    Experiment(
        name="bls_agreement_fast",
        section=Section.ORACLES,
        claim="The fast BLS backend and a third library agree on many more.",
        method="The same without the real backend, which takes a hundred times as long.",
        unit="claims",
        full=10_000,
        quick=300,
        examine=partial(_examine, FAST_JUDGES, FAST_SIGNERS),
        found=("The fast backend accepted the signature at infinity for keys that cancel out.",),
    ),
)
