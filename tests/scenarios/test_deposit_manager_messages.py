"""deposit_manager across shards: messages out of the outbox here, and in from another one."""

from dataclasses import dataclass, replace

import pytest

from chain.types import Root, ScriptIndex, ShardIndex
from simulator.manager.data import (
    Receive,
    Selector,
    Table,
    encode_operation,
    get_account_key,
    get_inbox_key,
    get_outbox_key,
    get_shard_key,
)
from simulator.manager.rules import ReplayProtection
from tests.helpers.manager import (
    ANNE,
    BOB,
    CLEO,
    NEVER,
    OTHER,
    PROTECTIONS,
    SHARD,
    SLOT,
    THIRD,
    UNSEEN_ROOT,
    Case,
    ForeignState,
    State,
    account,
    assert_applies,
    assert_refuses,
    build_foreign_state,
    build_numbered,
    build_send,
    claimed,
    flip_bit,
    message,
    uint64,
)

UINT64_MAX = 2**64 - 1
LAST_NUMBER = 2**24 - 1
BITFIELD, NONCE, NONE = PROTECTIONS
every_variant = pytest.mark.parametrize("protection", PROTECTIONS)


@dataclass(frozen=True)
class Outgoing:
    """What a send does beyond the account."""

    number: int = 0
    to_shard: ShardIndex = OTHER

    def list_leaves(self, sent: bytes) -> State:
        return {
            get_outbox_key(self.to_shard, self.number): sent,
            get_shard_key(Table.SENT, self.to_shard): uint64(self.number + 1),
        }


def send(**changes: object) -> bytes:
    return encode_operation(Selector.SEND, build_send(**changes))  # type: ignore[arg-type]  # by name


SENT = get_shard_key(Table.SENT, OTHER)
DEPARTURE = Case(
    state=account(ANNE, 100),
    operations=[send(expiry_slot=50)],
    writes={
        **account(ANNE, 90, nonce=1),
        **Outgoing().list_leaves(message(ANNE, BOB, 10, expiry_slot=50)),
    },
)


@every_variant
def test_send_puts_a_message_into_the_outbox(protection: ReplayProtection) -> None:
    assert_applies(DEPARTURE, protection)


def test_sends_are_numbered_by_target() -> None:
    case = Case(
        state={**account(ANNE, 100), SENT: uint64(7)},
        operations=[send(), send(to_shard=THIRD, nonce=1), send(amount=20, nonce=2)],
        writes={
            **account(ANNE, 60, nonce=3),
            **Outgoing(7).list_leaves(message(ANNE, BOB, 10)),
            **Outgoing(8).list_leaves(message(ANNE, BOB, 20)),
            **Outgoing(0, THIRD).list_leaves(message(ANNE, BOB, 10)),
        },
    )
    assert_applies(case, BITFIELD)


def test_send_last_number_is_taken_and_the_next_refused() -> None:
    state = {**account(ANNE, 100), SENT: uint64(LAST_NUMBER)}
    leaves = Outgoing(LAST_NUMBER).list_leaves(message(ANNE, BOB, 10))
    case = Case(state=state, operations=[send()], writes={**account(ANNE, 90, nonce=1), **leaves})
    assert_applies(case, BITFIELD)
    assert_refuses(replace(case, state={**state, SENT: uint64(LAST_NUMBER + 1)}), BITFIELD)


@every_variant
@pytest.mark.parametrize(
    "operation",
    [
        send(amount=101),
        send(amount=0),
        send(nonce=1),
        send(to_shard=SHARD),
        send(to_shard=4),
        send(to_shard=2**16 + OTHER),
        send(to_shard=2**32 + OTHER),
        send(signed_on=OTHER),
        flip_bit(send(), 8 * 110),
    ],
    ids=["much", "0", "nonce", "here", "unknown", "2**16", "2**32", "signed there", "changed"],
)
def test_send_wrong_is_refused(operation: bytes, protection: ReplayProtection) -> None:
    shards = (SHARD, ShardIndex(4))
    keys = {get_shard_key(Table.SENT, shard) for shard in (*shards, ShardIndex(2**16 + OTHER))}
    keys |= {get_outbox_key(shard, 0) for shard in shards}
    case = replace(DEPARTURE, operations=[operation], reads=frozenset(keys))
    assert_refuses(case, protection)


def test_send_over_another_message_is_refused() -> None:
    """Only a state that this script did not write could hold one there."""
    state = {**DEPARTURE.state, get_outbox_key(OTHER, 0): message(CLEO, BOB, 1)}
    assert_refuses(replace(DEPARTURE, state=state), BITFIELD)


