"""Whatever a beacon chain is offered, it makes no ETH and loses none.

Valid operations, replays of them, double claims, double withdrawals and nonsense, in any
order, in blocks that are accepted or refused.

Source:
    PROTOCOL 3.6.
"""

from collections import Counter
from dataclasses import replace
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chain.beacon import get_total_eth
from chain.config import ValidatorLifecycle
from chain.containers import NewExecutionScript, NewValidator, Withdrawal
from chain.effects import DepositClaimed, ScriptRegistered, WithdrawalIssued
from chain.errors import InvalidBeaconBlock
from chain.types import Slot
from tests.helpers.chain import CONFIG, DEPOSITOR, FLOATER, NAMES, PUSHER, RETIREE, Lab
from tests.helpers.keys import Key, make_key, sign_deposit, sign_registration, sign_withdrawal
from tests.helpers.properties import PROPERTY

ETH = 10**9
PEOPLE = [make_key(name) for name in (*NAMES, "new/0", "new/1", "new/2")]
STRANGER = make_key("stranger")

AMOUNTS = st.sampled_from([0, 1, 32 * ETH, 100 * ETH, 500 * ETH, 500 * ETH + 1, 2**64 - 1])
DEPOSITS = st.lists(st.tuples(st.sampled_from(PEOPLE), AMOUNTS), min_size=1, max_size=3)
PICKS = st.lists(st.integers(0, 9), min_size=1, max_size=3)


T = TypeVar("T")


def choose(things: list[T], picks: list[int]) -> list[T]:
    return [things[pick % len(things)] for pick in picks if things]


