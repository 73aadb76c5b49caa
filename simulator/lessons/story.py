"""What happened, in sentences for people who see a chain for the first time; and as lanes.

Source:
    Ours; what the report page has a sentence for is told in the same words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from simulator import events
from simulator.report.explain import BAD, GOOD, PLAIN, tell
from simulator.terminal import format_gwei, shorten_root
from simulator.wording import count_of

BLOCK: Final = "block"
NOOP: Final = "noop"
REFUSED: Final = "refused"
UNDONE: Final = "undone"
EMPTY: Final = "empty"

CELLS: Final[Mapping[str, str]] = {
    BLOCK: "#",
    NOOP: "o",
    REFUSED: "x",
    UNDONE: "u",
    EMPTY: ".",
}
"""Kinds of cells, and the characters that stand for them."""

CELL_WORDS: Final[Mapping[str, str]] = {
    BLOCK: "a block",
    NOOP: "a block that ran nothing",
    REFUSED: "a block that was refused",
    UNDONE: "a block that was called back",
    EMPTY: "no block",
}

_KINDS_OF_CELLS: Final[Mapping[type[events.Event], str]] = {
    events.BeaconBlockAccepted: BLOCK,
    events.BeaconBlockRejected: REFUSED,
    events.ShardBlockAccepted: BLOCK,
    events.ShardBlockRejected: REFUSED,
}

_STEPS: Final[Mapping[str, str]] = {
    "pushed": "the script let it go (pushed)",
    "committed": "the block with it is part of the shard (committed)",
    "crosslinked": "the beacon chain has heard of that block (crosslinked)",
    "claimed": "it was claimed: its ETH left the script and became a validator (claimed)",
    "active": "its validator is on duty (active)",
    "exited": "its validator may leave (exited)",
    "withdrawn": "its validator was emptied, a receipt says for whom (withdrawn)",
    "delivered": "the receipt is in a block of this shard (delivered)",
    "settled": "the script has credited it: it has arrived (settled)",
    "rejected": "it was refused (rejected)",
    "reverted": "a step was called back (reverted)",
    "expired": "it came too late (expired)",
    "returned": "it is back at its sender (returned)",
    "stuck": "it cannot go on (stuck)",
}

_OPERATIONS: Final = (
    ("registrations", "registration"),
    ("crosslinks", "crosslink"),
    ("claims", "claim"),
    ("withdrawals", "withdrawal"),
    ("reports", "report"),
)


def tell_event(event: events.Event) -> tuple[str, str] | None:
    """Return a tone and a sentence for an event; None if it is not worth one."""
    teller = _TELLERS.get(type(event))
    told = None if teller is None else teller(event)
    if told is not None:
        return told
    story = tell(event)
    return None if story is None else (story.tone, story.text)


def list_lanes(
    happened: Iterable[events.Event], shards: int, first: int, last: int
) -> list[tuple[str, Sequence[str]]]:
    """Return every chain with one kind of cell per slot."""
    names = [events.BEACON, *map(events.name_shard, range(shards))]
    cells = {name: dict.fromkeys(range(first, last + 1), EMPTY) for name in names}
    for event in happened:
        if isinstance(event, events.ShardReverted):
            _undo(cells[event.chain], event.from_slot, event.slot)
        kind = _KINDS_OF_CELLS.get(type(event))
        if kind is not None and event.slot in cells[event.chain]:
            is_noop = isinstance(event, events.ShardBlockAccepted) and event.noop_rule
            cells[event.chain][event.slot] = NOOP if is_noop else kind
    return [(name, list(cells[name].values())) for name in names]


def _undo(lane: dict[int, str], first: int, last: int) -> None:
    for slot in range(first, last + 1):
        if lane.get(slot, EMPTY) != EMPTY:
            lane[slot] = UNDONE


def _tell_beacon_block(event: events.BeaconBlockAccepted) -> tuple[str, str]:
    counts = [(getattr(event, name), noun) for name, noun in _OPERATIONS]
    told = [count_of(count, noun) for count, noun in counts if count]
    holds = ", ".join(told) if told else "nothing in particular"
    return PLAIN, f"A beacon block by validator {event.proposer}, with {holds}."


def _tell_shard_block(event: events.ShardBlockAccepted) -> tuple[str, str] | None:
    if event.noop_rule:
        return None
    state = shorten_root(event.env_state)
    given = f"{count_of(event.data_bytes, 'byte')} of data" if event.data_bytes else "no data"
    text = f"A block by validator {event.proposer} runs {event.script} on {given}."
    if event.deposits:
        text += f" It lets go of {count_of(event.deposits, 'deposit')}."
    return GOOD, f"{text} State: {state}..., work: {event.fuel:,}."


def _tell_crosslink(event: events.CrosslinkIncluded) -> tuple[str, str]:
    blocks = count_of(event.blocks, "block")
    return PLAIN, f"A crosslink: shard {event.shard} up to slot {event.end_slot}, {blocks}."


def _tell_created(event: events.DepositCreated) -> tuple[str, str]:
    return PLAIN, (
        f"Somebody asks to send {format_gwei(event.gwei)} from shard {event.from_shard} to shard "
        f"{event.to_shard}: deposit {event.deposit}."
    )


def _tell_step(event: events.DepositStep) -> tuple[str, str]:
    tone = GOOD if event.event == "settled" else PLAIN
    return tone, f"Deposit {event.deposit}: {_STEPS[event.event]}."


def _tell_fault(event: events.FaultStruck) -> tuple[str, str] | None:
    if event.fault != "replay":
        return None
    again = f"A relayer brings again what was paid before: {format_gwei(event.gwei)}."
    end = "It is paid once more." if event.succeeded else "The script refuses: nothing is paid."
    return (BAD if event.succeeded else GOOD), f"{again} {end}"


_TELLERS: Final[Mapping[type[events.Event], Callable[[Any], tuple[str, str] | None]]] = {
    events.BeaconBlockAccepted: _tell_beacon_block,
    events.CrosslinkIncluded: _tell_crosslink,
    events.DepositCreated: _tell_created,
    events.DepositStep: _tell_step,
    events.FaultStruck: _tell_fault,
    events.ShardBlockAccepted: _tell_shard_block,
}
