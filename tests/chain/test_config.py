"""The presets, in the protocol's own numbers."""

from dataclasses import FrozenInstanceError

import pytest

from chain.config import DEMO, ETH2_2019, ETH2_2020, PRESETS, ChainConfig, ExecutionLimits
from chain.types import Slot


@pytest.mark.parametrize(
    ("preset", "numbers"),
    [
        # shards, seconds a slot, slots an epoch, bytes a body, epochs until withdrawable, claims
        (ETH2_2019, (1024, 6, 64, 16_384, 256, 16)),
        (ETH2_2020, (64, 12, 32, 1_048_576, 256, 16)),
    ],
)
def test_preset_has_the_protocols_numbers(preset: ChainConfig, numbers: tuple[int, ...]) -> None:
    assert numbers == (
        preset.shard_count,
        preset.seconds_per_slot,
        preset.slots_per_epoch,
        preset.max_block_data_bytes,
        preset.withdrawability_delay_epochs,
        preset.max_claims_per_block,
    )


def test_demo_preset_is_small() -> None:
    assert (DEMO.shard_count, DEMO.slots_per_epoch) == (4, 8)
    assert DEMO.max_claims_per_block <= 16


def test_presets_are_found_by_name() -> None:
    assert {"2019": ETH2_2019, "2020": ETH2_2020, "demo": DEMO} == PRESETS


def test_execution_limits_default_to_the_protocols_numbers() -> None:
    limits = ExecutionLimits()

    assert limits.max_ticks == 10_000_000
    assert limits.unsaved_post_state == "trap"
    assert limits.deposit_min_timestamp is False


def test_config_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        DEMO.shard_count = 5  # type: ignore[misc]  # what must fail


@pytest.mark.parametrize(("slot", "epoch"), [(0, 0), (7, 0), (8, 1), (15, 1), (16, 2)])
def test_compute_epoch_counts_whole_epochs(slot: int, epoch: int) -> None:
    assert DEMO.compute_epoch(Slot(slot)) == epoch
