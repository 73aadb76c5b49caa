"""What waits at a relayer: one task is one operation of a block to come.

Source:
    PROTOCOL 1 (relayers collect and pack) and 10 (the operations).
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from chain.containers import BeaconState, ShardBlock
from chain.types import Root, ShardIndex, Slot
from simulator.actors.manager.states import ManagerStates
from simulator.actors.state_provider import StateProvider
from simulator.deposits import Deposit
from simulator.manager.data import Operation, Selector
from simulator.manager.ledger import Batch
from simulator.manager.rules import Surroundings
from simulator.manager.state import BalanceChange
from simulator.world import World


@dataclass(frozen=True, slots=True)
class Desk:
    """What a relayer has before it when it packs one block.

    Attributes:
        world: The chains, keys and events.
        provider: Serves proofs of receipts.
        states: The script's books.
        around: What the block's operations will see.
        beacon: The beacon state that the block will see.
        batch: The operations so far.
    """

    world: World
    provider: StateProvider
    states: ManagerStates
    around: Surroundings
    beacon: BeaconState
    batch: Batch


@dataclass(frozen=True, slots=True)
class Built:
    """An operation ready for the batch."""

    selector: Selector
    operation: Operation
    proof_bytes: int = 0


class Task(ABC):
    """One piece of work; see the module's docstring."""

    since: Slot

    @property
    def parts(self) -> "Sequence[Task]":
        """Return the tasks that are over when this one is."""
        return (self,)

    @property
    def queue(self) -> Hashable | None:
        """Return what this task shares with others that must not overtake it, None if they may."""
        return None

    def get_reach(self, slot: Slot) -> ShardIndex | None:  # noqa: ARG002 - subclasses look
        """Return the shard on which this brings new work once it is done, if on any."""
        return None

    def shorten(self) -> "Task | None":
        """Return a task that does less of the same, None if it cannot be divided."""
        return None

    @abstractmethod
    def build(self, desk: Desk) -> Built | None:
        """Return the operation, or None while it cannot go."""

    @abstractmethod
    def on_done(self, office: "Office", block: ShardBlock, done: "Done") -> None:
        """Hear that a block with the operation was accepted."""

    @abstractmethod
    def on_refused(self, office: "Office", shard: ShardIndex, code: str) -> None:
        """Hear that the operation can never go."""

    @abstractmethod
    def on_undone(self, office: "Office", shard: ShardIndex, *, retry: bool) -> None:
        """Hear that the block with the operation was called back."""

    def may_wait(self, code: str, desk: Desk) -> bool:  # noqa: ARG002 - subclasses look at both
        """Tell whether what broke a rule now may keep to it later."""
        return False


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation came to.

    Attributes:
        task: Whose operation it was.
        changes: What it did to accounts.
        proof_bytes: Size of the proof that it took.
    """

    task: Task
    changes: tuple[BalanceChange, ...]
    proof_bytes: int


class Office(ABC):
    """What tasks may ask of the relayer that they belong to."""

    script: str
    world: World
    states: ManagerStates

    @abstractmethod
    def put_back(self, shard: ShardIndex, task: Task) -> None:
        """Queue a task again, in front."""

    @abstractmethod
    def post(self, shard: ShardIndex, task: Task) -> None:
        """Queue a new task on a shard."""

    @abstractmethod
    def add_row_bytes(self, shard: ShardIndex, size: int) -> None:
        """Note the size of a row's proof."""

    @abstractmethod
    def take_row_bytes(self, shard: ShardIndex) -> int:
        """Return the size of the proofs of rows that nobody was told of."""

    @abstractmethod
    def withdraw(self, shard: ShardIndex, task: Task) -> bool:
        """Take a task off a shard's queue; False if it is not there any more."""

    def advance(
        self,
        deposit: Deposit,
        step: str,
        shard: ShardIndex,
        *,
        change: BalanceChange | None = None,
        block_root: Root | None = None,
        proof_bytes: int = 0,
        note: str = "",
    ) -> None:
        """Move a transfer on, and tell what that did to an account."""
        self.world.advance_deposit(
            deposit,
            step,
            shard,
            block_root=block_root,
            proof_bytes=proof_bytes,
            note=note,
            change=change,
        )
