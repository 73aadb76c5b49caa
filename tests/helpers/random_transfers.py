"""Random scenarios with a deposit manager: all routes at once, and every fault, by seed."""

import random
from typing import Final

from simulator.manager.rules import ReplayProtection
from simulator.rng import derive_rng
from tests.helpers.scenarios import Settings
from tests.helpers.transfers import NAME, build_load, build_managed

SLOTS: Final = 32
_TOPOLOGIES: Final = ("complete", "ring", "star", "small-world", "scale-free")
_ARRIVALS: Final = ("steady", "poisson", "bursts")
_FIRST_FAULT: Final = 8


def draw_transfers(seed: int, per_slot: float = 12.0) -> Settings:
    """Draw a scenario; three seeds in a row have the three variants of the script.

    Args:
        seed: Decides everything, and is the scenario's own seed too.
        per_slot: Transfers on every route, all shards together.
    """
    rng = derive_rng(seed, "random transfers")
    shard_count = rng.randint(2, 4)
    return build_managed(
        SLOTS,
        *(_draw_load(rng, route, per_slot) for route in ("beacon", "receipt", "netting")),
        protection=tuple(ReplayProtection)[seed % 3],
        seed=seed,
        chain=_draw_chain(rng, shard_count),
        proposers={"careless": rng.choice([0.0, 0.5, 1.0])},
        faults=_draw_faults(rng, shard_count),
    )


def _draw_load(rng: random.Random, route: str, per_slot: float) -> Settings:
    users = rng.randint(1, 3)
    smallest = rng.randint(1, 1000)
    return build_load(
        route=route,
        per_slot=per_slot,
        start=4,
        stop=SLOTS - 4,
        cross_shard=rng.choice([0.3, 0.7, 1.0]),
        topology={"kind": rng.choice(_TOPOLOGIES), "neighbors": rng.randint(1, 3)},
        arrival=rng.choice(_ARRIVALS),
        burst_slots=rng.randint(1, 6),
        users=users,
        recipients=users + rng.randint(1, 3),
        gwei=[smallest, smallest + rng.randint(0, 5000)],
        expiry_slots=rng.choice([None, 1, 4, 9]),
        reserve_gwei=rng.choice([0, 3000, 10**6]),
        relayers=rng.randint(1, 3),
    )


def _draw_chain(rng: random.Random, shard_count: int) -> Settings:
    return {
        "shard_count": shard_count,
        "validator_lifecycle": rng.choice(["instant", "delayed"]),
        "slots_per_epoch": rng.randint(2, 6),
        "crosslink_interval_slots": rng.randint(1, 3),
        "crosslink_lag_slots": rng.randint(1, 3),
        "max_claims_per_block": rng.choice([2, 16]),
        "max_block_data_bytes": rng.choice([5000, 16_384]),
    }


def _draw_faults(rng: random.Random, shard_count: int) -> list[Settings]:
    """Draw every fault once, and two orphans, one of which nobody makes good."""
    first, second = rng.sample(range(_FIRST_FAULT, SLOTS - 2), 2)
    withheld, halted = (rng.randrange(_FIRST_FAULT, SLOTS - 8) for _ in range(2))

    def shard() -> int:
        return rng.randrange(shard_count)

    return [
        {"orphan": {"slot": first, "shard": shard()}},
        {"orphan": {"slot": second, "shard": shard(), "retry": False}},
        {"withhold": {"shard": shard(), "start": withheld, "stop": withheld + rng.randint(1, 8)}},
        {"halt": {"shard": shard(), "start": halted, "stop": halted + rng.randint(1, 5)}},
        {"replay": {"script": NAME, "every_slots": rng.randint(2, 6)}},
        {
            "insolvency": {
                "slot": rng.randrange(_FIRST_FAULT, SLOTS - 6),
                "shard": shard(),
                "script": NAME,
                "gwei": rng.randint(1, 10**6),
            }
        },
    ]
