"""What relayers remember of deliveries."""

from chain.types import ShardIndex, Slot
from simulator.actors.manager.deliveries import Credit
from simulator.actors.manager.mailroom import DeliveryLog, Mailroom
from simulator.deposits import NETTING_ROUTE, Deposit
from simulator.manager.data import Selector
from tests.helpers.manager import build_send

HERE, THERE = ShardIndex(1), ShardIndex(3)


def build_credit(nonce: int) -> Credit:
    send = build_send(Selector.SEND_NETTED, nonce=nonce, to_shard=HERE, signed_on=THERE)
    deposit = Deposit(nonce, "manager", NETTING_ROUTE, THERE, HERE, send.amount, Slot(1))
    return Credit(Slot(1), THERE, send, deposit)


def test_log_remembers_the_last_deliveries_of_a_shard_in_order() -> None:
    log, credits_due = DeliveryLog(), [build_credit(nonce) for nonce in range(70)]

    for credit in credits_due:
        log.add(HERE, credit)

    assert list(log.get(HERE)) == credits_due[-64:]
    assert list(log.get(THERE)) == []


def test_log_forgets_what_was_called_back_and_stays_bounded() -> None:
    log, credits_due = DeliveryLog(), [build_credit(nonce) for nonce in range(3)]
    for credit in credits_due:
        log.add(HERE, credit)

    log.remove(HERE, credits_due[1])
    log.remove(HERE, credits_due[1])

    assert list(log.get(HERE)) == [credits_due[0], credits_due[2]]
    for nonce in range(100):
        log.add(HERE, build_credit(nonce))
    assert len(log.get(HERE)) == 64


def test_credits_of_one_sender_share_a_queue() -> None:
    first, second = build_credit(0), build_credit(1)
    other = Credit(Slot(1), ShardIndex(0), first.send, first.deposit)

    assert first.queue == second.queue
    assert first.queue != other.queue


def test_mailroom_begins_empty() -> None:
    mail = Mailroom()

    assert (mail.waiting[HERE], mail.sources[HERE], mail.row_bytes[HERE]) == ([], set(), 0)
