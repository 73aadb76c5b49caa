"""Where scenarios, sweeps and Scout files can ask for too much, and by how much."""

from collections.abc import Sequence
from typing import Final

from tests.trust.hostile.damaged_yaml import Places

_COUNTS: Final = (
    -1,
    0,
    1,
    2,
    64,
    1000,
    1024,
    4096,
    4097,
    65_536,
    10**6,
    10**6 + 1,
    2**20,
    10**7,
    10**9,
    2**31,
    2**53,
    2**63 - 1,
    2**63,
    2**64,
    10**30,
    0.5,
    1e308,
    True,
    "5",
    None,
)
_RATES: Final = (-1.0, 0, 0.001, 1.0, 1000.0, 100_000.0, 100_000.1, 1e9, 1e300, 10**400, "1", None)
_SHARES: Final = (-0.1, 0, 0.5, 1, 1.1, 10**400)
_NAMES: Final = (
    "ghost",
    "",
    "a" * 64,
    "a" * 65,
    "1a",
    "a b",
    "[red]",
    "\x1b[31m",
    None,
    5,
    "manager",
)
_AMOUNTS: Final[Sequence[object]] = (
    [0, 1],
    [1, 10**18],
    [10**18, 10**18],
    [1, 10**19],
    [2, 1],
    [1],
    [],
    5,
    ["1", 2],
)
_BIG_LOAD: Final = {"script": "manager", "gwei": [1, 1], "per_slot": 100_000.0}

_CALLS: Final = (
    {"script": "manager", "per_slot": 100_000.0},
    {"script": "manager", "data": "00" * 10**6},
)
_ATTACKS: Final = tuple(
    {"kind": kind, "name": "x", "size_bytes": size, "per_slot": rate, "calls": calls, **more}
    for kind in ("oversized", "malformed", "many-functions", "huge-br-table")
    for size, rate, calls in ((4_194_304, 100_000.0, 1024), (512, 1.0, 0))
    for more in ({}, {"eth": 1e9}, {"count": 10**6})
)

SCENARIO_PLACES: Final[Places] = (
    ("slots", _COUNTS),
    ("seed", _COUNTS),
    ("preset", ("2019", 2020, "demo", 2021, None)),
    *(
        (f"chain.{key}", _COUNTS)
        for key in (
            "shard_count",
            "slots_per_epoch",
            "seconds_per_slot",
            "max_block_data_bytes",
            "crosslink_interval_slots",
            "crosslink_lag_slots",
            "max_code_bytes",
            "activation_delay_epochs",
            "max_registrations_per_block",
            "max_committee_size",
            "validators_per_node",
            "new_code_fee",
        )
    ),
    *(
        (f"chain.execution.{key}", _COUNTS)
        for key in (
            "max_fuel",
            "max_memory_pages",
            "max_table_elements",
            "max_ticks",
            "watchdog_fuel",
            "max_debug_bytes",
        )
    ),
    *(
        (f"genesis.{key}", _COUNTS)
        for key in ("validators", "depositors", "validator_gwei", "depositor_gwei")
    ),
    *(
        (f"validation.{key}", _COUNTS)
        for key in (
            "deferral_slots",
            "committee_size",
            "challengers",
            "verdict_epochs",
            "challenge_bond_gwei",
            "deferred_bytes_per_slot",
        )
    ),
    ("validation.strategy", ("ghost", "committee", "optimistic", "none", 5)),
    ("validation.committee_quorum", ([1, 2], [2, 3], [3, 2], [10**6, 10**6], [0, 1], [1])),
    ("validation.honest_share", _SHARES),
    ("proposers.careless", _SHARES),
    ("costs.profile", ("measured", "wasmi", 5)),
    ("costs.path", ("/dev/zero", "../x", "case.yaml")),
    ("events.0.slot", _COUNTS),
    ("events.0.register.sender", _COUNTS),
    ("events.0.register.name", _NAMES),
    ("events.0.register.script", ("scripts", "/etc/passwd", "scripts/ghost.wasm", "", 5, None)),
    *(
        (f"workload.0.{load}.{key}", values)
        for load in ("deposits", "transfers", "calls", "storage")
        for key, values in (
            ("per_slot", _RATES),
            ("script", _NAMES),
            ("shards", ([0, 0], [10**9], [], [-1], list(range(4096)))),
            ("gwei", _AMOUNTS),
            ("start", _COUNTS),
            ("stop", _COUNTS),
            ("users", _COUNTS),
            ("recipients", _COUNTS),
            ("keys", _COUNTS),
            ("relayers", _COUNTS),
            ("first_shards", _COUNTS),
            ("reserve_gwei", _COUNTS),
        )
    ),
    ("workload", tuple([{"calls": load}] for load in _CALLS)),
    ("workload", tuple([{kind: _BIG_LOAD}] for kind in ("deposits", "transfers"))),
    ("workload", ([{"transfers": {**_BIG_LOAD, "users": 10**6, "recipients": 10**6}}] * 1000,)),
    ("adversaries", tuple([attack] for attack in _ATTACKS)),
    ("adversaries", tuple([attack] * 2000 for attack in _ATTACKS[:2])),
    (
        "faults",
        ([{"halt": {"slot": 10**9, "shard": 10**9}}], [{"replay": {"script": "ghost"}}] * 9),
    ),
    ("expect", ([{"metric": "\x1b]0;x\x07", "equals": 10**400}], [{"metric": "x" * 10**6}])),
    ("title", ("", "x" * 201, "\x1b[2J", "\u202e", "a\nb", 5, None)),
)