@dataclass(frozen=True)
class Incoming:
    """Messages from another shard's outbox, by number, and those that a block takes in."""

    outbox: dict[int, bytes]
    taken: tuple[int, ...]
    to_shard: ShardIndex = SHARD
    from_shard: ShardIndex = OTHER

    def build_foreign(self) -> ForeignState:
        noise = {get_shard_key(Table.SENT, self.to_shard): uint64(3), **account(CLEO, 5)}
        leaves = {get_outbox_key(self.to_shard, at): sent for at, sent in self.outbox.items()}
        return build_foreign_state({**noise, **leaves}, self.from_shard)

    def build_operation(self, foreign: ForeignState) -> Receive:
        keys = [get_outbox_key(self.to_shard, number) for number in self.taken]
        return Receive.create(
            from_shard=self.from_shard,
            script_root=foreign.trie.root,
            state_branch=foreign.branch,
            messages=[build_numbered(number, self.outbox[number]) for number in self.taken],
            siblings=foreign.prove(keys) if keys else b"",
        )


def remember_messages(*numbers: int, protection: ReplayProtection) -> State:
    if protection is NONE:
        return {}
    key = get_inbox_key(OTHER, numbers[0], bitfield=protection is BITFIELD)
    return {key: claimed(*numbers, protection=protection)}


def build_receive(
    incoming: Incoming, writes: State, state: State | None = None, **changes: object
) -> Case:
    foreign = incoming.build_foreign()
    operation = incoming.build_operation(foreign).evolve(**changes)
    return Case(
        state=state or {},
        operations=[encode_operation(Selector.RECEIVE, operation)],
        writes=writes,
        shard_roots={incoming.from_shard: foreign.shard_root},
    )


def build_inbound(
    protection: ReplayProtection, state: State | None = None, **changes: object
) -> Case:
    """Two messages out of three, for Bob and for Cleo."""
    outbox = {
        2: message(ANNE, BOB, 10),
        3: message(ANNE, CLEO, 1),
        9: message(BOB, CLEO, 20, expiry_slot=SLOT),
    }
    writes = {
        **account(BOB, 10),
        **account(CLEO, 20),
        **remember_messages(2, 9, protection=protection),
    }
    return build_receive(Incoming(outbox, (2, 9)), writes, state, **changes)


@every_variant
def test_receive_credits_and_remembers(protection: ReplayProtection) -> None:
    assert_applies(build_inbound(protection), protection)


@pytest.mark.parametrize("protection", [BITFIELD, NONCE])
@pytest.mark.parametrize("before", [2, 9])
def test_receive_a_message_twice_is_refused(protection: ReplayProtection, before: int) -> None:
    state = remember_messages(before, protection=protection)
    assert_refuses(build_inbound(protection, state), protection)


def test_receive_a_message_twice_without_protection_prints_eth() -> None:
    once = build_inbound(NONE)
    twice = replace(once, state=once.writes, writes={**account(BOB, 20), **account(CLEO, 40)})
    assert_applies(twice, NONE)


def test_receive_older_message_counts_only_with_a_bitfield() -> None:
    for protection in (BITFIELD, NONCE):
        state = remember_messages(10, protection=protection)
        case = build_inbound(protection, state)
        if protection is BITFIELD:
            later = remember_messages(2, 9, 10, protection=protection)
            assert_applies(replace(case, writes={**case.writes, **later}), protection)
        else:
            assert_refuses(case, protection)


@pytest.mark.parametrize("number", [0, 511, 512, LAST_NUMBER])
@every_variant
def test_receive_any_number_has_its_place(protection: ReplayProtection, number: int) -> None:
    writes = {**account(BOB, 10), **remember_messages(number, protection=protection)}
    incoming = Incoming({number: message(ANNE, BOB, 10)}, (number,))
    assert_applies(build_receive(incoming, writes), protection)


def build_late(protection: ReplayProtection, number: int = 0, state: State | None = None) -> Case:
    """A message that arrives a slot too late, and so goes back."""
    incoming = Incoming({4: message(ANNE, BOB, 10, expiry_slot=SLOT - 1)}, (4,))
    writes = {
        **remember_messages(4, protection=protection),
        **Outgoing(number).list_leaves(message(BOB, ANNE, 10, NEVER)),
    }
    return build_receive(incoming, writes, state)


@every_variant
def test_receive_too_late_bounces(protection: ReplayProtection) -> None:
    assert_applies(build_late(protection), protection)


@every_variant
def test_receive_too_late_behind_other_messages_bounces(protection: ReplayProtection) -> None:
    case = build_late(protection, number=6, state={SENT: uint64(6)})
    assert_applies(case, protection)


