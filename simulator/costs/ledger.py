"""Who validated what: every node pays once per code hash, however many roles it plays.

Source:
    PROTOCOL 7 ("count distinct (node, code hash) pairs").
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from chain.types import Root, Slot, ValidatorIndex

Node = int | str
"""A validators' node by its number, or all full nodes of a shard by the name of their chain."""


_KEPT_SLOTS: Final = 256
"""How far back loads are known; hardly any work is spread further."""


class PaidCode(NamedTuple):
    """Code that somebody validates.

    Attributes:
        code_hash: Which one.
        size_bytes: Its length.
        slot: When the work is done; slots never decrease.
        spread_slots: Over how many slots the work was spread, this one being the last.
    """

    code_hash: Root
    size_bytes: int
    slot: Slot
    spread_slots: int = 1


class Charge(NamedTuple):
    """What one validation cost.

    Attributes:
        nodes: How many nodes validated.
        new_nodes: How many of them had to pay for it.
        busiest_bytes: The most bytes of code that one of these nodes paid for in one of the slots
            that this work was done in, this code included; 0 if none had to pay.
    """

    nodes: int
    new_nodes: int
    busiest_bytes: int


class ValidationLedger:
    """Which nodes have paid for which code, and how much in the slots of late.

    Validators share nodes, which have numbers. The full nodes of a shard do everything together,
    so that one entry stands for all of them.
    """

    def __init__(self, validators_per_node: int, shard_full_nodes: int = 0) -> None:
        """Begin with nothing paid.

        Args:
            validators_per_node: How many validators share a machine.
            shard_full_nodes: Nodes of every shard that are no validators.
        """
        self._validators_per_node = validators_per_node
        self.shard_full_nodes = shard_full_nodes
        self._paid: dict[Root, set[Node]] = {}
        self._bytes_by_slot: defaultdict[int, Counter[Node]] = defaultdict(Counter)

    def charge(self, code: PaidCode, validators: Iterable[ValidatorIndex]) -> Charge:
        """Charge the nodes of some validators for one script."""
        nodes: set[Node] = {validator // self._validators_per_node for validator in validators}
        new = self._pay(code, nodes)
        return Charge(len(nodes), len(new), self._load(code, new))

    def charge_full_nodes(self, code: PaidCode, chain: str) -> Charge:
        """Charge the full nodes of a shard chain for one script."""
        new = self._pay(code, {chain})
        count = self.shard_full_nodes
        return Charge(count, count * len(new), self._load(code, new))

    def _pay(self, code: PaidCode, nodes: set[Node]) -> set[Node]:
        """Return the nodes that pay, after they have."""
        paid = self._paid.setdefault(code.code_hash, set())
        new = nodes - paid
        paid |= new
        return new

    def _load(self, code: PaidCode, nodes: set[Node]) -> int:
        """Add work to the slots that it is spread over; return the busiest node's in any."""
        for slot in [slot for slot in self._bytes_by_slot if slot < code.slot - _KEPT_SLOTS]:
            del self._bytes_by_slot[slot]
        share_bytes = -(-code.size_bytes // code.spread_slots)
        busiest = 0
        for slot in range(code.slot - code.spread_slots + 1, code.slot + 1):
            loads = self._bytes_by_slot[slot]
            loads.update(dict.fromkeys(nodes, share_bytes))
            busiest = max(busiest, max((loads[node] for node in nodes), default=0))
        return busiest


class ForgetfulLedger(ValidationLedger):
    """A ledger of nodes that keep no verdict beyond the block that they validate for.

    Source:
        PROTOCOL 7 (``shard-every-call``: every caller pays, A u n x).
    """

    def __init__(self, validators_per_node: int, shard_full_nodes: int = 0) -> None:
        """Begin with nothing paid."""
        super().__init__(validators_per_node, shard_full_nodes)
        self._slot = Slot(0)

    def _pay(self, code: PaidCode, nodes: set[Node]) -> set[Node]:
        """Let everybody pay, unless for the second time in one slot.

        A shard has one block in a slot: whoever checked it before proposing it imports it too.
        """
        if code.slot != self._slot:
            self._slot = code.slot
            self._paid.clear()
        return super()._pay(code, nodes)


def open_ledger(
    validators_per_node: int, shard_full_nodes: int = 0, *, nodes_remember: bool = True
) -> ValidationLedger:
    """Return an empty ledger of nodes that remember what they validated, or do not.

    Source:
        PROTOCOL 7 (total cost of the placements).
    """
    kind = ValidationLedger if nodes_remember else ForgetfulLedger
    return kind(validators_per_node, shard_full_nodes)
