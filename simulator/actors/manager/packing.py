"""Packing one block for the deposit manager: as many tasks as bytes and fuel allow.

Every task is tried in the Python book first, so a block that a relayer offers holds no
operation that fails: one would fail them all.

Source:
    PROTOCOL 1 and 10.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from math import log2
from typing import Final

from chain.config import BlsBackend
from chain.errors import MalformedEncoding
from chain.types import Root, Slot
from simulator.actors.manager.tasks import Built, Desk, Done, Task
from simulator.manager.data import KEY_BYTES, Receive, SignedOperation, encode_operation
from simulator.manager.ledger import Batch
from simulator.manager.rules import InvalidManagerOperation

_ENTRY_BITS: Final = 40
_HASH_FUEL: Final = 2_750
_OPERATION_FUEL: Final = 25_000
_PROOF_FUEL: Final = 150_000
_PROOF_BYTE_FUEL: Final = 90
_SIGNATURE_FUEL: Final = {
    BlsBackend.REAL: 10_010_000,
    BlsBackend.FAST: 10_010_000,
    BlsBackend.INSECURE: 10_000,
}
_FUEL_SHARE: Final = 0.95
_OFFSET_BYTES: Final = 4
_FIXED_BYTES: Final = 4 * _OFFSET_BYTES


@dataclass(frozen=True, slots=True)
class Refused:
    """A task that can never go, and why."""

    task: Task
    code: str


@dataclass(slots=True)
class Offer:
    """Block data that a relayer offers to a proposer.

    Attributes:
        slot: Slot that it was made for.
        env_state: The script's 32 bytes that its witness is for.
        batch: The operations.
        done: What they come to, in their order.
        refused: Tasks that broke a rule for good.
        data: The encoded block data, empty without an operation.
    """

    slot: Slot
    env_state: Root
    batch: Batch
    done: list[Done] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    data: bytes = b""

    @property
    def witness_bytes(self) -> int:
        """Return the size of keys, values and siblings."""
        operations = sum(len(each) + _OFFSET_BYTES for each in self.batch.operations)
        return len(self.data) - operations - _FIXED_BYTES


class Packer:
    """Fills one offer."""

    def __init__(self, desk: Desk, env_state: Root, max_bytes: int, max_fuel: int) -> None:
        """Start an empty offer.

        Args:
            desk: What the relayer sees.
            env_state: The script's 32 bytes now.
            max_bytes: Limit of the block data.
            max_fuel: Limit of the execution.
        """
        self._desk = desk
        self._max_bytes = max_bytes
        self._max_fuel = max_fuel * _FUEL_SHARE
        self._operation_fuel = 0.0
        self._operation_bytes = 0
        self._held: set[Hashable] = set()
        self.offer = Offer(desk.around.slot, env_state, desk.batch)

    def fill(self, tasks: Iterable[Task]) -> None:
        """Take tasks in order until the block is full, the last one as far as it fits."""
        for task in tasks:
            if task.queue is not None and task.queue in self._held:
                continue
            built = task.build(self._desk)
            if built is None:
                continue
            part = self._fit(task, built)
            if part is not None:
                self._try(*part)
            is_whole = part is not None and part[0] is task
            if not is_whole and self.offer.done:
                return

    def _fit(self, task: Task, built: Built) -> tuple[Task, Built] | None:
        """Shorten a task until there is room for it; None if there never is."""
        while not self._has_room(built):
            shorter = task.shorten()
            if shorter is None:
                return None
            rebuilt = shorter.build(self._desk)
            if rebuilt is None:
                return None
            task, built = shorter, rebuilt
        return task, built

    def _try(self, task: Task, built: Built) -> None:
        try:
            changes = self._desk.batch.add(built.selector, built.operation, self._desk.around)
        except (InvalidManagerOperation, MalformedEncoding) as error:
            if not task.may_wait(error.code, self._desk):
                self.offer.refused.append(Refused(task, error.code))
            elif task.queue is not None:
                self._held.add(task.queue)
            return
        self._operation_fuel += self._estimate_fuel(built)
        self._operation_bytes += _OFFSET_BYTES + len(self._desk.batch.operations[-1])
        self.offer.done.append(Done(task, changes, built.proof_bytes))

    def _has_room(self, built: Built) -> bool:
        """Tell whether an operation probably fits; the encoded data are looked at later."""
        keys = len(self._desk.batch.state.touched) + 2
        if isinstance(built.operation, Receive):
            keys += len(built.operation.messages)
        fuel = self._operation_fuel + self._estimate_fuel(built) + _estimate_tree_fuel(keys)
        size = self._operation_bytes + len(encode_operation(built.selector, built.operation))
        size += keys * (KEY_BYTES + _OFFSET_BYTES + 64)
        return fuel <= self._max_fuel and size <= self._max_bytes

    def _estimate_fuel(self, built: Built) -> float:
        fuel = _OPERATION_FUEL + _PROOF_BYTE_FUEL * built.proof_bytes
        if built.proof_bytes:
            fuel += _PROOF_FUEL
        if isinstance(built.operation, SignedOperation) or hasattr(built.operation, "send"):
            fuel += _SIGNATURE_FUEL[self._desk.around.bls]
        return fuel


def _estimate_tree_fuel(keys: int) -> float:
    """Return what it takes to compute the roots before and after, generously.

    Every key has its own way to the root up to where it meets the others.
    """
    return 2 * _HASH_FUEL * keys * (_ENTRY_BITS + 1 - log2(keys))