SWEEP_PLACES: Final[Places] = (
    (
        "scenario",
        ("ghost", "../ghost.yaml", "/etc/passwd", "base.yaml", "/dev/zero", "", 5, "pipe"),
    ),
    ("scenarios", (["base.yaml", "base.yaml"], ["placements"] * 3, [], [5], ["base.yaml"] * 10**5)),
    ("seeds", (*_COUNTS, [1, 1], [], [-1], [2**64], list(range(10**5)))),
    ("sample.count", _COUNTS),
    ("sample.seed", _COUNTS),
    (
        "sample.keys",
        tuple(
            {"genesis.validators": drawn}
            for drawn in (
                [8],
                {"from": 1, "to": 10**400},
                {"from": 1, "to": 2**53, "integer": True},
                {"from": 0, "to": 1, "scale": "log"},
                [],
                5,
            )
        ),
    ),
    (
        "grid",
        (
            {"slots": list(range(10**5))},
            {f"set.x{n}": [1] for n in range(1000)},
            {"": [1]},
            {"seed": [1]},
            {"events[0].slot": [1]},
            {"events[99].slot": [1]},
            {"a..b": [1]},
            {f"k{n}": [1, 2] for n in range(100)},
            {"slots": [2], "slots.x": [3]},
            {"slots": [{}]},
        ),
    ),
    (
        "set",
        (
            {f"k{n}": 1 for n in range(5000)},
            {"chain.shard_count": 10**9},
            {"title": "x" * 300},
            {"events[0].register.script": "/etc/passwd"},
            {"costs": {"profile": "measured", "path": "/etc/passwd"}},
            {"." * 300: 1},
        ),
    ),
    ("metrics", (["*"], ["x" * 10**5], [], ["["] * 5)),
    ("title", ("", "x" * 201, 5)),
)

_HEX: Final = ("", "0", "00" * 31, "00" * 32, "00" * 33, "0x" + "00" * 32, "zz" * 32, "00" * 10**6)

SCOUT_PLACES: Final[Places] = (
    (
        "beacon_state.execution_scripts",
        (["scripts"], ["/dev/zero"], ["pipe"], [5], [], None, ["scripts/helloworld.wasm"] * 10**4),
    ),
    ("beacon_state.libraries", ([{"name": "x", "file": "/etc/passwd"}], [{"name": 5}], 5)),
    ("shard_pre_state.exec_env_states", ([], ["00" * 32] * 10**5, ["0"], None)),
    ("shard_pre_state.exec_env_states.0", _HEX),
    ("shard_post_state.exec_env_states.0", _HEX),
    ("shard_blocks.0.env", (*_COUNTS, "00", "0" * 5000, "\u0665", "1" * 5000)),
    ("shard_blocks.0.data", _HEX),
    ("shard_blocks.0.slot", _COUNTS),
    ("shard_blocks.0.crosslinks", (dict.fromkeys(range(5000), "00" * 32), {"x": "00"}, [], 5)),
    ("shard_blocks", ([], None, [{"env": 0, "data": ""}] * 10**4, [{}], {})),
    *(
        (f"shardlab.{key}", _COUNTS)
        for key in (
            "shard",
            "shard_count",
            "max_fuel",
            "max_ticks",
            "max_memory_pages",
            "max_table_elements",
        )
    ),
    ("shardlab.bls", ("real", "fast", "insecure", "x", 5)),
    ("deposit_receipts", ([{}], 5, [{"pubkey": "00" * 48, "amount": 2**64}])),
)
