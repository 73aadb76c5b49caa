"""Who has how much, on the beacon chain and on one shard, as a ledger writes it down."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.trust.accounts.blocks import Operation, read_manager_block, read_relay_block

_IN_FLIGHT = {"pushed", "committed", "crosslinked", "withdrawn", "delivered", "stuck"}
_WITH_VALIDATOR = {"claimed", "active", "exited"}

Row = dict[str, Any]
"""What an event says."""


@dataclass
class BeaconBook:
    """What the beacon chain knows of ETH, Gwei.

    Attributes:
        balances: Of validators, by index.
        pools: Of scripts, by index.
        names: Index of a script by its name.
        senders: Who registered a script, by its name.
        bonds: What is staked on a script, by its name.
        burned: Since genesis.
        granted: Withdrawn for a pool and not there yet.
        steps: Last step of a deposit, by number.
        holders: Validator that a deposit became, by number.
    """

    balances: list[int]
    pools: list[int] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    senders: dict[str, int] = field(default_factory=dict)
    bonds: dict[str, int] = field(default_factory=dict)
    burned: int = 0
    granted: int = 0
    steps: dict[int, str] = field(default_factory=dict)
    holders: dict[int, int] = field(default_factory=dict)

    def copy(self) -> "BeaconBook":
        """Return a copy that goes its own way."""
        copied = BeaconBook([])
        for name, value in vars(self).items():
            setattr(copied, name, value if isinstance(value, int) else value.copy())
        return copied

    @property
    def total(self) -> int:
        """Return all ETH that is not burned."""
        return sum(self.balances) + sum(self.pools) + sum(self.bonds.values())

    def pay(self, validator: int, gwei: int) -> None:
        """Add to a validator's balance, who may be new."""
        if validator == len(self.balances):
            self.balances.append(0)
        self.balances[validator] += gwei

    def register(self, row: Row, bond: int) -> None:
        """Take fee and bond from a script's sender."""
        if row["index"] != len(self.pools):
            raise ValueError(f"script {row['index']} is not the next one")
        self.pools.append(0)
        self.names[row["script"]] = row["index"]
        self.senders[row["script"]] = row["sender"]
        self.balances[row["sender"]] -= row["fee"] + bond
        self.burned += row["fee"]
        if bond:
            self.bonds[row["script"]] = bond

    def settle_bond(self, row: Row, stake: int) -> None:
        """Pay a bond out, and that of whoever objected in vain."""
        script, reporter = row["script"], row["reporter"]
        bond = self.bonds.pop(script, 0)
        paid = row["returned"] + row["rewarded"] + row["burned"]
        lost_stake = paid - bond
        if reporter is not None and lost_stake:
            if lost_stake != stake:
                raise ValueError(f"a stake of {stake} lost {lost_stake}")
            self.balances[reporter] -= stake
            self.balances[self.senders[script]] += row["rewarded"]
        elif reporter is not None:
            self.balances[reporter] += row["rewarded"]
        elif lost_stake or row["rewarded"]:
            raise ValueError("a bond grew although nobody objected")
        self.balances[self.senders[script]] += row["returned"]
        self.burned += row["burned"]

    def rob(self, row: Row) -> None:
        """Pay a receipt that no deposit stands behind."""
        self.pools[self.names[row["script"]]] -= row["gwei"]
        self.pay(row["validator"], row["gwei"])

    def withdraw(self, script: str, validator: int) -> int:
        """Move a validator's whole balance to a script; return how much it was."""
        gwei, self.balances[validator] = self.balances[validator], 0
        self.pools[self.names[script]] += gwei
        return gwei

    def step(self, row: Row, created: Row, *, on_beacon: bool) -> None:
        """Move a deposit to its next step, and ETH with it where there is any to move."""
        number, event = row["deposit"], row["event"]
        if event == "reverted":
            if on_beacon:
                return  # tells what going back to before the lost slot did already
            was_settled = self.steps.get(number) == "settled"
            event = "withdrawn" if was_settled and created["route"] == "beacon" else "reverted"
        elif event == "claimed":
            validator = int(row["note"].removeprefix("validator "))
            self.pools[self.names[created["script"]]] -= created["gwei"]
            self.pay(validator, created["gwei"])
            self.holders[number] = validator
        elif event == "withdrawn":
            gwei = self.withdraw(created["script"], self.holders.pop(number))
            if gwei != created["gwei"]:
                raise ValueError(f"deposit {number} came back as {gwei}")
        self.steps[number] = event

    def sum_in_flight(self, created: dict[int, Row]) -> tuple[int, int]:
        """Return the ETH of deposits under way, and what of it scripts' pools back."""
        backed = held = 0
        for number, step in self.steps.items():
            row = created[number]
            if row["route"] == "beacon":
                backed += row["gwei"] * (step in _IN_FLIGHT)
                held += row["gwei"] * (step in _WITH_VALIDATOR)
        return backed + held, backed


