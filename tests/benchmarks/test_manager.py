"""What transfers cost: fuel and witness bytes, against the number of accounts and the batch."""

from pathlib import Path
from typing import Final

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from chain.config import ExecutionLimits
from chain.eei import ScriptCall, ScriptResult
from chain.encoding import encode
from chain.multiproof import compute_updated_root
from simulator.manager.data import KEY_BYTES
from simulator.manager.rules import ReplayProtection
from tests.benchmarks.crowd import OPERATION_BYTES, TransferBlock, build_block
from tests.benchmarks.measure import measure_once
from tests.helpers.manager import ENV, PROTECTIONS, SHARD, get_manager_runtime, read_manager

README: Final = Path(__file__).with_name("README.md")
CODE_LIMIT_BYTES: Final = 64_000
SIZES: Final = [
    *((accounts, 100) for accounts in (100, 1_000, 10_000, 100_000)),
    pytest.param(1_000_000, 100, marks=pytest.mark.slow),
    *((10_000, transfers) for transfers in (1, 10)),
    pytest.param(10_000, 1_000, marks=pytest.mark.slow),
]


def run_block(block: TransferBlock, protection: ReplayProtection) -> ScriptResult:
    """Run a block and see that it did what it should."""
    call = ScriptCall(
        code=read_manager(protection),
        pre_state_root=block.pre_state,
        data=encode(block.data),
        env=ENV,
        shard=SHARD,
    )
    result = get_manager_runtime().execute(call)
    assert result.outcome == "returned"
    assert result.post_state_root == compute_updated_root(block.proof, block.after, KEY_BYTES)
    return result


@pytest.mark.parametrize(("accounts", "transfers"), SIZES)
@pytest.mark.benchmark(group="a block of transfers")
def test_transfers(benchmark: BenchmarkFixture, accounts: int, transfers: int) -> None:
    block = build_block(accounts, transfers)

    result = measure_once(benchmark, lambda: run_block(block, ReplayProtection.BITFIELD))

    costs = (
        f"{block.witness_bytes / transfers:,.0f} | {result.fuel_used / transfers:,.0f} | "
        f"{block.compute_hash_fuel() / transfers:,.0f}"
    )
    assert f"| {accounts:,} | {transfers:,} | {costs} |" in README.read_text(encoding="utf-8")


def test_operation_has_the_bytes_that_the_table_compares_with() -> None:
    few, many = (
        len(encode(build_block(50, count).data.evolve(keys=b"", values=[], siblings=b"")))
        for count in (3, 4)
    )
    assert many - few == OPERATION_BYTES


@pytest.mark.parametrize(("accounts", "transfers"), [(300, 1), (300, 20), (2_000, 50)])
def test_crowd_costs_what_a_whole_tree_costs(accounts: int, transfers: int) -> None:
    made_up = build_block(accounts, transfers)
    whole = build_block(accounts, transfers, in_memory=True)

    fuel = [run_block(block, ReplayProtection.BITFIELD).fuel_used for block in (made_up, whole)]

    assert made_up.pre_state != whole.pre_state
    assert made_up.proof.keys == whole.proof.keys
    assert len(made_up.proof.siblings) == len(whole.proof.siblings)
    assert fuel[0] == pytest.approx(fuel[1], rel=0.001)


@pytest.mark.slow
@pytest.mark.parametrize("protection", PROTECTIONS)
def test_thousand_transfers_between_two_thousand_accounts_fit_into_a_block(
    protection: ReplayProtection,
) -> None:
    block = build_block(10_000, 1_000)

    result = run_block(block, protection)

    assert len(block.proof.keys) == 2_000
    assert result.fuel_used < ExecutionLimits().max_fuel == 400_000_000


@pytest.mark.parametrize("protection", PROTECTIONS)
def test_manager_any_variant_is_small(protection: ReplayProtection) -> None:
    assert len(read_manager(protection)) < CODE_LIMIT_BYTES