class Economy(RuleBasedStateMachine):
    """A chain, and everything that was ever proposed to it."""

    @initialize(lifecycle=st.sampled_from(ValidatorLifecycle))
    def start(self, lifecycle: ValidatorLifecycle) -> None:
        config = replace(
            CONFIG,
            validator_lifecycle=lifecycle,
            slots_per_epoch=2,
            activation_delay_epochs=0,
            service_epochs=0,
            withdrawability_delay_epochs=0,
        )
        self.lab = Lab(config, scripts=[PUSHER, PUSHER])
        self.eth_at_genesis = self.sum_eth()
        self.crosslinked: list[tuple[Slot, int, int]] = []
        self.registrations: list[NewExecutionScript] = []
        self.claims: list[NewValidator] = []
        self.withdrawals: list[Withdrawal] = []
        self.refusals: set[str] = set()

    def sum_eth(self) -> int:
        scripts = [script.balance for script in self.lab.beacon.execution_scripts]
        return sum(self.lab.beacon.balances) + sum(scripts)

    def propose(
        self,
        registrations: list[NewExecutionScript],
        claims: list[NewValidator],
        withdrawals: list[Withdrawal],
    ) -> None:
        """Offer a block; when it is refused, nothing may have changed."""
        self.registrations += registrations
        self.claims += claims
        self.withdrawals += withdrawals
        root = self.lab.beacon.hash_tree_root
        try:
            self.lab.add_beacon_block(
                new_execution_scripts=registrations,
                new_validators=claims,
                withdrawals=withdrawals,
            )
        except InvalidBeaconBlock as error:
            self.refusals.add(error.code)
            assert self.lab.beacon.hash_tree_root == root

    @rule(slots=st.integers(1, 70))
    def wait(self, slots: int) -> None:
        self.lab.advance(slots)

    @rule(deposits=DEPOSITS, shard=st.integers(0, 3), env=st.integers(0, 1))
    def push_and_crosslink(self, deposits: list[tuple[Key, int]], shard: int, env: int) -> None:
        signed = [sign_deposit(key, amount) for key, amount in deposits]
        slot = self.lab.push(*signed, shard=shard, env=env)
        self.crosslinked += [(slot, shard, position) for position in range(len(signed))]

    @rule(
        sender=st.sampled_from([DEPOSITOR, RETIREE, 0, 99]),
        codes=st.lists(st.sampled_from([PUSHER, FLOATER, b""]), min_size=1, max_size=3),
    )
    def register(self, sender: int, codes: list[bytes]) -> None:
        self.lab.advance()
        key, slot = PEOPLE[sender % len(PEOPLE)], self.lab.beacon.slot
        self.propose(
            [sign_registration(key, sender=sender, slot=slot, code=code) for code in codes], [], []
        )

    @rule(picks=PICKS)
    def claim(self, picks: list[int]) -> None:
        self.lab.advance()
        claims = [
            self.lab.build_claim(slot, shard=shard, position=position)
            for slot, shard, position in choose(self.crosslinked, picks)
        ]
        self.propose([], claims, [])

    @rule(picks=PICKS, script=st.sampled_from([0, 1, 1, 5]))
    def withdraw(self, picks: list[int], script: int) -> None:
        self.lab.advance()
        owned = {key.pubkey: key for key in PEOPLE}
        registry = list(enumerate(validator.pubkey for validator in self.lab.beacon.validators))
        withdrawals = [
            sign_withdrawal(owned.get(pubkey, STRANGER), validator=index, target=script)
            for index, pubkey in choose([*registry[RETIREE:], (99, STRANGER.pubkey)], picks)
        ]
        self.propose([], [], withdrawals)

    @rule(registrations=PICKS, claims=PICKS, withdrawals=PICKS)
    def replay(self, registrations: list[int], claims: list[int], withdrawals: list[int]) -> None:
        self.lab.advance()
        self.propose(
            choose(self.registrations, registrations),
            choose(self.claims, claims),
            choose(self.withdrawals, withdrawals),
        )

    @invariant()
    def eth_is_where_it_was_or_burned(self) -> None:
        fees = [effect.fee for effect in self.lab.effects if isinstance(effect, ScriptRegistered)]
        assert self.sum_eth() + sum(fees) == self.eth_at_genesis
        assert get_total_eth(self.lab.beacon) == self.sum_eth()

    @invariant()
    def no_receipt_is_paid_twice(self) -> None:
        paid = [
            (effect.shard, effect.shard_slot, effect.deposit_index)
            for effect in self.lab.effects
            if isinstance(effect, DepositClaimed)
        ]
        assert len(set(paid)) == len(paid)

    @invariant()
    def withdrawal_receipts_are_numbered_without_gaps(self) -> None:
        issued = [e.receipt_index for e in self.lab.effects if isinstance(e, WithdrawalIssued)]
        assert issued == list(range(self.lab.beacon.next_withdrawal_receipt_index))


TestEconomy = Economy.TestCase
TestEconomy.settings = settings(PROPERTY, max_examples=30, stateful_step_count=20)


def test_economy_that_is_always_busy_keeps_its_eth() -> None:
    """The same rules in a fixed order, long enough to meet every case."""
    economy = Economy()
    economy.start(ValidatorLifecycle.INSTANT)

    for turn in range(60):
        key = PEOPLE[len(NAMES) + turn % 3]
        economy.push_and_crosslink([(key, ETH), (PEOPLE[turn % 12], 2 * ETH)], turn % 4, turn % 2)
        economy.claim([2 * turn + turn % 2])
        economy.claim([turn, turn] if turn % 9 == 0 else [2 * turn])
        economy.withdraw([turn % 5], 10**6 if turn % 6 == 5 else turn % 3)
        economy.register(DEPOSITOR if turn % 4 else 0, [PUSHER, FLOATER])
        economy.replay([turn], [turn % 7], [turn % 5])
        economy.eth_is_where_it_was_or_burned()
        economy.no_receipt_is_paid_twice()
        economy.withdrawal_receipts_are_numbered_without_gaps()

    done = Counter(type(effect) for effect in economy.lab.effects)
    assert done[DepositClaimed] > 60
    assert done[WithdrawalIssued] > 10
    assert done[ScriptRegistered] > 30
    assert {"already_claimed", "not_withdrawable", "target_out_of_range"} <= economy.refusals