@dataclass
class ShardBook:
    """What a shard's scripts know of ETH, Gwei; everything by the script's name.

    Attributes:
        pools: Of scripts with one pool.
        accounts: By script and owner.
        locked: Reserves.
        credited: What was credited by netting, by script and shard.
        proven: What of it is proven, by script and shard.
        flows: Sums by script and kind, payments that came twice counted once.
        paid: What came in before, by script.
    """

    pools: Counter[str] = field(default_factory=Counter)
    accounts: Counter[tuple[str, bytes]] = field(default_factory=Counter)
    locked: Counter[str] = field(default_factory=Counter)
    credited: Counter[tuple[str, int]] = field(default_factory=Counter)
    proven: Counter[tuple[str, int]] = field(default_factory=Counter)
    flows: Counter[str] = field(default_factory=Counter)
    paid: set[tuple[str, str, int, int]] = field(default_factory=set)

    def copy(self) -> "ShardBook":
        """Return a copy that goes its own way."""
        copied = ShardBook()
        for name, value in vars(self).items():
            setattr(copied, name, value.copy())
        return copied

    @property
    def drawn(self) -> int:
        """Return what of the reserves covers credits without proof."""
        return sum(max(0, gwei - self.proven[key]) for key, gwei in self.credited.items())

    def run_relay(self, script: str, data: bytes) -> None:
        """Do what a block of a script with one pool does."""
        receipts, deposits = read_relay_block(data)
        self.pools[script] += sum(receipt.gwei for receipt in receipts) - sum(deposits)
        if self.pools[script] < 0:
            raise ValueError(f"the pool of {script} is overdrawn")

    def run_manager(self, script: str, slot: int, data: bytes) -> None:
        """Do what a block of a script with accounts does."""
        for operation in read_manager_block(data):
            self._run(script, slot, operation)

    def _run(self, script: str, slot: int, operation: Operation) -> None:
        gwei = operation.gwei
        if operation.kind == "take_in" and operation.receipt is not None:
            receipt = operation.receipt
            self.accounts[script, receipt.recipient] += receipt.gwei
            self._count("taken_in", receipt.gwei, (script, "receipt", 0, receipt.number))
        elif operation.kind == "receive":
            self._receive(script, slot, operation)
        elif operation.kind == "receive_netted":
            self.accounts[script, operation.recipient] += gwei
            self.credited[script, operation.shard] += gwei
            self.flows["netted_in"] += gwei
        elif operation.kind == "prove_row":
            self.proven[script, operation.shard] = gwei
        else:
            self._pay(script, operation)

    def _pay(self, script: str, operation: Operation) -> None:
        self.accounts[script, operation.sender] -= operation.gwei
        if self.accounts[script, operation.sender] < 0:
            raise ValueError(f"account {operation.sender.hex()} is overdrawn")
        if operation.kind == "transfer":
            self.accounts[script, operation.recipient] += operation.gwei
        elif operation.kind == "lock_reserve":
            self.locked[script] += operation.gwei
        else:
            self.flows[operation.kind] += operation.gwei

    def _receive(self, script: str, slot: int, operation: Operation) -> None:
        for message in operation.messages:
            mark = (script, "message", operation.shard, message.number)
            self._count("received", message.gwei, mark)
            if slot <= message.expiry_slot:
                self.accounts[script, message.recipient] += message.gwei
            else:
                self.flows["send"] += message.gwei

    def _count(self, flow: str, gwei: int, mark: tuple[str, str, int, int]) -> None:
        """Count what came in, once."""
        if mark not in self.paid:
            self.paid.add(mark)
            self.flows[flow] += gwei

    @property
    def under_way(self) -> int:
        """Return what left accounts for other shards, less what came from others."""
        flows = self.flows
        return flows["send"] - flows["received"] + flows["send_netted"] - flows["netted_in"]

    @property
    def accounted(self) -> int:
        """Return what is in pools, accounts and reserves."""
        holdings = (self.pools, self.accounts, self.locked)
        return sum(sum(holding.values()) for holding in holdings)

    @property
    def printed(self) -> int:
        """Return what accounts hold beyond what came in, as far as one shard tells."""
        held = sum(self.accounts.values()) + sum(self.locked.values()) + self.under_way
        return held - self.flows["taken_in"] + self.flows["deposit"]
