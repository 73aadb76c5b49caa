"""Random scenarios: small, and with everything that may go wrong in them.

The bad script among them is the floating relay, which the caller writes beside the scenario.
"""

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from chain.placement import get_placements
from tests.helpers.floating_relay import FLOATING_NAME
from tests.helpers.scenarios import (
    HELLO,
    RELAY,
    STORE,
    Settings,
    build_scenario,
    call,
    deposit,
    register,
)

STRATEGIES: Final = tuple(get_placements())
NAMES: Final = ("relay", "second", "hello", "store", "bad")
SCRIPTS: Final = dict(zip(NAMES, (RELAY, RELAY, HELLO, STORE, FLOATING_NAME), strict=True))
RELAYS: Final = ("relay", "second", "bad")


def shards(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


def chains(shard_count: int) -> st.SearchStrategy[Settings]:
    """Chain settings in which every queue may become a bottleneck."""
    return st.fixed_dictionaries(
        {
            "bls": st.just("insecure"),
            "shard_count": st.just(shard_count),
            "validator_lifecycle": st.sampled_from(["instant", "delayed"]),
            "slots_per_epoch": st.integers(1, 4),
            "activation_delay_epochs": st.integers(0, 2),
            "service_epochs": st.integers(0, 2),
            "withdrawability_delay_epochs": st.integers(0, 2),
            "crosslink_interval_slots": st.integers(1, 5),
            "crosslink_lag_slots": st.integers(1, 4),
            "max_registrations_per_block": st.integers(1, 3),
            "max_claims_per_block": st.integers(1, 4),
            "max_withdrawals_per_block": st.integers(1, 4),
            "max_block_data_bytes": st.sampled_from([1200, 2500, 16_384]),
            "max_committee_size": st.integers(1, 5),
            "validators_per_node": st.integers(1, 3),
            "new_code_fee": st.sampled_from([0, 10**9, 20 * 10**9]),
        }
    )


def registrations(slots: int) -> st.SearchStrategy[list[Settings]]:
    """Every script once, at any time, by anybody."""
    return st.tuples(
        *(
            st.builds(
                register,
                st.just(name),
                st.just(SCRIPTS[name]),
                st.integers(1, slots),
                st.integers(0, 3),
            )
            for name in NAMES
        )
    ).map(list)


def single_events(slots: int, shard_count: int) -> st.SearchStrategy[Settings]:
    calls = st.builds(
        call,
        st.sampled_from(NAMES),
        st.integers(1, slots),
        shards(shard_count),
        st.binary(max_size=8).map(bytes.hex),
    )
    deposits = st.builds(
        deposit,
        st.integers(1, slots),
        st.integers(1, 10**10),
        st.sampled_from(RELAYS),
        sender=shards(shard_count),
        receiver=shards(shard_count),
    )
    return calls | deposits


def workloads(shard_count: int) -> st.SearchStrategy[Settings]:
    period = {"per_slot": st.floats(0, 2), "start": st.integers(0, 6)}
    kinds = ["complete", "ring", "star", "small-world", "scale-free"]
    neighbors = st.integers(1, 3)
    deposits = st.fixed_dictionaries(
        {
            **period,
            "script": st.sampled_from(RELAYS),
            "topology": st.fixed_dictionaries(
                {"kind": st.sampled_from(kinds), "neighbors": neighbors}
            ),
            "gwei": st.lists(st.integers(1, 10**10), min_size=2, max_size=2).map(sorted),
        }
    )
    some = {"shards": st.lists(shards(shard_count), min_size=1, max_size=2, unique=True)}
    calls = {**period, "script": st.sampled_from(("hello", "bad"))}
    storage = {**period, "script": st.just("store"), "keys": st.integers(1, 4)}
    return (
        st.fixed_dictionaries({"deposits": deposits})
        | st.fixed_dictionaries({"calls": st.fixed_dictionaries(calls, optional=some)})
        | st.fixed_dictionaries({"storage": st.fixed_dictionaries(storage, optional=some)})
    )


@st.composite
def random_scenarios(
    draw: st.DrawFn, max_slots: int = 40, strategies: Sequence[str] = STRATEGIES
) -> Settings:
    """A scenario that loads, whatever becomes of it."""
    slots = draw(st.integers(max_slots // 2, max_slots))
    shard_count = draw(st.integers(2, 4))
    once = draw(st.lists(single_events(slots, shard_count), max_size=6))
    return build_scenario(
        slots,
        seed=draw(st.integers(0, 2**32)),
        chain=draw(chains(shard_count)),
        validation={"strategy": draw(st.sampled_from(strategies))},
        proposers={"careless": draw(st.sampled_from([0.0, 0.5, 1.0]))},
        genesis={"validators": draw(st.integers(1, 12)), "depositors": 4},
        events=[*draw(registrations(min(slots, 5))), *once],
        workload=draw(st.lists(workloads(shard_count), max_size=3)),
    )
