"""One record of every kind, and short ways to make the usual ones."""

from typing import Final

from simulator import events
from simulator.events import BEACON, Event

ROOT: Final = "ab" * 32


def beacon_block(slot: int = 1, *, claims: int = 0, size_bytes: int = 100) -> Event:
    return events.BeaconBlockAccepted(
        slot,
        BEACON,
        proposer=3,
        block_root=ROOT,
        size_bytes=size_bytes,
        crosslinks=1,
        registrations=0,
        claims=claims,
        withdrawals=2,
        reports=0,
    )


def shard_block(
    slot: int = 1, *, fuel: int = 10, noop_rule: str = "", data_bytes: int = 5
) -> events.ShardBlockAccepted:
    return events.ShardBlockAccepted(
        slot,
        "shard 2",
        shard=2,
        proposer=3,
        script="relay",
        block_root=ROOT,
        env_state=ROOT,
        size_bytes=300,
        data_bytes=data_bytes,
        deposits=1,
        fuel=fuel,
        ticks=7,
        host_calls=4,
        noop_rule=noop_rule,
        beacon_root=ROOT,
    )


def validated(
    role: str,
    *,
    new_nodes: int,
    rule: str = "",
    size_bytes: int = 1000,
    slot: int = 1,
    chain: str = BEACON,
    code_hash: str = ROOT,
    busiest_bytes: int = 0,
) -> Event:
    """A validation by nine nodes; the work is 900 bytes, 3 functions and 70 instructions."""
    return events.ScriptValidated(
        slot,
        chain,
        script="relay",
        code_hash=code_hash,
        role=role,
        nodes=9,
        new_nodes=new_nodes,
        size_bytes=size_bytes,
        rule=rule,
        offset=0,
        decoded_bytes=900,
        functions=3,
        instructions=70,
        busiest_bytes=busiest_bytes,
    )


def submitted(
    script: str = "relay",
    *,
    slot: int = 1,
    rule: str = "",
    attack: str = "",
    code_hash: str = ROOT,
) -> events.ScriptSubmitted:
    return events.ScriptSubmitted(slot, BEACON, script, 0, 1000, code_hash, rule, attack)


def registered(script: str = "relay", *, slot: int = 1, fee: int = 0) -> events.ScriptRegistered:
    return events.ScriptRegistered(slot, BEACON, script, 0, 0, fee, "")


def marked(
    *, says_valid: bool | None = None, until_slot: int | None = None, chain: str = BEACON
) -> events.MarkWritten:
    return events.MarkWritten(1, chain, "relay", "0102", says_valid, until_slot)


def step(  # noqa: PLR0913 - the fields of the record that tests care about
    deposit: int,
    event: str,
    slot: int,
    proof_bytes: int = 0,
    *,
    chain: str = BEACON,
    note: str = "",
    beacon_bytes: int = 0,
    account: str = "",
    held: tuple[int, int] | None = None,
) -> events.DepositStep:
    """A step of a deposit; ``held`` is what its account held before and after."""
    before, after = (None, None) if held is None else held
    return events.DepositStep(
        slot,
        chain,
        deposit,
        event,
        ROOT,
        proof_bytes,
        note,
        beacon_bytes=beacon_bytes,
        account=account,
        before_gwei=before,
        after_gwei=after,
    )


def created(
    deposit: int,
    gwei: int = 50,
    sender: int = 0,
    receiver: int = 1,
    *,
    route: str = "beacon",
    slot: int = 1,
    accounts: tuple[str, str] = ("", ""),
) -> events.DepositCreated:
    """A user's wish; ``accounts`` are the addresses of sender and recipient."""
    return events.DepositCreated(
        slot,
        f"shard {sender}",
        deposit,
        "relay",
        route,
        sender,
        receiver,
        gwei,
        "cd" * 48 if route == "beacon" else "",
        sender=accounts[0],
        recipient=accounts[1],
    )


def faulted(fault: str, gwei: int = 0, *, succeeded: bool = True) -> events.FaultStruck:
    return events.FaultStruck(5, "shard 0", fault, gwei, succeeded, "")


def orphaned(block_slot: int, shard: int = 0) -> events.BeaconBlockOrphaned:
    return events.BeaconBlockOrphaned(block_slot + 1, BEACON, block_slot, shard)


def witnessed(
    witness_bytes: int, *, keys: int = 4, operations: int = 2, repaired: bool = False
) -> events.WitnessServed:
    return events.WitnessServed(2, "shard 0", "manager", keys, witness_bytes, operations, repaired)


def slot_closed(slot: int = 1, **changes: int) -> Event:
    books = {
        "total_eth": 900,
        "burned": 100,
        "error": 0,
        "claim_queue": 0,
        "withdrawal_queue": 0,
        "in_flight": 30,
        "pooled": 80,
        "accounted": 50,
        "backing": 30,
    }
    return events.SlotClosed(slot, BEACON, beacon_state_root=ROOT, **{**books, **changes})


SAMPLES: Final[tuple[Event, ...]] = (
    beacon_block(),
    events.BeaconBlockRejected(2, BEACON, 3, "script_invalid", "script_invalid (rule=float_type)"),
    shard_block(),
    events.ShardBlockRejected(2, "shard 0", 0, 3, "relay", "script_failed", 'a \u00e9 "reason"\n'),
    events.ShardReverted(2, "shard 0", shard=0, from_slot=1, blocks=2),
    events.ScriptSubmitted(2, BEACON, "relay", sender=0, size_bytes=1000, code_hash=ROOT),
    events.ScriptRegistered(2, BEACON, "relay", index=0, sender=0, fee=10**18, rule=""),
    events.ScriptRefused(2, BEACON, "relay", "float_type", "proposer"),
    events.ScriptUsable(2, BEACON, "relay", index=0),
    events.ScriptSettled(3, BEACON, "relay", index=0),
    events.BondSettled(3, BEACON, "relay", returned=10, rewarded=0, burned=0),
    validated("proposer", new_nodes=1),
    events.MarkWritten(2, "shard 0", "relay", "01"),
    events.CallDropped(2, "shard 0", "relay", "noop"),
    events.CrosslinkIncluded(
        2, BEACON, shard=0, start_slot=1, end_slot=1, blocks=1, shard_state_root=ROOT
    ),
    events.PoolFunded(2, BEACON, "relay", shard=0, gwei=10, event="withdrawn"),
    events.PoolRobbed(2, BEACON, "relay", shard=0, gwei=10, validator=9),
    faulted("replay", 10),
    orphaned(1),
    witnessed(900),
    created(1),
    step(1, "pushed", 3),
    slot_closed(),
)
"""One record of every kind."""
