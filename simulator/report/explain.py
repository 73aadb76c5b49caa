"""Sentences about events that are not cells or arcs of their own: scripts, refusals, faults.

Source:
    Ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator import events
from simulator.report.reasons import explain_refusal, explain_rule, format_eth
from simulator.wording import count_of

GOOD: Final = "good"
BAD: Final = "bad"
PLAIN: Final = "plain"

_FAULTS: Final[Mapping[str, str]] = {
    "halt": "a shard stood still",
    "insolvency": "a thief tried to take ETH that was not there",
    "orphan": "a fork was lost",
    "replay": "an attacker delivered a receipt once more",
    "withhold": "a block was kept back",
}


@dataclass(frozen=True, slots=True)
class Story:
    """A sentence about one event.

    Attributes:
        tone: ``good``, ``bad`` or ``plain``.
        text: One sentence or two.
    """

    tone: str
    text: str


def tell(event: events.Event) -> Story | None:
    """Say what happened and why; None where the page's cells and arcs say it already."""
    teller = _TELLERS.get(type(event))
    return None if teller is None else teller(event)


def _name(chain: str) -> str:
    return "The beacon chain" if chain == events.BEACON else chain.capitalize()


def _tell_shard_block(event: events.ShardBlockAccepted) -> Story | None:
    if not event.noop_rule:
        return None
    why = (
        "its placement had not let it run"
        if event.noop_rule == "not_run"
        else f"checking it found a broken rule: {explain_rule(event.noop_rule)}"
    )
    return Story(
        BAD, f"{_name(event.chain)} took a block without running {event.script} in it: {why}."
    )


def _tell_shard_refusal(event: events.ShardBlockRejected) -> Story:
    why = explain_refusal(event.code, event.outcome)
    return Story(
        BAD,
        f"{_name(event.chain)} refused the block of validator {event.proposer}, which called "
        f"{event.script}: {why}.",
    )


def _tell_beacon_refusal(event: events.BeaconBlockRejected) -> Story:
    why = explain_refusal(event.code)
    return Story(
        BAD,
        f"The beacon chain refused the block of validator {event.proposer}: {why}. "
        f"The slot is lost.",
    )


def _tell_orphaned(event: events.BeaconBlockOrphaned) -> Story:
    return Story(
        BAD,
        f"The beacon block of slot {event.block_slot} turned out to be on the losing fork; shard "
        f"{event.shard}'s crosslink in it is gone.",
    )


def _tell_reverted(event: events.ShardReverted) -> Story:
    blocks = count_of(event.blocks, "block")
    return Story(
        BAD, f"Shard {event.shard} went back to before slot {event.from_slot}: {blocks} undone."
    )


def _tell_submitted(event: events.ScriptSubmitted) -> Story:
    return Story(
        PLAIN,
        f"Account {event.sender} asks for {event.script} to be registered, "
        f"{event.size_bytes:,} bytes of code.",
    )


def _tell_registered(event: events.ScriptRegistered) -> Story:
    fee = format_eth(event.fee)
    if event.rule:
        return Story(
            BAD,
            f"{event.script} was registered as script {event.index} for {fee}, and can never run: "
            f"{explain_rule(event.rule)}.",
        )
    return Story(
        GOOD, f"{event.script} was registered as script {event.index}, for a fee of {fee}."
    )


def _tell_script_refused(event: events.ScriptRefused) -> Story:
    by = {"proposer": "its proposer"}.get(event.by, event.by)
    return Story(BAD, f"{by.capitalize()} refused {event.script}: {explain_rule(event.code)}.")


def _tell_validated(event: events.ScriptValidated) -> Story:
    nodes = count_of(event.nodes, "node")
    new = (
        ""
        if event.new_nodes == event.nodes
        else f", {event.new_nodes:,} of them for the first time,"
    )
    who = f"{nodes} ({event.role}){new}"
    if event.rule:
        return Story(
            BAD,
            f"{who} validated {event.script} and found a broken rule at byte {event.offset:,}: "
            f"{explain_rule(event.rule)}.",
        )
    return Story(PLAIN, f"{who} validated {event.script} and found nothing wrong.")


def _tell_usable(event: events.ScriptUsable) -> Story:
    return Story(GOOD, f"From the next slot on, shard blocks may call {event.script}.")


def _tell_mark(event: events.MarkWritten) -> Story:
    verdict = {True: "it is valid", False: "it is not valid", None: "there is no verdict yet"}
    until = "" if event.until_slot is None else f", up to slot {event.until_slot}"
    return Story(
        PLAIN,
        f"{_name(event.chain)} remembers about {event.script}: {verdict[event.says_valid]}{until}.",
    )


def _tell_settled(event: events.ScriptSettled) -> Story:
    return Story(PLAIN, f"Calls of {event.script} can no longer be called back for its code.")


def _tell_bond(event: events.BondSettled) -> Story:
    parts = {
        "returned": event.returned,
        "paid to who was right": event.rewarded,
        "burned": event.burned,
    }
    told = ", ".join(f"{format_eth(gwei)} {what}" for what, gwei in parts.items() if gwei)
    return Story(PLAIN, f"The bond over {event.script} was settled: {told or 'nothing moved'}.")


def _tell_dropped(event: events.CallDropped) -> Story:
    code, _, outcome = event.code.partition(":")
    why = explain_refusal(code, outcome)
    return Story(BAD, f"A call of {event.script} was dropped: {why}.")


def _tell_funded(event: events.PoolFunded) -> Story:
    gwei = format_eth(event.gwei)
    told = {
        "withdrawn": f"{gwei} left the beacon chain for {event.script} on shard {event.shard}.",
        "settled": f"{gwei} arrived in {event.script}'s pool on shard {event.shard}.",
        "reverted": f"{gwei} left {event.script}'s pool on shard {event.shard} again: the block "
        "was called back.",
    }
    return Story(BAD if event.event == "reverted" else PLAIN, told[event.event])


def _tell_fault(event: events.FaultStruck) -> Story:
    what = _FAULTS.get(event.fault, event.fault)
    amount = f", {format_eth(event.gwei)}" if event.gwei else ""
    end = "" if event.succeeded else " The chains did not let it happen."
    return Story(BAD, f"Fault {event.fault}: {what} ({event.note}{amount}).{end}")


_TELLERS: Final[Mapping[type[events.Event], Callable[[Any], Story | None]]] = {
    events.BeaconBlockOrphaned: _tell_orphaned,
    events.BeaconBlockRejected: _tell_beacon_refusal,
    events.BondSettled: _tell_bond,
    events.CallDropped: _tell_dropped,
    events.FaultStruck: _tell_fault,
    events.MarkWritten: _tell_mark,
    events.PoolFunded: _tell_funded,
    events.ScriptRefused: _tell_script_refused,
    events.ScriptRegistered: _tell_registered,
    events.ScriptSettled: _tell_settled,
    events.ScriptSubmitted: _tell_submitted,
    events.ScriptUsable: _tell_usable,
    events.ScriptValidated: _tell_validated,
    events.ShardBlockAccepted: _tell_shard_block,
    events.ShardBlockRejected: _tell_shard_refusal,
    events.ShardReverted: _tell_reverted,
}