def test_receive_too_late_with_a_full_outbox_is_refused() -> None:
    case = build_late(BITFIELD, state={SENT: uint64(LAST_NUMBER + 1)})
    assert_refuses(case, BITFIELD)


@pytest.mark.parametrize("key", sorted(build_late(BITFIELD).writes))
def test_receive_too_late_without_a_leaf_is_refused(key: bytes) -> None:
    case = build_late(BITFIELD)
    writes = {other: value for other, value in case.writes.items() if other != key}
    assert_refuses(replace(case, writes=writes), BITFIELD)


def test_receive_numbers_that_do_not_rise_are_refused() -> None:
    same = message(ANNE, BOB, 0x0A0A0A0A0A0A0A0A)
    incoming = Incoming({2: same, 3: same}, (2, 3))
    key = get_inbox_key(OTHER, 2, bitfield=True)
    writes = {
        **account(BOB, 2 * 0x0A0A0A0A0A0A0A0A),
        key: claimed(2, 3, protection=BITFIELD),
    }
    foreign = incoming.build_foreign()
    case = build_receive(incoming, writes)
    assert_applies(case, BITFIELD)
    operation = incoming.build_operation(foreign)
    for messages in (operation.messages[::-1], [operation.messages[0]] * 2):
        wrong = operation.evolve(messages=messages)
        spoiled = encode_operation(Selector.RECEIVE, wrong)
        assert_refuses(replace(case, operations=[spoiled]), BITFIELD)


@every_variant
def test_receive_without_a_message_is_refused(protection: ReplayProtection) -> None:
    incoming = Incoming({2: message(ANNE, BOB, 10)}, ())
    case = replace(build_receive(incoming, {}), reads=frozenset(account(BOB, 0)))
    assert_refuses(case, protection)


@every_variant
@pytest.mark.parametrize("roots", [{}, {OTHER: UNSEEN_ROOT}, {THIRD: UNSEEN_ROOT}])
def test_receive_from_a_state_that_is_not_crosslinked_is_refused(
    roots: dict[ShardIndex, Root], protection: ReplayProtection
) -> None:
    assert_refuses(replace(build_inbound(protection), shard_roots=roots), protection)


@every_variant
def test_receive_by_another_script_is_refused(protection: ReplayProtection) -> None:
    """Position 2 of the list holds another script's state there."""
    assert_refuses(replace(build_inbound(protection), env=ScriptIndex(3)), protection)


def test_receive_from_oneself_is_refused() -> None:
    incoming = Incoming({2: message(ANNE, BOB, 10)}, (2,), from_shard=SHARD)
    key = get_inbox_key(SHARD, 2, bitfield=True)
    writes = {**account(BOB, 10), key: claimed(2, protection=BITFIELD)}
    assert_refuses(build_receive(incoming, writes), BITFIELD)


def test_receive_what_was_sent_to_another_shard_is_refused() -> None:
    incoming = Incoming({2: message(ANNE, BOB, 10)}, (2,), to_shard=THIRD)
    writes = {**account(BOB, 10), **remember_messages(2, protection=BITFIELD)}
    assert_refuses(build_receive(incoming, writes), BITFIELD)
    assert_applies(build_receive(replace(incoming, to_shard=SHARD), writes), BITFIELD)


def test_receive_script_root_of_zeros_never_holds_a_message() -> None:
    case = build_inbound(BITFIELD, script_root=Root(bytes(32)))
    assert_refuses(case, BITFIELD)


def test_receive_any_byte_changed_is_refused() -> None:
    case = build_inbound(BITFIELD)
    [operation] = case.operations
    for offset in range(1, len(operation)):
        spoiled = flip_bit(operation, 8 * offset + offset % 8)
        assert_refuses(replace(case, operations=[spoiled]), BITFIELD)


@every_variant
def test_receive_branch_of_another_length_is_refused(protection: ReplayProtection) -> None:
    foreign = Incoming({2: message(ANNE, BOB, 10)}, (2,)).build_foreign()
    for branch in (foreign.branch[:-1], (*foreign.branch, Root(bytes(32))), ()):
        assert_refuses(build_inbound(protection, state_branch=branch), protection)


def test_receive_recipient_whose_address_is_taken_is_refused() -> None:
    taken = {get_account_key(BOB.pubkey): account(CLEO, 5)[get_account_key(CLEO.pubkey)]}
    assert_refuses(build_inbound(BITFIELD, taken), BITFIELD)


def test_receive_overflow_is_refused() -> None:
    assert_refuses(build_inbound(BITFIELD, account(CLEO, UINT64_MAX - 19)), BITFIELD)
