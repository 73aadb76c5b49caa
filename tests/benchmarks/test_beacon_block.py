"""One beacon block that is full of claims."""

import hashlib

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from chain.beacon import apply_beacon_block
from chain.constants import GWEI_PER_ETH
from chain.containers import BeaconState, NewValidator
from chain.encoding import encode
from tests.helpers.chain import NAMES, PUSHER, Lab
from tests.helpers.keys import make_key, sign_deposit

CLAIMS = 16


class WaitingClaims:
    """A beacon chain on which sixteen pushed deposits are crosslinked."""

    def __init__(self) -> None:
        self.lab = Lab(scripts=[PUSHER])
        assert self.lab.config.max_claims_per_block == CLAIMS
        keys = [make_key(f"claimer/{index}") for index in range(CLAIMS)]
        crosslinked = self.lab.push(*(sign_deposit(key, GWEI_PER_ETH) for key in keys))
        self.lab.advance()
        self.claims = [
            self.lab.build_claim(crosslinked, position=position) for position in range(CLAIMS)
        ]
        self.encoded = encode(self.lab.build_beacon_block(new_validators=self.claims))

    def apply(self) -> BeaconState:
        return apply_beacon_block(self.lab.beacon, self.encoded, self.lab.context, [])


def hash_branches(claims: list[NewValidator]) -> int:
    """Hash as many pairs of nodes as the proofs have siblings."""
    hashed = 0
    for claim in claims:
        node = bytes(32)
        for branch in (claim.proof.deposit_branch, claim.proof.crosslink_branch):
            for sibling in branch:
                node = hashlib.sha256(node + sibling).digest()
                hashed += 1
    return hashed


@pytest.mark.benchmark(group="beacon block with 16 claims")
def test_floor_is_the_hashing_of_its_proofs(benchmark: BenchmarkFixture) -> None:
    assert benchmark(hash_branches, WaitingClaims().claims) > CLAIMS * 10


@pytest.mark.benchmark(group="beacon block with 16 claims")
def test_transition(benchmark: BenchmarkFixture) -> None:
    state = benchmark(WaitingClaims().apply)

    assert len(state.validators) == len(NAMES) + CLAIMS
